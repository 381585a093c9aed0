"""Lets communities show a thread that lives in another one. The thread stays where it is: its rules, its moderators, its replies.

Showing opens nothing: only what everybody reads is shown, and who may read it is judged on the post as ever.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.communities.records import log_act
from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.discussions import rules
from fedcop.discussions.facts import ThreadShown, ThreadUnshown
from fedcop.discussions.holding import reason_to_wait
from fedcop.discussions.models import Post, Showing
from fedcop.discussions.versions import all_of

MOST = 5
ONLY_PUBLIC = N_("Only what everybody reads is shown in other communities. Choose “Public”, or leave them out.")
NOT_THERE = N_("It cannot be shown in one of these communities: write there yourself once, or leave it out.")


async def check(author: Actor, home: Community, audience: str, wanted: Collection[int]) -> None:
    """Refuse what could not be shown elsewhere, before anything is written."""
    if not wanted:
        return
    if not rules.is_shown_elsewhere(home, audience):
        raise Invalid(errors={"also": ONLY_PUBLIC})
    if len(set(wanted)) > MOST:
        raise Invalid(errors={"also": N_("At most 5 communities.")})
    for community_id in wanted:
        community = await communities.by_id(community_id)
        try:
            if community is None or community.id == home.id:
                raise NotFound()
            await rules.may_show(author, community)
        except FedcopError as error:
            raise Invalid(errors={"also": NOT_THERE}) from error


@atomic
async def show(author: Actor, root: Post, wanted: Sequence[int]) -> None:
    """Let exactly these communities show one's own thread beside the one in which it lives."""
    rules.may_edit(author, root)
    home = await communities.by_id(root.community_id) if root.community_id is not None else None
    if home is None or root.depth:
        raise NotFound()
    shown = {one.community_id: one for one in await Showing.filter(post_id=root.id)}
    new = [community_id for community_id in dict.fromkeys(wanted) if community_id not in shown]
    if new and root.state != "visible":
        raise Conflict(N_("This post is not published yet."), code="not-published")
    await check(author, home, root.audience, new)
    if len(shown.keys() & set(wanted)) + len(new) > MOST:
        raise Invalid(errors={"also": N_("At most 5 communities.")})
    for community_id in new:
        await must_not_wait(author, community_id, root)
        await _show(root, community_id)
    for community_id, showing in shown.items():
        if community_id not in wanted:
            await _stop(root, showing)


async def must_not_wait(author: Actor, community_id: int, root: Post) -> None:
    """A community whose moderators read first posts before others do gets no first post this way."""
    community = await communities.by_id(community_id)
    said = "".join(one.content for one in all_of(root))
    if community is None or await reason_to_wait(author, community, said, root.links):
        raise Invalid(errors={"also": NOT_THERE})


async def _show(root: Post, community_id: int) -> None:
    showing = await Showing.create(post_id=root.id, community_id=community_id, shown_at=now())
    await facts.record(ThreadShown(post_id=root.id, root_id=root.id, showing_id=showing.id, community_id=community_id))


async def _stop(root: Post, showing: Showing) -> None:
    await showing.delete()
    await facts.record(
        ThreadUnshown(
            post_id=root.id,
            root_id=root.id,
            showing_id=showing.id,
            community_id=showing.community_id,
            shown_at=showing.shown_at,
        )
    )


@atomic
async def stop_showing(by: Actor, root: Post, community: Community) -> None:
    """A moderator of a community that shows a thread does not want it there. Twice is once."""
    if not community.actor.local:
        raise Forbidden(N_("Only moderators of the community may do this."), code="not-moderator")
    await rules.may_moderate(by, community)
    showing = await Showing.get_or_none(post_id=root.id, community_id=community.id)
    if showing is not None:
        await _stop(root, showing)
        await log_act(community, by, "unshow", post_id=root.id)


@atomic
async def stop_showing_in(community: Community) -> None:
    """A community shows nothing of others any more."""
    for showing in await Showing.filter(community_id=community.id).select_related("post"):
        await _stop(showing.post, showing)


async def stop_all(root: Post) -> None:
    """Nobody shows a thread any more that not everybody reads (inside a transaction)."""
    for showing in await Showing.filter(post_id=root.id):
        await _stop(root, showing)


async def arrive(root_ids: Sequence[int], community_id: int | None) -> None:
    """A community does not show what lives in it now (inside a transaction)."""
    if community_id is not None:
        for showing in await Showing.filter(post_id__in=list(root_ids), community_id=community_id).select_related(
            "post"
        ):
            await _stop(showing.post, showing)


@atomic
async def record_shown(root: Post, community: Community, uri: str) -> bool:
    """A community elsewhere says that it shows a thread of its own server; False if that is not for it to say."""
    home = await communities.by_id(root.community_id) if root.community_id is not None else None
    if home is None or root.depth or home.id == community.id or home.actor.host != community.actor.host:
        return False
    if community.actor.local or root.audience != access.PUBLIC or community.visibility != access.PUBLIC:
        return False
    if not await Showing.exists(post_id=root.id, community_id=community.id):
        await Showing.create(post_id=root.id, community_id=community.id, uri=uri, shown_at=now())
    return True


@atomic
async def record_unshown(group: Actor, uri: str) -> bool:
    """A community elsewhere does not show a thread any more; False if we know of no such thing."""
    showing = await Showing.get_or_none(uri=uri, community__actor_id=group.id) if uri else None
    if showing is None:
        return False
    await showing.delete()
    return True
