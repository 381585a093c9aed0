"""Looking names up: servers of names that never answer hold up nobody who has nothing to do with them."""

import asyncio
import socket
import threading
import time

import pytest
from aiohttp.resolver import ThreadedResolver

from activitypub.client import lookups
from activitypub.client.aiohttp_transport import AiohttpTransport
from activitypub.client.lookups import Lookups
from activitypub.client.transport import HttpRequest
from activitypub.errors import FetchFailed


class Names:
    """What the machine's own resolver says, or does not say."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.speak = threading.Event()
        self.at_once = self.most = 0

    def getaddrinfo(self, host: str, port: int, *_more, **_others):
        self.asked.append(host)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            if "silent" in host:
                self.speak.wait(20)
            if "unknown" in host:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.9", port))]
        finally:
            self.at_once -= 1


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch):
    made = Names()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    yield made
    made.speak.set()
    deadline = time.monotonic() + 5
    while made.at_once and time.monotonic() < deadline:
        time.sleep(0.005)


def transport() -> AiohttpTransport:
    return AiohttpTransport(user_agent="fedcop/test", allow_local=True)


async def failure(made: AiohttpTransport, host: str, seconds: float = 0.2) -> str:
    with pytest.raises(FetchFailed) as failed:
        await made.send(HttpRequest("GET", f"https://{host}/"), timeout=seconds)
    return failed.value.reason


async def test_silent_name_servers_leave_the_threads_of_files_and_hashes_alone(names):  # E31
    made = transport()
    await asyncio.gather(*(failure(made, f"h{n}.silent{n}.example") for n in range(64)))
    began = time.perf_counter()
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "read"), 5) == "read"
    assert time.perf_counter() - began < 0.5
    assert names.most <= lookups.MOST
    names.speak.set()
    await made.close()


async def test_a_name_that_nobody_answers_for_is_given_up_in_words(names, monkeypatch):
    monkeypatch.setattr(lookups, "SECONDS", 0.1)
    made = transport()
    assert await failure(made, "a.silent.example", 5) == "no answer about the name a.silent.example (DNS)"
    assert await failure(made, "unknown.example", 5) == "the name unknown.example is not known (DNS)"
    names.speak.set()
    await made.close()


async def test_the_names_of_one_domain_do_not_take_all_places(names):  # E31
    resolver = Lookups()
    silent = [asyncio.ensure_future(resolver.resolve(f"h{n}.silent.example", 443)) for n in range(3 * lookups.MOST)]
    await asyncio.sleep(0.05)
    assert len(names.asked) == lookups.OF_DOMAIN
    (found,) = await asyncio.wait_for(resolver.resolve("well.test", 443), 5)
    assert (found["host"], found["hostname"], found["port"]) == ("127.0.0.9", "well.test", 443)
    names.speak.set()
    assert len(await asyncio.gather(*silent)) == 3 * lookups.MOST, "who waited for a place gets one"
    assert names.most <= lookups.MOST


async def test_who_gives_up_gives_its_turn_to_others_and_a_hung_look_up_keeps_its_place(names, monkeypatch):
    monkeypatch.setattr(lookups, "SECONDS", 0.1)
    resolver = Lookups()
    many = [resolver.resolve(f"h{n}.silent.example", 443) for n in range(3 * lookups.OF_DOMAIN)]
    assert all(isinstance(one, lookups.NoAnswer) for one in await asyncio.gather(*many, return_exceptions=True))
    assert len(names.asked) == lookups.OF_DOMAIN, "threads that hang are not ended by giving up"
    names.speak.set()
    while names.at_once:
        await asyncio.sleep(0.01)
    assert await resolver.resolve("h1.silent.example", 443), "their places are free again"


async def test_the_answer_is_that_of_the_machine():
    ours = await Lookups().resolve("127.0.0.1", 443, socket.AF_UNSPEC)
    assert ours == await ThreadedResolver().resolve("127.0.0.1", 443, socket.AF_UNSPEC)
    assert ours[0]["host"] == "127.0.0.1"
