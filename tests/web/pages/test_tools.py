"""The buttons under a post are those that do something for who looks: page and right say the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from fedcop.accounts import queries as accounts
from fedcop.communities import life
from fedcop.communities import service as communities
from fedcop.core import clock
from fedcop.discussions import service
from fedcop.resources import service as resources
from fedcop.resources.service import Card
from tests.rig.browser import Browser
from tests.rig.villages import Village, make_village
from tests.web.conftest import SignIn

Happens = Callable[[Village], Awaitable[object]]


async def nothing(_village: Village) -> None: ...


async def suspended(village: Village) -> None:
    until = clock.now() + timedelta(days=3)
    await communities.suspend(village.lea, village.community, village.noor, "Trop vite", until)


async def banned(village: Village) -> None:
    await communities.ban(village.lea, village.community, village.noor, "Encore")


async def left(village: Village) -> None:
    await communities.leave(village.noor, village.community)


async def archived(village: Village) -> None:
    await life.archive(village.community, by_id=village.lea.id)


def places(browser: Browser) -> set[str]:
    """Where the links of the page lead."""
    return {one["href"] for one in browser.page.root.all("a")}


async def may_correct(browser: Browser, at: str, edited: str) -> tuple[bool, bool]:
    """Whether the page offers it, and whether it can be done."""
    page = await browser.get(at)
    assert page.status == 200
    offered = edited in places(browser)
    return offered, (await browser.get(edited)).status == 200


@pytest.mark.parametrize(
    ("happens", "audience", "may"),
    [
        (nothing, "public", True),
        (nothing, "community", True),
        (suspended, "public", False),
        (suspended, "community", False),
        (banned, "public", False),
        (left, "public", True),
        (left, "community", False),
        (archived, "public", False),
    ],
)
async def test_correct_is_offered_to_who_may(sign_in: SignIn, happens: Happens, audience: str, may: bool) -> None:
    village = await make_village()
    root = await service.write(
        village.noor,
        village.community,
        kind="question",
        title="Quelle toile ?",
        source="Contre le gel.",
        audience=audience,
    )
    reply = await service.reply(village.noor, root, source="J’ajoute ceci.")
    await happens(village)
    browser = await sign_in(await accounts.by_actor(village.noor))
    for post in (root, reply):
        shown = await may_correct(browser, f"/p/{root.id}", f"/p/{post.id}/edit")
        assert shown == (may, may)
        await browser.get(f"/p/{root.id}")
        assert f"/p/{post.id}/delete" in places(browser), "that stays possible"


@pytest.mark.parametrize(("happens", "may"), [(nothing, True), (suspended, False), (archived, False)])
async def test_a_resource_is_offered_to_who_may_correct_it(sign_in: SignIn, happens: Happens, may: bool) -> None:
    village = await make_village()
    card = Card(licence="CC0-1.0", link="https://pruniers.example/taille")
    resource = await resources.deposit(village.noor, village.community, card, title="La taille")
    await happens(village)
    browser = await sign_in(await accounts.by_actor(village.noor))
    assert await may_correct(browser, f"/r/{resource.id}", f"/r/{resource.id}/edit") == (may, may)
    (await browser.get(f"/r/{resource.id}"))
    assert ("Vous l’avez déposée" in browser.page.text) is may


@pytest.mark.parametrize(
    ("role", "pins", "removes"), [("member", False, False), ("facilitator", True, False), ("permanence", True, False)]
)
async def test_who_may_pin_finds_the_button(sign_in: SignIn, role: str, pins: bool, removes: bool) -> None:
    village = await make_village()
    root = await service.write(
        village.lea, village.community, kind="question", title="Quelle toile ?", source="Contre le gel."
    )
    if role != "member":
        await communities.appoint(village.lea, village.community, village.noor, role)
    browser = await sign_in(await accounts.by_actor(village.noor))
    page = await browser.get(f"/p/{root.id}")
    actions = {form["action"] for form in page.root.all("form")}
    assert (f"/p/{root.id}/pin" in actions) is pins
    assert (f"/p/{root.id}/lock" in actions) is removes and (f"/p/{root.id}/remove" in places(browser)) is removes
    if pins:
        await browser.press("Épingler")
        assert "épinglé" in browser.page.text.lower()


async def test_where_nobody_else_may_read_a_post_its_page_says_so(sign_in: SignIn) -> None:
    lea, noor = await sign_in("lea"), await sign_in("noor")
    hidden = await communities.found(
        lea.actor, title="Caché", name="cache", purpose="x", visibility="private", join_policy="invitation"
    )
    await communities.invite(lea.actor, hidden, noor.actor)
    await communities.accept_invitation(noor.actor, hidden)
    root = await service.write(lea.actor, hidden, kind="question", title="Quelle toile ?", source="Du gel.")
    assert (await lea.get(f"/p/{root.id}/audience")).status == 200, "it can still be kept to oneself"
    await service.reply(noor.actor, root, source="Du voile")
    page = await lea.get(f"/p/{root.id}/audience")
    assert page.status == 403 and "On ne peut pas changer maintenant qui lit cette publication." in page.main.text
