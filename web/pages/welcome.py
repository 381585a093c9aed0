"""The welcome of a newcomer: three steps, each of which can be skipped and taken up again, and what the home page says is left to do.

Also what the home page asks once a year of everybody: whether what they said of themselves is still right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import welcome, yearly
from fedcop.accounts.models import Account
from fedcop.communities import queries as communities
from fedcop.communities import suggesting, ties
from fedcop.communities.models import Community
from fedcop.core.errors import FedcopError, Invalid
from fedcop.core.i18n import N_, _
from fedcop.digests import queries as digests
from fedcop.digests import rhythms
from fedcop.digests import service as letters
from fedcop.discussions import contributions
from fedcop.media import service as media
from fedcop.people import portraits
from fedcop.people import service as people
from web.keys import member
from web.pages.communities import may_found, numbers
from web.pages.letters import hour_options
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, UPLOADS, page
from web.shared.templating import render

PATHS = {
    welcome.WHO: "/welcome",
    welcome.COMMUNITIES: "/welcome/communities",
    welcome.LETTERS: "/welcome/letters",
}
TITLES = {
    welcome.WHO: N_("Who you are"),
    welcome.COMMUNITIES: N_("Your communities"),
    welcome.LETTERS: N_("What you receive"),
}
ABOUT_ME = ("profession", "display_name", "region")
AS_IT_IS = "as-it-is"  # several communities, and not the same rhythm from all


@dataclass(frozen=True)
class Thing:
    """One thing that a newcomer may do, in a list."""

    said: str
    path: str
    done: bool


async def _step(
    request: Request, step: str, *, form: FormData | None = None, problems: Problems | None = None, **values: object
) -> Response:
    return await render(
        request,
        f"welcome/{step}.html",
        status=422 if problems else 200,
        step=step,
        steps=[(PATHS[one], _(TITLES[one]), one == step) for one in welcome.STEPS],
        form=form if form is not None else filled(),
        problems=problems if problems is not None else Problems(),
        **values,
    )


async def _go_on(account: Account, step: str, *, skipped: bool = False) -> StreamResponse:
    await welcome.pass_step(account, step, skipped=skipped)
    after = welcome.STEPS[welcome.STEPS.index(step) + 1 :]
    return see_other(PATHS[after[0]] if after else "/")


@page("GET", "/welcome", access=MEMBER)
async def who_form(request: Request) -> StreamResponse:
    """Begin with who one is."""
    actor = member(request).actor
    return await _step(request, welcome.WHO, form=filled({name: getattr(actor, name) for name in ABOUT_ME}))


@page("POST", "/welcome", access=MEMBER, limit="upload", max_body=UPLOADS)
async def who(request: Request) -> StreamResponse:
    """Keep the first words about oneself, and a picture."""
    form, problems, viewer = await read_form(request), Problems(), member(request)
    if form.flag("skip"):
        return await _go_on(viewer.account, welcome.WHO, skipped=True)
    try:
        await people.change_profile(viewer.actor, **{name: form.text(name) for name in ABOUT_ME})
    except Invalid as error:
        problems.take(error)
    if (upload := form.upload("picture")) is not None:
        try:
            taken = await media.accept(viewer.actor, upload.file_name, upload.chunks(), largest=portraits.LARGEST)
            await portraits.choose(viewer.actor, taken)
        except FedcopError as error:
            refused = Problems()
            refused.take(error)
            problems.add("picture", refused.items()[0][1])
    if problems:
        return await _step(request, welcome.WHO, form=form, problems=problems)
    return await _go_on(viewer.account, welcome.WHO)


@page("GET", "/welcome/communities", access=MEMBER)
async def communities_form(request: Request) -> StreamResponse:
    """Suggest communities; one joins or follows them on their own pages and comes back."""
    actor = member(request).actor
    return await _step(
        request,
        welcome.COMMUNITIES,
        suggestions=await suggesting.suggested(actor, member(request).account),
        invitations=await communities.invitations(actor),
        homes=await _homes(request),
        may_found=await may_found(actor),
        numbers=numbers,
        here=PATHS[welcome.COMMUNITIES],
    )


@page("POST", "/welcome/communities/not", access=MEMBER)
async def put_off(request: Request) -> StreamResponse:
    """Suggest one of them no more."""
    number = (await read_form(request)).number("community")
    if number is not None:
        await suggesting.put_off(member(request).account, number)
    flash(request, _("This community is not suggested to you any more."))
    return see_other(PATHS[welcome.COMMUNITIES])


@page("POST", "/welcome/communities", access=MEMBER)
async def communities_seen(request: Request) -> StreamResponse:
    """Go on to the letters."""
    return await _go_on(member(request).account, welcome.COMMUNITIES, skipped=not await _homes(request))


async def _homes(request: Request) -> list[Community]:
    return [community for community, _rhythm in await digests.homes(member(request).account)]


@page("GET", "/welcome/letters", access=MEMBER)
async def letters_form(request: Request) -> StreamResponse:
    """Offer the five rhythms, each with what it means."""
    account = member(request).account
    listed, hour = await digests.homes(account), await digests.chosen_hour(account)
    form = filled(rhythm=_common(listed), weekday=hour.weekday, hour=hour.hour)
    return await _letters(request, listed, form, Problems())


def _common(listed: Sequence[tuple[Community, str]]) -> str:
    """Name the rhythm of all one's communities."""
    found = {rhythm for _community, rhythm in listed} or {rhythms.BY_DEFAULT}
    return found.pop() if len(found) == 1 else AS_IT_IS


async def _letters(
    request: Request, listed: Sequence[tuple[Community, str]], form: FormData, problems: Problems
) -> Response:
    account = member(request).account
    hour = await digests.chosen_hour(account)
    options = [
        (key, _(label), rhythms.sentence(key, hour.weekday, account.preferences))
        for key, label in rhythms.LABELS.items()
    ]
    if _common(listed) == AS_IT_IS:
        options.insert(0, (AS_IT_IS, _("As I chose for each"), ""))
    return await _step(
        request,
        welcome.LETTERS,
        form=form,
        problems=problems,
        options=options,
        homes=[community for community, _rhythm in listed],
        weekdays=[(str(day), rhythms.day_name(day).capitalize()) for day in range(7)],
        hours=hour_options(),
    )


@page("POST", "/welcome/letters", access=MEMBER)
async def letters_chosen(request: Request) -> StreamResponse:
    """Keep how often letters come, from all the communities that one is in now."""
    form, problems, account = await read_form(request), Problems(), member(request).account
    if form.flag("skip"):
        return await _go_on(account, welcome.LETTERS, skipped=True)
    listed, rhythm = await digests.homes(account), form.text("rhythm")
    chosen = {community.id: rhythm for community, _before in listed if rhythm != AS_IT_IS}
    if listed and rhythm not in (*rhythms.LABELS, AS_IT_IS):
        problems.add("rhythm", _(letters.WHICH))
    else:
        try:
            await letters.choose(account, chosen, weekday=form.number("weekday"), hour=form.number("hour"))
        except Invalid as error:
            problems.take(error)
    if problems:
        return await _letters(request, listed, form, problems)
    flash(request, _("You are at home. What is left to do waits here, until you put it away."))
    return await _go_on(account, welcome.LETTERS)


@page("POST", "/welcome/away", access=MEMBER)
async def put_away(request: Request) -> StreamResponse:
    """Take the list of what is left to do off the home page, for good."""
    await welcome.put_away(member(request).account)
    flash(request, _("Put away for good."))
    return see_other("/")


@page("POST", "/welcome/right", access=MEMBER)
async def still_right(request: Request) -> StreamResponse:
    """Take somebody's word that their details are right, for a year."""
    await yearly.confirm(member(request).account)
    flash(request, _("Thank you. We ask again in a year."))
    return see_other("/")


async def left_to_do(request: Request) -> list[Thing]:
    """List for a newcomer's home page what they have done and what is left; nothing for who is at home, or has done all."""
    viewer = member(request)
    if not welcome.is_newcomer(viewer.account):
        return []
    tied = list((await ties.places(viewer.actor)).values())
    mine = next((one for one in tied if one.belongs), None)
    place = f"{mine.path}/new" if mine else "/communities"
    found = [
        Thing(_("Say what you do"), PATHS[welcome.WHO], bool(viewer.actor.profession)),
        Thing(
            _("Find your communities"),
            PATHS[welcome.COMMUNITIES],
            any(one.belongs or one.follow == "accepted" for one in tied),
        ),
        Thing(_("Choose what you receive"), PATHS[welcome.LETTERS], welcome.has_done(viewer.account, welcome.LETTERS)),
        Thing(_("Take the guided visit"), "/visit", welcome.has_done(viewer.account, welcome.VISIT)),
        Thing(_("Say hello, ask or answer"), place, await contributions.has_written(viewer.actor)),
    ]
    return [] if all(thing.done for thing in found) else found
