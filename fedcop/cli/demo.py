"""`make demo`: three organisations as real processes on loopback, with content that travelled between them by federation.

The processes are ordinary `fedcop serve`; the people of the play are moved by the same services that the pages call.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fedcop.accounts import service as accounts
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.cli import demo_play
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.network import make_transport
from fedcop.core.settings import Settings, load_settings
from fedcop.core.site import Site, open_site
from fedcop.discussions.models import Post
from fedcop.features import FEATURES
from fedcop.federation import queries as federation

T = TypeVar("T")
FIRST_PORT = int(os.environ.get("FEDCOP_DEMO_PORT", "8001"))
FOLDER = Path(os.environ.get("FEDCOP_DEMO_DATA", "data/demo"))
PASSWORD = "pruniers-en-fleur"  # noqa: S105 - printed on purpose, for a demonstration on this machine
PATIENCE = 60.0  # seconds that something may take to travel


@dataclass
class House:
    """One organisation of the demonstration: its settings, its process, and our hand in its database."""

    key: str
    settings: Settings
    site: Site

    @property
    def host(self) -> str:
        """Its part of a handle."""
        return self.settings.netloc


def settings_of(key: str, name: str, slogan: str, language: str, port: int) -> Settings:
    """Give the settings of one organisation."""
    return load_settings(
        {},
        url=f"http://localhost:{port}",
        port=port,
        data=FOLDER / key,
        name=name,
        slogan=slogan,
        language=language,
        development=True,
        registration="open",
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """Say the same settings to a process."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FEDCOP_")}
    return kept | {
        "FEDCOP_URL": settings.url,
        "FEDCOP_PORT": str(settings.port),
        "FEDCOP_DATA": str(settings.data),
        "FEDCOP_NAME": settings.name,
        "FEDCOP_SLOGAN": settings.slogan,
        "FEDCOP_LANGUAGE": settings.language,
        "FEDCOP_DEVELOPMENT": "1",
        "FEDCOP_REGISTRATION": "open",
    }


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """Run one instance as a process; it is asked to stop at the end, and made to if it does not."""
    if await _opens(settings):
        raise SystemExit(f"demo: something answers on port {settings.port} already; does another demo run?")
    settings.data.mkdir(parents=True, exist_ok=True)
    with (settings.data / "serve.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from fedcop.cli.main import main; main()", "serve",
            env=environment_of(settings), stdout=log, stderr=log,
        )  # fmt: skip
    try:
        await until(
            lambda: _answers(settings, process), f"{settings.name} does not start; see {settings.data}/serve.log"
        )
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()


async def _answers(settings: Settings, process: asyncio.subprocess.Process) -> bool:
    if process.returncode is not None:
        raise SystemExit(f"demo: {settings.name} stopped at once; see {settings.data}/serve.log")
    return await _opens(settings)


async def _opens(settings: Settings) -> bool:
    try:
        _reader, writer = await asyncio.open_connection(settings.host, settings.port)
    except OSError:
        return False
    writer.close()
    return True


async def until(found: Callable[[], Awaitable[T | None]], otherwise: str) -> T:
    """Wait for something to be so; end with a sentence when it does not come."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                value = await found()
                if value:
                    return value
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise SystemExit(f"demo: {otherwise}") from None


class Stage:
    """What the play can do: find people, communities and posts on any of the three houses."""

    def __init__(self, houses: dict[str, House]) -> None:
        self.houses = houses

    async def person(self, key: str, name: str) -> Actor:
        """Give a member of a house."""
        found = await actors.local_by_name(name, kind="Person")
        if found is None:
            raise SystemExit(f"demo: {name} is not at {key}")
        return found

    async def community_elsewhere(self, name: str, home: str) -> Community:
        """Paste a community's handle into the house where we are, as a member would, and wait for it."""
        handle = f"{name}@{self.houses[home].host}"
        await federation.ask_for(f"@{handle}")

        async def known() -> Community | None:
            actor = await actors.by_handle(name, self.houses[home].host)
            return await communities.by_actor(actor) if actor else None

        return await until(known, f"@{handle} was not found")

    async def admitted(self, person: Actor, community: Community) -> None:
        """Wait until the community's own server has answered that somebody is a member."""
        await until(lambda: communities.is_member(community, person), f"{person.name} was not admitted")

    async def arrived(self, uri: str) -> Post:
        """Wait until a post has come to the house where we are."""

        async def here() -> Post | None:
            return await Post.get_or_none(uri=uri, state="visible")

        return await until(here, f"{uri} did not arrive")


async def main() -> None:
    """Raise the three houses, play once, and stay until Ctrl-C or SIGTERM; then they go, too."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with AsyncExitStack() as stack:
        houses: dict[str, House] = {}
        for number, (key, name, slogan, language) in enumerate(demo_play.HOUSES):
            settings = settings_of(key, name, slogan, language, FIRST_PORT + number)
            await stack.enter_async_context(running(settings))
            site = await stack.enter_async_context(
                open_site(settings, FEATURES, transport=make_transport(settings), migrate=False)
            )
            houses[key] = House(key, settings, site)
        marker = FOLDER / "played"
        if not marker.exists():
            sys.stdout.write("demo: three organisations meet; this takes about half a minute\n")
            for key, house in houses.items():
                async with house.site.entered():
                    for name, email, role, profile in demo_play.PEOPLE[key]:
                        await accounts.create_confirmed(name, email, PASSWORD, role=role)
                        await demo_play.introduce(await Stage(houses).person(key, name), profile)
            await demo_play.play(Stage(houses))
            marker.touch()
        for house in houses.values():
            sys.stdout.write(f"\n{house.settings.name}: {house.settings.origin}\n")
            for name, _email, role, profile in demo_play.PEOPLE[house.key]:
                sys.stdout.write(f"  {name:8} {PASSWORD}   {profile['display_name']}, {role}\n")
        sys.stdout.write("\nCtrl-C stops all three; the next `make demo` goes on where they were.\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.stdout.write("\ndemo: stopped\n")
