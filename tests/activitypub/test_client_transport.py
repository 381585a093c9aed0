"""The transport against servers that misbehave: limits of size and time, and reasons in plain words."""

import asyncio
import gzip
import ssl
import time
import zlib

import pytest
from aiohttp import ClientError, ConnectionTimeoutError, InvalidURL

from activitypub.client.aiohttp_transport import AiohttpTransport, _in_words
from activitypub.client.transport import HttpRequest
from activitypub.errors import FetchFailed, UnsafeAddress
from tests.activitypub.loopback import Answer, Strangers

URL = "https://good.example/x"


async def failure(transport, url: str = URL, **limits) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await transport.send(HttpRequest("GET", url), **limits)
    return failed.value


async def test_a_plain_answer(strangers, transport):
    strangers.says(URL + "?q=%7e", Answer(203, b"hello", {"X-One": "1", "Link": "a"}))
    answer = await transport.send(HttpRequest("GET", URL + "?q=%7e#f", {"X-Mine": "me"}))
    assert (answer.status, answer.body, answer.url) == (203, b"hello", URL + "?q=%7e")
    assert answer.headers["x-one"] == "1"
    asked = strangers.asked[0]
    assert (asked.host, asked.target, asked.header("X-Mine")) == ("good.example", "/x?q=%7e", "me")
    assert asked.header("User-Agent") == "fedcop/test" and asked.header("Accept-Encoding") == "gzip"
    assert asked.header("Cookie") is None


async def test_a_body_goes_out_unchanged_and_the_host_is_ours(strangers, transport):
    strangers.says(URL, Answer(202))
    body = b'{"a": 1}'
    await transport.send(
        HttpRequest("POST", URL, {"Host": "good.example", "Content-Type": "application/activity+json"}, body)
    )
    asked = strangers.asked[0]
    assert asked.body == body and [name.lower() for name, _ in asked.headers].count("host") == 1
    assert asked.header("content-type") == "application/activity+json"


async def test_connections_are_kept_and_cookies_are_not(strangers, transport):
    strangers.says(URL, Answer(200, b"", {"Set-Cookie": "a=b"}))
    for _ in range(3):
        await transport.send(HttpRequest("GET", URL))
    assert strangers.lookups == ["good.example"] and strangers.asked[2].header("Cookie") is None
    await transport.close()
    await transport.close()
    assert (await transport.send(HttpRequest("GET", URL))).status == 200


async def test_doubled_headers_are_joined(strangers, transport):
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
    strangers.says(URL, Answer(raw=raw))
    assert (await transport.send(HttpRequest("GET", URL))).headers["x-a"] == "1, 2"


async def test_head_has_no_body(strangers, transport):
    strangers.says(URL, Answer(200, b"hello"))
    assert (await transport.send(HttpRequest("HEAD", URL))).body == b""


async def test_redirects_are_not_followed(strangers, transport):
    strangers.says(URL, Answer(302, b"", {"Location": "https://evil.example/"}))
    assert (await transport.send(HttpRequest("GET", URL))).status == 302
    assert len(strangers.asked) == 1


async def test_before_is_asked_first(strangers):
    def forbid() -> None:
        raise RuntimeError("no network inside a transaction")

    transport = strangers.transport(before=forbid)
    with pytest.raises(RuntimeError, match="transaction"):
        await transport.send(HttpRequest("GET", URL))
    assert strangers.lookups == []


async def test_f01_declared_size(strangers, transport):  # F01
    strangers.says(URL, Answer(200, b"x" * 2000))
    failed = await failure(transport, max_bytes=1500)
    assert failed.reason == "the answer is larger than 1 KiB" and failed.permanent
    assert (await failure(transport, max_bytes=100)).reason == "the answer is larger than 100 bytes"


async def test_f01_undeclared_size(strangers, transport):  # F01
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 40
    strangers.says(URL, Answer(raw=endless))
    assert (await failure(transport)).reason == "the answer is larger than 1024 KiB"


async def test_f02_slow_drip_ends_at_the_deadline(strangers, transport):  # F02
    strangers.says(URL, Answer(200, b"x" * 1000, drip=0.05))
    started = time.perf_counter()
    failed = await failure(transport, timeout=0.3)
    assert failed.reason == "no complete answer within 0.3 seconds" and not failed.permanent
    assert time.perf_counter() - started < 5


async def test_f02_no_answer_at_all(strangers, transport):  # F02
    strangers.says(URL, Answer(wait=5))
    assert "within 0.2 seconds" in (await failure(transport, timeout=0.2)).reason


async def test_gzip_is_unpacked(strangers, transport):
    strangers.says(URL, Answer(200, gzip.compress(b"hello", mtime=0), {"Content-Encoding": "gzip"}))
    assert (await transport.send(HttpRequest("GET", URL))).body == b"hello"
    strangers.says(URL, Answer(200, b"hello", {"Content-Encoding": "identity"}))
    assert (await transport.send(HttpRequest("GET", URL))).body == b"hello"


async def test_f03_bombs_do_not_unpack(strangers, transport):  # F03
    bomb = gzip.compress(b"\0" * 50_000_000, mtime=0)
    assert len(bomb) < 60_000
    strangers.says(URL, Answer(200, bomb, {"Content-Encoding": "gzip"}))
    assert (await failure(transport)).reason == "the answer is larger than 1024 KiB"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"no gzip", "gzip"),
        (gzip.compress(b"hello", mtime=0)[:-4], "gzip"),
        (gzip.compress(b"hello", mtime=0) + b"more", "gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (b"x", "br"),
        (b"x", "zstd"),
        (gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "gzip, gzip"),
    ],
)
async def test_f03_odd_compression(strangers, transport, body, encoding):
    strangers.says(URL, Answer(200, body, {"Content-Encoding": encoding}))
    assert "compressed" in (await failure(transport)).reason


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(10_000)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"Set-Cookie: a=b\r\n" * 10_000 + b"\r\n",
        b"this is not HTTP\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ],
)
async def test_f04_headers_beyond_measure(strangers, transport, raw):  # F04
    strangers.says(URL, Answer(raw=raw))
    assert "not valid HTTP" in (await failure(transport)).reason


async def test_a_reset(strangers, transport):
    strangers.says(URL, Answer(reset=True))
    assert (await failure(transport)).reason == "the connection was closed before an answer came"


async def test_an_answer_that_breaks_off(strangers, transport):
    strangers.says(URL, Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
    assert (await failure(transport)).reason == "the answer broke off before its end"


async def test_nobody_listens(strangers, transport):
    await strangers.stop()
    assert (await failure(transport)).reason == "connection refused"
    await strangers.start()


async def test_an_unknown_name(transport):
    failed = await failure(transport, "https://nowhere.example/")
    assert failed.reason == "the name nowhere.example is not known (DNS)" and not failed.permanent


async def test_a_certificate_nobody_vouches_for(strangers):
    transport = strangers.transport(ssl_context=ssl.create_default_context())
    reason = (await failure(transport)).reason
    assert reason.startswith("tls: the certificate of good.example is not valid")
    await transport.close()


async def test_a_certificate_for_another_name(strangers, transport):
    strangers.addresses["other.example"] = "127.0.0.1"
    assert (await failure(transport, "https://other.example/")).reason.startswith(
        "tls: the certificate of other.example"
    )


async def test_a_server_without_tls():
    plain = Strangers()
    await plain.start(tls=False)
    transport = plain.transport()
    assert (await failure(transport)).reason == "tls: no secure connection with good.example could be agreed"
    await transport.close()
    await plain.stop()


async def test_http_between_servers_in_development():
    plain = Strangers()
    await plain.start(tls=False)
    plain.replies[(f"127.0.0.1:{plain.port}", "/")] = Answer(200, b"hello")
    url = f"http://127.0.0.1:{plain.port}"
    transport = plain.transport(allow_http=True)
    assert (await transport.send(HttpRequest("GET", url))).body == b"hello"
    await transport.close()
    strict = plain.transport()
    assert isinstance(await failure(strict, url), UnsafeAddress)
    await strict.close()
    await plain.stop()


async def test_cancelling_is_not_a_failure_of_the_other_server(strangers, transport):
    strangers.says(URL, Answer(wait=5))
    task = asyncio.ensure_future(transport.send(HttpRequest("GET", URL)))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(101, "x"), "there is no route to the server"),
        (OSError(24, "x"), "the connection failed (Too many open files)"),
        (OSError("x"), "the connection failed"),
        (ConnectionResetError(104, "x"), "the connection was closed before an answer came"),
        (ValueError("x"), "the answer is not valid HTTP, or has headers larger than allowed"),
        (InvalidURL("x"), "the address cannot be asked"),
        (ClientError("x"), "the connection failed"),
    ],
)
def test_words_for_rare_failures(error, words):
    assert _in_words(error, "good.example").reason == words


def test_a_refusal_inside_another_error_stays_a_refusal():
    outer = OSError("wrapped")
    outer.__cause__ = UnsafeAddress("the name leads to an address that is not on the public internet")
    assert isinstance(_in_words(outer, "good.example"), UnsafeAddress)


async def test_a_server_that_does_not_even_connect(transport, monkeypatch):
    async def hang(*_asked):
        raise ConnectionTimeoutError

    monkeypatch.setattr(transport, "_exchange", hang)
    assert (await failure(transport)).reason == "no connection within 5 seconds"


async def test_without_a_resolver_the_machines_own_is_used():
    transport = AiohttpTransport(user_agent="fedcop/test")
    assert transport._open_session() is transport._open_session()
    await transport.close()
