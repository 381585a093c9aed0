"""What scripts ask while one reads and writes, and what does without them: previews, quotes, suggestions, news of a thread."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from fedcop.communities import service as communities
from fedcop.discussions import queries, service
from fedcop.discussions.models import Draft, Post
from fedcop.people import service as people
from tests.rig.clock import StandingClock
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    """The responsible person of a private community, at her browser."""
    browser = await sign_in("lea")
    browser.community = await communities.found(
        browser.actor,
        title="Cellule",
        name="cellule",
        purpose="Entre nous",
        visibility="private",
        join_policy="request",
    )
    return browser


async def ask(lea: Any, source: str = "Contre le **gel**.\n\n- paille\n- toile") -> Post:
    return await service.write(lea.actor, lea.community, kind="question", title="Quelle toile ?", source=source)


async def join(lea: Any, sign_in: SignIn, name: str) -> Any:
    browser = await sign_in(name)
    invitation = await communities.invite(lea.actor, lea.community, browser.actor)
    assert invitation is not None
    await communities.join(browser.actor, lea.community)
    return browser


async def test_one_sees_how_it_will_look_and_nothing_is_published(lea: Any) -> None:
    await lea.get("/c/cellule/new")
    lea.page.choose("Question").fill("Titre", "Toile").fill("Votre texte", "Contre le **gel** <script>")
    page = await lea.press("Aperçu")
    assert page.status == 200 and "<strong>gel</strong> &lt;script&gt;" in page.html
    assert page.value("Votre texte").strip() == "Contre le **gel** <script>" and not await Post.all().count()
    assert await Draft.filter(place=f"community:{lea.community.id}").count() == 1
    assert "<strong>gel</strong>" not in (await lea.get("/c/cellule/new")).html


async def test_a_reply_and_a_correction_have_their_preview(lea: Any) -> None:
    post = await ask(lea)
    await lea.get(f"/p/{post.id}")
    lea.page.fill("Texte de votre réponse", "Du *lin*")
    assert "<em>lin</em>" in (await lea.press("Aperçu")).html
    await lea.get(f"/p/{post.id}/edit")
    lea.page.fill("Votre texte", "Du *chanvre*")
    assert "<em>chanvre</em>" in (await lea.press("Aperçu")).html
    assert (await Post.get(id=post.id)).edited_at is None


async def test_a_quote_opens_the_reply_and_joins_what_was_begun(lea: Any) -> None:
    post = await ask(lea)
    await lea.get(f"/p/{post.id}")
    page = await lea.get(lea.page.link("Citer lea"))
    assert page.value("Texte de votre réponse").strip() == "> Contre le gel.\n>\n> - paille\n> - toile"
    page.fill("Texte de votre réponse", "J’ai essayé.")
    await lea.press("Enregistrer le brouillon")
    path = f"/p/{post.id}?reply={post.id}&quote=1"
    text = (await lea.get(path)).value("Texte de votre réponse")
    assert text.strip().startswith("J’ai essayé.\n\n> Contre le gel.")


async def test_what_is_quoted_ends(lea: Any) -> None:
    post = await ask(lea, "mot " * 900)
    text = (await lea.get(f"/p/{post.id}?reply={post.id}&quote=1")).value("Texte de votre réponse").strip()
    assert text.endswith("mot…") and len(text) < 820


async def test_members_suggest_members(lea: Any, sign_in: SignIn) -> None:
    await join(lea, sign_in, "noor")
    await join(lea, sign_in, "norbert")
    found = await lea.ask("/c/cellule/named?q=no")
    assert [one["handle"] for one in found["people"]] == ["@noor@atelier.example", "@norbert@atelier.example"]
    assert found["said"] == "2 suggestions"
    assert (await lea.ask("/c/cellule/named?q=zz"))["said"] == "Aucune suggestion"
    assert (await lea.ask("/c/cellule/named?q="))["people"] == []


async def test_nobody_else_learns_who_belongs(lea: Any, sign_in: SignIn) -> None:
    await join(lea, sign_in, "noor")
    tom = await sign_in("tom")
    await people.follow(tom.actor, lea.actor)
    answers = [await tom.get(f"/c/{name}/named?q=noor") for name in ("cellule", "absente")]
    assert [one.status for one in answers] == [404, 404] and answers[0].text == answers[1].text


async def test_who_is_blocked_is_not_suggested_and_who_is_followed_is_where_all_read(lea: Any, sign_in: SignIn) -> None:
    noor, tom = await join(lea, sign_in, "noor"), await sign_in("tomas")
    await communities.found(lea.actor, title="Ouverte", name="ouverte", purpose="À tous")
    await people.follow(lea.actor, tom.actor)
    assert [one["name"] for one in (await lea.ask("/c/ouverte/named?q=tom"))["people"]] == ["tomas"]
    assert (await lea.ask("/c/cellule/named?q=tom"))["people"] == []
    await people.block(noor.actor, lea.actor)
    assert (await lea.ask("/c/cellule/named?q=noor"))["people"] == []


async def test_a_thread_tells_what_came_since(lea: Any, sign_in: SignIn, clock: StandingClock) -> None:
    noor, post = await join(lea, sign_in, "noor"), await ask(lea)
    view = await queries.thread(lea.actor, post)
    assert view.newest is not None
    path = f"/p/{post.id}/fresh?since={quote(view.newest.isoformat())}"
    assert (await lea.ask(path))["count"] == 0
    clock.advance(60)
    await service.reply(lea.actor, post, source="Moi-même")
    assert (await lea.ask(path))["count"] == 0
    clock.advance(60)
    await service.reply(noor.actor, post, source="Du lin.")
    assert await lea.ask(path) == {"count": 1, "said": "1 nouvelle réponse"}
    later = (view.newest + timedelta(hours=1)).isoformat()
    assert (await lea.ask(f"/p/{post.id}/fresh?since={quote(later)}"))["count"] == 0


@pytest.mark.parametrize("since", ["", "hier", "2026-11-29T00:00:00"])
async def test_a_senseless_moment_is_not_there(lea: Any, since: str) -> None:
    post = await ask(lea)
    assert (await lea.get(f"/p/{post.id}/fresh?since={quote(since)}")).status == 404


async def test_of_what_one_may_not_read_nothing_is_new(lea: Any, sign_in: SignIn) -> None:
    post, tom = await ask(lea), await sign_in("tom")
    answers = [await tom.get(f"/p/{number}/fresh?since=2026-01-01T00:00:00Z") for number in (post.id, post.id + 1)]
    assert [one.status for one in answers] == [404, 404]
    assert len({one.text.replace(str(post.id + 1), str(post.id)) for one in answers}) == 1
