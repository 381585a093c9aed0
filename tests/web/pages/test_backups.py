"""The page of backups."""

from __future__ import annotations

from dataclasses import replace

from fedcop.backups import service
from fedcop.core.site import site as here
from tests.web.conftest import SignIn


async def test_backups_are_listed_asked_for_and_chosen(sign_in: SignIn) -> None:
    lea = await sign_in("lea", role="admin")
    assert (await (await sign_in("noor")).get("/admin/backups")).status == 404
    page = await lea.get("/admin/backups")
    assert "Aucune sauvegarde n’a encore été faite ici." in page.main.text
    page = await lea.press("En faire une maintenant")
    assert "Une sauvegarde est en cours." in page.main.text and await service.is_being_made()
    page.choose("En faire une chaque jour")
    page = await lea.press("Enregistrer")
    assert (await service.last()).nightly and "checked" in page.main.first("input", name="nightly")
    service.folder().mkdir(parents=True)
    (service.folder() / "fedcop-20260102-030405.tar").write_bytes(b"x" * 2500)
    await service._remember(service.NO_ROOM)
    page = await lea.get("/admin/backups")
    assert "fedcop-20260102-030405.tar" in page.main.text and "2,5 ko" in page.main.text
    assert "Il n’y avait pas assez de place sur le disque." in page.main.text
    assert "Elles ne sont pas scellées" in page.main.text and "--key" not in page.main.text
    assert "gardez aussi une copie de ce fichier" in page.main.text
    assert "trouvé" not in page.main.text
    await service.note_made(["media/00/1"], ["media/00/2"])
    page = await lea.get("/admin/backups")
    assert "a trouvé 2 fichiers disparus ou modifiés" in page.main.text and "media/00/2" in page.main.text
    here().settings = replace(here().settings, backup_key="age1" + "q" * 58)
    page = await lea.get("/admin/backups")
    assert "Elles sont scellées : seul qui a la clé secrète peut les lire." in page.main.text
    assert "fedcop restore --drill --key fedcop.key" in page.main.text
    assert "fedcop restore fedcop-….tar.age --key fedcop.key" in page.main.text
