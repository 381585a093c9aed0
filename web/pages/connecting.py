"""Where a person lets an application in, looks at those that they let in, and ends that. How the application gets its token is in mastodon/auth.py."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import sessions
from fedcop.actors.models import Actor
from fedcop.apps import allowing, registering, tokens
from fedcop.communities import desks, roles
from fedcop.core.i18n import N_, _
from fedcop.core.ids import read_id
from web.keys import SESSION, Viewer, member, viewer
from web.middleware.headers import PAGE_POLICY
from web.middleware.sessions import end_session
from web.shared.flash import flash, see_other
from web.shared.forms import Problems, filled, read_form
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.templating import render

HOME = "/oauth/authorize"
# Chromium asks the policy of a form about every address that its answer leads on to: an application's is any.
POLICY = PAGE_POLICY.replace("form-action 'self'; ", "")
MAX_QUERY = 8000
ONESELF = "me"
NOT_ANY_MORE = N_("You are not in charge of this community any more: choose again.")


def _asked(request: Request) -> dict[str, str]:
    """Read the query as it was sent: nothing is composed, trimmed or decoded twice; `state` goes back as it came."""
    pairs = parse_qsl(request.rel_url.raw_query_string[:MAX_QUERY], keep_blank_values=True)
    return {name: value for name, value in pairs if name != "force_login"}


async def _wish(asked: dict[str, str]) -> allowing.Request:
    return await allowing.read_request(
        client_id=asked.get("client_id", ""),
        redirect_uri=asked.get("redirect_uri", ""),
        wanted=asked.get("scope", ""),
        response_type=asked.get("response_type", "code"),
        challenge=asked.get("code_challenge", ""),
        method=asked.get("code_challenge_method", ""),
    )


def _here(asked: dict[str, str]) -> str:
    return f"{HOME}?{urlencode(asked)}"


def _log_in(asked: dict[str, str], **more: str) -> Response:
    return see_other(f"/login?{urlencode({**more, 'next': _here(asked)}, quote_via=quote)}")


@page("GET", "/oauth/authorize", access=ANYONE)
@page("GET", "/oauth/authorize/", access=ANYONE)
async def consent(request: Request) -> StreamResponse:
    """Say what an application asks for, and let the person choose."""
    asked = _asked(request)
    if "client_id" not in asked:
        return see_other("/")
    wish = await _wish(asked)
    who = viewer(request)
    if who is None:
        return _log_in(asked)
    if request.query.get("force_login", "").lower() in ("true", "1"):
        return _log_in(asked, again="1")
    return await _ask(request, who, wish, asked)


async def _ask(
    request: Request, who: Viewer, wish: allowing.Request, asked: dict[str, str], wrong: str = ""
) -> StreamResponse:
    offered = [(one.looker, [_(label) for label in roles.named(one.seats)]) for one in await desks.offered(who.actor)]
    problems = Problems()
    if wrong:
        problems.add("as" if offered else "", wrong)
    response = await render(
        request,
        "apps/consent.html",
        status=422 if wrong else 200,
        wish=wish,
        asked=urlencode(asked),
        place=_place(wish),
        offered=offered,
        oneself=ONESELF,
        form=filled({"as": "" if wrong else ONESELF}),
        problems=problems,
    )
    response.headers.update({"Content-Security-Policy": POLICY, "Cache-Control": "private, no-store"})
    return response


def _place(wish: allowing.Request) -> str:
    """Name where the answer goes, as far as it says something to people: the host of a web page, nothing of a program."""
    return registering.web_host(wish.redirect_uri) or ""


@page("POST", "/oauth/authorize", access=ANYONE)
async def decide(request: Request) -> StreamResponse:
    """Let the application in, or tell it that it may not."""
    asked, form = _asked(request), await read_form(request)
    wish, who = await _wish(asked), viewer(request)
    if who is None:
        return _log_in(asked)
    if form.text("do") == "other":
        return await _as_somebody_else(request, asked)
    if form.text("do") != "allow":
        return _refused(request, wish, asked)
    chosen = form.text("as") or ONESELF
    acts_as = await _community(who, chosen)
    if acts_as is None and chosen != ONESELF:
        return await _ask(request, who, wish, asked, _(NOT_ANY_MORE))
    code = await allowing.allow(who.account, wish, acts_as)
    if wish.is_out_of_band:
        return see_other(f"{HOME}/native?{urlencode({'code': code})}")
    return _back(wish, asked, code=code)


async def _community(who: Viewer, chosen: str) -> Actor | None:
    """Find the community that somebody chose to sign in as, if they may."""
    number = read_id(chosen)
    at = await desks.of(who.actor, number) if number is not None else None
    return at.looker if at is not None else None


async def _as_somebody_else(request: Request, asked: dict[str, str]) -> StreamResponse:
    await sessions.end_by_token(request[SESSION])
    response = _log_in(asked)
    end_session(request, response)
    return response


def _refused(request: Request, wish: allowing.Request, asked: dict[str, str]) -> StreamResponse:
    if not wish.is_out_of_band:
        return _back(wish, asked, error="access_denied")
    flash(request, _("You did not let the application in."))
    return see_other("/")


def _back(wish: allowing.Request, asked: dict[str, str], **said: str) -> Response:
    """Lead the browser back to the application; its address stays as it wrote it, letter by letter."""
    if "state" in asked:
        said["state"] = asked["state"]
    sign = "&" if "?" in wish.redirect_uri else "?"
    where = f"{wish.redirect_uri}{sign}{urlencode(said, quote_via=quote)}"
    return Response(status=303, headers={"Location": where, "Cache-Control": "private, no-store"})


@page("GET", "/oauth/authorize/native", access=MEMBER)
async def show_code(request: Request) -> StreamResponse:
    """Show the code to somebody who carries it to the application by hand."""
    code = request.query.get("code", "")
    if not code:
        return see_other("/")
    response = await render(request, "apps/code.html", code=code[:100])
    response.headers["Cache-Control"] = "private, no-store"
    return response


@page("POST", "/settings/apps/{id:[0-9]{1,18}}/end", access=MEMBER)
async def end(request: Request) -> StreamResponse:
    """Let an application in no longer."""
    await tokens.end(member(request).account, int(request.match_info["id"]))
    flash(request, _("This application has no access any more."))
    return see_other("/settings/devices")
