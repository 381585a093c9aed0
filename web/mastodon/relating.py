"""What one does to people and communities from apps: follow (of a community: join), block, mute, and answer who asks to follow."""

from __future__ import annotations

from datetime import timedelta

from aiohttp.web import Request, StreamResponse

from fedcop.actors.models import Actor
from fedcop.communities import reading, ties
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core import asked
from fedcop.core.errors import Forbidden, Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from fedcop.people import notes, service
from fedcop.people import queries as people
from fedcop.profiles import queries as profiles
from web.keys import member
from web.mastodon import loading
from web.mastodon.answers import answer
from web.mastodon.entities.relationship import community_json, person_json
from web.mastodon.params import read
from web.shared.routing import Asks, api

ACTS = {
    "block": service.block,
    "unblock": service.unblock,
}
SEVERAL = 40
ON_ITS_PAGE = N_("This community asks something of those who join: do it on its page.")
NOT_OF_PLACES = N_("One leaves or mutes a community; one cannot block it.")


async def standing(request: Request, actor: Actor, community: Community | None) -> StreamResponse:
    """Tell how one stands to an account now."""
    asked.forget()
    who = member(request).actor
    tie, recommended = await people.relationship(who, actor), bool(await profiles.recommended_among(who, [actor.id]))
    if community is not None:
        place = (await ties.places(who)).get(community.id, ties.NOWHERE)
        return answer(community_json(actor.id, place, tie, recommended=recommended))
    return answer(person_json(actor.id, tie, recommended=recommended))


@api(
    "POST",
    "/api/v1/accounts/{id}/follow",
    asks=Asks.PERSON,
    scope=("write:follows", "follow"),
    limit="write",
    takes="reblogs:flag notify:flag languages:texts",
    gives="Relationship",
)
async def follow(request: Request) -> StreamResponse:
    """Follow a person; join a community, or ask to. Once more, it changes how one follows."""
    given = await read(request)
    actor, community = await loading.visible_account(request, request.match_info["id"])
    who = member(request).actor
    shares, bell = (given.flag(name) if name in given else None for name in ("reblogs", "notify"))
    spoken = given.texts("languages") if given.said("languages") else None
    if community is None:
        await service.follow(who, actor)
        await service.choose(who, actor, shares=shares, bell=bell, languages=spoken)
        return await standing(request, actor, community)
    try:
        await communities.join(who, community, given={})
    except Invalid:  # a charter to be read, questions to be answered: no app shows them
        raise Forbidden(ON_ITS_PAGE, "on-its-page") from None
    asked.forget()
    place = (await ties.places(who)).get(community.id, ties.NOWHERE)
    if place.belongs or place.follow:  # else they wait to be let in
        for wanted, say in ((shares, reading.bring_home), (bell, reading.ring)):
            if wanted is not None:
                await say(who, community, wanted=wanted)
        if spoken is not None:
            await reading.choose_languages(who, community, spoken)
    return await standing(request, actor, community)


@api(
    "POST",
    "/api/v1/accounts/{id}/unfollow",
    asks=Asks.PERSON,
    scope=("write:follows", "follow"),
    limit="write",
    gives="Relationship",
)
async def unfollow(request: Request) -> StreamResponse:
    """Follow a person no longer; leave a community, or take the request back."""
    actor, community = await loading.visible_account(request, request.match_info["id"])
    who = member(request).actor
    if community is not None:
        await communities.leave(who, community)
    await service.unfollow(who, actor)
    return await standing(request, actor, community)


@api(
    "POST",
    "/api/v1/accounts/{id}/{act:block|unblock}",
    asks=Asks.PERSON,
    scope=("write:blocks", "follow"),
    limit="write",
    gives="Relationship",
)
async def keep_off(request: Request) -> StreamResponse:
    """Block a person, or take that back."""
    actor, community = await loading.visible_account(request, request.match_info["id"])
    if community is not None:
        raise Invalid(NOT_OF_PLACES, code="not-of-places")
    await ACTS[request.match_info["act"]](member(request).actor, actor)
    return await standing(request, actor, community)


@api("POST", "/api/v1/accounts/{id}/mute", asks=Asks.PERSON, scope=("write:mutes", "follow"), limit="write", takes="notifications:flag duration:number", gives="Relationship")  # fmt: skip
async def mute(request: Request) -> StreamResponse:
    """See no more of a person, or have a community neither at home nor in one's notifications: for so many seconds, or until one takes it back."""
    given, found = await read(request), await loading.visible_account(request, request.match_info["id"])
    seconds = min(given.number("duration") or 0, int(service.LONGEST_MUTE.total_seconds()))
    await service.mute(
        member(request).actor,
        found[0],
        lasting=timedelta(seconds=seconds) if seconds else None,
        notifications=given.flag("notifications", True),
    )
    return await standing(request, *found)


@api("POST", "/api/v1/accounts/{id}/unmute", asks=Asks.PERSON, scope=("write:mutes", "follow"), limit="write", gives="Relationship")  # fmt: skip
async def unmute(request: Request) -> StreamResponse:
    """See a person or a community again, also one that one may not see any more: `GET /api/v1/mutes` names them."""
    who, number = member(request).actor, request.match_info["id"]
    try:
        actor, community = await loading.visible_account(request, number)
    except NotFound:
        muted = await people.muted_one(who, read_id(number) or 0)
        if muted is None:
            raise
        actor, community = muted, None
    await service.unmute(who, actor)
    return await standing(request, actor, community)


@api("POST", "/api/v1/accounts/{id}/note", asks=Asks.PERSON, scope="write:accounts", limit="write", takes="comment", gives="Relationship")  # fmt: skip
async def note(request: Request) -> StreamResponse:
    """Keep a note about somebody for oneself, or with no words in it none any more."""
    found = await loading.visible_account(request, request.match_info["id"])
    await notes.write(member(request).actor, found[0], (await read(request)).text("comment"))
    return await standing(request, *found)


@api(
    "POST",
    "/api/v1/follow_requests/{id}/{answer:authorize|reject}",
    asks=Asks.PERSON,
    scope=("write:follows", "follow"),
    limit="write",
    gives="Relationship",
)
async def decide(request: Request) -> StreamResponse:
    """Say yes or no to somebody who asks to follow one."""
    actor, community = await loading.visible_account(request, request.match_info["id"])
    who = member(request).actor
    asking = await people.follow_of(actor, who)
    if community is not None or asking is None or asking.state != "asked":
        raise NotFound
    found = await people.follow_by_id(asking.id)
    assert found is not None
    act = service.accept_follow if request.match_info["answer"] == "authorize" else service.reject_follow
    await act(who, found)
    return await standing(request, actor, community)


@api("POST", "/api/v1/accounts/{id}/remove_from_followers", asks=Asks.PERSON, scope=("write:follows", "follow"), limit="write", gives="Relationship")  # fmt: skip
async def remove_follower(request: Request) -> StreamResponse:
    """Let somebody follow one no longer."""
    actor, community = await loading.visible_account(request, request.match_info["id"])
    who = member(request).actor
    tie = await people.follow_of(actor, who)
    if tie is not None and tie.state == "accepted":
        await service.reject_follow(who, tie)
    return await standing(request, actor, community)


@api("GET", "/api/v1/accounts/familiar_followers", asks=Asks.PERSON, scope="read:follows", takes="id:ids", gives="[FamiliarFollowers]")  # fmt: skip
async def familiar(request: Request) -> StreamResponse:
    """Tell whom of those one follows some people are followed by, in the order asked."""
    wanted = list(dict.fromkeys((await read(request)).ids("id")))[:SEVERAL]
    found = await people.familiar_followers(member(request).actor, wanted)
    shown = await loading.accounts(request, list({one.id: one for some in found.values() for one in some}.values()))
    by_id = {account["id"]: account for account in shown}
    return answer(
        [
            {
                "id": str(number),
                "accounts": [by_id[str(one.id)] for one in found.get(number, ()) if str(one.id) in by_id],
            }
            for number in wanted
        ]
    )
