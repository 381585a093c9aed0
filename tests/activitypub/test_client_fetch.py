"""Fetching documents: identity, content types, redirects, signatures (rows B01 to B10, A28, E07 to E09, E12)."""

import json

import pytest

from activitypub.client import Budget, RecentSchemes, fetch_bytes, fetch_object
from activitypub.client.fetch import read_retry_after
from activitypub.client.transport import HttpResponse
from activitypub.errors import FetchFailed, Gone, Missing, OutOfBudget, UnsafeAddress
from activitypub.signatures import Scheme, SignedRequest
from activitypub.verify import Genuine, check_get
from tests.activitypub.loopback import Answer, Asked, clock
from tests.activitypub.signing import GUS, NOW, keys, signer

NOTE = "https://good.example/p/1"
AS = "application/activity+json"


def document(url: str = NOTE, **more) -> bytes:
    return json.dumps({"id": url, "type": "Note", **more}).encode()


async def fetch(transport, url: str = NOTE, **options):
    options.setdefault("signer", signer())
    return await fetch_object(transport, url, now=clock, **options)


async def failure(transport, url: str = NOTE, **options) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await fetch(transport, url, **options)
    return failed.value


def scheme_of(asked: Asked) -> Scheme | None:
    """Check a request as its receiver would; give the scheme it was signed in."""
    request = SignedRequest(asked.method, asked.target, asked.headers, asked.body)
    outcome = check_get(request, keys, now=NOW, hosts=(asked.host,))
    if isinstance(outcome, Genuine):
        assert outcome.actor == GUS
        return outcome.scheme
    assert outcome.code == "unsigned"
    return None


async def test_a_document_at_its_own_address(strangers, transport):
    strangers.says_json(NOTE, document(content="é"))
    fetched = await fetch(transport, NOTE + "#fragment")
    assert fetched.url == NOTE and fetched.data["content"] == "é" and fetched.body == document(content="é")
    asked = strangers.asked[0]
    assert (
        asked.header("Accept")
        == 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    )
    assert scheme_of(asked) is Scheme.CAVAGE


async def test_without_a_signer_nothing_is_signed(strangers, transport):
    strangers.says_json(NOTE, document())
    await fetch(transport, signer=None)
    assert strangers.asked[0].header("Signature") is None and scheme_of(strangers.asked[0]) is None


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        (AS, True),
        (AS + "; charset=utf-8", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json", False),
        ("application/json", False),
        ("text/html", False),
        ("image/png", False),
        ("application/octet-stream", False),
        (AS + "; charset=utf-16", False),
    ],
)
async def test_b06_b07_b08_content_types(strangers, transport, kind, taken):  # B06, B07, B08
    strangers.says_json(NOTE, document(), kind=kind)
    if taken:
        assert (await fetch(transport)).url == NOTE
    else:
        assert (await failure(transport)).reason == "what is at this address is not an ActivityPub document"


async def test_b06_downloads_are_not_documents(strangers, transport):  # B06
    strangers.says_json(NOTE, document(), Content_Disposition='Attachment; filename="x.json"')
    assert (await failure(transport)).reason == "what is at this address is a download"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"id":"a","id":"b"}', b"\xff", '{"id":"https://good.example/p/1"}'.encode("utf-16")]
)
async def test_b29_json_is_read_strictly(strangers, transport, body):  # B29
    strangers.says_json(NOTE, body)
    assert (await failure(transport)).permanent


async def test_b01_b02_content_comes_from_the_address_it_names(strangers, transport):  # B01, B02
    strangers.says_json("https://evil.example/o1", document(NOTE, content="forged"))
    strangers.says_json(NOTE, document(NOTE, content="genuine"))
    fetched = await fetch(transport, "https://evil.example/o1")
    assert (fetched.url, fetched.data["content"]) == (NOTE, "genuine")


async def test_b10_one_look_at_the_named_address_and_no_more(strangers, transport):  # B10
    strangers.says_json("https://good.example/a", document("https://good.example/b"))
    strangers.says_json("https://good.example/b", document("https://good.example/b"))
    assert (await fetch(transport, "https://good.example/a")).url == "https://good.example/b"
    strangers.says_json("https://good.example/b", document("https://good.example/c"))
    failed = await failure(transport, "https://good.example/a")
    assert failed.reason == "the document says that it lives at another address"
    assert [asked.target for asked in strangers.asked] == ["/a", "/b", "/a", "/b"]


@pytest.mark.parametrize("named", [None, 12, {"id": "x"}, [NOTE], "", "javascript:alert(1)", "x"])
async def test_b16_b17_odd_ids(strangers, transport, named):  # B16, B17
    strangers.says_json(NOTE, json.dumps({"id": named, "type": "Note"}).encode())
    assert (await failure(transport)).permanent


async def test_b15_an_id_that_leads_inside_is_not_asked(strangers):  # B15
    transport = strangers.transport(allow_local=False)
    strangers.addresses["good.example"] = "10.0.0.1"
    assert isinstance(await failure(transport), UnsafeAddress)
    await transport.close()


async def test_lists_need_no_id(strangers, transport):
    strangers.says_json(NOTE, b'{"type":"OrderedCollectionPage","orderedItems":[]}')
    assert (await fetch(transport)).url == NOTE
    strangers.says_json(NOTE, b'{"type":"Note"}')
    assert (await failure(transport)).reason == "the document has no id"


async def test_ids_may_be_spelled_as_json_ld(strangers, transport):
    strangers.says_json(NOTE, json.dumps({"@id": NOTE, "@type": "Note"}).encode())
    assert (await fetch(transport)).url == NOTE


async def test_one_redirect_on_the_same_server(strangers, transport):
    strangers.says("https://good.example/short", Answer(302, b"", {"Location": "/p/1"}))
    strangers.says_json(NOTE, document())
    assert (await fetch(transport, "https://good.example/short")).url == NOTE
    assert [scheme_of(asked) for asked in strangers.asked] == [Scheme.CAVAGE, Scheme.CAVAGE]


async def test_e08_two_redirects_are_too_many(strangers, transport):  # E08
    strangers.says("https://good.example/a", Answer(302, b"", {"Location": "/b"}))
    strangers.says("https://good.example/b", Answer(302, b"", {"Location": "/a"}))
    assert (await failure(transport, "https://good.example/a")).reason == "the server redirects too often"
    assert len(strangers.asked) == 2


async def test_b09_e09_a_redirect_to_another_server_is_asked_unsigned_and_must_be_the_id(
    strangers, transport
):  # B09, E09
    strangers.says("https://evil.example/u/x", Answer(301, b"", {"Location": NOTE}))
    strangers.says_json(NOTE, document())
    assert (await fetch(transport, "https://evil.example/u/x")).url == NOTE
    assert [scheme_of(asked) for asked in strangers.asked] == [Scheme.CAVAGE, None]
    strangers.says_json(NOTE, document("https://evil.example/u/x"))
    assert "another server" in (await failure(transport, "https://evil.example/u/x")).reason


async def test_a28_keys_and_actors_may_be_kept_on_their_server(strangers, transport):  # A28
    strangers.says("https://good.example/u/x", Answer(301, b"", {"Location": "https://evil.example/u/x"}))
    failed = await failure(transport, "https://good.example/u/x", same_origin_only=True)
    assert failed.reason == "the address leads to another server"
    strangers.says_json("https://good.example/u/y", document("https://evil.example/u/y"))
    failed = await failure(transport, "https://good.example/u/y", same_origin_only=True)
    assert failed.reason == "the address leads to another server"
    assert {asked.host for asked in strangers.asked} == {"good.example"}


@pytest.mark.parametrize(
    "location",
    [
        "",
        "file:///etc/passwd",
        "gopher://good.example/",
        "http://good.example/p/1",
        "https://169.254.169.254/",
        "https://good.example:22/",
        "http://[",
        "javascript:x",
    ],
)
async def test_e07_redirects_are_checked(strangers, location):  # E07
    transport = strangers.transport(allow_local=False)
    # The first hop is let through for the test; the hop it leads to is judged as always.
    transport._allow_local = True
    transport._open_session()
    strangers.says("https://good.example/a", Answer(302, b"", {"Location": location}))

    class Strict:
        async def send(self, request, **limits):
            if strangers.asked:
                transport._allow_local = False
            return await transport.send(request, **limits)

        async def close(self):
            return

    with pytest.raises(FetchFailed):
        await fetch_object(Strict(), "https://good.example/a", signer=None, now=clock)
    assert len(strangers.asked) == 1
    await transport.close()


@pytest.mark.parametrize(
    ("status", "kind", "permanent"),
    [
        (404, Missing, True),
        (410, Gone, True),
        (401, FetchFailed, True),
        (403, FetchFailed, True),
        (400, FetchFailed, True),
        (406, FetchFailed, True),
        (408, FetchFailed, False),
        (429, FetchFailed, False),
        (500, FetchFailed, False),
        (503, FetchFailed, False),
    ],
)
async def test_other_answers(strangers, transport, status, kind, permanent):
    strangers.says(NOTE, Answer(status, b"x", {"Retry-After": "120"}))
    failed = await failure(transport)
    assert type(failed) is kind and (failed.status, failed.permanent) == (status, permanent)
    assert failed.retry_after == (120 if status in (400, 406, 408, 429, 500, 503) else None)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("999999999", 604800.0),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("9" * 20, None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_retry_after(value, seconds):
    assert read_retry_after({"retry-after": value}) == seconds


def only(scheme: Scheme, *, ask: str | None = None):
    """A server that understands one form of signature."""

    def reply(asked: Asked) -> Answer:
        if scheme_of(asked) is scheme:
            return Answer(200, document(), {"Content-Type": AS})
        return Answer(401, b"", {"Accept-Signature": ask} if ask else {})

    return reply


async def test_the_second_knock_is_in_the_other_form_and_remembered(strangers, transport):
    memory = RecentSchemes()
    strangers.says(NOTE, only(Scheme.RFC9421))
    await fetch(transport, memory=memory)
    await fetch(transport, memory=memory)
    assert [scheme_of(asked) for asked in strangers.asked] == [Scheme.CAVAGE, Scheme.RFC9421, Scheme.RFC9421]
    strangers.says(NOTE, only(Scheme.CAVAGE))
    await fetch(transport, memory=memory)
    assert memory.scheme_for("https://good.example") is Scheme.CAVAGE


async def test_accept_signature_is_honoured(strangers, transport):
    ask = 'sig1=("@method" "@target-uri" "host");created;keyid;nonce="n-1"'
    strangers.says(NOTE, only(Scheme.RFC9421, ask=ask))
    await fetch(transport)
    assert strangers.asked[1].header("Signature-Input").startswith('sig1=("@method" "@target-uri" "host");')
    assert 'nonce="n-1"' in strangers.asked[1].header("Signature-Input")


async def test_two_knocks_and_no_third(strangers, transport):
    strangers.says(NOTE, Answer(401))
    assert (await failure(transport)).reason == "the other server does not let us read this (401)"
    assert len(strangers.asked) == 2


async def test_a_memory_forgets_the_longest_unused():  # E27
    memory = RecentSchemes(size=2)
    for name in ("a", "b", "a", "c"):
        memory.learned(f"https://{name}.example", Scheme.RFC9421)
    assert memory.scheme_for("https://b.example") is Scheme.CAVAGE
    assert memory.scheme_for("https://a.example") is Scheme.RFC9421


def test_a_budget_ends():  # E21
    budget = Budget(requests=2)
    assert budget.spend() <= 30 and budget.spend()
    with pytest.raises(OutOfBudget, match="too many"):
        budget.spend()
    times = iter([0.0, 10.0, 31.0])
    budget = Budget(clock=lambda: next(times))
    assert budget.spend() == 20
    with pytest.raises(OutOfBudget, match="too long"):
        budget.spend()


async def test_every_request_counts(strangers, transport):
    strangers.says("https://good.example/a", Answer(302, b"", {"Location": "/p/1"}))
    strangers.says_json(NOTE, document())
    budget = Budget(requests=3)
    await fetch(transport, "https://good.example/a", budget=budget)
    with pytest.raises(OutOfBudget):
        await fetch(transport, "https://good.example/a", budget=budget)
    assert len(strangers.asked) == 3


async def test_the_budget_limits_each_request(strangers, transport):
    strangers.says(NOTE, Answer(wait=5))
    assert "within" in (await failure(transport, budget=Budget(seconds=0.2))).reason


async def test_addresses_are_checked_before_anything_is_asked(strangers, transport):
    for url in ("", "javascript:alert(1)", "https://a@good.example/"):
        assert (await failure(transport, url)).permanent
    assert strangers.lookups == []


async def test_size(strangers, transport):
    strangers.says_json(NOTE, document(content="x" * 5000))
    assert "larger" in (await failure(transport, max_bytes=2048)).reason


FILE = "https://good.example/m/1.png"


async def test_files(strangers, transport):
    strangers.says(FILE, Answer(200, b"png", {"Content-Type": "image/png"}))
    answer = await fetch_bytes(transport, FILE + "#x", now=clock, max_bytes=10, accept="image/*")
    assert isinstance(answer, HttpResponse) and answer.body == b"png"
    assert strangers.asked[0].header("Accept") == "image/*" and strangers.asked[0].header("Signature") is None


async def test_files_follow_three_redirects_and_sign_only_at_home(strangers, transport):
    strangers.says(FILE, Answer(302, b"", {"Location": "/2"}))
    strangers.says("https://good.example/2", Answer(307, b"", {"Location": "https://h.example/3"}))
    strangers.says("https://h.example/3", Answer(308, b"", {"Location": "/4"}))
    strangers.says("https://h.example/4", Answer(200, b"png"))
    answer = await fetch_bytes(transport, FILE, signer=signer(), now=clock, max_bytes=10)
    assert answer.url == "https://h.example/4"
    assert [scheme_of(asked) for asked in strangers.asked] == [Scheme.CAVAGE, Scheme.CAVAGE, None, None]
    strangers.says("https://h.example/4", Answer(302, b"", {"Location": "/5"}))
    with pytest.raises(FetchFailed, match="too often"):
        await fetch_bytes(transport, FILE, now=clock, max_bytes=10)


async def test_files_that_are_missing(strangers, transport):
    with pytest.raises(Missing):
        await fetch_bytes(transport, FILE, now=clock, max_bytes=10)
    strangers.says(FILE, Answer(304))
    with pytest.raises(FetchFailed, match="304"):
        await fetch_bytes(transport, FILE, now=clock, max_bytes=10)
