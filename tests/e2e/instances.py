"""Real instances for the end-to-end tests: `fedcop serve` as a process on a loopback port, killed and started at will.

Slow on purpose and few: what one process can show is shown in tests/stories.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientSession, CookieJar

from tests.e2e.warm import Warm
from tests.rig.browser import Browser

T = TypeVar("T")
PASSWORD = "pruniers en fleur"
ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from fedcop.cli.main import main; main()")


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Client:
    """What the rig's Browser needs of an aiohttp client, over a real socket."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = ClientSession(cookie_jar=CookieJar(unsafe=True))

    def request(self, method: str, path: str, **options: Any) -> Any:
        """Ask the instance."""
        return self.session.request(method, self.base + path, **options)


class Instance:
    """One organisation's server."""

    command: tuple[str, ...] = COMMAND
    warm = False  # whether its processes are forked from one that has imported fedcop already

    def __init__(self, folder: Path, name: str, **settings: str) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.host = f"localhost:{self.port}"
        self.folder = folder / name
        self.settings = settings
        self.process: subprocess.Popen[bytes] | Warm | None = None
        self.browsers: list[Browser] = []

    @property
    def environment(self) -> dict[str, str]:
        """The settings of this instance, and no other."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FEDCOP_")}
        return kept | {
            "FEDCOP_URL": self.url,
            "FEDCOP_PORT": str(self.port),
            "FEDCOP_DATA": str(self.folder),
            "FEDCOP_DEVELOPMENT": "1",
            "FEDCOP_REGISTRATION": "open",
            "FEDCOP_LANGUAGE": "en-CA",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    async def start(self) -> None:
        """Start the process and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.warm:
            self.process = Warm(["serve"], env=self.environment, said=self.folder / "serve.log")
        else:
            with (self.folder / "serve.log").open("ab") as log:
                words = [*self.command, "serve"]
                self.process = subprocess.Popen(words, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        await until(self._answers, lambda: f"{self.name} does not start: {self.log[-2000:]}", seconds=90)

    async def _answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, f"{self.name} ended: {self.log[-3000:]}"
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> int:
        """Ask it to end, as Ctrl-C does; gives its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=15)

    def cli(self, *words: str, code: int = 0) -> str:
        """Run the command `fedcop` beside the server; gives what it says."""
        with tempfile.NamedTemporaryFile() as file:
            if self.warm:
                found = Warm(words, env=self.environment, said=Path(file.name)).wait(60)
            else:
                command = [*self.command, *words]
                done = subprocess.run(
                    command, cwd=ROOT, env=self.environment, stdout=file, stderr=file, timeout=60, check=False
                )
                found = done.returncode
            said = Path(file.name).read_text("utf-8")
        assert found == code, f"fedcop {' '.join(words)}: {found}: {said}"
        return said

    def member(self, name: str, role: str = "member") -> None:
        """Create a member."""
        self.cli(
            "member", "create", name, "--email", f"{name}@{self.name}.example", "--password", PASSWORD, "--role", role
        )

    def queue(self) -> list[dict[str, Any]]:
        """Give what waits."""
        found: list[dict[str, Any]] = json.loads(self.cli("queue", "--json"))
        return found

    async def number(self, query: str) -> int:
        """Ask its database beside it for one number."""

        def ask() -> int:
            with sqlite3.connect(f"file:{self.folder}/fedcop.sqlite3?mode=ro", uri=True) as raw:
                return int(raw.execute(query).fetchone()[0])

        return await asyncio.to_thread(ask)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask its database beside it for rows."""

        def ask() -> list[tuple[Any, ...]]:
            with sqlite3.connect(f"file:{self.folder}/fedcop.sqlite3?mode=ro", uri=True) as raw:
                return raw.execute(query).fetchall()

        return await asyncio.to_thread(ask)

    def client(self) -> Client:
        """A client that speaks to it."""
        return Client(self.url)

    async def sign_in(self, name: str, language: str = "fr-CA") -> Browser:
        """Give somebody's browser, logged in through the form."""
        browser = Browser(self.client(), language)  # type: ignore[arg-type]
        self.browsers.append(browser)
        await browser.get("/login")
        form = (
            browser.page.root.first("form", action="/login")
            if browser.page.root.all("form", action="/login")
            else browser.page.main.first("form")
        )
        names = [one["name"] for one in form.all("input")]
        who = next(each for each in names if each not in ("csrf", "next", "password"))
        page = await browser.post("/login", **{who: name, "password": PASSWORD, "next": "/"})
        assert page.status == 200 and page.path in ("/", "/welcome"), (page.status, page.path, page.problems)
        return browser

    async def read(self, path: str, accept: str = "application/activity+json") -> dict[str, Any]:
        """Fetch a document as a stranger's server would."""
        async with ClientSession() as session, session.get(self.url + path, headers={"Accept": accept}) as answer:
            found: dict[str, Any] = await answer.json(content_type=None)
            return found

    @property
    def log(self) -> str:
        """What the process said."""
        path = self.folder / "serve.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    async def close(self) -> None:
        """End everything."""
        for browser in self.browsers:
            await browser.client.session.close()
        self.kill()


async def until(found: Callable[[], Awaitable[T]], otherwise: Callable[[], str] | str, *, seconds: float = 10.0) -> T:
    """Wait until something is so, and give it; `otherwise` says what was there instead."""
    end = time.monotonic() + seconds
    while True:
        value = await found()
        if value:
            return value
        assert time.monotonic() < end, otherwise if isinstance(otherwise, str) else otherwise()
        await asyncio.sleep(0.05)
