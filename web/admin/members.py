"""People of this instance: who asks to come in, who is here, roles, suspension, removal."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import queries, service
from fedcop.accounts.models import Account
from fedcop.accounts.rules import ROLES
from fedcop.accounts.service import Wish
from fedcop.accounts.signin import codes
from fedcop.alliances import queries as alliances
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.i18n import N_, _
from fedcop.people import departure
from fedcop.reports import queries as reports
from web.keys import language, member
from web.pages.account import refill
from web.pages.security import changes
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, filled, read_form
from web.shared.paging import after_id, paged
from web.shared.routing import ADMIN, MODERATOR, page
from web.shared.templating import name_of, render

ROLE_NAMES = {"member": N_("Member"), "moderator": N_("Moderator"), "admin": N_("Administrator"), "owner": N_("Owner")}
FILTERS = {"": N_("Everybody"), **ROLE_NAMES, "suspended": N_("Suspended")}


@page("GET", "/admin", access=MODERATOR)
async def overview(request: Request) -> StreamResponse:
    """Show what needs a hand, and the way to the rest."""
    values = {
        "waiting": await queries.count_waiting(),
        "members": await queries.count_members(),
        "reported": await reports.count_on_instance(member(request).actor),
        "proposals": await alliances.waiting(),
    }
    return await render(request, "admin/overview.html", **values)


@page("GET", "/admin/members", access=MODERATOR)
async def members(request: Request) -> StreamResponse:
    """List who waits, then who is here."""
    words = request.query.get("q", "").strip()[:100]
    which = request.query.get("which", "")
    which = which if which in FILTERS else ""
    found = await queries.members(words=words, which=which, after=after_id(request) or 0)
    return await render(
        request,
        "admin/members.html",
        waiting=(await queries.waiting()) if not after_id(request) and not words and not which else [],
        accounts=paged(request, found, lambda account: account.id, size=queries.PAGE),
        form=filled(q=words, which=which),
        filtered=bool(words or which),
        which_options=[(value, _(text)) for value, text in FILTERS.items()],
        role_names={value: _(text) for value, text in ROLE_NAMES.items()},
    )


@page("GET", "/admin/requests/{id:[0-9]{1,18}}", access=MODERATOR)
async def request_form(request: Request) -> StreamResponse:
    """Show one request for an account, whole."""
    try:
        asked = await queries.sign_up(int(request.match_info["id"]))
    except NotFound:
        return _answered(request)
    return await render(request, "admin/request.html", asked=asked, form=filled())


@page("POST", "/admin/requests/{id:[0-9]{1,18}}/{answer:approve|decline}", access=MODERATOR)
async def answer_request(request: Request) -> StreamResponse:
    """Let somebody in, or decline with a kind letter."""
    try:
        asked = await queries.sign_up(int(request.match_info["id"]))
    except NotFound:
        return _answered(request)
    by = member(request).account
    name = asked.display_name or asked.name
    try:
        if request.match_info["answer"] == "approve":
            await service.approve(by, asked)
            flash(request, _("%(name)s may log in now; we wrote to them.", name=name))
        else:
            await service.decline(by, asked, (await read_form(request)).text("reason"))
            flash(request, _("The request of %(name)s was declined; we wrote to them.", name=name))
    except Conflict as error:
        flash(request, error.for_people(), "error")
    return see_other("/admin/members")


def _answered(request: Request) -> StreamResponse:
    """Lead on who comes by the letter about a request, when somebody else was faster."""
    flash(request, _("This request was answered already."), "error")
    return see_other("/admin/members")


@page("GET", "/admin/members/new", access=ADMIN)
async def new_form(request: Request) -> StreamResponse:
    """Show the form to make an account for somebody."""
    return await render(request, "admin/new_member.html", form=filled(role="member"), roles=_roles(request))


@page("POST", "/admin/members/new", access=ADMIN)
async def new(request: Request) -> StreamResponse:
    """Make an account for somebody and send them the link to choose a password."""
    form = await read_form(request)
    role = form.chosen("role", [value for value, _text in _roles(request)], "member")
    wish = Wish(form.text("name"), form.text("email"), "", form.text("display_name"), language(request))
    try:
        account = await service.create_for(wish, role)
    except (Invalid, Conflict) as error:
        return await refill(request, "admin/new_member.html", error, roles=_roles(request))
    flash(
        request,
        _("The account of %(name)s is made; we sent them a link to choose a password.", name=name_of(account.actor)),
    )
    return see_other(f"/admin/members/{account.id}")


@page("GET", "/admin/members/{id:[0-9]{1,18}}", access=MODERATOR)
async def one(request: Request) -> StreamResponse:
    """Show one account and what may be done with it."""
    account = await queries.by_id(int(request.match_info["id"]))
    return await _one(request, account, filled(role=account.role))


async def _one(request: Request, account: Account, form: FormData) -> Response:
    return await render(request, "admin/member.html", account=account, form=form, **await _choices(request, account))


async def _choices(request: Request, account: Account) -> dict[str, Any]:
    by = member(request).account
    above = ROLES.index(by.role) > ROLES.index(account.role)
    return {
        "role_names": {value: _(text) for value, text in ROLE_NAMES.items()},
        "roles": _roles(request),
        "may_decide": above and by.id != account.id,
        "may_give_role": by.role == "owner" or (by.role == "admin" and above),
        "may_remove": above and by.id != account.id and by.role in ("admin", "owner"),
        "may_clear": above and by.id != account.id and by.role in ("admin", "owner"),
        "second_step": await codes.is_on(account),
        "changes": await changes(account) if by.role in ("admin", "owner") else [],
    }


def _roles(request: Request) -> list[tuple[str, str]]:
    by = member(request).account.role
    given = ROLES if by == "owner" else ROLES[: ROLES.index(by)]
    return [(role, _(ROLE_NAMES[role])) for role in given]


@page("POST", "/admin/members/{id:[0-9]{1,18}}/{act:suspend|unsuspend|role|clear|remove}", access=MODERATOR)
async def act(request: Request) -> StreamResponse:
    """Change the standing of one account."""
    account = await queries.by_id(int(request.match_info["id"]))
    by, form, name = member(request).account, await read_form(request), name_of(account.actor)
    path = f"/admin/members/{account.id}"
    try:
        match request.match_info["act"]:
            case "suspend":
                if not form.text("reason"):
                    raise Invalid(errors={"reason": N_("Write the reason: the person will read it.")})
                await service.suspend(by, account, form.text("reason"))
                said = _("The account of %(name)s is suspended; we wrote to them.", name=name)
            case "unsuspend":
                await service.unsuspend(by, account)
                said = _("The account of %(name)s is open again.", name=name)
            case "role":
                await service.give_role(by, account, form.text("role"))
                said = _("The role of %(name)s is changed.", name=name)
            case "clear":
                await codes.clear(by, account)
                said = _("The second step of %(name)s is removed; we wrote to them.", name=name)
            case _other:
                if form.text("name") != account.actor.name:
                    raise Invalid(errors={"name": N_("Write the name of the account to confirm.")})
                await departure.remove_account(by, account)
                said, path = _("The account of %(name)s is deleted.", name=name), "/admin/members"
    except (Invalid, Forbidden) as error:
        typed = filled(role=account.role)
        return await refill(
            request, "admin/member.html", error, also=typed, account=account, **await _choices(request, account)
        )
    flash(request, said)
    return see_other(path)
