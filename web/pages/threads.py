"""Lists of threads with their two controls: for a community's page, the home page and tags. The pages themselves are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from aiohttp.web import Request

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.core.errors import FedcopError
from fedcop.core.formats import format_date
from fedcop.core.i18n import N_, _, language
from fedcop.discussions import past, queries
from fedcop.discussions.kinds import LABELS, ROOT_KINDS
from fedcop.reports import desk
from fedcop.timelines import queries as timelines
from fedcop.timelines.queries import Filters
from fedcop.timelines.service import Choice, choice_of, choose
from web.keys import looker, viewer
from web.shared.languages import LANGUAGES
from web.shared.paging import Paged, after
from web.shared.sifting import sifted

ORDERS = {"activity": N_("last activity"), "published": N_("last published")}
WHOSE = {"mine": N_("my communities"), "all": N_("all that I can see")}


def filters_of(request: Request) -> Filters:
    """Read from the address what a person wants to see."""
    query = request.query
    kind = query.get("type", "")
    return Filters(
        kind=kind if kind in LABELS and kind != "unanswered" else "",
        tag=query.get("tag", "")[:60].casefold(),
        language=query.get("language", "")[:10],
        month=query.get("month", "")[:7],
        unanswered=kind == "unanswered",
    )


async def choice(request: Request) -> Choice:
    """The two controls: from the address, and remembered for members; else what they chose last."""
    who = viewer(request)
    whose, order = request.query.get("whose", ""), request.query.get("order", "")
    if who is None:
        return Choice(whose="all", order=order if order in ORDERS else "activity")
    if whose or order:
        return await choose(who.account, whose=whose, order=order)
    return choice_of(who.account)


async def thread_list(request: Request, community: Community) -> dict[str, Any]:
    """What "discussions/_list.html" needs to show the threads of a community to who looks."""
    who = looker(request)
    if not await access.may_read(who, community):
        return {"readable": False}
    chosen, filters, mark = await choice(request), filters_of(request), after(request)
    page = await timelines.community(who, community, order=chosen.order, filters=filters, after=mark)
    views = await queries.load_posts(
        who, [*page.pinned, *(post_id for post_id in page.ids if post_id not in page.pinned)], judged=page.posts
    )
    return {
        "readable": True,
        "community": community,
        "threads": paged_views(request, views, page.after, "public"),
        "pinned": set(page.pinned),
        "filters": filters,
        "choice": chosen,
        "whose_options": (),
        "order_options": [(value, _(text)) for value, text in ORDERS.items()],
        "kind_options": kind_options(),
        "fetching": await past.progress(community) if not community.actor.local else None,
        "held": await held_count(request, community),
        "may_write": await _may_write(who, community),
        "month_options": month_options(page.months),
        "language_options": [("", _("all languages")), *((code, _(name)) for code, name in LANGUAGES.items())],
    }


async def _may_write(who: Actor | None, community: Community) -> bool:
    """Whether to show the button; whoever presses it is judged again."""
    if who is None:
        return False
    try:
        await community_rules.may_publish(who, community, accepting=True)
    except FedcopError:
        return False
    return True


async def held_count(request: Request, community: Community) -> int:
    """How many posts wait for this person's decision as a moderator."""
    who = looker(request)
    if who is None or not await queries.moderates(who, community):
        return 0
    return (await desk.of(who, community)).held


def month_options(months: Sequence[str]) -> Sequence[tuple[str, str]]:
    """The archives: the months in which threads began, when there are several."""
    return _named_months(tuple(months), language())


@lru_cache(maxsize=500)  # of a community, the same for a month
def _named_months(months: Sequence[str], _language: str) -> Sequence[tuple[str, str]]:
    named = [(month, format_date(span[0].date(), "month")) for month in months if (span := timelines.month_span(month))]
    return (("", _("at any time")), *named) if len(named) > 1 else ()


def kind_options() -> list[tuple[str, str]]:
    """The filter by type, unanswered questions among them."""
    return [
        ("", _("all posts")),
        ("unanswered", _("unanswered questions")),
        *((kind, _(label)) for kind, label in ROOT_KINDS.items()),
        ("resource", _(LABELS["resource"])),
    ]


def paged_views(request: Request, views: list[Any], mark: str | None, context: str) -> Paged[Any]:
    """Make a page of what was loaded, as far as the filters of who looks let it through there, with the link to what follows."""
    kept = {key: value for key, value in request.query.items() if key not in ("after", "lang")}
    more = str(request.rel_url.with_query({**kept, "after": mark})) if mark else ""
    return Paged(sifted(request, views, context), more, first=not after(request))
