"""The page that says whether our mail arrives."""

from __future__ import annotations

from dataclasses import replace

from fedcop.accounts import bounces
from fedcop.core.site import Site
from fedcop.letterbox import health
from fedcop.letterbox.resolving import resolver
from tests.web.conftest import SignIn


class Said:
    """A resolver with one record."""

    async def ask(self, name: str, kind: str) -> list[str] | None:
        return ["v=spf1 -all"] if (name, kind) == ("atelier.example", "TXT") else []


async def test_who_is_in_charge_sees_what_to_mend(site: Site, sign_in: SignIn) -> None:
    site.parts[resolver] = Said()
    lea = await sign_in("lea", role="admin")
    assert (await (await sign_in("noor")).get("/admin/mail")).status == 404
    page = await lea.get("/admin/mail")
    assert "Pas encore consulté" in page.main.text and "Aucun courriel n’arrive" in page.main.text
    site.settings = replace(site.settings, reply_address="reply@atelier.example", lmtp="127.0.0.1:1")
    await bounces.record(lea.account, "550 no such user", for_good=True)
    await health.check()
    page = await lea.get("/admin/mail")
    assert "Les courriels à reply@atelier.example sont pris" in page.main.text
    assert "Votre domaine dit quels serveurs peuvent envoyer son courriel." in page.main.text
    assert "v=DMARC1; p=none" in page.main.text and "Inconnu" in page.main.text and "550 no such user" in page.main.text
    page = await lea.press("M’envoyer un essai")
    assert "lea@atelier.example" in page.messages[0]
    await site.runner.settle()
    assert "essai" in site.mailer.to("lea@atelier.example")[-1].subject  # type: ignore[attr-defined]
