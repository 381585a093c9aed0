"""Logo and colours of an instance and of a community: what can be read is taken, the rest refused with the nearest shade."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from fedcop.communities import service as communities
from tests.web.conftest import SignIn


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (80, 80), "#7a1f6f").save(drawn, "PNG")
    return drawn.getvalue()


@pytest.fixture
async def ada(sign_in: SignIn) -> Any:
    """An administrator at her browser."""
    return await sign_in("ada", role="admin")


def sheets(page: Any) -> list[str]:
    return [one["href"] for one in page.root.all("link", rel="stylesheet") if one["href"].startswith("/theme/")]


async def test_colours_that_can_be_read_are_on_every_page(ada: Any) -> None:
    assert sheets(await ada.get("/admin/identity")) == []
    ada.page.fill("Couleur principale", "7A1F6F").fill("Couleur du bandeau du haut", "#123")
    page = await ada.press("Enregistrer")
    assert page.messages == ["Enregistré."] and page.value("Couleur principale") == "#7a1f6f"
    assert sheets(await ada.get("/")) == ["/theme/1-7a1f6f-112233.css"]
    async with ada.client.get("/theme/1-7a1f6f-112233.css") as answer:
        assert answer.content_type == "text/css" and "immutable" in answer.headers["Cache-Control"]
        text = await answer.text()
    assert "--accent:#7a1f6f" in text and "background:#112233" in text and "prefers-color-scheme:dark" in text


async def test_a_colour_that_cannot_be_read_is_refused_and_a_shade_offered(ada: Any) -> None:
    await ada.get("/admin/identity")
    ada.page.fill("Couleur principale", "#ffd60a").fill("Couleur du bandeau du haut", "vert")
    page = await ada.press("Enregistrer")
    assert page.status == 422 and page.value("Couleur principale") == "#ffd60a"
    assert "La teinte la plus proche qui convient : #" in page.problems[0] and "#1f6f4a" in page.problems[1]
    assert sheets(await ada.get("/")) == []


@pytest.mark.parametrize("address", ["1-ffd60a-none", "1-none-ffffff", "1-zzzzzz-none", "1-1f6f4a"])
async def test_there_is_no_sheet_of_other_colours(ada: Any, address: str) -> None:
    async with ada.client.get(f"/theme/{address}.css") as answer:
        assert answer.status == 404


async def test_a_logo_stands_beside_the_name_until_it_is_removed(ada: Any) -> None:
    await ada.get("/admin/identity")
    ada.page.attach("Choisir une image", "logo.png", picture(), "image/png").fill("Couleur principale", "#7a1f6f")
    page = await ada.press("Enregistrer")
    assert page.value("Couleur principale") == "#7a1f6f"  # both are kept by one press
    (shown,) = page.root.all("img", **{"class": "mark"})
    async with ada.client.get(shown["src"]) as answer:
        assert answer.status == 200 and answer.content_type == "image/webp"
    page = await ada.press("Retirer le logo")
    assert page.value("Couleur principale") == "#7a1f6f"
    assert not page.root.all("img", **{"class": "mark"})
    async with ada.client.get(shown["src"]) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("body", [b"", b"%PDF-1.4 rien"])
async def test_what_is_no_picture_is_no_logo(ada: Any, body: bytes) -> None:  # I10
    await ada.get("/admin/identity")
    ada.page.attach("Choisir une image", "logo.pdf", body, "application/pdf").fill("Couleur principale", "#7a1f6f")
    page = await ada.press("Enregistrer")
    assert page.value("Couleur principale") == "#7a1f6f" and sheets(page)  # the colour is kept all the same
    assert page.status == 422 and page.problems and not page.root.all("img", **{"class": "mark"})


async def test_only_administrators_change_it(sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    assert (await lea.get("/admin/identity")).status == 404
    assert (await lea.post("/admin/identity", accent="#7a1f6f")).status == 404
    assert sheets(await lea.get("/")) == []


async def test_a_community_has_its_colour_and_says_who_supports_it(sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    await lea.get("/c/fruitiers/settings")
    lea.page.fill("Couleur de la communauté", "#ffd60a").fill("Avec le soutien de", "la **Caisse** <b>verte</b>")
    page = await lea.press("Enregistrer")
    assert page.status == 422 and "contraste" in page.problems[0] and "la **Caisse**" in page.html
    page.fill("Couleur de la communauté", "#7a1f6f")
    assert (await lea.press("Enregistrer")).status == 200
    page = await lea.get("/c/fruitiers")
    assert sheets(page) == ["/theme/1-7a1f6f-none.css"]
    assert "Avec le soutien de" in page.text and "<strong>Caisse</strong> &lt;b&gt;" in page.html
    assert sheets(await lea.get("/communities")) == []
