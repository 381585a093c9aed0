"""What people do to each other and to their profile. Speaks no ActivityPub: the reactions to its facts publish."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from fedcop.actors import service as actors
from fedcop.actors.models import Actor
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.core.jobs import enqueue
from fedcop.core.markup import to_html
from fedcop.people import queries, rules
from fedcop.people.facts import (
    Blocked,
    FollowAccepted,
    FollowAsked,
    FollowEnded,
    MoveAsked,
    PersonLeft,
    PersonMoved,
    ProfileChanged,
    Unblocked,
)
from fedcop.people.models import Block, Follow, Mute

MAX_ALIASES = 10
LONGEST_MUTE = timedelta(days=3650)


@atomic
async def follow(actor: Actor, target: Actor) -> Follow:
    """Ask to follow a person or community, here or elsewhere; asking twice changes nothing."""
    known = await queries.follow_of(actor, target)
    if known is not None:
        return known
    await rules.may_follow(actor, target)
    return await _enter_follow(actor, target, addresses.activity_uri(new_id()))


@atomic
async def record_follow(
    follower: Actor, target: Actor, uri: str, *, answered: bool = False, let_in: bool = False
) -> Follow:
    """Enter a Follow that came in; a second one for the same pair takes the new id, and is told again that it holds.

    `answered`: whoever calls answers one that holds, in the same transaction; nothing that waits elsewhere holds the answer up. `let_in`: it
    holds at once, though its target is no person.
    """
    await rules.may_follow(follower, target)
    known = await queries.follow_of(follower, target)
    if known is None:
        return await _enter_follow(follower, target, uri, answered=answered, let_in=let_in)
    if known.uri != uri:
        known.uri = uri
        await known.save(update_fields=["uri"])
        if known.state == "asked" and target.kind == "Group":  # a community decides, and may decide otherwise by now
            await _record_asked(known, follower, target)
    if known.state == "accepted":
        await _record_accepted(known, follower, target, again=True, answered=answered)
    return known


async def _enter_follow(
    follower: Actor, target: Actor, uri: str, *, answered: bool = False, let_in: bool = False
) -> Follow:
    now = clock.now()
    at_once = let_in or (target.local and target.kind == "Person" and not target.approves_followers)
    made = await Follow.create(
        uri=uri,
        follower=follower,
        target=target,
        state="accepted" if at_once else "asked",
        created_at=now,
        accepted_at=now if at_once else None,
    )
    await _record_asked(made, follower, target)
    if at_once:
        await _record_accepted(made, follower, target, answered=answered)
    return made


async def _record_asked(follow_: Follow, follower: Actor, target: Actor) -> None:
    await record(
        FollowAsked(
            follow_id=follow_.id,
            follower_id=follower.id,
            target_id=target.id,
            target_kind=target.kind,
            target_local=target.local,
            follower_local=follower.local,
            accepted=follow_.state == "accepted",
        )
    )


async def _record_accepted(
    follow_: Follow, follower: Actor | None, target: Actor, *, again: bool = False, answered: bool = False
) -> None:
    await record(
        FollowAccepted(
            follow_id=follow_.id,
            follower_id=follow_.follower_id,
            target_id=follow_.target_id,
            activity_id=new_id(),
            again=again,
            answered=answered,
            follower_local=follower.local if follower is not None else None,
            target_local=target.local,
            target_kind=target.kind,
        )
    )


@atomic
async def accept_follow(target: Actor, follow_: Follow) -> Follow:
    """Let somebody follow; accepting twice changes nothing."""
    if follow_.target_id != target.id:
        raise Forbidden(code="not-the-target")
    if follow_.state != "accepted":
        follow_.state, follow_.accepted_at = "accepted", clock.now()
        await follow_.save(update_fields=["state", "accepted_at"])
        follower = follow_.follower if isinstance(follow_.follower, Actor) else None
        await _record_accepted(follow_, follower, target)
    return follow_


@atomic
async def reject_follow(target: Actor, follow_: Follow) -> None:
    """Refuse a follow, or remove a follower."""
    if follow_.target_id != target.id:
        raise Forbidden(code="not-the-target")
    await end_follow(follow_, by_target=True)


@atomic
async def choose(
    actor: Actor,
    target: Actor,
    *,
    shares: bool | None = None,
    bell: bool | None = None,
    languages: Iterable[str] | None = None,
) -> None:
    """Say how one follows a person: whether what they share comes along, whether each new text is told, and in which languages. What is None stays."""
    spoken = None if languages is None else rules.clean_languages(languages)
    wanted = {"in_home": shares, "bell": bell, "languages": spoken}
    said = {name: value for name, value in wanted.items() if value is not None}
    if said and not await Follow.filter(follower_id=actor.id, target_id=target.id).update(**said):
        raise NotFound


@atomic
async def unfollow(actor: Actor, target: Actor) -> None:
    """Follow no more, or take back the wish to."""
    known = await queries.follow_of(actor, target)
    if known is not None:
        await end_follow(known, by_target=False)


@atomic
async def end_follow(follow_: Follow, *, by_target: bool) -> None:
    """End a follow, or the wish for one, whoever ends it; ending twice changes nothing."""
    if not await Follow.filter(id=follow_.id).delete():
        return
    await record(
        FollowEnded(
            follow_uri=follow_.uri,
            follower_id=follow_.follower_id,
            target_id=follow_.target_id,
            was_accepted=follow_.state == "accepted",
            by_target=by_target,
            activity_id=new_id(),
        )
    )


@atomic
async def block(actor: Actor, target: Actor) -> Block:
    """Block a person: follows end both ways, and the two no longer reach each other."""
    rules.may_block(actor, target)
    return await _enter_block(actor, target, addresses.activity_uri(new_id()))


@atomic
async def record_block(actor: Actor, target: Actor, uri: str) -> Block:
    """Enter a Block that came in."""
    rules.may_block(actor, target)
    return await _enter_block(actor, target, uri)


async def _enter_block(actor: Actor, target: Actor, uri: str) -> Block:
    known = await Block.get_or_none(actor_id=actor.id, target_id=target.id)
    if known is not None:
        return known
    for mine, theirs in ((actor, target), (target, actor)):
        known_follow = await queries.follow_of(mine, theirs)
        if known_follow is not None:
            await end_follow(known_follow, by_target=theirs.id == actor.id)
    made = await Block.create(uri=uri, actor=actor, target=target, created_at=clock.now())
    await record(Blocked(block_id=made.id, actor_id=actor.id, target_id=target.id))
    return made


@atomic
async def unblock(actor: Actor, target: Actor) -> None:
    """Take a block back; follows do not come back by themselves."""
    known = await Block.get_or_none(actor_id=actor.id, target_id=target.id)
    if known is not None and await Block.filter(id=known.id).delete():
        await record(Unblocked(block_uri=known.uri, actor_id=actor.id, target_id=target.id, activity_id=new_id()))


@atomic
async def mute(actor: Actor, target: Actor, *, lasting: timedelta | None = None, notifications: bool = True) -> None:
    """See no more of a person, who never learns of it, or have a community neither at home nor in the centre; for a while, or until it is taken back."""
    rules.may_mute(actor, target)
    ends_at = clock.now() + min(lasting, LONGEST_MUTE) if lasting is not None else None
    made, _new = await Mute.get_or_create(actor_id=actor.id, target_id=target.id, defaults={"created_at": clock.now()})
    await Mute.filter(id=made.id).update(ends_at=ends_at, notifications=notifications)
    if ends_at is not None:
        await enqueue(
            end_mute, {"mute_id": made.id, "at": ends_at.isoformat()}, due=ends_at, unique=f"mute:{made.id}:{ends_at}"
        )


@atomic
async def end_mute(mute_id: int, at: str) -> None:
    """Job: end a mute at the moment that was said for it, unless another was said meanwhile."""
    ends_at = datetime.fromisoformat(at)
    if ends_at > clock.now():  # it was set back
        await enqueue(end_mute, {"mute_id": mute_id, "at": at}, due=ends_at, unique=f"mute:{mute_id}:{ends_at}")
        return
    await Mute.filter(id=mute_id, ends_at=ends_at).delete()


@atomic
async def unmute(actor: Actor, target: Actor) -> None:
    """See a person or community again."""
    await Mute.filter(actor_id=actor.id, target_id=target.id).delete()


async def change_profile(actor: Actor, **values: Any) -> Actor:
    """Change what one of our people says of themselves; raise Invalid with the fields that cannot be accepted."""
    cleaned = rules.clean_profile(values)
    if "summary_source" in cleaned:
        cleaned["summary"] = to_html(cleaned["summary_source"])
    return await _change_profile(actor, cleaned)


@atomic
async def _change_profile(actor: Actor, columns: dict[str, Any]) -> Actor:
    if any(getattr(actor, name) != value for name, value in columns.items()):
        await actors.change_local(actor, **columns)
        await record(ProfileChanged(actor_id=actor.id, activity_id=new_id()))
    return actor


@atomic
async def record_move(old: Actor, new: Actor) -> int:
    """Bring our followers of a person who moved to the new actor; give how many there were. The proof is the caller's affair."""
    old.moved_to_uri = new.uri
    await old.save(update_fields=["moved_to_uri"])
    rows = await Follow.filter(target_id=old.id, follower__local=True).select_related("follower")
    for row in rows:
        await end_follow(row, by_target=False)
        if row.follower_id == new.id or await queries.blocked_either_way(row.follower, new):
            continue
        if await queries.follow_of(row.follower, new) is None:
            await _enter_follow(row.follower, new, addresses.activity_uri(new_id()))
            await choose(row.follower, new, shares=row.in_home, bell=row.bell, languages=row.languages.split(","))
    if rows:
        await record(PersonMoved(old_id=old.id, new_id=new.id))
    return len(rows)


@atomic
async def name_alias(actor: Actor, other: Actor) -> None:
    """Say that another account is the same person: the first step of a move to this one."""
    if other.id == actor.id or other.kind != actor.kind:
        raise Forbidden(N_("Choose another account of yours."), "alias-self")
    if other.uri not in actor.also_known_as:
        if len(actor.also_known_as) >= MAX_ALIASES:
            raise Forbidden(N_("That are enough other accounts. Remove one first."), "alias-limit")
        await _change_profile(actor, {"also_known_as": [*actor.also_known_as, other.uri]})


@atomic
async def drop_alias(actor: Actor, uri: str) -> None:
    """Say no longer that another account is the same person."""
    await _change_profile(actor, {"also_known_as": [alias for alias in actor.also_known_as if alias != uri]})


@atomic
async def ask_to_move(actor: Actor, target: str) -> None:
    """Ask to live at another account from now on; its server is asked by a job whether it names this one."""
    if actor.moved_to_uri:
        raise Forbidden(N_("You moved already."), "moved")
    await record(MoveAsked(actor_id=actor.id, target=target.strip()[:500]))


@atomic
async def leave_for(actor: Actor, target: Actor) -> None:
    """Live elsewhere from now on. The proof that both are one person is the caller's affair."""
    if not actor.moved_to_uri:
        await actors.change_local(actor, moved_to_uri=target.uri)
        await record(ProfileChanged(actor_id=actor.id, activity_id=new_id()))
        await record(PersonLeft(actor_id=actor.id, activity_id=new_id()))


@atomic
async def stay(actor: Actor) -> None:
    """Take a move back: live here again. Followers who went do not come back by themselves."""
    if actor.moved_to_uri:
        await _change_profile(actor, {"moved_to_uri": ""})
