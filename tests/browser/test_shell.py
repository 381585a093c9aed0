"""The frame and the components as Chromium draws them: barriers, sizes, keyboard, scripts and their absence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest
from playwright.async_api import Browser, expect

from tests.browser.keyboard import focused
from tests.browser.rig import Look, find_barriers, find_misfits, in_every_look, log_in, window
from tests.web import test_shell
from web.shared.routing import RouteDef, routes_of

PLAIN = ("/try/form", "/try/parts", "/nowhere")  # test_every_page has the others
SPACING = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }"
TokenOf = Callable[..., Awaitable[str]]


@pytest.fixture
def more_routes() -> Sequence[RouteDef]:
    return routes_of(test_shell.__name__)


our_templates = test_shell.our_templates


@in_every_look
async def test_pages_have_no_barriers(live: str, chrome: Browser, token_of: TokenOf, look: Look) -> None:
    """The frame has other parts on a phone than on a desk: here all rules are asked in every look."""
    found = []
    context = await window(chrome, look.width, look.scheme, language=look.language)
    page = await context.new_page()
    for path in PLAIN:
        await page.goto(live + path)
        found += [f"{path}: {text}" for text in await find_barriers(page) + await find_misfits(page)]
    await log_in(context, live, await token_of("lea", "owner"))
    for path in ("/try/parts", "/help"):
        await page.goto(live + path)
        await page.locator("details.menu > summary").click()
        found += [f"{path} (member): {text}" for text in await find_barriers(page) + await find_misfits(page)]
    assert not found


async def test_nothing_is_lost_with_wide_spacing_or_forced_colours(live: str, chrome: Browser) -> None:
    for options in ({}, {"forced_colors": "active"}):
        context = await window(chrome, "phone", **options)
        page = await context.new_page()
        await page.goto(live + "/try/parts")
        await page.evaluate(
            "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s]; }", SPACING
        )
        assert [one for one in await find_misfits(page) if "wide" in one or "sticks" in one] == []


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    live: str, chrome: Browser, token_of: TokenOf
) -> None:
    for width in ("phone", "desk"):
        context = await window(chrome, width)
        await log_in(context, live, await token_of(f"lea_{width}"))
        page = await context.new_page()
        await page.goto(live + "/try/parts")
        await page.keyboard.press("Tab")
        assert (await focused(page))["text"] == "Aller au contenu"
        await page.keyboard.press("Enter")
        await expect(page.locator("#main")).to_be_focused()
        for _ in range(60):
            await page.keyboard.press("Tab")
            stop = await focused(page)
            if stop["tag"] == "BODY":
                break
            assert stop["ring"] >= 2, f"no ring on {stop}"
            assert stop["seen"], f"covered or out of sight: {stop}"
        else:
            pytest.fail("Tab never leaves the page")


async def test_a_refused_form_gives_the_focus_to_its_summary(live: str, chrome: Browser) -> None:
    page = await (await window(chrome)).new_page()
    await page.goto(live + "/try/form")
    await page.evaluate("document.querySelector('main form').noValidate = true")
    await page.get_by_label("Titre").fill("")
    await page.get_by_role("button", name="Envoyer").click()
    await expect(page.locator("section.summary")).to_be_focused()
    assert (await page.title()).startswith("1 erreur")
    await page.get_by_role("link", name="indiquez un titre.").click()
    await expect(page.locator("[name=title]")).to_be_focused()
    assert not await find_barriers(page)


async def test_everything_works_without_scripts(live: str, chrome: Browser, token_of: TokenOf) -> None:
    context = await window(chrome, "phone", scripts=False)
    await log_in(context, live, await token_of("lea"))
    page = await context.new_page()
    await page.goto(live + "/try/form")
    await page.get_by_label("Titre").fill("Sans script")
    await page.get_by_role("button", name="Envoyer").click()
    await page.wait_for_url("**/about")
    await expect(page.locator("[role=status]").first).to_contain_text("Sans script")
    await page.locator("details.menu > summary").click()
    await expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()


async def test_escape_closes_the_menu_and_gives_the_focus_back(live: str, chrome: Browser, token_of: TokenOf) -> None:
    context = await window(chrome)
    await log_in(context, live, await token_of("lea"))
    page = await context.new_page()
    await page.goto(live + "/about")
    await page.locator("details.menu > summary").click()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(page.locator("details.menu > summary")).to_be_focused()
    await expect(page.locator("details.menu[open]")).to_have_count(0)


async def test_a_grave_button_asks_once_more(live: str, chrome: Browser) -> None:
    page = await (await window(chrome)).new_page()
    await page.goto(live + "/try/parts")
    await page.get_by_role("button", name="Supprimer").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("6 organisations")
    assert not await find_barriers(page)
    await page.evaluate("addEventListener('submit', () => document.body.classList.add('sent'))")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("button", name="Supprimer")).to_be_focused()
    assert await page.locator("body.sent").count() == 0
    assert page.url.endswith("/try/parts")
    await page.get_by_role("button", name="Supprimer").click()
    await dialog.get_by_role("button", name="Supprimer").click()
    await page.wait_for_url("**/try/form")


async def test_a_text_under_way_survives_an_accident(live: str, chrome: Browser) -> None:
    page = await (await window(chrome)).new_page()
    await page.goto(live + "/try/form")
    await page.get_by_label("Texte").fill("Ce que j'écrivais")
    await expect(page.locator("[data-draft-status]")).to_contain_text("Brouillon enregistré")
    await page.goto(live + "/about")
    await page.goto(live + "/try/form")
    await expect(page.get_by_label("Texte")).to_have_value("Ce que j'écrivais")
    await page.get_by_role("button", name="Envoyer").click()
    await page.wait_for_url("**/about")
    await page.goto(live + "/try/form")
    assert await page.get_by_label("Texte").input_value() == ""


async def test_nothing_comes_from_elsewhere_and_the_policy_holds(live: str, chrome: Browser) -> None:
    page = await (await window(chrome)).new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(live + "/try/parts")
    assert asked and all(address.startswith(live) for address in asked)
    assert complaints == []
    sizes = await page.evaluate("performance.getEntries().reduce((sum, one) => sum + (one.transferSize || 0), 0)")
    assert sizes <= 100_000


async def test_paper_shows_the_text_alone(live: str, chrome: Browser) -> None:
    page = await (await window(chrome)).new_page()
    await page.goto(live + "/try/parts")
    await page.emulate_media(media="print")
    for hidden in (".rail", ".dock", ".foot", ".react", ".write"):
        assert not await page.locator(hidden).first.is_visible()
    assert await page.locator("h1").is_visible()
