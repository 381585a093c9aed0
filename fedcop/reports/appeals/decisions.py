"""The decisions about somebody that they can appeal: read from what each server knows of them. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.admission.models import AdmissionStep
from fedcop.communities.models import Ban, Community, Membership, ModerationAct
from fedcop.communities.rules import Act
from fedcop.communities.sanctions import APPEALED_WITHIN
from fedcop.core import clock
from fedcop.core.i18n import N_
from fedcop.discussions.models import Post

BAN, SUSPENSION, REMOVAL, POST = "ban", "suspension", "removal", "post"
KINDS: Mapping[str, str] = {
    BAN: N_("You were banned"),
    SUSPENSION: N_("You were suspended"),
    REMOVAL: N_("Your membership was ended"),
    POST: N_("A post of yours was removed"),
}
ACTS: Mapping[str, Act] = {
    BAN: Act.BAN,
    SUSPENSION: Act.SUSPEND,
    REMOVAL: Act.REMOVE_MEMBER,
    POST: Act.REMOVE_POST,
}
"""The act of the table that takes the decision, and so may take it back."""


@dataclass(frozen=True)
class Decision:
    """One decision about somebody; `by_id` is who took it, where that is known."""

    key: str
    kind: str
    community: Community
    at: datetime
    reason: str
    by_id: int | None = None
    post: Post | None = None

    @property
    def until(self) -> datetime:
        """Give the end of the time in which it can be appealed."""
        return self.at + APPEALED_WITHIN


async def about(person: Actor) -> list[Decision]:
    """List what was decided about somebody and can still be appealed, newest first."""
    since = clock.now() - APPEALED_WITHIN
    bans = await Ban.filter(actor_id=person.id, created_at__gte=since).select_related("community__actor")
    found = [
        Decision(f"ban:{one.id}", SUSPENSION if one.kind == "suspension" else BAN, one.community, one.created_at, one.reason, one.by_id)
        for one in bans
    ]  # fmt: skip
    found += await _removals(person, since, bans)
    found += await _posts(person, since)
    return sorted(found, key=lambda one: one.at, reverse=True)


async def _removals(person: Actor, since: datetime, bans: list[Ban]) -> list[Decision]:
    ended = AdmissionStep.filter(actor_id=person.id, kind="ended", created_at__gte=since)
    last: dict[int, AdmissionStep] = {}
    for step in await ended.order_by("id").select_related("community__actor"):
        last[step.community_id] = step
    back = set(await _where_they_belong(person, last))
    banned = {one.community_id for one in bans if one.kind == "ban"}  # the ban is the decision, not the end with it
    return [
        Decision(_key_of(step), REMOVAL, step.community, step.created_at, step.text, step.by_id)
        for community_id, step in last.items()
        if community_id not in back | banned
    ]


def _key_of(step: AdmissionStep) -> str:
    """Name the decision that ended a membership; a ban that was lifted since is the same decision as before."""
    return f"ban:{step.detail['ban']}" if "ban" in step.detail else f"removal:{step.id}"


async def took_their_place(person_id: int, community_id: int, key: str) -> bool:
    """Tell whether it was this decision that ended a membership: a ban may have kept out somebody who did not belong."""
    ended = AdmissionStep.filter(actor_id=person_id, community_id=community_id, kind="ended")
    return any(_key_of(step) == key for step in await ended)


async def _where_they_belong(person: Actor, among: Mapping[int, AdmissionStep]) -> list[int]:
    if not among:
        return []
    active = Membership.filter(actor_id=person.id, state="active", community_id__in=list(among))
    return [one.community_id for one in await active]


async def _posts(person: Actor, since: datetime) -> list[Decision]:
    removed = await Post.filter(
        author_id=person.id, removed_at__gte=since, deleted_at=None, community_id__not_isnull=True
    )
    places = await communities.many(one.community_id for one in removed if one.community_id is not None)
    found = []
    for post in removed:
        community = places.get(post.community_id or 0)
        if community is None or post.removed_at is None:
            continue
        log = ModerationAct.filter(community_id=community.id, act="remove_post", post_id=post.id)
        line = await log.order_by("-id").first()
        key = f"post:{post.id}:{int(post.removed_at.timestamp())}"
        by_id = line.by_id if line is not None else None
        found.append(Decision(key, POST, community, post.removed_at, post.removed_reason, by_id, post))
    return found


async def one(person: Actor, community: Community, kind: str, post_uri: str = "") -> Decision | None:
    """Find the decision of a kind about somebody in a community; of a post, which."""
    for found in await about(person):
        same = found.community.id == community.id and found.kind == kind
        if same and (found.post is None or found.post.uri == post_uri):
            return found
    return None
