"""Attacks on the fetcher and on limits (SECURITY.md E, F): no forbidden connection, bounded work, small answers."""

from __future__ import annotations

import asyncio
import json

import pytest

from activitypub.client.fetch import Budget
from activitypub.errors import ActivityPubError, BadUri, FetchFailed, OutOfBudget
from activitypub.signatures import Scheme, Signer, sign_request
from fedcop.actors import queries as actors
from fedcop.core.database import dialect, rows
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Refuse
from fedcop.federation.models import InboxItem, Server
from fedcop.federation.peers import servers
from fedcop.federation.receiving import inbox
from tests.fedcop.federation.conftest import HOME, INBOX, Stage
from tests.fedcop.federation.test_attacks_signatures import raw
from tests.rig.manners import GOTOSOCIAL, LEMMY, MASTODON, PIEFED, Manners

pytestmark = pytest.mark.once  # What guards keep is kept on both databases by test_receiving.py.

FORBIDDEN = [
    "https://127.0.0.1/x", "https://[::1]/x", "https://0.0.0.0/x", "https://localhost/x", "https://a.localhost/x",
    "https://printer.local/x", "https://db.internal/x", "https://x.onion/x", "https://10.0.0.1/x", "https://169.254.169.254/x",
    "https://[::ffff:10.0.0.1]/x", "https://[fe80::1%25eth0]/x", "https://2130706433/x", "https://0x7f.1/x", "https://127.1/x",
    "https://\u2460\u2461\u2466.0.0.1/x", "https://good.example:22/x", "http://good.example/x", "file:///etc/passwd", "gopher://good.example/",
]  # fmt: skip


@pytest.mark.parametrize("uri", FORBIDDEN)
async def test_forbidden_addresses(stage: Stage, uri: str) -> None:  # E01, E02, E03, E04
    for ask in (resolver.actor, resolver.object_, resolver.anything):
        with pytest.raises((Refuse, ActivityPubError)):
            await ask(uri)
    with pytest.raises((Refuse, ActivityPubError)):
        await resolver.collection(uri)
    assert stage.world.web.asked == []


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "gopher://x.example/",
        "https://good.example:22/",
        "https://127.0.0.1/",
    ],
)
async def test_redirects_to_forbidden_places(stage: Stage, target: str) -> None:  # E07
    stage.eve.server.redirects["/r"] = target
    with pytest.raises((Refuse, ActivityPubError)):
        await resolver.object_("https://evil.example/r")
    assert [url for _method, url in stage.world.web.asked] == ["https://evil.example/r"]


async def test_redirects_without_end(stage: Stage) -> None:  # E08
    stage.eve.server.redirects["/r"] = "https://evil.example/r"
    with pytest.raises(ActivityPubError):
        await resolver.object_("https://evil.example/r")
    assert len(stage.world.web.asked) <= 3


async def test_signed_fetches_do_not_sign_for_others(stage: Stage) -> None:  # E09
    note = stage.gus.note()
    stage.eve.server.redirects["/r"] = note["id"]
    await resolver.object_("https://evil.example/r")
    path = note["id"].removeprefix("https://good.example")
    headers = [headers for asked, headers in stage.gus.server.gets if asked == path]
    assert headers and all("Signature" not in found for found in headers)


@pytest.mark.parametrize(
    "inbox", ["https://127.0.0.1/", "https://third.example/inbox", "http://evil.example/inbox", None]
)
async def test_inboxes_of_other_servers(stage: Stage, inbox: str | None) -> None:  # E11, J25
    lia = stage.eve.server.person("lia")
    lia.properties["inbox"] = inbox
    lia.publish()
    with pytest.raises(Refuse):
        await resolver.actor(lia.uri)


@pytest.mark.parametrize(
    "handle",
    ["x@127.0.0.1", "x@[::1]", "x@good.example:22", "x@good.example/../", "x@evil.example?", "x@localhost", "@@x", "x"],
)
async def test_handles_at_forbidden_places(stage: Stage, handle: str) -> None:  # E14
    with pytest.raises((BadUri, FetchFailed, Refuse)):
        await resolver.handle(handle)
    assert stage.world.web.asked == []


async def test_nodeinfo_that_points_elsewhere(stage: Stage) -> None:  # E13
    server = await stage.world.server("odd.example")
    server._nodeinfo = lambda path: {
        "links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": "http://10.0.0.1/"}]
    }  # type: ignore[method-assign]
    row = await servers.ask("odd.example")
    assert (row.software, row.manner) == ("", "") and row.asked_at is not None
    assert all("10.0.0.1" not in url for _method, url in stage.world.web.asked)


@pytest.mark.parametrize(
    ("manners", "manner"), [(LEMMY, "thread"), (PIEFED, "thread"), (MASTODON, "verifying"), (GOTOSOCIAL, "microblog")]
)
async def test_servers_are_classified(stage: Stage, manners: Manners, manner: str) -> None:
    await stage.world.server("new.example", manners)
    assert await servers.manner_of("new.example") == manner
    row = await Server.get(host="new.example")
    assert (row.software, row.name) == (manners.software, "new.example")
    assert await servers.manner_of("new.example") == manner
    assert len(stage.world.web.asked) == 2, "asked once"


async def test_an_address_that_failed_is_not_asked_again_at_once(stage: Stage) -> None:  # E19
    for _attempt in range(5):
        with pytest.raises(FetchFailed):
            await resolver.object_("https://good.example/nothing")
    assert len(stage.world.web.asked) == 1


async def test_the_same_is_asked_once_for_all_who_wait(stage: Stage) -> None:  # E19
    lia = await stage.world.stranger("lia@third.example")
    await asyncio.gather(*(resolver.actor(lia.uri) for _each in range(5)))
    assert [url for _method, url in stage.world.web.asked].count(lia.uri) == 1


async def test_profiles_lead_to_no_other(stage: Stage) -> None:  # E23
    lia = await stage.world.stranger("lia@evil.example")
    others = [f"https://good.example/users/{number}" for number in range(256)]
    lia.properties |= {"attributedTo": others[0], "alsoKnownAs": others, "movedTo": others[1], "featured": others[2]}
    lia.publish()
    found = await resolver.actor(lia.uri)
    assert len(found.also_known_as) <= 20
    assert [url for _method, url in stage.world.web.asked if "good.example" in url] == []


async def test_pages_that_name_a_document_elsewhere(stage: Stage) -> None:  # E24
    note, page = stage.gus.note(), "https://evil.example/page"
    link = f'<link rel="alternate" type="application/activity+json" href="{note["id"]}">'
    stage.eve.server.put(page, f"<!doctype html>{link}".encode(), content_type="text/html")
    with pytest.raises((Refuse, ActivityPubError)):
        await resolver.anything(page)
    assert [url for _method, url in stage.world.web.asked] == [page]


async def test_names_below_one_domain_share_an_allowance(  # E27, E28
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "NEIGHBOURS", 2)
    monkeypatch.setattr(inbox, "WAITING_FOR_KEYS", 2)
    statuses = []
    for number in range(6):
        name = f"https://n{number}.evil.example" if number < 5 else "https://third.example"
        activity = {**stage.eve.activity("Like", stage.ana.uri), "id": f"{name}/1", "actor": f"{name}/u"}
        body = json.dumps(activity).encode()
        headers = sign_request(
            "POST", INBOX, body, Signer(f"{name}/u#k", stage.eve.private_pem), Scheme.CAVAGE, stage.world.clock.now()
        )
        statuses.append((await stage.world.request("POST", INBOX, headers, body)).status)
    assert statuses == [202, 202, 202, 202, 429, 202]
    monkeypatch.setattr(inbox, "BURST", 3.0)
    monkeypatch.setattr(inbox, "PER_SECOND", 0.0)
    monkeypatch.setattr(inbox.Pace, "SIZE", 12)
    pace = inbox.Pace(stage.site)
    assert [pace.allows(f"n{number}.bad.example", proven=True) for number in range(8)] == [True] * 6 + [False] * 2
    assert all(pace.allows(f"{name}.co.uk", proven=True) for name in "abcdefgh"), "whoever sells names is no domain"
    assert len(pace._buckets) <= 12
    pace = inbox.Pace(stage.site)
    assert [pace.allows("good.example", proven=False) for _ in range(4)] == [True, True, True, False]
    assert pace.allows("good.example", proven=True), "what claims to be of a server takes nothing from it"


async def test_what_waits_for_keys_is_counted_without_looking_at_all_that_waits(stage: Stage) -> None:  # E28
    if dialect() != "sqlite":
        pytest.skip("PostgreSQL reads a small table as a whole, whatever indexes there are")
    plan = await rows(f"EXPLAIN QUERY PLAN {inbox.UNPROVEN}", "n1.evil.example", "evil.example")
    assert [row["detail"] for row in plan] == ["SEARCH inbox_item USING INDEX idx_inbox_item_unproven (domain=?)"]


async def test_a_budget_ends(stage: Stage) -> None:  # E21
    budget = Budget(requests=1)
    await resolver.object_(stage.gus.note()["id"], budget=budget)
    with pytest.raises(OutOfBudget):
        await resolver.object_(stage.gus.note()["id"], budget=budget)


async def test_collections_without_end(stage: Stage) -> None:  # E25
    first = "https://evil.example/many"
    page = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": first,
        "type": "OrderedCollection",
        "first": first + "?p=0",
    }
    stage.eve.server.put(first, page)
    for number in range(80):
        uri, following = f"{first}?p={number}", f"{first}?p={number + 1}"
        stage.eve.server.put(
            uri,
            {
                **page,
                "id": uri,
                "type": "OrderedCollectionPage",
                "next": following,
                "orderedItems": ["https://x.example/1"],
            },
        )
    found = await resolver.collection(first)
    assert len(found) <= 50
    stage.eve.server.put(first, {**page, "first": "https://good.example/many"})
    assert await resolver.collection(first) == []


async def test_deletions_of_the_unknown_cost_nothing(stage: Stage) -> None:  # E26
    lia = await stage.world.stranger("lia@third.example")
    for number in range(20):
        activity = {**lia.activity("Delete", lia.uri), "id": f"{lia.uri}#delete-{number}"}
        assert await lia.sends(activity, INBOX) == 202
    await stage.settle()
    assert await InboxItem.all().count() == 0
    assert all(method == "POST" for method, _url in stage.world.web.asked)
    assert await actors.by_uri(lia.uri) is None


async def test_large_bodies(stage: Stage) -> None:  # F01
    body = json.dumps(stage.gus.activity("Create", stage.gus.note("x" * (1 << 20)))).encode()
    lines = [f"{name}: {value}" for name, value in stage.gus.signs(INBOX, body).items()]
    assert await raw(stage, lines, body) == 413
    assert not await stage.items()
    stage.gus.server.put(
        "https://good.example/large", b'{"id":"https://good.example/large","x":"' + b"x" * (2 << 20) + b'"}'
    )
    with pytest.raises(FetchFailed):
        await resolver.object_("https://good.example/large")


async def test_compressed_bodies(stage: Stage) -> None:  # F03
    body = json.dumps(stage.gus.activity("Create", stage.gus.note())).encode()
    headers = {**stage.gus.signs(INBOX, body), "Content-Encoding": "gzip"}
    answer = await stage.world.request("POST", INBOX, headers, body)
    assert answer.status in (400, 415) and not await stage.items()


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data", ""])
async def test_content_types(stage: Stage, content_type: str) -> None:
    body = json.dumps(stage.gus.activity("Create", stage.gus.note())).encode()
    headers = {**stage.gus.signs(INBOX, body), "Content-Type": content_type}
    answer = await stage.world.request("POST", INBOX, headers, body)
    assert answer.status == 415 and not await stage.items()


async def test_a_server_that_delivers_too_fast(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:  # F17
    monkeypatch.setattr("fedcop.federation.receiving.inbox.BURST", 3.0)
    monkeypatch.setattr("fedcop.federation.receiving.inbox.PER_SECOND", 0.0)
    lia = await stage.world.stranger("lia@third.example")
    statuses = [await lia.sends(lia.activity("Like", stage.ana.uri), INBOX) for _number in range(5)]
    assert statuses == [202, 202, 202, 429, 429]
    assert await stage.gus.creates(stage.gus.note(), f"{HOME}/u/ana/inbox") == 202, "others are not held up"
