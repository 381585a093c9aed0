"""Bringing the organisation's list of members at its page: a file, its columns, what it means, and yes."""

from __future__ import annotations

from fedcop.accounts.models import Invite
from fedcop.people.models import UploadedList
from tests.web.conftest import SignIn


async def test_a_list_is_looked_at_corrected_and_confirmed(sign_in: SignIn) -> None:
    ada = await sign_in("ada", role="admin")
    page = await ada.get("/admin/members/import")
    page = await ada.press("Voir ce qu’elle changerait")
    assert page.status == 422 and "Choisissez un fichier." in page.main.text
    ada.page.attach("La liste (CSV)", "membres.csv", "Contact;Région\nnoor@x.example;Estrie\nnon;\n".encode("cp1252"))
    page = await ada.press("Voir ce qu’elle changerait")
    assert page.status == 200 and "Aucune colonne n’est reconnue" in page.main.text
    ada.page.fill("Contact", "email")
    page = await ada.press("Relire")
    assert "1 nouvelle personne" in page.main.text and "1 ligne est illisible" in page.main.text
    page = await ada.press("Le faire")
    assert any("1 personne invitée" in text for text in page.messages)
    assert await Invite.filter(email="noor@x.example").count() == 1 and not await UploadedList.exists()
    assert (await (await sign_in("mo", role="moderator")).get("/admin/members/import")).status == 404
