"""What no inbox of ours takes, in either form of signature: each is answered with 401 and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from activitypub.signatures import Scheme, Signer, Wish, cavage, load_private, rfc9421, sign_request
from activitypub.signatures.digest import make_content_digest, make_digest
from fedcop.discussions.models import Post
from fedcop.federation.models import InboxItem
from fedcop.people.models import Follow
from tests.rig.fakeserver import Stranger
from tests.rig.interop import INBOX, Coop, fix_keys, open_coop
from tests.rig.manners import MASTODON
from tests.rig.world import World

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.

Headers = dict[str, str]


@dataclass
class Case:
    """Mia is honest and known; Eve, known too, has Mia's captured words and her own key."""

    coop: Coop
    mia: Stranger
    eve: Stranger
    scheme: Scheme

    def signed(self, body: bytes, by: Stranger | None = None, **more: object) -> Headers:
        """Headers as they should be."""
        return (by or self.mia).signs(INBOX, body, scheme=self.scheme, **more)  # type: ignore[arg-type]


def unsigned(case: Case, body: bytes) -> tuple[Headers, bytes]:
    return {"Content-Type": "application/activity+json"}, body


def wrong_digest(case: Case, body: bytes) -> tuple[Headers, bytes]:
    return case.signed(body), body.replace(b"Bonjour", b"Bonsoir")


def mended_digest(case: Case, body: bytes) -> tuple[Headers, bytes]:
    other = body.replace(b"Bonjour", b"Bonsoir")
    return case.signed(body) | {"Digest": make_digest(other), "Content-Digest": make_content_digest(other)}, other


def stale_date(case: Case, body: bytes) -> tuple[Headers, bytes]:
    return case.signed(body, now=case.coop.world.clock.now() - timedelta(days=2)), body


def future_date(case: Case, body: bytes) -> tuple[Headers, bytes]:
    return case.signed(body, now=case.coop.world.clock.now() + timedelta(hours=3)), body


def moved_date(case: Case, body: bytes) -> tuple[Headers, bytes]:
    """Old, with the date put forward afterwards."""
    old = case.signed(body, now=case.coop.world.clock.now() - timedelta(days=2))
    new = case.signed(body)
    if case.scheme is Scheme.CAVAGE:
        return old | {"Date": new["Date"]}, body
    return old | {"Signature-Input": new["Signature-Input"]}, body


def other_actor(case: Case, body: bytes) -> tuple[Headers, bytes]:
    """Eve signs as herself what claims to be Mia's."""
    return case.signed(body, case.eve), body


def foreign_key_id(case: Case, body: bytes) -> tuple[Headers, bytes]:
    """Eve signs with her key and names Mia's."""
    signer = Signer(case.mia.key_id, case.eve.private_pem)
    return sign_request("POST", INBOX, body, signer, case.scheme, case.coop.world.clock.now()), body


def own_key_under_her_name(case: Case, body: bytes) -> tuple[Headers, bytes]:
    """The signature is Eve's in all parts, only the key's name is exchanged afterwards."""
    headers = case.signed(body, case.eve)
    return {name: value.replace(case.eve.key_id, case.mia.key_id) for name, value in headers.items()}, body


def uncovered(*covered: str) -> Callable[[Case, bytes], tuple[Headers, bytes]]:
    """Only these parts are signed."""

    def make(case: Case, body: bytes) -> tuple[Headers, bytes]:
        key, now = load_private(case.mia.private_pem), case.coop.world.clock.now()
        whole = case.signed(body)
        if case.scheme is Scheme.CAVAGE:
            given = {name.lower(): value for name, value in whole.items()} | {"host": "coop.example"}
            signed = cavage.sign(
                "POST", "/inbox", {name: given[name] for name in covered}, key_id=case.mia.key_id, key=key
            )
            return whole | {"Signature": signed}, body
        rest = {name: value for name, value in whole.items() if not name.lower().startswith("signature")}
        wish = Wish(covered)
        return rest | rfc9421.sign("POST", INBOX, rest, key_id=case.mia.key_id, key=key, now=now, wish=wish), body

    make.__name__ = "covers_only_" + "_".join(part.lstrip("@") for part in covered)
    return make


def another_path(case: Case, body: bytes) -> tuple[Headers, bytes]:
    return case.mia.signs(f"{case.coop.group}/inbox", body, scheme=case.scheme), body


def another_server(case: Case, body: bytes) -> tuple[Headers, bytes]:
    headers = case.mia.signs("https://third.example/inbox", body, scheme=case.scheme)
    return headers | {"Host": "third.example"}, body


BOTH = [
    unsigned, wrong_digest, mended_digest, stale_date, future_date, moved_date, other_actor, foreign_key_id,
    own_key_under_her_name, another_path, another_server,
]  # fmt: skip
CASES = [
    *((Scheme.CAVAGE, one) for one in BOTH),
    *((Scheme.RFC9421, one) for one in BOTH),
    *(
        (Scheme.CAVAGE, uncovered(*parts))
        for parts in (("date",), ("host", "date"), ("date", "digest"), ("host", "digest"))
    ),
    *(
        (Scheme.RFC9421, uncovered(*parts))
        for parts in (
            ("@method", "@target-uri"),
            ("@target-uri", "content-digest"),
            ("@method", "content-digest"),
            ("content-digest",),
        )
    ),
]


@pytest.fixture
async def coop(world: World, monkeypatch: pytest.MonkeyPatch) -> Coop:
    fix_keys(monkeypatch)
    return await open_coop(world)


@pytest.mark.parametrize(("scheme", "make"), CASES, ids=lambda one: getattr(one, "__name__", str(one)))
async def test_refused(coop: Coop, scheme: Scheme, make: Callable[[Case, bytes], tuple[Headers, bytes]]) -> None:
    mia = await coop.joined_by("mia@mastodon.example", MASTODON)
    eve = await coop.joined_by("eve@evil.example", MASTODON)
    case = Case(coop, mia, eve, scheme)
    await InboxItem.all().delete()
    for kind, thing in (("Follow", coop.ana.uri), ("Like", coop.group), ("Undo", mia.activity("Follow", coop.group))):
        body = json.dumps(mia.activity(kind, thing, content="Bonjour")).encode()
        await refused(coop, *make(case, body))
    assert await Follow.filter(target_id=coop.ana.id).count() == 0 and await Follow.all().count() == 2


async def refused(coop: Coop, headers: Mapping[str, str], body: bytes) -> None:
    before = len(coop.world.web.asked)
    answer = await coop.world.request("POST", INBOX, dict(headers), body)
    assert answer.status == 401, answer.body
    assert len(coop.world.web.asked) == before + 1, "nobody was asked for anything"
    await coop.settle()
    assert await InboxItem.all().count() == 0


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_a_replay_does_nothing_twice_and_later_nothing_at_all(coop: Coop, scheme: Scheme) -> None:
    mia = await coop.joined_by("mia@mastodon.example", MASTODON)
    note = mia.root(coop.group)
    body = json.dumps(mia.activity("Create", note)).encode()
    headers = mia.signs(INBOX, body, scheme=scheme)
    for _time in range(3):
        assert (await coop.world.request("POST", INBOX, headers, body)).status == 202
    await coop.settle()
    assert (await Post.all().count(), await InboxItem.filter(host="mastodon.example").count()) == (1, 2)
    coop.world.clock.advance(days=2)
    await InboxItem.all().delete()
    await refused(coop, headers, body)


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_a_post_in_anothers_name_is_asked_for_at_its_origin(coop: Coop, scheme: Scheme) -> None:
    """Servers forward posts without proofs: what counts is what the author's server says, not what was delivered."""
    mia = await coop.joined_by("mia@mastodon.example", MASTODON)
    eve = await coop.joined_by("eve@evil.example", MASTODON)
    never = {**mia.note(cc=[coop.group]), "id": "https://mastodon.example/users/mia/statuses/never"}
    assert await eve.sends(mia.activity("Create", never), INBOX, scheme=scheme) == 202
    await coop.settle()
    assert await Post.all().count() == 0
    assert (await InboxItem.all().order_by("-id").first()).outcome in ("refused", "ignored")  # type: ignore[union-attr]
