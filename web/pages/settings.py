"""What members set for themselves: profile, address and password, devices, whom they block, their data."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, Response, StreamResponse
from babel import Locale

from fedcop.accounts import bounces, links, service, sessions, yearly
from fedcop.accounts.rules import LANGUAGES, time_zones
from fedcop.actors import queries as actors
from fedcop.apps import scopes, tokens
from fedcop.communities import desks
from fedcop.core.errors import FedcopError, Forbidden, Invalid, NotFound, TooMany
from fedcop.core.i18n import N_, _
from fedcop.core.site import site
from fedcop.digests import service as digests
from fedcop.discussions.quotes import policy
from fedcop.federation import queries as federation
from fedcop.media import allowance
from fedcop.notifications import service as notifications
from fedcop.people import departure, export, queries, rules
from fedcop.people import service as people
from fedcop.push.devices import words_of
from web.keys import SESSION, language, member
from web.middleware.language import remember_language
from web.middleware.sessions import end_session
from web.pages.account import refill
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, filled, read_form
from web.shared.paging import after_id, paged
from web.shared.quoting import policy_options
from web.shared.routing import MEMBER, page
from web.shared.templating import render

LINK_ROWS = 2
NAMELESS = {"ber": N_("Berber")}  # languages for which Babel has no name


def language_names(request: Request) -> list[tuple[str, str]]:
    """Give the languages that a profile may name, in the language of the page, by name; ours come first."""
    names = Locale.parse(language(request).replace("-", "_")).languages
    named = [(code, str(names.get(code) or _(NAMELESS.get(code, code)))) for code in rules.LANGUAGES]
    return named[:2] + sorted(named[2:], key=lambda pair: pair[1].lower())


@page("GET", "/settings", access=MEMBER)
async def overview(request: Request) -> StreamResponse:
    """List what can be set."""
    actor = member(request).actor
    return await render(request, "account/settings.html", asking=await queries.count_asking(actor))


@page("GET", "/settings/profile", access=MEMBER)
async def profile_form(request: Request) -> StreamResponse:
    """Show the form of the profile."""
    actor = member(request).actor
    known = (
        "display_name",
        "profession",
        "organisation",
        "region",
        "summary_source",
        "discoverable",
        "indexable",
        "approves_followers",
        "hides_follows",
        "attribution_domains",
    )
    values: dict[str, Any] = {name: getattr(actor, name) for name in known}
    values["languages"] = actor.languages.split(",")
    for number, link in enumerate(actor.links):
        values |= {f"link_name_{number}": link["name"], f"link_{number}": link["value"]}
    rows = min(rules.MAX_LINKS, max(LINK_ROWS, len(actor.links) + 1))
    return await _profile(request, filled(values), rows=rows)


async def _profile(request: Request, form: FormData, *, rows: int) -> Response:
    return await render(
        request, "account/profile.html", form=form, languages_known=language_names(request), link_rows=rows
    )


@page("POST", "/settings/profile", access=MEMBER)
async def change_profile(request: Request) -> StreamResponse:
    """Keep the profile."""
    form = await read_form(request)
    values: dict[str, Any] = {
        name: form.text(name) for name in ("display_name", "profession", "organisation", "region", "summary_source")
    }
    values |= {name: form.flag(name) for name in ("discoverable", "indexable", "approves_followers", "hides_follows")}
    values["languages"] = form.texts("languages")
    if "attribution_domains" in form:
        values["attribution_domains"] = form.text("attribution_domains").splitlines()
    rows = min(
        rules.MAX_LINKS,
        max([LINK_ROWS, *(number + 1 for number in range(rules.MAX_LINKS) if f"link_{number}" in form)]),
    )
    values["links"] = [
        {"name": form.text(f"link_name_{number}"), "value": form.text(f"link_{number}")} for number in range(rows)
    ]
    try:
        await people.change_profile(member(request).actor, **values)
    except Invalid as error:
        return await refill(
            request, "account/profile.html", error, languages_known=language_names(request), link_rows=rows
        )
    await yearly.confirm(member(request).account)
    flash(request, _("Your profile is saved."))
    return see_other("/settings/profile")


@page("GET", "/settings/account", access=MEMBER)
async def account_form(request: Request) -> StreamResponse:
    """Show the forms for what one chooses, for address and password."""
    return await render(request, "account/account.html", form=_account_values(request), **_account_choices())


def _account_values(request: Request) -> FormData:
    account = member(request).account
    shortcuts = "1" if account.preferences.get("shortcuts") else ""
    usual = policy.usual(account.preferences)
    return filled(language=account.language, time_zone=account.time_zone, shortcuts=shortcuts, quote_policy=usual)


def _account_choices() -> dict[str, Any]:
    names = {"fr-CA": "Français", "en-CA": "English"}
    zones = sorted(
        zone for zone in time_zones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/", "posix/", "right/"))
    )
    return {
        "language_options": [(code, names[code]) for code in LANGUAGES],
        "zones": [(zone, zone.replace("_", " ")) for zone in zones],
        "policies": policy_options(policy.PUBLIC),
    }


@page("POST", "/settings/account", access=MEMBER)
async def change_choices(request: Request) -> StreamResponse:
    """Keep language, time zone, whether single keys do something (WCAG 2.1.4: off unless chosen), and who may quote unless one says otherwise."""
    form, account = await read_form(request), member(request).account
    chosen = form.chosen(policy.PREFERENCE, policy.CHOICES, policy.usual(account.preferences))
    try:
        await service.change_preferences(
            account,
            language=form.text("language"),
            time_zone=form.text("time_zone"),
            shortcuts=form.flag("shortcuts"),
            **{policy.PREFERENCE: chosen},
        )
        await digests.replan(account)
    except Invalid as error:
        return await refill(request, "account/account.html", error, **_account_choices())
    response = see_other("/settings/account")
    remember_language(request, response, account.language)
    flash(request, _("Your choice is saved."))
    return response


@page("POST", "/settings/account/email/confirm", access=MEMBER, limit="mail")
async def confirm_email(request: Request) -> StreamResponse:
    """Send letters again to an address from which they came back: the member says that it is right."""
    await read_form(request)
    await bounces.confirm(member(request).account)
    flash(request, _("Thank you. Our e-mails go there again."))
    return see_other("/settings/account")


@page("POST", "/settings/account/email", access=MEMBER, limit="mail")
async def change_email(request: Request) -> StreamResponse:
    """Begin to change the address."""
    form = await read_form(request)
    try:
        await service.ask_email(member(request).account, form.raw("current_email"), form.text("email"))
    except (Invalid, TooMany) as error:
        return await _account_again(request, error, "current_email")
    flash(request, _("We sent a link to your new address. Open it to confirm the change."))
    return see_other("/settings/account")


@page("POST", "/settings/account/password", access=MEMBER)
async def change_password(request: Request) -> StreamResponse:
    """Change the password; other devices are logged out."""
    form = await read_form(request)
    account = member(request).account
    try:
        await service.change_password(account, form.raw("current"), form.raw("password"), keep=request[SESSION])
    except (Invalid, TooMany) as error:
        return await _account_again(request, error, "current")
    flash(request, _("Your password is changed. Your other devices were logged out."))
    return see_other("/settings/account")


async def _account_again(request: Request, error: FedcopError, current: str) -> Response:
    """Show the page of three forms again: what was typed in one of them, and the present values of the others."""
    if isinstance(error, Invalid) and "current" in error.errors:
        error.errors[current] = error.errors.pop("current")
    return await refill(request, "account/account.html", error, also=_account_values(request), **_account_choices())


@page("GET", "/settings/devices", access=MEMBER)
async def devices(request: Request) -> StreamResponse:
    """List where one is logged in, and what applications one let in."""
    listed = await sessions.list_(member(request).account)
    here = links.hash_token(request[SESSION])
    held = await tokens.list_(member(request).account)
    acts = any(one.acts_as_id is not None for one in held)
    at = {one.looker.id for one in await desks.offered(member(request).actor)} if acts else set()
    apps = [
        {"token": one, "said": scopes.said(one.scopes.split()), "rests": one.acts_as_id not in (None, *at)}
        for one in held
    ]
    known_as = {one.id: words_of(one.user_agent) or one.user_agent for one in listed}
    return await render(request, "account/devices.html", sessions=listed, known_as=known_as, here=here, apps=apps)


@page("POST", "/settings/devices/{id:[0-9]{1,18}}/end", access=MEMBER)
async def end_device(request: Request) -> StreamResponse:
    """Log one device out."""
    await sessions.end(member(request).account, int(request.match_info["id"]))
    flash(request, _("This device is logged out."))
    return see_other("/settings/devices")


@page("POST", "/settings/devices/end", access=MEMBER)
async def end_other_devices(request: Request) -> StreamResponse:
    """Log all other devices out."""
    await sessions.end_all(member(request).account, except_token=request[SESSION])
    flash(request, _("All other devices are logged out."))
    return see_other("/settings/devices")


@page("GET", "/settings/followers", access=MEMBER)
async def followers(request: Request) -> StreamResponse:
    """List who follows, and who asks to."""
    actor = member(request).actor
    await notifications.saw_followers(member(request).account)
    asking = await queries.followers(actor, state="asked", limit=200)
    listed = await queries.followers(actor, after=after_id(request) or 0)
    found = paged(request, listed, lambda row: row.follow_id, size=queries.PAGE)
    return await render(request, "account/followers.html", asking=asking, followers=found)


@page("POST", "/settings/followers/{id:[0-9]{1,18}}/{answer:accept|remove}", access=MEMBER)
async def answer_follower(request: Request) -> StreamResponse:
    """Accept somebody who asks to follow, or refuse or remove them."""
    actor = member(request).actor
    follow = await queries.follow_by_id(int(request.match_info["id"]))
    if follow is None or follow.target_id != actor.id:
        raise NotFound(code="no-follow")
    if request.match_info["answer"] == "accept":
        await people.accept_follow(actor, follow)
        flash(request, _("%(name)s follows you now.", name=follow.follower.display_name or follow.follower.name))
    else:
        await people.reject_follow(actor, follow)
        flash(
            request,
            _("%(name)s does not follow you any more.", name=follow.follower.display_name or follow.follower.name),
        )
    return see_other("/settings/followers")


@page("GET", "/settings/data", access=MEMBER)
async def data(request: Request) -> StreamResponse:
    """Offer a copy of one's data, the way to another server, and the way out."""
    return await _data(request, filled())


async def _data_values(request: Request) -> dict[str, Any]:
    viewer = member(request)
    aliases = await actors.many_by_uri(viewer.actor.also_known_as)
    return {
        "export": await export.latest(viewer.account),
        "aliases": [(uri, aliases.get(uri)) for uri in viewer.actor.also_known_as],
        "kept_days": export.KEPT_FOR.days,
        "files_take": await allowance.used(viewer.actor.id),
        "files_may_take": site().settings.member_files,
    }


async def _data(request: Request, form: FormData) -> Response:
    return await render(request, "account/data.html", form=form, **await _data_values(request))


async def _data_again(request: Request, error: FedcopError) -> Response:
    return await refill(request, "account/data.html", error, **await _data_values(request))


@page("POST", "/settings/data/export", access=MEMBER)
async def ask_export(request: Request) -> StreamResponse:
    """Begin to make a copy of one's data."""
    try:
        await export.ask(member(request).account)
    except TooMany as error:
        return await _data_again(request, error)
    flash(request, _("We are preparing a copy of your data. You will get an e-mail when it is ready."))
    return see_other("/settings/data")


@page("GET", "/settings/data/{id:[0-9]{1,18}}.zip", access=MEMBER)
async def download(request: Request) -> StreamResponse:
    """Give a copy of one's data, to its owner only."""
    viewer = member(request)
    found = await export.ready(viewer.account, int(request.match_info["id"]))
    response = StreamResponse(
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="{viewer.actor.name}-{found.requested_at:%Y-%m-%d}.zip"',
            "Content-Length": str(found.size),
            "Cache-Control": "private, no-store",
        }
    )
    await response.prepare(request)
    async for chunk in site().storage.open(found.key):
        await response.write(chunk)
    await response.write_eof()
    return response


@page("POST", "/settings/data/alias", access=MEMBER, limit="search")
async def name_alias(request: Request) -> StreamResponse:
    """Name another account as one's own: the first step of a move to here."""
    form = await read_form(request)
    text = form.text("alias")
    try:
        if not text:
            raise Invalid(errors={"alias": _("Enter the full address of your other account, like @name@example.org.")})
        found = await federation.found(text)
        if found is None:
            await site().runner.wait_for(await federation.ask_for(text), 8)
            found = await federation.found(text)
        other = await federation.actor_of(found) if found is not None else None
        if other is None:
            raise Invalid(errors={"alias": _("We could not find this account. Check the address, or try again later.")})
        await people.name_alias(member(request).actor, other)
    except (Invalid, Forbidden, TooMany) as error:
        return await _data_again(request, error)
    flash(request, _("This account is named as yours."))
    return see_other("/settings/data")


@page("POST", "/settings/data/alias/remove", access=MEMBER)
async def drop_alias(request: Request) -> StreamResponse:
    """Name another account as one's own no longer."""
    await people.drop_alias(member(request).actor, (await read_form(request)).text("uri"))
    flash(request, _("This account is not named as yours any more."))
    return see_other("/settings/data")


@page("POST", "/settings/data/move", access=MEMBER)
async def move(request: Request) -> StreamResponse:
    """Ask to live at another account from now on."""
    form = await read_form(request)
    viewer = member(request)
    try:
        if not form.text("target"):
            raise Invalid(errors={"target": _("Enter the full address of your other account, like @name@example.org.")})
        await service.check_password(viewer.account, form.raw("move_password"), "move_password")
        await people.ask_to_move(viewer.actor, form.text("target"))
    except (Invalid, Forbidden, TooMany) as error:
        return await _data_again(request, error)
    flash(request, _("We are asking the other server. You will get an e-mail with the answer."))
    return see_other("/settings/data")


@page("POST", "/settings/data/stay", access=MEMBER)
async def stay(request: Request) -> StreamResponse:
    """Take a move back."""
    await people.stay(member(request).actor)
    flash(request, _("You live here again."))
    return see_other("/settings/data")


@page("POST", "/settings/data/delete", access=MEMBER)
async def delete(request: Request) -> StreamResponse:
    """Delete one's account for good."""
    form = await read_form(request)
    try:
        if not form.flag("sure"):
            raise Invalid(errors={"sure": _("Tick the box to confirm.")})
        await departure.delete_account(member(request).account, form.raw("delete_password"))
    except Invalid as error:
        if "current" in error.errors:
            error.errors["delete_password"] = error.errors.pop("current")
        return await _data_again(request, error)
    except (Forbidden, TooMany) as error:
        return await _data_again(request, error)
    response = see_other("/")
    end_session(request, response)
    flash(request, _("Your account is deleted. The servers that hold a copy of it are being asked to delete it too."))
    return response
