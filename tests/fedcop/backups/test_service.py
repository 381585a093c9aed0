"""Backups that the server makes: the real command writes them; the newest stay; what goes wrong is said."""

from __future__ import annotations

import json
import shutil
import tarfile

import pytest

from fedcop.backups import service
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.site import Site
from tests.rig.people import make_member


async def test_one_is_made_and_the_newest_are_kept(site: Site) -> None:
    lea = await make_member("lea", "admin")
    service.folder().mkdir(parents=True)
    for day in range(10, 10 + service.KEPT):
        (service.folder() / f"fedcop-202001{day}-030000.tar").write_bytes(b"old")
    (service.folder() / "mine.tar").write_bytes(b"not ours")
    await service.ask(lea)
    await service.ask(lea)
    assert await service.is_being_made()
    await site.runner.settle()
    newest, *others = service.listed()
    with tarfile.open(service.folder() / newest.name) as tar:
        found = tar.extractfile("manifest.json")
        assert found is not None and json.load(found)["rows"]["account"] == 1
    assert len(others) == service.KEPT - 1 and not any("20200110" in one.name for one in others)
    assert (service.folder() / "mine.tar").exists()
    assert not await service.is_being_made() and await service.last() == service.Last()


async def test_what_goes_wrong_is_said_and_nothing_is_forgotten(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service.folder().mkdir(parents=True)
    half = service.folder() / "fedcop-20200101-030000.tar.partial"
    half.write_bytes(b"killed")
    monkeypatch.setattr(service, "free", lambda: 1000)
    await service.make()
    assert (await service.last()).why == service.NO_ROOM and not half.exists()
    assert "no backup was made: there was not enough room on the disk" in caplog.text
    monkeypatch.undo()
    monkeypatch.setattr(service, "LIMIT", 0.05)
    await service.make()
    assert (await service.last()).why == service.TOO_LONG and service.listed() == []
    monkeypatch.undo()
    shutil.rmtree(half.parent)
    half.parent.write_text("a file where the folder should be")
    await service.make()
    assert "exists" in (await service.last()).why and service.listed() == []


async def test_once_a_day_if_that_was_chosen(site: Site) -> None:
    lea, noor = await make_member("lea", "admin"), await make_member("noor")
    await service.nightly()
    assert not await service.is_being_made()
    with pytest.raises((Forbidden, NotFound)):
        await service.choose(noor, nightly=True)
    await service.choose(lea, nightly=True)
    await service.nightly()
    assert await service.is_being_made()
