"""How a group of ours speaks: which server gets an activity in which form, in the author's own bytes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from copy import copy
from dataclasses import dataclass
from typing import Any

import pytest

from activitypub.signatures import verify_proof
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import queries, relay, service
from fedcop.communities.models import Community, ThreadActivity
from fedcop.core.database import rows
from fedcop.core.feature import Feature
from fedcop.core.ids import new_id
from fedcop.core.site import Site
from fedcop.federation import queries as federation
from fedcop.federation.models import MailboxEntry
from fedcop.federation.sending import audience, outbox
from fedcop.people.models import Follow
from tests.fedcop.communities.probe import PROBE
from tests.rig.fakeserver import PUBLIC, FakeServer, Stranger
from tests.rig.manners import FEDIFY, GOTOSOCIAL, LEMMY, MASTODON, NODEBB, Manners
from tests.rig.people import make_member
from tests.rig.world import World

HOME = "https://v.example"
SOIL = f"{HOME}/c/soil"
PEERTUBE = Manners("peertube", "7.0")


@pytest.fixture
def features(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """Communities with a probe above them."""
    return (*features, PROBE)


@dataclass
class Stage:
    """A community on v.example and a follower on a server of each sort."""

    world: World
    site: Site
    ana: Actor
    servers: dict[str, FakeServer]
    people: dict[str, Stranger]

    async def community(self) -> Community:
        found = await queries.by_uri(SOIL)
        assert found is not None
        return found

    async def pass_on(self, form: str, activity: dict[str, object], author: Actor | None = None) -> bytes:
        """Relay an activity; gives its bytes. Settles."""
        body = json.dumps(activity, ensure_ascii=False, indent=1).encode()
        async with self.site.entered():
            await relay.relay(
                await self.community(),
                body,
                form=form,
                activity_uri=str(activity["id"]),
                object_uri=_object(activity),
                author=author or self.ana,
            )
        await self.world.settle()
        return body

    def clear(self) -> None:
        for server in self.servers.values():
            server.received.clear()

    def forms(self, body: bytes) -> dict[str, str]:
        """What each server got: wrapped, plain, raw or nothing."""
        found = {}
        for name, server in self.servers.items():
            got = [
                "wrapped" if body in item.body and item.body != body else "raw" if item.body == body else "plain"
                for item in server.received
            ]
            found[name] = " ".join(got)
        return found


def _object(activity: dict[str, object]) -> str:
    inside = activity["object"]
    return str(inside["id"]) if isinstance(inside, dict) else str(inside)


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    """Everybody follows."""
    site = await world.fedcop(HOME)
    async with site.entered():
        ana = (await make_member("ana")).actor
        await service.found(ana, title="Soil", purpose="Sols.", name="soil")
    sorts = {
        "lemmy": LEMMY,
        "nodebb": NODEBB,
        "mastodon": MASTODON,
        "gts": GOTOSOCIAL,
        "hollo": FEDIFY,
        "peertube": PEERTUBE,
    }
    servers, people = {}, {}
    for name, manners in sorts.items():
        servers[name] = await world.server(f"{name}.example", manners)
        people[name] = servers[name].person("pia")
        await people[name].follows(SOIL, f"{SOIL}/inbox")
    await world.settle()
    found = Stage(world, site, ana, servers, people)
    for name, server in servers.items():
        assert [item.type for item in server.received] == ["Accept"], name
    found.clear()
    yield found


def page(number: int = 1) -> dict[str, object]:
    """A root of Ana's, with odd spellings that a re-serialisation would lose."""
    thing = {
        "id": f"{HOME}/p/{number}",
        "type": "Page",
        "attributedTo": f"{HOME}/u/ana",
        "name": "Été 1.0",
        "to": [SOIL, PUBLIC],
        "cc": [],
    }
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{HOME}/activities/{number}",
        "type": "Create",
        "actor": f"{HOME}/u/ana",
        "to": [SOIL, PUBLIC],
        "cc": [],
        "object": thing,
    }


def act(kind: str, thing: object, number: int = 9) -> dict[str, object]:
    return {**page(number), "type": kind, "object": thing}


async def test_a_root_goes_wrapped_to_threads_and_by_id_to_microblogs(stage: Stage) -> None:
    body = await stage.pass_on("root", page())
    assert stage.forms(body) == {
        "lemmy": "wrapped",
        "nodebb": "wrapped",
        "mastodon": "plain",
        "gts": "plain",
        "hollo": "plain",
        "peertube": "plain",
    }
    [wrapped] = stage.servers["lemmy"].took("Announce")
    [plain] = stage.servers["mastodon"].took("Announce")
    assert plain["object"] == f"{HOME}/p/1" and wrapped["object"] == page()
    assert plain["id"] != wrapped["id"]
    for announce in (wrapped, plain):
        assert (announce["actor"], announce["to"], announce["cc"]) == (SOIL, [PUBLIC], [f"{SOIL}/followers"])


async def test_the_announce_bears_the_groups_proof_over_the_whole(stage: Stage) -> None:
    await stage.pass_on("root", page())
    sent = stage.servers["lemmy"].received[0].body
    async with stage.site.entered():
        group = (await stage.community()).actor
        key = await actors.private_key(group, "ed25519")
    assert verify_proof(sent, key.public, now=stage.world.clock.now(), owner=group.uri)
    assert not verify_proof(
        sent.replace("Été".encode(), b"Ete"), key.public, now=stage.world.clock.now(), owner=group.uri
    )


async def test_a_reply_floods_no_microblog(stage: Stage) -> None:
    note = {
        "id": f"{HOME}/p/2",
        "type": "Note",
        "attributedTo": f"{HOME}/u/ana",
        "inReplyTo": f"{HOME}/p/1",
        "content": "Oui.",
    }
    body = await stage.pass_on("reply", {**page(2), "object": note})
    assert stage.forms(body) == {
        "lemmy": "wrapped",
        "nodebb": "wrapped",
        "mastodon": "raw",
        "gts": "",
        "hollo": "raw",
        "peertube": "",
    }


async def test_a_change_reaches_whoever_may_have_a_copy(stage: Stage) -> None:
    body = await stage.pass_on("change", act("Delete", f"{HOME}/p/1"))
    assert stage.forms(body) == {
        "lemmy": "wrapped",
        "nodebb": "wrapped",
        "mastodon": "raw",
        "gts": "raw",
        "hollo": "raw",
        "peertube": "",
    }


async def test_a_vote_goes_where_votes_are_understood(stage: Stage) -> None:
    body = await stage.pass_on("vote", act("Like", f"{HOME}/p/1"))
    assert stage.forms(body) == {
        "lemmy": "wrapped",
        "nodebb": "",
        "mastodon": "",
        "gts": "",
        "hollo": "",
        "peertube": "",
    }
    stage.clear()
    body = await stage.pass_on("vote", act("Like", "https://mastodon.example/users/pia/statuses/1", 10))
    assert stage.forms(body)["mastodon"] == "raw"


async def test_acts_of_moderation_go_to_threads_only(stage: Stage) -> None:
    body = await stage.pass_on("moderation", act("Lock", f"{HOME}/p/1"))
    assert stage.forms(body) == {
        "lemmy": "wrapped",
        "nodebb": "wrapped",
        "mastodon": "",
        "gts": "",
        "hollo": "",
        "peertube": "",
    }


async def test_the_authors_server_gets_a_receipt_without_any_follower(stage: Stage) -> None:
    other = await stage.world.server("coop.example", LEMMY)
    gus = other.person("gus")
    async with stage.site.entered():
        await actors_meet(gus)
    await stage.world.settle()
    async with stage.site.entered():
        author = await actors.by_uri(gus.uri)
    body = await stage.pass_on(
        "root", {**page(3), "id": "https://coop.example/activities/create/1", "actor": gus.uri}, author
    )
    assert [item.type for item in other.received] == ["Announce"] and body in other.received[0].body


async def actors_meet(person: Stranger) -> None:
    """Let the site look for a stranger."""
    await federation.ask_for(f"@{person.handle}")


async def test_a_job_that_runs_twice_sends_the_same_bytes(stage: Stage) -> None:
    await stage.pass_on("root", page())
    stage.world.clock.advance(60)
    await stage.pass_on("root", page())
    for name in ("lemmy", "mastodon"):
        assert len({item.body for item in stage.servers[name].received}) == 1
    async with stage.site.entered():
        [stored] = await ThreadActivity.all()
        assert json.loads(bytes(stored.body)) == page() and stored.kind == "Create"


async def test_a_removed_root_is_taken_back_from_microblogs(stage: Stage) -> None:
    body = json.dumps(page()).encode()
    async with stage.site.entered():
        community = await stage.community()
        await relay.relay(
            community,
            body,
            form="root",
            activity_uri=str(page()["id"]),
            object_uri=f"{HOME}/p/1",
            author=stage.ana,
            post_id=1,
        )
    await stage.world.settle()
    [plain] = stage.servers["mastodon"].took("Announce")
    stage.clear()
    async with stage.site.entered():
        await relay.take_back_share(community, 1, 4242)
    await stage.world.settle()
    [undo] = stage.servers["mastodon"].took("Undo")
    assert undo["object"] == {key: value for key, value in plain.items() if key not in ("@context", "proof")}
    assert not stage.servers["lemmy"].received


async def test_who_unfollows_hears_no_more(stage: Stage) -> None:
    pia = stage.people["lemmy"]
    follow = pia.activity("Follow", SOIL)
    await pia.undoes(follow, f"{SOIL}/inbox")
    await stage.world.settle()
    body = await stage.pass_on("root", page())
    assert stage.forms(body)["lemmy"] == ""


async def test_what_waits_for_a_server_without_members_is_withdrawn(world: World) -> None:
    site = await world.fedcop(HOME)
    async with site.entered():
        ana = (await make_member("ana")).actor
        community = await service.found(ana, title="Soil", purpose="Sols.", name="soil", visibility="private")
    lemmy = await world.server("lemmy.example", LEMMY)
    pia = lemmy.person("pia")
    await pia.follows(SOIL, f"{SOIL}/inbox")
    await world.settle()
    assert [item.type for item in lemmy.received] == ["Accept"]
    lemmy.received.clear()
    lemmy.inbox_status = 503
    body = json.dumps({**page(), "to": [SOIL, f"{SOIL}/followers"]}).encode()
    async with site.entered():
        community = await queries.by_uri(SOIL)
        assert community is not None
        await relay.relay(
            community, body, form="root", activity_uri=str(page()["id"]), object_uri=f"{HOME}/p/1", author=ana
        )
    await world.settle()
    async with site.entered():
        assert await MailboxEntry.all().count() == 1
        pia_here = await actors.by_uri(pia.uri)
        assert pia_here is not None
        await service.remove_member(ana, community, pia_here, "Fin du projet.")
        await site.runner.settle()
        waiting = await rows("SELECT o.about FROM mailbox_entry e JOIN outgoing_activity o ON o.id = e.outgoing_id")
    assert [row["about"] for row in waiting if "root" in row["about"]] == []
    assert waiting, "the word that it ended still goes"
    lemmy.inbox_status = 202
    lemmy.received.clear()
    world.clock.advance(3600)
    await world.settle()
    assert "Announce" not in [item.type for item in lemmy.received if b"Create" in item.body]
    assert "Reject" in [item.type for item in lemmy.received]


async def test_a_private_root_names_no_public(world: World) -> None:
    site = await world.fedcop(HOME)
    async with site.entered():
        ana = (await make_member("ana")).actor
        await service.found(ana, title="Soil", purpose="Sols.", name="soil", visibility="private")
    lemmy = await world.server("lemmy.example", LEMMY)
    await lemmy.person("pia").follows(SOIL, f"{SOIL}/inbox")
    await world.settle()
    lemmy.received.clear()
    secret = {**page(), "to": [SOIL, f"{SOIL}/followers"], "object": f"{HOME}/p/1"}
    async with site.entered():
        community = await queries.by_uri(SOIL)
        assert community is not None
        body = await outbox.seal(secret, ana)
        await relay.relay(
            community, body, form="root", activity_uri=str(secret["id"]), object_uri=f"{HOME}/p/1", author=ana
        )
    await world.settle()
    [announce] = lemmy.took("Announce")
    assert announce["to"] == [f"{SOIL}/followers"] and announce["cc"] == []
    assert "#Public" not in lemmy.received[0].body.decode()


async def test_of_those_with_one_inbox_one_is_told_and_nobody_else_is_forgotten(stage: Stage) -> None:
    """Whatever servers name as the inbox of all of them: one that is not theirs is nobody's, and each has their own."""
    async with stage.site.entered():
        community = await stage.community()
        pattern = await Actor.get(uri=next(iter(stage.people.values())).uri)
        follow = await Follow.get(follower_id=pattern.id, target_id=community.actor_id)
        for host, shared in (
            ("one.example", "https://one.example/inbox"),
            ("plain.example", "http://plain.example/inbox"),
            ("a_b.example", "https://a-b.example/inbox"),
            ("port.example:8443", "https://port.example:8443/inbox"),
            ("far.example", "https://far.example.evil.example/inbox"),
            ("led.example", "https://evil.example/?to=https://led.example/inbox"),
            ("loud.example", "https://LOUD.example/inbox"),
            ("none.example", ""),
        ):
            for name in ("ada", "bea"):
                uri = f"https://{host}/u/{name}"
                one = clone(
                    pattern, uri=uri, host=host, name=name, name_key=name, inbox=f"{uri}/inbox", shared_inbox=shared
                )
                await one.save(force_create=True)
                made = clone(follow, follower_id=one.id, uri=f"{uri}/follows/1")
                await made.save(force_create=True)
        everybody = await Actor.filter(follows_out__target_id=community.actor_id, local=False)
        found = await queries.recipients(community)
        assert audience.inboxes_of(found) == audience.inboxes_of(everybody)
        assert len([one for one in found if one.host == "one.example"]) == 1


def clone(row: Any, **changed: Any) -> Any:
    made = copy(row)
    made.update_from_dict({"id": new_id(), **changed})
    return made
