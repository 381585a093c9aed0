"""Delivering: every answer becomes one value with words that a person who hosts the server understands."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from activitypub.client.deliver import Delivered, Gone, Later, Refused, deliver
from activitypub.signatures import Scheme, SignedRequest
from activitypub.verify import Genuine, check_delivery
from tests.activitypub.loopback import Answer, Asked
from tests.activitypub.signing import BODY, GUS, NOW, keys, signer

INBOX = "https://good.example/inbox"


async def send(transport, url: str = INBOX, scheme: Scheme = Scheme.CAVAGE):
    return await deliver(transport, url, BODY, signer=signer(), scheme=scheme, now=NOW)


def scheme_of(asked: Asked) -> Scheme:
    """Check a delivery as its receiver would."""
    request = SignedRequest(asked.method, asked.target, asked.headers, asked.body)
    outcome = check_delivery(request, keys, now=NOW, hosts=(asked.host,))
    assert isinstance(outcome, Genuine) and outcome.actor == GUS, outcome
    return outcome.scheme


@pytest.mark.parametrize("scheme", list(Scheme))
@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_taken(strangers, transport, scheme, status):
    strangers.says(INBOX, Answer(status))
    assert await send(transport, scheme=scheme) == Delivered(status, scheme, INBOX)
    assert scheme_of(strangers.asked[0]) is scheme and strangers.asked[0].body == BODY
    assert strangers.asked[0].header("Content-Type") == "application/activity+json"


def only(scheme: Scheme, *, status: int = 401, ask: str | None = None):
    def reply(asked: Asked) -> Answer:
        if scheme_of(asked) is scheme:
            return Answer(202)
        return Answer(status, b"", {"Accept-Signature": ask} if ask else {})

    return reply


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize("understood", list(Scheme))
async def test_the_second_knock_is_in_the_other_form(strangers, transport, understood, status):
    strangers.says(INBOX, only(understood, status=status))
    assert await send(transport, scheme=understood.other) == Delivered(202, understood, INBOX)
    assert len(strangers.asked) == 2


async def test_accept_signature_is_honoured_and_never_leaves_the_body_open(strangers, transport):
    ask = 'sig1=("@method" "@target-uri" "date");created;keyid;nonce="n-1"'
    strangers.says(INBOX, only(Scheme.RFC9421, ask=ask))
    assert isinstance(await send(transport), Delivered)
    sent = strangers.asked[1].header("Signature-Input")
    assert sent.startswith('sig1=("@method" "@target-uri" "date" "content-digest");') and 'nonce="n-1"' in sent
    strangers.asked.clear()
    # Asked for the form we already used, with a nonce: the second knock is in that form.
    state = {"first": True}

    def once(asked: Asked) -> Answer:
        first, state["first"] = state["first"], False
        return Answer(401, b"", {"Accept-Signature": ask}) if first else Answer(202)

    strangers.says(INBOX, once)
    assert await send(transport, scheme=Scheme.RFC9421) == Delivered(202, Scheme.RFC9421, INBOX)


@pytest.mark.parametrize(
    ("status", "knocks", "reason"),
    [
        (400, 2, "the other server answered that it does not understand this (400)"),
        (401, 2, "the other server answered that it does not accept our signature (401)"),
        (403, 1, "the other server answered that we may not deliver to it (403)"),
        (404, 1, "the other server answered that it has no such inbox (404)"),
        (405, 1, "the other server answered 405"),
        (406, 1, "the other server answered 406"),
        (409, 1, "the other server answered 409"),
        (413, 1, "the other server answered that this is too large (413)"),
        (415, 1, "the other server answered 415"),
        (422, 1, "the other server answered 422"),
    ],
)
async def test_refused(strangers, transport, status, knocks, reason):
    strangers.says(INBOX, Answer(status, b"", {"Retry-After": "60", "Date": format_datetime(NOW, usegmt=True)}))
    assert await send(transport) == Refused(status, reason)
    assert len(strangers.asked) == knocks


async def test_a_refused_signature_tells_how_far_the_clocks_are_apart(strangers, transport):
    for minutes, words in ((7, "7 min ahead of ours"), (-90, "90 min behind ours")):
        date = format_datetime(NOW + timedelta(minutes=minutes), usegmt=True)
        strangers.says(INBOX, Answer(401, b"", {"Date": date}))
        result = await send(transport)
        assert result.reason.endswith(f"our signature (401): its clock is {words}")
        # Once the clocks agree it is taken: what was refused for the clock's sake was lost for good.
        assert isinstance(result, Later) and result.status == 401
    near = format_datetime(NOW + timedelta(minutes=1), usegmt=True)
    strangers.says(INBOX, Answer(401, b"", {"Date": near}))
    assert isinstance(await send(transport), Refused)


async def test_gone(strangers, transport):
    strangers.says(INBOX, Answer(410))
    assert await send(transport) == Gone(410)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
async def test_later(strangers, transport, status):
    strangers.says(INBOX, Answer(status, b"", {"Retry-After": "60"}))
    result = await send(transport)
    assert isinstance(result, Later) and (result.retry_after, result.status) == (60, status)
    assert result.reason.startswith("the other server answered")


async def test_later_in_words(strangers, transport):
    strangers.says(INBOX, Answer(503))
    assert await send(transport) == Later("the other server answered that it is not available now (503)", None, 503)


async def test_the_first_answer_counts_if_neither_form_is_understood(strangers, transport):
    answers = iter([Answer(401), Answer(400)])
    strangers.says(INBOX, lambda _: next(answers))
    assert (await send(transport)).status == 401
    answers = iter([Answer(401), Answer(503)])
    strangers.says(INBOX, lambda _: next(answers))
    assert isinstance(await send(transport), Later)


@pytest.mark.parametrize("status", [301, 308])
async def test_a_lasting_move_on_the_same_server_is_followed_once(strangers, transport, status):
    strangers.says(INBOX, Answer(status, b"", {"Location": "/new"}))
    strangers.says("https://good.example/new", Answer(202))
    assert await send(transport) == Delivered(202, Scheme.CAVAGE, "https://good.example/new")
    assert [scheme_of(asked) for asked in strangers.asked] == [Scheme.CAVAGE, Scheme.CAVAGE]
    strangers.says("https://good.example/new", Answer(status, b"", {"Location": "/newer"}))
    assert isinstance(await send(transport), Refused)


@pytest.mark.parametrize(
    "location", ["https://evil.example/inbox", "/inbox", "", "http://good.example/inbox", "file:///x", "http://["]
)
async def test_a_move_elsewhere_is_not_followed(strangers, transport, location):
    strangers.says(INBOX, Answer(301, b"", {"Location": location}))
    assert await send(transport) == Refused(301, "the inbox has moved to another server")
    assert len(strangers.asked) == 1


async def test_a_passing_move_is_for_later(strangers, transport):
    strangers.says(INBOX, Answer(302, b"", {"Location": "/maintenance"}))
    result = await send(transport)
    assert isinstance(result, Later) and result.reason == "the other server sends us elsewhere for now (302)"


async def test_network_failures_are_for_later(strangers, transport):
    strangers.says(INBOX, Answer(reset=True))
    assert await send(transport) == Later("the connection was closed before an answer came")
    assert await send(transport, "https://nowhere.example/inbox") == Later(
        "the name nowhere.example is not known (DNS)"
    )


@pytest.mark.parametrize(
    "url", ["http://good.example/inbox", "https://169.254.169.254/", "https://a@good.example/", "inbox", ""]
)
async def test_e11_addresses_are_checked_at_delivery(strangers, transport, url):  # E11
    result = await send(transport, url)
    assert isinstance(result, Refused) and result.status is None and result.reason.startswith("not sent: ")
    assert strangers.asked == []


async def test_e11_names_that_lead_inside(strangers):  # E11
    strict = strangers.transport(allow_local=False)
    result = await send(strict)
    assert result == Refused(None, "not sent: the name leads to an address that is not on the public internet")
    await strict.close()


async def test_a_query_in_an_inbox_is_signed(strangers, transport):
    strangers.says(INBOX + "?a=1", Answer(202))
    assert isinstance(await send(transport, INBOX + "?a=1"), Delivered)
    assert scheme_of(strangers.asked[0]) is Scheme.CAVAGE and strangers.asked[0].target == "/inbox?a=1"
