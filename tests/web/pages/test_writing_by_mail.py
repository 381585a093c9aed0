"""The page of one's address for letters that begin discussions."""

from __future__ import annotations

from dataclasses import replace

from fedcop.core.site import Site
from fedcop.letterbox import posting
from tests.rig.villages import make_village
from tests.web.conftest import SignIn


async def test_a_member_takes_an_address_keeps_it_and_takes_another(site: Site, sign_in: SignIn) -> None:
    village = await make_village()
    noor = await sign_in("noor")
    page = await noor.get("/c/fruitiers")
    assert "Écrire par courriel" not in page.text and (await noor.get("/c/fruitiers/mail")).status == 404
    assert "Ce que j’écris par courriel" not in (await noor.get("/settings/notifications")).main.text
    site.settings = replace(site.settings, reply_address="reply@atelier.example", lmtp="127.0.0.1:1")
    page = await noor.get("/c/fruitiers")
    assert "Écrire par courriel" not in page.text  # no member yet
    assert (await noor.get("/c/fruitiers/mail")).status == 403
    await noor.get("/c/fruitiers/join")
    await noor.press("Devenir membre")
    await noor.get("/c/fruitiers")
    page = await noor.click("Écrire par courriel")
    assert (await noor.get("/c/fruitiers/mail.vcf")).status == 404
    page = await noor.get("/c/fruitiers/mail")
    assert "Public, y compris sur Mastodon." in page.main.text and "noor@atelier.example" in page.main.text
    page = await noor.press("Me donner une adresse")
    address = await posting.find(noor.account, village.community)
    assert address in page.main.text and f'href="mailto:{address.replace("+", "%2B")}"' in page.html
    async with noor.client.get("/c/fruitiers/mail.vcf") as answer:
        card = await answer.text()
    assert "FN:Fruitiers nordiques\r\n" in card and f"EMAIL;TYPE=INTERNET:{address}\r\n" in card
    assert address in (await noor.get("/settings/notifications")).main.text
    await noor.get("/c/fruitiers/mail")
    page = await noor.press("Prendre une nouvelle adresse")
    assert address not in page.html and "nouvelle adresse" in page.messages[0]
