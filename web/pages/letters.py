"""What one receives: how often from each community, at once about oneself, from strangers, on devices; and the links that stop letters without logging in.

All of it is one form, so that saving one thing loses no other. Beginning, trying and ending a device is in push.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import replying
from fedcop.accounts.links import hash_token
from fedcop.actors import queries as actors
from fedcop.calls import queries as calls
from fedcop.calls import service as calling
from fedcop.communities import access, ties
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.digests import queries, rhythms
from fedcop.digests import service as digests
from fedcop.letterbox import posting
from fedcop.notifications import policy, requests, service, topics, unsubscribing
from fedcop.people import queries as people
from fedcop.push import service as push
from fedcop.push import vapid
from fedcop.push.models import PushSubscription
from web.keys import SESSION, SITE, member
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import ANYONE, MEMBER, machine, page
from web.shared.templating import name_of, render


@dataclass(frozen=True)
class Row:
    """One community, and what comes from it."""

    community: Community
    field: str
    said: str


def rhythm_options() -> list[tuple[str, str]]:
    """Give the rhythms as a form offers them."""
    return [(key, _(label)) for key, label in rhythms.LABELS.items()]


def hour_options() -> list[tuple[str, str]]:
    """Give the hours of a day as a form offers them."""
    return [(str(hour), rhythms.hour_name(hour)) for hour in range(24)]


@page("GET", "/settings/notifications", access=MEMBER)
async def choices(request: Request) -> StreamResponse:
    """Show what a member receives, from whom and when."""
    return await show(request, Problems())


async def show(request: Request, problems: Problems) -> Response:
    """Show it as it is now, with what went wrong in a form of the page."""
    account = member(request).account
    listed, devices = await queries.homes(account), await push.listed(account)
    hour = await queries.chosen_hour(account)
    chosen = topics.choices(account.preferences)
    form = filled(
        {f"rhythm_{community.id}": rhythm for community, rhythm in listed}
        | {f"way_{topic.key}": chosen[topic.key] for topic in topics.TOPICS if topic.talk}
        | {f"for_{name}": answer for name, answer in policy.answers(account.preferences).items()}
        | {f"shown_{device.id}": device.topics for device in devices},
        weekday=hour.weekday,
        hour=str(hour.hour),
        mail=[topic.key for topic in topics.TOPICS if not topic.talk and chosen[topic.key] == topics.NOW],
        calls=sorted({community.id for community, _rhythm in listed} - await calls.refused(account)),
    )
    return await _page(request, listed, devices, form, problems)


async def _page(
    request: Request,
    listed: Sequence[tuple[Community, str]],
    devices: Sequence[PushSubscription],
    form: FormData,
    problems: Problems,
) -> Response:
    account = member(request).account
    hour = await queries.chosen_hour(account)
    refused = await calls.refused(account)
    belongs = {number for number, place in (await ties.places(member(request).actor)).items() if place.belongs}

    muted = await people.hidden_among(member(request).actor, [one.actor_id for one, _rhythm in listed])

    def said_of(community: Community, rhythm: str) -> str:
        if community.actor_id in muted:
            return _("No summary and no discussion comes from it: you muted it, or blocked its server.")
        called = community.id in belongs - refused  # who only follows is not called
        return rhythms.sentence(rhythm, hour.weekday, account.preferences, called=called)

    rows = [Row(community, f"rhythm_{community.id}", said_of(community, rhythm)) for community, rhythm in listed]
    return await render(
        request,
        "notifications/settings.html",
        status=422 if problems else 200,
        form=form,
        problems=problems,
        rows=rows,
        addresses=await posting.all_of(account),
        takes_mail=replying.is_on(),
        callers=[
            (str(community.id), name_of(community.actor)) for community, _rhythm in listed if community.id in belongs
        ],
        rhythms=rhythm_options(),
        weekdays=[(str(day), rhythms.day_name(day).capitalize()) for day in range(7)],
        hours=hour_options(),
        talks=[topic for topic in topics.TOPICS if topic.talk],
        ways=[(way, _(label)) for way, label in topics.PATIENT.items()],
        options=[(topic.key, _(topic.label)) for topic in topics.TOPICS if not topic.talk],
        push=await _push(request, devices),
        answers=[(answer, _(label)) for answer, label in policy.ANSWERS.items()],
        questions=[(name, _(label), _(hint)) for name, (label, hint) in policy.QUESTIONS.items()],
    )


async def _push(request: Request, listed: Sequence[PushSubscription]) -> dict[str, Any]:
    settings = request.app[SITE].settings
    here = hash_token(request[SESSION])
    return {
        # Browsers do it over https, and on the machine itself.
        "possible": settings.secure or settings.netloc.partition(":")[0] == "localhost",
        "key": await vapid.public_key(),
        "devices": listed,
        "here": next((one for one in listed if one.session is not None and one.session.token_hash == here), None),
        "topics": [(topic.key, _(topic.label)) for topic in topics.TOPICS],
    }


@page("POST", "/settings/notifications", access=MEMBER)
async def choose(request: Request) -> StreamResponse:
    """Keep what a member wants to receive, from whom, when and where."""
    form, problems, account = await read_form(request), Problems(), member(request).account
    listed = await queries.homes(account)
    wanted = form.texts("mail")
    fields = {community.id: f"rhythm_{community.id}" for community, _rhythm in listed}
    try:
        await digests.choose(
            account,
            {number: form.text(field) for number, field in fields.items() if field in form},
            weekday=form.number("weekday"),
            hour=form.number("hour"),
        )
    except Invalid as error:
        problems.take(error)
        return await _page(request, listed, await push.listed(account), form, problems)
    chosen = topics.choices(account.preferences)
    await service.choose(
        account,
        {
            topic.key: form.chosen(f"way_{topic.key}", topic.ways, chosen[topic.key])
            if topic.talk
            else topics.NOW
            if topic.key in wanted
            else topics.NEVER
            for topic in topics.TOPICS
        },
    )
    if "offered" in form:
        offered = set(form.texts("offered"))
        await calling.choose(
            account,
            [community.id for community, _rhythm in listed if str(community.id) in offered],
            {community.id for community, _rhythm in listed if str(community.id) in form.texts("calls")},
        )
    answers = policy.answers(account.preferences)
    await requests.choose(
        account, {name: form.chosen(f"for_{name}", policy.ANSWERS, said) for name, said in answers.items()}
    )
    for number in filter(None, map(read_id, form.texts("device"))):
        with suppress(NotFound):  # it was ended meanwhile
            await push.choose(account, number, form.texts(f"shown_{number}"))
    flash(request, _("Your choice is saved."))
    return see_other("/settings/notifications")


@page("GET", "/unsubscribe/{token}", access=ANYONE)
async def ask_to_stop(request: Request) -> StreamResponse:
    """Show what a link in a letter stops, with a button: a program that only follows links stops nothing."""
    stop = await unsubscribing.find(request.match_info["token"])
    if stop.topics:
        chosen = topics.choices(stop.account.preferences)
        answer = await render(
            request,
            "notifications/unsubscribe.html",
            topic="; ".join(_(topic.label) for topic in stop.topics),
            stopped=all(chosen[topic.key] == topics.NEVER for topic in stop.topics),
        )
    else:
        community = await _community(stop)
        answer = await render(
            request,
            "notifications/leave.html",
            place=await _name(stop, community),
            rhythm=await queries.rhythm_of(stop.account, community),
        )
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


async def _community(stop: unsubscribing.Stop) -> Community:
    found = await communities.by_id(stop.community_id) if stop.community_id is not None else None
    if found is None:
        raise NotFound
    return found


async def _name(stop: unsubscribing.Stop, community: Community) -> str:
    """Name a community to whom may still know of it."""
    if await access.may_find(await actors.by_id(stop.account.actor_id), community):
        return name_of(community.actor)
    return _("a community")


@page("POST", "/unsubscribe/{token}/stop", access=ANYONE)
async def stop(request: Request) -> StreamResponse:
    """Stop letters, or make them monthly, for who pressed the button; the link is enough, nobody has to log in."""
    form = await read_form(request)
    await _stop(request, form.chosen("rhythm", (rhythms.MONTH,), rhythms.NEVER))
    return see_other(f"/unsubscribe/{request.match_info['token']}")


@machine("POST", "/unsubscribe/{token}")
async def stop_at_once(request: Request) -> StreamResponse:
    """Stop letters at the word of a mail program (RFC 8058)."""
    await _stop(request, rhythms.NEVER)
    return Response(text="OK")


async def _stop(request: Request, rhythm: str) -> None:
    stop = await unsubscribing.find(request.match_info["token"])
    if stop.topics:
        await service.choose(stop.account, {topic.key: topics.NEVER for topic in stop.topics})
    else:
        await digests.choose_one(stop.account, await _community(stop), rhythm)
