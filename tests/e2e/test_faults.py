"""What a machine can do to a server, with real processes: a disk that is full is said, nothing is half done, and once there is room all goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import FormData

from tests.e2e.instances import COMMAND, ROOT, Instance, until
from tests.e2e.test_three_organisations import thread_at, write
from tests.rig.browser import Browser

pytestmark = pytest.mark.e2e
SIZE = 48 << 20


def can_mount() -> bool:
    """Whether a process here may have a file system of its own."""
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /tmp"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


class Cramped(Instance):
    """An instance whose data folder is a small disk of its own; `disk` is that folder as it sees it."""

    async def move_in(self) -> None:
        """Start on a small disk, with all that was there."""
        self.folder.rename(self.folder.with_name("before"))
        self.folder.mkdir()
        command = f'mount -t tmpfs -o size={SIZE} tmpfs {self.folder} && cp -a {self.folder.with_name("before")}/. {self.folder} && exec "$@"'
        with self.folder.with_name("said.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "-rm", "sh", "-c", command, "sh", *COMMAND, "serve"],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        await until(self._answers, lambda: f"it does not start: {self.log[-2000:]}", seconds=60)

    @property
    def disk(self) -> Path:
        """The small disk, from outside."""
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/root{self.folder}")

    def fill(self) -> Path:
        """Leave no room; gives what fills it."""
        ballast = self.disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * (64 << 10)):
                    pass
            except OSError:
                pass
        assert os.statvfs(self.disk).f_bavail < 16
        return ballast

    @property
    def log(self) -> str:
        """What the process said."""
        path = self.folder.with_name("said.log")
        return path.read_text("utf-8", "replace") if path.exists() else super().log


@pytest.fixture
async def cramped(tmp_path: Path) -> AsyncIterator[Cramped]:
    made = Cramped(tmp_path, "a")
    yield made
    await made.close()


async def answer(browser: Browser, path: str, text: str) -> tuple[int, str]:
    """Send a reply as the form does; gives status and words."""
    csrf = browser.page.root.all("input", name="csrf")[0]["value"]
    form = FormData({"csrf": csrf, "place": "", "source": text, "step": "publish", "language": "en"})
    async with browser.client.request("POST", f"{path}/reply", data=form, allow_redirects=False) as said:
        return said.status, await said.text()


@pytest.mark.skipif(not can_mount(), reason="no file system of one's own may be mounted here")
async def test_a_full_disk_is_said_and_nothing_is_lost(cramped: Cramped) -> None:
    await cramped.start()
    cramped.member("ana", "owner")
    cramped.cli("community", "create", "soils", "--title", "Living soils", "--by", "ana")
    ana = await cramped.sign_in("ana", "en-CA")
    await write(ana, "soils", "A full disk", "Go on.")
    path = await thread_at(ana, "soils", "A full disk")
    assert cramped.stop() == 0
    await cramped.move_in()
    await ana.get(path)
    assert (await answer(ana, path, "before"))[0] == 303
    ballast = cramped.fill()
    kept, refused = ["before"], []
    for number in range(200):  # what is reserved already still takes some
        status, said = await answer(ana, path, f"{number} " + "word " * 2000)
        if status == 303:
            kept.append(f"{number} ")
        else:
            assert status == 503, (status, said[:500])
            refused.append(f"{number} ")
        if len(refused) == 3:
            break
    assert refused, "the disk was never full"
    assert (await ana.get(path)).status == 200  # reading goes on
    ballast.unlink()

    async def again() -> bool:
        return (await answer(ana, path, "after"))[0] == 303

    await until(again, lambda: f"it does not write again: {cramped.log[-3000:]}", seconds=20)
    text = (await ana.get(path)).main.text
    assert "after" in text and cramped.process is not None and cramped.process.poll() is None
    for page in range(2, 12):
        text += (await ana.get(f"{path}?page={page}")).main.text
    assert all(word in text for word in kept)
    assert not any(f"{word}word" in text for word in refused)
