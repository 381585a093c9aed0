"""What pages cost in statements: as many for one item as for many, at most twelve, whoever looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fedcop.communities import service as communities
from fedcop.core.clock import now
from fedcop.discussions import drafts, scheduling, service
from tests.rig.people import make_member
from tests.rig.queries import Statements, counted
from tests.web.conftest import SignIn

AT_MOST = {
    "/": 9,
    "/c/fruitiers": 11,
    "/c/fruitiers/members": 10,
    "/p/{thread}": 9,
    "/communities": 8,
    "/resources": 5,
    "/people": 8,
    "/u/lea": 12,
    "/notifications": 5,
    "/search?q=gel": 6,
    "/drafts": 11,
    "/settings/notifications": 10,
    "/lists": 8,
}

TEXT = {"kind": "tip", "title": "Un gel", "source": "Tardif."}


async def test_pages_cost_as_much_for_one_item_as_for_many(sign_in: SignIn) -> None:
    lea, tom, eve = [await sign_in(name) for name in ("lea", "tom", "eve")]  # presides, belongs, does not belong
    community = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    authors = [(await make_member(f"m{number}", profession="Pépiniériste")).actor for number in range(6)]
    for one in (tom.actor, *authors):
        await communities.join(one, community)
    thread = await service.write(lea.actor, community, kind="question", title="Quelle toile ?", source="Du gel, @tom")
    await service.reply(authors[0], thread, source="Du lin. @tom")
    paths = {path.format(thread=thread.id): most for path, most in AT_MOST.items()}
    for path, most in paths.items():
        (await _cost(tom, path)).at_most(most)
    for number in range(12):
        author = authors[number % len(authors)]
        await service.write(author, community, kind="question", title=f"Le gel {number} ?", source="Du gel, @tom")
        answer = await service.reply(author, thread, source=f"Du lin {number} fois. @tom")
        await drafts.save(tom.actor, drafts.place_of("reply", answer.id), {"source": "Merci"})
        later = await scheduling.schedule(tom.actor, community, TEXT, now() + timedelta(days=1))
        await drafts.save(tom.actor, drafts.place_of("change", later.id), TEXT)
    for who in (tom, lea, eve):
        for path, most in paths.items():
            (await _cost(who, path)).at_most(most)


async def _cost(browser: Any, path: str) -> Statements:
    await browser.get(path)  # the first visit writes down that it was one
    with counted() as statements:
        page = await browser.get(path)
    assert page.status == 200
    return statements
