"""Write a new version of a charter, here or because the community's own server says so. Accepting is admission/accepting.py."""

from __future__ import annotations

from datetime import datetime

from fedcop.actors.models import Actor
from fedcop.communities import rules
from fedcop.communities.charter import versions
from fedcop.communities.charter.models import CharterVersion
from fedcop.communities.charter.words import Charter, check
from fedcop.communities.facts import CharterChanged, CommunityChanged
from fedcop.communities.models import Community, Membership
from fedcop.communities.rules import Act
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid
from fedcop.core.facts import record
from fedcop.core.i18n import N_

MAX_CHANGED = 300


@atomic
async def change_charter(
    by: Actor, community: Community, charter: Charter, *, changed: str = "", rights: bool | None = None, after: int = 0
) -> CharterVersion:
    """Make a new version. `rights`: what members may do changes, so that they accept again; `after`: the version that was changed."""
    rules.must_be_ours(community)
    await rules.may_act(by, community, Act.CHANGE)
    await rules.lock(community)
    await community.refresh_from_db(fields=["charter_version", "charter_binding"])
    changed = " ".join(changed.split())
    errors = _wrong(community, charter, changed, rights)
    try:
        check(charter)
    except Invalid as error:
        errors = error.errors | errors
    if errors:
        raise Invalid(errors=errors)
    before = await versions.current(community)
    if before is not None and versions.words_of(before) == charter:
        return before
    if after != community.charter_version:
        raise Conflict(N_("Somebody else changed the charter meanwhile. Look at the newest version first."), "charter")
    made = await write_first_or_next(community, charter, changed=changed, binding=bool(rights), by=by)
    # Who wrote it has read it.
    await Membership.filter(community_id=community.id, actor_id=by.id).update(charter_accepted=made.number)
    await record(CommunityChanged(community_id=community.id, by_id=by.id))
    await record(CharterChanged(community_id=community.id, number=made.number, by_id=by.id))
    return made


def _wrong(community: Community, charter: Charter, changed: str, rights: bool | None) -> dict[str, str]:
    errors: dict[str, str] = {}
    if charter.is_empty:
        errors["may"] = N_("A charter says at least one thing.")
    if community.charter_version and not changed:
        errors["changed"] = N_("Say in one sentence what changes.")
    if len(changed) > MAX_CHANGED:
        errors["changed"] = N_("This sentence is too long: 300 characters at most.")
    if rights is None:
        errors["rights"] = N_("Say whether this changes what members may do.")
    return errors


async def write_first_or_next(
    community: Community, charter: Charter, *, changed: str, binding: bool, by: Actor
) -> CharterVersion:
    """Add a version to a community of ours (inside a transaction)."""
    made = await _write(
        community,
        community.charter_version + 1,
        charter,
        changed=changed,
        binding=binding,
        at=clock.now(),
        by_id=by.id,
    )
    community.charter_version = made.number
    community.charter_binding = made.number if binding else community.charter_binding
    await community.save(update_fields=["charter_version", "charter_binding"])
    return made


async def _write(
    community: Community,
    number: int,
    charter: Charter,
    *,
    changed: str,
    binding: bool,
    at: datetime,
    by_id: int | None = None,
) -> CharterVersion:
    said = {
        "may": list(charter.may),
        "may_not": list(charter.may_not),
        "expected": charter.expected,
        "text": charter.text,
        "changed": changed,
        "binding": binding,
        "by_id": by_id,
        "created_at": at,
    }
    made, _new = await CharterVersion.update_or_create(said, community_id=community.id, number=number)
    return made


@atomic
async def record_version(
    community: Community, number: int, charter: Charter, *, changed: str, binding: int, at: datetime | None
) -> None:
    """A community's own server says which charter holds there; `binding` is the version that members must have accepted."""
    known = await versions.find(community, number)
    same = known is not None and versions.words_of(known) == charter
    if same and (community.charter_version, community.charter_binding) == (number, binding):
        return
    newer = number > community.charter_version
    if not same:
        said = changed[:MAX_CHANGED]
        await _write(community, number, charter, changed=said, binding=binding == number, at=at or clock.now())
    community.charter_version, community.charter_binding = number, binding
    await community.save(update_fields=["charter_version", "charter_binding"])
    if newer:
        await record(CharterChanged(community_id=community.id, number=number))
