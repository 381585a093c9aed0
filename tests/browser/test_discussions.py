"""Threads, the composer and the feed as Chromium draws them: barriers, sizes, and the draft that is kept by a script."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from fedcop.accounts import sessions
from fedcop.accounts.models import Account
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import drafts, service
from fedcop.discussions.models import Draft, Post
from fedcop.discussions.versions import Version
from tests.browser.rig import Look, find_faults, in_every_look, log_in, shoot, window
from tests.rig.people import make_member, make_stranger
from tests.rig.villages import received

PICTURES = os.environ.get("FEDCOP_TESTS_PICTURES", "")


class Scene:
    """A lively thread, and the session of its author, who moderates."""

    token: str
    root: Post
    untitled: Post
    account: Account


@pytest.fixture
async def scene(here: Site, clock: Any) -> Scene:
    found = Scene()
    found.account = account = await make_member("noor", display_name="Noor Tessier")
    lea = (await make_member("lea", display_name="Léa Roy-Landry")).actor
    mia = await make_stranger("mia", "mastodon.example")
    community = await communities.found(
        lea, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser ce qui tient l’hiver"
    )
    await communities.join(account.actor, community)
    await communities.appoint(lea, community, account.actor, "committee", duties=["admissions", "moderation"])
    other = await communities.found(lea, title="Serres", name="serres", purpose="Au chaud")
    await communities.join(account.actor, other)
    found.root = root = await service.write(
        account.actor,
        community,
        kind="question",
        title="Comment protéger de jeunes pruniers quand la neige tarde ?",
        source="Nous avons perdu le **tiers** de la plantation.\n\n- la paille\n- les branches d’épinette\n\nÀ quelle épaisseur ?",
        tags=["pruniers", "hiver"],
        versions=(Version("en", "How to shelter young plum trees when snow is late?", "Straw, or spruce *branches*?"),),
        also=[other.id],
    )
    clock.advance(600)
    first = await service.reply(lea, root, source="Branches d’épinette, trois couches croisées, dès que le sol durcit.")
    second = await service.reply(account.actor, first, source="Merci. À retirer quand ?")
    await service.accept_answer(account.actor, root, first)
    await service.react(lea, root, "thanks")
    await service.react(lea, second, "experience")
    await service.visit(account.actor, root)
    clock.advance(600)
    await service.reply(lea, second, source="Quand les bourgeons gonflent, @mia@mastodon.example le sait.")
    gone = await service.reply(account.actor, root, source="Trop vite écrit")
    await service.edit(account.actor, root, title=root.title, source=root.source + "\n\nMerci !", tags=root.tags)
    await service.delete(account.actor, gone)
    for number, kind in enumerate(("idea", "practice", "tip", "debate")):
        found.untitled = await service.write(
            lea,
            community,
            kind=kind,
            title=f"Une chambre froide partagée, {number}",
            source="Coûts, horaires, et la règle des clés.",
        )
    await Post.filter(id=found.untitled.id).update(
        title_derived=True
    )  # as if written elsewhere, where notes have no title
    await received(
        service.FoundPost(
            uri="https://mastodon.example/1",
            author=mia,
            community=community,
            title="Bonjour",
            content="<p>Moi aussi, avec la <a href='https://mastodon.example/paille'>paille</a>.</p>",
            published_at=root.published_at,
            state="held",
        )
    )
    await here.runner.settle(strict=False)
    found.token = await sessions.open_session(account, "test", "127.0.0.1")
    return found


@in_every_look
async def test_pages_have_no_barriers(live: str, chrome: Browser, scene: Scene, look: Look) -> None:
    found = []
    paths = ("/", f"/p/{scene.root.id}", f"/p/{scene.root.id}/history", "/c/fruitiers", "/tags/pruniers")
    member_paths = (
        *paths,
        "/c/fruitiers/new",
        f"/p/{scene.root.id}/edit",
        f"/p/{scene.root.id}/delete",
        f"/p/{scene.root.id}/audience",
        f"/p/{scene.root.id}/also",
        f"/p/{scene.root.id}/remove",
        f"/p/{scene.root.id}/move",
        f"/p/{scene.untitled.id}/title",
        "/c/fruitiers/held",
        "/search?q=pruniers",
        "/notifications",
        "/drafts",
        "/?whose=all",
    )
    await drafts.save(scene.account.actor, "community:1", {"title": "Un brouillon"})
    for token in ("", scene.token):
        context = await window(chrome, look.width, look.scheme, language=look.language)
        if token:
            await log_in(context, live, token, look.language)
        page = await context.new_page()
        for path in member_paths if token else paths:
            await page.goto(live + path)
            if PICTURES:
                name = f"{'member' if token else 'stranger'}{path.replace('/', '-').replace('?', '-')}-{look}"
                await shoot(page, Path(PICTURES), name)
            for summary in await page.locator("main details > summary").all():
                await summary.press("Enter")  # an open menu may lie over the next one
            found += [f"{path}: {text}" for text in await find_faults(page, look)]
        await context.close()
    assert not found, "\n".join(found)


async def test_the_composer_says_what_is_wrong_without_barriers(live: str, chrome: Browser, scene: Scene) -> None:
    context = await window(chrome, "phone", scripts=False)
    await log_in(context, live, scene.token)
    page = await context.new_page()
    await page.goto(live + "/c/fruitiers/new")
    await page.fill("#f-source", "Sans titre")
    await page.set_input_files("#f-files", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"bonjour"})
    await page.fill("#f-title", " ")
    await page.click("button[value=publish]")
    await expect(page.locator("main")).to_contain_text("notes.txt")
    await expect(page.locator("#f-source")).to_have_value("Sans titre")


async def test_what_the_server_does_not_get_is_kept_in_the_browser_whole(
    live: str, chrome: Browser, scene: Scene
) -> None:
    context = await window(chrome, "desk")
    await log_in(context, live, scene.token)
    page = await context.new_page()
    await page.route("**/drafts", lambda route: route.abort())
    await page.goto(live + "/c/fruitiers/new")
    typed = {"#f-title": "Un titre", "#f-source": "Un texte", "#f-link": "https://a.example/", "#f-tags": "neige gel"}
    for field, text in typed.items():
        await page.fill(field, text)
    await page.goto(live + "/help")
    await page.goto(live + "/c/fruitiers/new")
    assert {field: await page.input_value(field) for field in typed} == typed
    await page.click("button[value=publish]")
    await page.wait_for_url("**/p/*")
    await page.goto(live + "/c/fruitiers/new")
    assert {await page.input_value(field) for field in typed} == {""}


async def test_what_is_typed_is_kept_on_the_server(live: str, chrome: Browser, scene: Scene) -> None:
    context = await window(chrome, "desk")
    await log_in(context, live, scene.token)
    page = await context.new_page()
    await page.goto(live + f"/p/{scene.root.id}")
    async with page.expect_response(lambda response: response.url.endswith("/drafts")) as kept:
        await page.fill("#f-source", "Ce que je tape avant la panne")
    assert (await kept.value).status == 204
    draft = await Draft.get(author_id=scene.account.actor_id)
    assert draft.content["source"] == "Ce que je tape avant la panne"
    other = await window(chrome, "phone", scripts=False)
    await log_in(other, live, scene.token)
    again = await other.new_page()
    await again.goto(live + f"/p/{scene.root.id}")
    assert await again.input_value("#f-source") == "Ce que je tape avant la panne"
