"""What pages cost in statements: as many for one item as for many, and not more than today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fedcop.communities import service as communities
from fedcop.core.clock import now
from fedcop.discussions import drafts, scheduling, service
from tests.rig.people import make_member
from tests.rig.queries import Statements, counted
from tests.web.conftest import SignIn

# The goal is 12 (issue: a web interface); what is above it is what a community's page asks about the viewer's place in it.
AT_MOST = {
    "/": 12,
    "/c/fruitiers": 22,
    "/c/fruitiers/members": 10,
    "/p/{thread}": 19,
    "/communities": 8,
    "/resources": 5,
    "/people": 8,
    "/notifications": 5,
    "/search?q=gel": 6,
    "/drafts": 11,
    "/settings/notifications": 9,
}

TEXT = {"kind": "tip", "title": "Un gel", "source": "Tardif."}


async def test_pages_cost_as_much_for_one_item_as_for_many(sign_in: SignIn) -> None:
    lea, tom = await sign_in("lea"), await sign_in("tom")
    community = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    authors = [(await make_member(f"m{number}", profession="Pépiniériste")).actor for number in range(6)]
    for one in (tom.actor, *authors):
        await communities.join(one, community)
    thread = await service.write(lea.actor, community, kind="question", title="Quelle toile ?", source="Du gel, @tom")
    await service.reply(authors[0], thread, source="Du lin. @tom")
    paths = [path.format(thread=thread.id) for path in AT_MOST]
    few = {path: await _cost(tom, path) for path in paths}
    for number in range(12):
        author = authors[number % len(authors)]
        await service.write(author, community, kind="question", title=f"Le gel {number} ?", source="Du gel, @tom")
        answer = await service.reply(author, thread, source=f"Du lin {number} fois. @tom")
        await drafts.save(tom.actor, drafts.place_of("reply", answer.id), {"source": "Merci"})
        later = await scheduling.schedule(tom.actor, community, TEXT, now() + timedelta(days=1))
        await drafts.save(tom.actor, drafts.place_of("change", later.id), TEXT)
    many = {path: await _cost(tom, path) for path in paths}
    for path, most in zip(paths, AT_MOST.values(), strict=True):
        many[path].at_most(most)
        few[path].at_most(most)


async def _cost(browser: Any, path: str) -> Statements:
    await browser.get(path)  # the first visit writes down that it was one
    with counted() as statements:
        page = await browser.get(path)
    assert page.status == 200
    return statements
