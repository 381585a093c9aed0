"""Addresses and handles: what is the same server, and what is refused because programs disagree about it."""

import pytest

from activitypub import uris
from activitypub.errors import BadUri
from activitypub.uris import Handle, host_of, origin_of, parse_handle, same_address, same_origin, to_wire


@pytest.mark.parametrize("spelling", ["https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"])
def test_three_spellings_of_public(spelling):
    assert uris.is_public(spelling)


@pytest.mark.parametrize("other", ["public", "https://www.w3.org/ns/activitystreams#public", "", "as:Public "])
def test_nothing_else_is_public(other):
    assert not uris.is_public(other)


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://coop.example", "https://coop.example"),
        ("HTTPS://Coop.Example/u/ana#main-key", "https://coop.example"),
        ("https://coop.example:443/x", "https://coop.example"),
        ("https://coop.example:0443/x", "https://coop.example"),
        ("http://coop.example:80/x", "http://coop.example"),
        ("https://coop.example:8443/x", "https://coop.example:8443"),
        ("http://localhost:8000/u/ana", "http://localhost:8000"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example"),
        ("https://ｇｏｏｄ.example/", "https://good.example"),
        ("https://good。example/", "https://good.example"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]"),
        ("https://[::1]:8443/x", "https://[::1]:8443"),
        ("https://①②⑦.0.0.1/", "https://127.0.0.1"),
        ("https://127。0。0。1/", "https://127.0.0.1"),
    ],
)
def test_origin_is_normalised(uri, origin):
    assert origin_of(uri) == origin
    assert host_of(uri) == origin.partition("//")[2]


@pytest.mark.parametrize(
    "uri",
    [
        "",
        None,
        12,
        "coop.example",
        "//coop.example/x",
        "/u/ana",
        "ftp://coop.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "gopher://coop.example/",
        "did:key:z6Mk",
        "tag:coop.example,2026:x",
        "https://",
        "https:///u/ana",
        "https:coop.example/x",
        "https://ana@coop.example/",
        "https://good.example@evil.example/",
        "https://good.example:pw@evil.example/",
        "https://good%2eexample/",
        "https://good.example./",
        "https://good..example/",
        "https://.good.example/",
        "https://-good.example/",
        "https://good-.example/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 127 + "example/",
        "https://coop.example:/",
        "https://coop.example:0/",
        "https://coop.example:65536/",
        "https://coop.example:443443/",
        "https://coop.example:٤٤٣/",
        "https://coop.example:22:22/",
        "https://coop example/",
        "https://coop.example/a b",
        "https://coop.example/\n",
        " https://coop.example/",
        "https://coop.example\\@evil.example/",
        "https://coop.example/\u200b",
        "https://coop.example/\u202e",
        "https://coop.example/\ud800",
        "https://co\u00ad­op.example/\x00",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://example.1/",
        "https://[::1",
        "https://[::1]x/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[nonsense]/",
        "https://[v1.x]/",
        "https://xn--/",
        "https://☃.\u2028example/",
        "https://a\u0338=b.example\u2260/",
        "https://coop.example/" + "a" * 2048,
    ],
)
def test_refused_addresses(uri):
    with pytest.raises(BadUri):
        origin_of(uri)
    assert not same_origin(uri, uri)
    assert not same_address(uri, uri)


def test_same_origin_compares_parts_not_prefixes():
    assert same_origin("https://good.example/a", "https://GOOD.example:443/b#c")
    assert not same_origin("https://good.example/", "https://good.example.evil.example/")
    assert not same_origin("https://good.example/", "https://notgood.example/")
    assert not same_origin("https://good.example/", "http://good.example/")
    assert not same_origin("https://good.example/", "https://good.example:8443/")
    # A homograph is another server.
    assert not same_origin("https://good.example/", "https://gооd.example/")


def test_same_address_keeps_paths_byte_exact():  # F20
    assert same_address("https://Good.example/u/gus", "https://good.example:443/u/gus#main-key")
    assert not same_address("https://good.example/u/Gus", "https://good.example/u/gus")
    assert not same_address("https://good.example/u/gus/", "https://good.example/u/gus")
    assert not same_address("https://good.example/u/gus?", "https://good.example/u/gus")


@pytest.mark.parametrize(
    ("uri", "wire"),
    [
        ("https://Coop.example", "https://coop.example/"),
        ("https://coop.example?x=1", "https://coop.example/?x=1"),
        ("https://coop.example/inbox?", "https://coop.example/inbox?"),
        ("https://coop.example/a/../b/%7e?x=%2F&y=a+b#z", "https://coop.example/a/../b/%7e?x=%2F&y=a+b"),
        ("https://coop.example/été?q=é", "https://coop.example/%C3%A9t%C3%A9?q=%C3%A9"),
        ("https://coop.example/@ana", "https://coop.example/@ana"),
    ],
)
def test_wire_form(uri, wire):
    assert to_wire(uri) == wire


def test_strip_fragment():
    assert uris.strip_fragment("https://good.example/u/gus#main-key") == "https://good.example/u/gus"
    assert uris.strip_fragment("https://good.example/u/gus") == "https://good.example/u/gus"


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("ana@coop.example", Handle("ana", "coop.example")),
        ("@ana@Coop.Example", Handle("ana", "coop.example")),
        ("acct:ana@coop.example", Handle("ana", "coop.example")),
        ("ACCT:Ana@coop.example", Handle("Ana", "coop.example")),
        ("!soil@coop.example", Handle("soil", "coop.example")),
        (" ana@coop.example ", Handle("ana", "coop.example")),
        ("a@localhost:8000", Handle("a", "localhost:8000")),
        ("ana@bücher.example", Handle("ana", "xn--bcher-kva.example")),
        ("blog.example@blog.example", Handle("blog.example", "blog.example")),
    ],
)
def test_handles(text, handle):
    assert parse_handle(text) == handle
    assert parse_handle(str(handle)) == handle


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@ana",
        "ana@",
        "@@coop.example",
        "ana@coop.example/../",
        "ana@coop.example?",
        "ana@coop.example#x",
        "ana@b@coop.example",
        "ana@coop.example\\x",
        "a na@coop.example",
        "ana/x@coop.example",
        "ana.@coop.example",
        "аna@coop.example",
        "ana\u200b@coop.example",
        "ana@2130706433",
        "ana@coop.example.",
        "ana@coop%2eexample",
        "a" * 200 + "@coop.example",
        "ana@" + "a" * 600,
        None,
    ],
)
def test_refused_handles(text):
    with pytest.raises(BadUri):
        parse_handle(text)


def test_address_literals():
    assert uris.is_address_literal("[::1]")
    assert uris.is_address_literal("10.0.0.1")
    assert not uris.is_address_literal("coop.example")
