"""The guided visit: a community that is made of pages alone, so that nothing in it can be broken, told or found. See fedcop/decisions/0017.

What a visitor does there is in a cookie of their own browser until the visit ends; no row holds any of it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import welcome
from fedcop.core import clock
from fedcop.core.i18n import N_, _
from web.keys import viewer
from web.pages.letters import rhythm_options
from web.shared.cookies import drop_cookie, read_cookie, set_cookie
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import ANYONE, page
from web.shared.templating import name_of, render

COOKIE = "visit"
MOST = 500  # characters of a reply: a cookie holds four times as many bytes
KINDS = ("thanks", "useful", "experience", "disagree")
STEPS: Mapping[str, str] = {
    "/visit": N_("Read"),
    "/visit/discussion": N_("Reply"),
    "/visit/join": N_("Join"),
    "/visit/library": N_("Find again"),
    "/visit/end": N_("Look back"),
}


@dataclass(frozen=True)
class Figure:
    """Somebody of the demonstration, with what templates ask of an actor. It has no page, as it does not exist."""

    name: str
    display_name: str
    host: str = ""
    id: int = 0
    kind: str = "Person"
    icon_media_id: None = None

    @property
    def local(self) -> bool:
        """Tell whether they would be of here."""
        return not self.host

    @property
    def uri(self) -> str:
        """Give what the colour of their face comes from."""
        return f"visit:{self.name}"


CAST = {
    one.name: one
    for one in (
        Figure("lea", "Léa Roy-Landry"),
        Figure("noor", "Noor Tessier", "clinique.example"),
        Figure("sacha", "Sacha Okoye"),
        Figure("lou", "Lou Paradis", "coopval.example"),
    )
}


@dataclass(frozen=True)
class Traces:
    """What a visitor has done so far."""

    said: str = ""
    kinds: tuple[str, ...] = ()
    joined: bool = False

    @classmethod
    def of(cls, request: Request) -> Traces:
        """Read them from the browser's cookie; one that is not ours says nothing."""
        try:
            kept = json.loads(base64.urlsafe_b64decode(read_cookie(request, COOKIE)))
            kinds = tuple(kind for kind in KINDS if kind in kept["kinds"])
            said = str(kept["said"])[:MOST].encode(errors="ignore").decode()  # half a character cannot be shown
            return cls(said, kinds, kept["joined"] is True)
        except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
            return cls()

    def keep(self, request: Request, response: StreamResponse) -> None:
        """Write them into the cookie, which ends with the browser."""
        kept = json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False).encode()
        set_cookie(request, response, COOKIE, base64.urlsafe_b64encode(kept).decode())


async def _step(
    request: Request, name: str, *, form: FormData | None = None, problems: Problems | None = None
) -> Response:
    """Show a page of the visit, with its place in it."""
    here = list(STEPS).index(request.path)
    around = [*STEPS.items()]
    who, now = viewer(request), clock.now()
    return await render(
        request,
        f"visit/{name}.html",
        status=422 if problems else 200,
        section="communities",
        form=form if form is not None else filled(),
        problems=problems if problems is not None else Problems(),
        traces=Traces.of(request),
        cast=CAST,
        me=Figure("me", name_of(who.actor) if who is not None else _("You")),
        ago=lambda hours: now - timedelta(hours=hours),
        step=here + 1,
        steps=len(around),
        title=_(around[here][1]),
        before=around[here - 1][0] if here else "",
        following=(around[here + 1][0], _(around[here + 1][1])) if here + 1 < len(around) else None,
        most=MOST,
        rhythms=rhythm_options(),
    )


@page("GET", "/visite", access=ANYONE)
async def alias(request: Request) -> StreamResponse:
    """Lead the French address to the visit."""
    return see_other("/visit")


@page("GET", "/visit", access=ANYONE)
async def read(request: Request) -> StreamResponse:
    """Begin at a community's page."""
    return await _step(request, "community")


@page("GET", "/visit/discussion", access=ANYONE)
async def discussion(request: Request) -> StreamResponse:
    """Show a question with its answers, and the visitor's own."""
    return await _step(request, "discussion")


@page("POST", "/visit/discussion", access=ANYONE)
async def take_part(request: Request) -> StreamResponse:
    """Reply, take the reply back, react."""
    form, problems, traces = await read_form(request), Problems(), Traces.of(request)
    kind, text = form.text("kind"), form.text("source")
    if kind.removeprefix("-") in KINDS:
        others = tuple(one for one in traces.kinds if one != kind.removeprefix("-"))
        traces, where = replace(traces, kinds=others if kind.startswith("-") else (*others, kind)), "question"
    elif form.flag("delete"):
        traces, where = replace(traces, said=""), "reply"
    else:
        if not text:
            problems.add("source", _("Write your text."))
        elif len(text) > MOST:
            problems.add("source", _("In the visit, %(count)s characters are enough.", count=MOST))
        if problems:
            return await _step(request, "discussion", form=form, problems=problems)
        traces, where = replace(traces, said=text), "yours"
    response = see_other(f"/visit/discussion#{where}")
    traces.keep(request, response)
    return response


@page("GET", "/visit/join", access=ANYONE)
async def join_form(request: Request) -> StreamResponse:
    """Show what asking to join is like."""
    return await _step(request, "join", form=filled(rhythm="week"))


@page("POST", "/visit/join", access=ANYONE)
async def join(request: Request) -> StreamResponse:
    """Ask to join; in the visit, one is let in at once."""
    form, problems = await read_form(request), Problems()
    if not form.flag("agreed"):
        problems.add("agreed", _("Read the charter, and say that you accept it."))
        return await _step(request, "join", form=form, problems=problems)
    response = see_other("/visit/join")
    replace(Traces.of(request), joined=True).keep(request, response)
    return response


@page("GET", "/visit/library", access=ANYONE)
async def library(request: Request) -> StreamResponse:
    """Show where what was learnt is kept."""
    return await _step(request, "library")


@page("GET", "/visit/end", access=ANYONE)
async def end(request: Request) -> StreamResponse:
    """Say what the visitor has done, and what comes next."""
    return await _step(request, "end")


@page("POST", "/visit/over", access=ANYONE)
async def over(request: Request) -> StreamResponse:
    """End the visit: what it left in the browser is gone."""
    if (who := viewer(request)) is not None:
        await welcome.pass_step(who.account, welcome.VISIT)
    response = see_other("/")
    drop_cookie(request, response, COOKIE)
    flash(request, _("The visit is over, and nothing of it is kept. Here is the real place."))
    return response
