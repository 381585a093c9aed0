"""A member whose letters come back is told on every page, and confirms the address."""

from __future__ import annotations

from fedcop.accounts import bounces
from fedcop.accounts.models import Account
from fedcop.core.site import Site
from tests.web.conftest import SignIn


async def test_the_member_is_told_and_confirms(site: Site, sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    assert "reviennent" not in (await lea.get("/communities")).main.text
    for _time in range(2):
        await bounces.record(lea.account, "550 no such user", for_good=True)
    page = await lea.get("/communities")
    assert "Nos courriels à lea@atelier.example reviennent. Corrigez l’adresse ou confirmez-la." in page.main.text
    page = await lea.press("L’adresse est bonne")
    assert page.path == "/settings/account" and "reviennent" not in page.main.text
    assert (await Account.get(id=lea.account.id)).mail_paused_at is None
