"""The directory, profiles of here and elsewhere, and what members do to each other."""

from __future__ import annotations

import pytest

from fedcop.accounts import queries as accounts
from fedcop.accounts import service as account_service
from fedcop.actors import service as actors
from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.people import queries, service
from tests.rig.browser import Browser
from tests.rig.people import make_member, make_stranger
from tests.rig.queries import counted
from tests.web.conftest import SignIn


async def test_a_profile_begins_with_the_profession(browser: Browser) -> None:
    await make_member(
        "lea",
        display_name="Léa Roy",
        profession="Agronome",
        region="Estrie",
        languages=["fr", "en"],
        summary_source="Des **sols**.",
    )
    page = await browser.get("/u/lea")
    text = page.main.text
    assert text.index("Agronome") < text.index("Léa Roy")
    assert "Estrie" in text
    assert "français, anglais" in text
    assert page.title.startswith("Léa Roy")
    assert page.root.first("strong").text == "sols"


async def test_a_profile_has_one_address(browser: Browser) -> None:
    await make_member("lea")
    for spelling in ("/u/LEA", "/u/lea@atelier.example", "/u/Lea@Atelier.example"):
        page = await browser.get(spelling)
        assert (page.path, page.status) == ("/u/lea", 200)


async def test_page_and_document_share_an_address(browser: Browser) -> None:
    await make_member("lea", profession="Agronome")
    async with browser.client.get("/u/lea", headers={"Accept": "application/activity+json"}) as answer:
        person = await answer.json()
        assert answer.headers["Vary"].startswith("Accept")
    assert (person["id"], person["type"], person["fc:profession"]) == (
        "https://atelier.example/u/lea",
        "Person",
        "Agronome",
    )
    assert person["publicKey"]["owner"] == person["id"]


async def test_somebody_of_elsewhere_is_shown_with_their_place(browser: Browser, sign_in: SignIn) -> None:
    gus = await make_stranger(
        summary="<p>Bonjour</p>", links=({"name": "Site", "value": '<a href="https://gus.example" rel="me">gus</a>'},)
    )
    page = await browser.get("/u/gus@ailleurs.example")
    assert "chez ailleurs.example" in page.main.text
    assert page.link("gus") == "https://gus.example"
    lea = await sign_in(await make_member("lea", language="en-CA"))
    await lea.get("/u/gus@ailleurs.example")
    await lea.press("Follow Gus")
    assert lea.page.messages == ["We asked Gus. You follow them as soon as they accept."]
    assert (await queries.follow_of(lea.actor, gus)).state == "asked"
    await lea.press("Take back my request")
    assert await queries.follow_of(lea.actor, gus) is None


async def test_absent_hidden_and_blocked_are_the_same_page(browser: Browser, sign_in: SignIn) -> None:
    lea, sam = await make_member("lea"), await make_member("sam")
    owner = await make_member("patronne", "owner")
    await service.block(lea.actor, sam.actor)
    away = await make_member("max")
    await account_service.suspend(owner, away, "x")
    reader = await sign_in(await accounts.by_name("sam"))
    pages = [await reader.get(path) for path in ("/u/nobody", "/u/lea", "/u/max", "/u/nobody@ailleurs.test/followers")]
    assert {page.status for page in pages} == {404}
    assert len({page.main.text for page in pages}) == 1
    assert (await browser.get("/u/nobody@ailleurs.example")).status == 404  # strangers make us ask nobody


async def test_members_follow_mute_and_block_from_the_profile(sign_in: SignIn) -> None:
    lea, sam = await sign_in(await make_member("lea", language="en-CA")), await make_member("sam")
    await lea.get("/u/sam")
    await lea.press("Follow sam")
    assert lea.page.messages == ["You follow sam now."]
    await lea.press("Tell me of each new discussion sam")
    assert lea.page.messages == ["You will be told of each new discussion: sam."]
    await lea.press("Do not tell me of each discussion sam")
    assert not (await queries.relationship(lea.actor, sam.actor)).bell
    await lea.press("Stop following sam")
    page = await lea.click("Write a note for myself sam")
    page.fill("Note", "x" * 2001)
    page = await lea.press("Save")
    assert page.status == 422 and page.value("Note").startswith("xx")
    page.fill("Note", "Met in May")
    await lea.press("Save")
    assert "Met in May" in lea.page.main.text
    assert "Met in May" not in (await (await sign_in(sam)).get("/u/sam")).main.text
    await lea.get("/u/sam")
    page = await lea.click("Mute sam")
    assert "checked" in page.field("Until I take it back")
    page.choose("For a day")
    await lea.press("Mute")
    assert "You muted this person, until" in lea.page.main.text
    assert (await queries.relationship(lea.actor, sam.actor)).mutes_notifications
    await lea.press("Block sam")
    assert (await queries.relationship(lea.actor, sam.actor)).blocking
    await lea.press("Unblock sam")
    assert lea.page.messages == ["You unblocked sam."]
    await Actor.filter(id=sam.actor.id).update(suspended_at=now())
    await lea.post("/u/sam/unmute", next="/settings/blocks")
    assert not (await queries.relationship(lea.actor, sam.actor)).muting
    assert (await lea.post("/u/sam/unmute")).status == 404
    assert (await lea.post("/u/lea/follow")).status == 403


async def test_acts_need_a_member(browser: Browser) -> None:
    await make_member("sam")
    await browser.get("/login")
    page = await browser.post("/u/sam/follow")
    assert page.path.startswith("/login")


async def test_somebody_who_moved_points_to_the_new_place(browser: Browser) -> None:
    old, new = await make_stranger(), await make_stranger("gustave", "neuf.example")
    await service.record_move(old, new)
    page = await browser.get("/u/gus@ailleurs.example")
    assert page.link("Gustave") == "/u/gustave@neuf.example"


async def test_the_directory_is_for_members_and_finds(browser: Browser, sign_in: SignIn) -> None:
    assert (await browser.get("/people")).path.startswith("/login")
    await make_member("sam", profession="Agronome", region="Estrie")
    lea = await sign_in(await make_member("lea", language="en-CA"))
    page = await lea.get("/people")
    page.fill("Profession, region, name", "agronome estrie")
    page = await lea.press("Find")
    assert "sam" in page.main.text
    await lea.press("Follow sam")
    assert lea.page.path == "/people?q=agronome+estrie"
    assert "You follow" in lea.page.main.text
    assert "Nobody found for" in (await lea.get("/people?q=zzz")).main.text


async def test_lists_of_followers_are_for_members(browser: Browser, sign_in: SignIn) -> None:
    lea, sam = (
        await sign_in(await make_member("lea", language="en-CA")),
        await make_member("sam", profession="Urbaniste"),
    )
    await service.follow(sam.actor, lea.actor)
    page = await lea.get("/u/lea/followers")
    assert "Urbaniste" in page.main.text
    assert "Nobody yet." in (await lea.get("/u/lea/following")).main.text
    assert (await browser.get("/u/lea/followers")).path.startswith("/login")
    await make_stranger()
    assert (await lea.get("/u/gus@ailleurs.example/followers")).status == 404


async def test_the_directory_takes_the_same_queries_for_few_and_many(sign_in: SignIn) -> None:
    lea, numbers = await sign_in("lea"), []
    await lea.get("/people")  # what is kept for a minute is read once
    for count in (1, 10):
        for n in range(count):
            await make_member(f"p{count}x{n}")
        with counted() as statements:
            await lea.get("/people")
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


async def test_a_gone_stranger_is_gone(browser: Browser) -> None:
    await actors.mark_gone(await make_stranger())
    assert (await browser.get("/u/gus@ailleurs.example")).status == 410


@pytest.mark.parametrize("path", ["/u/%3Cscript%3E", "/u/lea%2F..%2Fadmin", "/u/@", "/u/a@b@c"])
async def test_odd_names_lead_nowhere(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).status == 404
