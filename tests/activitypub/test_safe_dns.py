"""Which addresses are asked: rows E01 to E07 and E10 of the attack catalogue. Nothing here opens a socket."""

import ipaddress
import socket
from types import SimpleNamespace

import pytest

from activitypub.client import aiohttp_transport
from activitypub.client.transport import HttpRequest
from activitypub.errors import FetchFailed, UnsafeAddress
from activitypub.safe_dns import SafeResolver, check_address, check_url, is_open

CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::10.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:a00:1::",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2606:4700::1111%eth0",
]
OPEN = [
    "8.8.8.8",
    "100.63.255.255",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00::1",
]


@pytest.mark.parametrize("address", CLOSED)
def test_e01_e02_e03_closed_addresses(address):  # E01, E02, E03
    assert not is_open(ipaddress.ip_address(address))
    with pytest.raises(UnsafeAddress, match="public internet"):
        check_address(address)


@pytest.mark.parametrize("address", OPEN)
def test_open_addresses(address):
    check_address(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "172.20.0.1", "192.168.0.9", "fd00::1"])
def test_development_opens_local_addresses(address):
    check_address(address, allow_local=True)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "0.0.0.0", "fe80::1", "fe80::1%eth0", "::1%lo", "::ffff:127.0.0.1", "224.0.0.1", "100.64.0.1"],
)
def test_development_does_not_open_the_rest(address):
    with pytest.raises(UnsafeAddress):
        check_address(address, allow_local=True)


def test_what_is_no_address():
    with pytest.raises(UnsafeAddress):
        check_address("coop.example")


UNSAFE_URLS = [
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://api.localhost/",
    "https://printer.local/",
    "https://db.internal/",
    "https://abc.onion/",
    "https://nas.home.arpa/",
    "https://router.lan/",
    "https://intranet/",
    "https://LOCALHOST/",
    "https://10.0.0.1/#k",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[2002:a00:1::]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://①②⑦.0.0.1/",
    "https://127。0。0。1/",
    "https://8.8.8.8/",
    "https://h.example:22/",
    "https://h.example:8443/",
    "https://h.example:80/",
    "http://h.example/",
    "file:///etc/passwd",
    "gopher://h.example/",
    "ftp://h.example/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "https://ana@h.example/",
    "https://h.example@127.0.0.1/",
    "https://h.example./",
    "//h.example/",
    "h.example",
]


@pytest.mark.parametrize("url", UNSAFE_URLS)
def test_e04_e07_urls_refused_before_dns(url):  # E04, E07
    with pytest.raises(UnsafeAddress):
        check_url(url)


def test_urls_that_may_be_asked():
    assert check_url("https://h.example/x").host == "h.example"
    assert check_url("https://h.example:443/x").port == 443
    assert check_url("http://h.example/", allow_http=True).port == 80
    with pytest.raises(UnsafeAddress, match="port"):
        check_url("http://h.example:443/", allow_http=True)
    assert check_url("http://localhost:8000/", allow_local=True, allow_http=True).port == 8000
    assert check_url("https://127.0.0.1:8443/", allow_local=True).host == "127.0.0.1"
    with pytest.raises(UnsafeAddress):
        check_url("https://169.254.169.254/", allow_local=True)


class Answers:
    """A resolver that gives what it is told, one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.closed = False

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            {"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
            for address in found
        ]

    async def close(self):
        self.closed = True


async def test_e05_a_second_answer_is_judged_like_the_first():  # E05
    inner = Answers(["8.8.8.8"], ["127.0.0.1"])
    resolver = SafeResolver(inner)
    assert [answer["host"] for answer in await resolver.resolve("h.example", 443)] == ["8.8.8.8"]
    with pytest.raises(UnsafeAddress):
        await resolver.resolve("h.example", 443)
    await resolver.close()
    assert inner.closed


async def test_e06_one_private_address_among_several_refuses_the_name():  # E06
    with pytest.raises(UnsafeAddress):
        await SafeResolver(Answers(["8.8.8.8", "10.0.0.1"])).resolve("h.example", 443)


@pytest.fixture
def no_sockets(monkeypatch):
    """Sockets that would be made."""
    made: list[tuple] = []
    monkeypatch.setattr(aiohttp_transport, "socket", SimpleNamespace(socket=lambda *asked: made.append(asked) or 1 / 0))
    return made


@pytest.mark.parametrize("address", CLOSED)
async def test_no_socket_is_made_for_a_closed_address(no_sockets, address):
    transport = aiohttp_transport.AiohttpTransport(user_agent="fedcop/test")
    with pytest.raises(UnsafeAddress):
        transport._make_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)))
    assert no_sockets == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
async def test_e01_names_that_lead_inside_are_not_connected(no_sockets, address):  # E01
    transport = aiohttp_transport.AiohttpTransport(user_agent="fedcop/test", resolver=Answers([address]))
    with pytest.raises(UnsafeAddress, match="public internet"):
        await transport.send(HttpRequest("GET", "https://h.example/x"))
    await transport.close()
    assert no_sockets == []


@pytest.mark.parametrize("url", UNSAFE_URLS)
async def test_unsafe_urls_cause_no_lookup_and_no_socket(no_sockets, url):
    resolver = Answers(["8.8.8.8"])
    transport = aiohttp_transport.AiohttpTransport(user_agent="fedcop/test", resolver=resolver)
    with pytest.raises(UnsafeAddress):
        await transport.send(HttpRequest("GET", url))
    await transport.close()
    assert resolver.asked == [] and no_sockets == []


async def test_e10_a_proxy_in_the_environment_changes_nothing(no_sockets, monkeypatch):  # E10
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    resolver = Answers(["10.0.0.1"])
    transport = aiohttp_transport.AiohttpTransport(user_agent="fedcop/test", resolver=resolver)
    with pytest.raises(UnsafeAddress):
        await transport.send(HttpRequest("GET", "https://h.example/x"))
    await transport.close()
    assert resolver.asked == ["h.example"] and no_sockets == []


def test_an_unsafe_address_is_a_failure_for_good():
    assert issubclass(UnsafeAddress, FetchFailed) and UnsafeAddress("x").permanent
