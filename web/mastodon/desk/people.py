"""What those in charge do to people from an application: answer who asks to join, ban, lift a ban, remove a member. Each by their own role."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.accounts.letters import speaking
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import desks, queries, rules, service
from fedcop.communities.desks import Desk, Tie
from fedcop.communities.roles import Act
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.i18n import N_, _
from web.keys import desk
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, paged, span_of
from web.mastodon.entities.relationship import belonging_json
from web.mastodon.params import read
from web.mastodon.relating import SEVERAL
from web.shared.routing import for_community

NOT_OF_PLACES = N_("A community bans people; it cannot ban a community.")
NO_WORDS = N_("Done from an application, which did not give a reason.")
REASON = "reason"


def reason_of(at: Desk, given: str) -> str:
    """Give the reason that the person and the record read, in the community's language where an app gave none."""
    with speaking(at.community.language):
        return given.strip() or _(NO_WORDS)


async def _person(request: Request) -> Actor:
    actor, community = await loading.visible_account(request, request.match_info["id"])
    if community is not None:
        raise Invalid(NOT_OF_PLACES, code="not-of-places")
    return actor


async def _standing(request: Request, actor: Actor) -> StreamResponse:
    """Tell how a person stands to the community now."""
    at = desk(request)
    ties = await desks.ties(at.community, [actor.id])
    return answer(belonging_json(actor.id, _told(at, ties[actor.id])))


def _told(at: Desk, tie: Tie) -> Tie:
    """Leave out of how a person stands what the pages too keep from who may not decide about it: that they ask, and that they are banned."""
    return Tie(tie.belongs, tie.asks and at.may(Act.ADMIT), tie.banned and at.may(Act.BAN))


@for_community("GET", "/api/v1/accounts/relationships", takes="id:ids")
async def relationships(request: Request) -> StreamResponse:
    """Tell how people stand to the community, in the order asked; what is not there is left out."""
    wanted = list(dict.fromkeys((await read(request)).ids("id")))[:SEVERAL]
    found = await actors.many(wanted)
    at = desk(request)
    ties = await desks.ties(at.community, found)
    written = []
    for number in wanted:
        try:
            await loading.judged(request, found.get(number))
        except NotFound:
            continue
        written.append(belonging_json(number, _told(at, ties[number])))
    return answer(written)


@for_community("GET", "/api/v1/follow_requests", takes=PAGE)
async def asking(request: Request) -> StreamResponse:
    """List who asks to join, to those who may answer; to others nobody does."""
    span, at = span_of(await read(request), usual=40, most=80), desk(request)
    found = await desks.asking(at.community, below=span.max_id or 0, limit=span.limit) if at.may(Act.ADMIT) else []
    written = await loading.accounts(request, [one.actor for one in found])
    return paged(request, written, [one.id for one in found], before="since_id")


@for_community("POST", "/api/v1/follow_requests/{id}/{answer:authorize|reject}", takes=REASON)
async def decide(request: Request) -> StreamResponse:
    """Say yes or no to somebody who asks to join."""
    given, actor, at = await read(request), await _person(request), desk(request)
    await rules.may_act(at.person, at.community, Act.ADMIT)  # first: else the refusal would tell who asks
    place = await queries.membership(at.community, actor)
    if place is None or place.state != "asked":
        raise NotFound
    try:
        if request.match_info["answer"] == "authorize":
            await service.admit(at.person, place)
        else:
            await service.decline(at.person, place, given.text(REASON))
    except Conflict as error:  # apps show the words of a 422
        raise Invalid(error.text, error.code) from None
    return await _standing(request, actor)


@for_community("GET", "/api/v1/accounts/{id}/followers", takes=PAGE)
@for_community("GET", "/api/v1/accounts/{id}/following", takes=PAGE)
async def circle(request: Request) -> StreamResponse:
    """List the members of the community; nobody else's circle."""
    span, at = span_of(await read(request), usual=40, most=80), desk(request)
    _actor, community = await loading.visible_account(request, request.match_info["id"])
    followers = request.path.rstrip("/").endswith("followers")
    if community is None or community.id != at.community.id or not followers:
        return answer([])
    found = await queries.members(at.community, after=span.max_id or 0, limit=span.limit)
    written = await loading.accounts(request, [one.actor for one in found])
    return paged(request, written, [one.id for one in found], before="since_id")


@for_community("GET", "/api/v1/blocks", takes=PAGE)
async def banned(request: Request) -> StreamResponse:
    """List who is banned, the latest first, to those who may ban; to others nobody is."""
    span, at = span_of(await read(request), usual=40, most=80), desk(request)
    found = await desks.banned(at.community, below=span.max_id or 0, limit=span.limit) if at.may(Act.BAN) else []
    written = await loading.accounts(request, [one.actor for one in found], unseen=True)
    return paged(request, written, [one.id for one in found], before="since_id")


@for_community("POST", "/api/v1/accounts/{id}/{act:block|unblock}", takes=REASON)
async def ban(request: Request) -> StreamResponse:
    """Ban a person for good, or lift their ban. A suspension is not touched."""
    given, actor, at = await read(request), await _person(request), desk(request)
    await rules.may_act(at.person, at.community, Act.BAN)  # first: else the refusal would tell who is banned
    try:
        if request.match_info["act"] == "block":
            if not (await desks.ties(at.community, [actor.id]))[actor.id].banned:
                await service.ban(at.person, at.community, actor, reason_of(at, given.text(REASON)))
        elif (await desks.ties(at.community, [actor.id]))[actor.id].banned:
            await service.unban(at.person, at.community, actor, given.text(REASON))
    except Conflict as error:
        raise Invalid(error.text, error.code) from None
    return await _standing(request, actor)


@for_community("POST", "/api/v1/accounts/{id}/remove_from_followers", takes=REASON)
async def remove(request: Request) -> StreamResponse:
    """Remove a member; they may ask again."""
    given, actor, at = await read(request), await _person(request), desk(request)
    try:
        if (await desks.ties(at.community, [actor.id]))[actor.id].belongs:
            await service.remove_member(at.person, at.community, actor, reason_of(at, given.text(REASON)))
    except Conflict as error:
        raise Invalid(error.text, error.code) from None
    return await _standing(request, actor)
