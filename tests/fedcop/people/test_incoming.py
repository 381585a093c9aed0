"""What strangers may do to our people, each handler with what it refuses (attacks D05, D09, D11-D13, D33)."""

from __future__ import annotations

import json

import pytest

from activitypub.vocab import Activity, parse
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core import clock
from fedcop.core.database import rows
from fedcop.core.errors import FedcopError, Unavailable
from fedcop.core.site import Site
from fedcop.federation import known
from fedcop.federation.fetching import remote_actors, resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.federation.models import MailboxEntry, OutgoingActivity
from fedcop.people import queries, service
from fedcop.people.activities import incoming
from tests.rig.people import make_member, make_stranger


def inbound(actor: Actor, document: dict) -> Inbound:
    """An activity whose authority is settled."""
    whole = {"@context": "https://www.w3.org/ns/activitystreams", "actor": actor.uri, **document}
    activity = parse(whole)
    assert isinstance(activity, Activity)
    return Inbound(activity=activity, actor=actor, body=b"", signer=actor, received_at=clock.now())


async def test_a_follow_comes_in_and_is_undone_by_another_id(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    follow = {"id": "https://ailleurs.example/f/1", "type": "Follow", "object": lea.uri}
    assert await incoming.receive_follow(inbound(gus, follow)) is Outcome.DONE
    assert await queries.is_following(gus, lea)
    found = await known.look_up("https://ailleurs.example/f/1")
    assert (found.kind, found.owner_uri) == ("follow", gus.uri)
    undone = {"id": "https://ailleurs.example/f/other", "type": "Follow", "actor": gus.uri, "object": lea.uri}
    await incoming.receive_unfollow(
        inbound(gus, {"id": "https://ailleurs.example/u/1", "type": "Undo", "object": undone})
    )
    assert not await queries.is_following(gus, lea)


async def test_the_answer_is_in_the_mailbox_with_the_follow_and_no_job_is_promised_in_vain(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    await site.runner.settle()
    follow = {"id": "https://ailleurs.example/f/1", "type": "Follow", "object": lea.uri}
    await incoming.receive_follow(inbound(gus, follow))
    (entry,) = await MailboxEntry.all().select_related("outgoing", "destination")
    accept = json.loads(entry.outgoing.body)
    assert (accept["type"], accept["actor"], accept["object"]["id"]) == ("Accept", lea.uri, follow["id"])
    assert entry.destination.inbox == gus.inbox
    promised = [
        row["name"].rpartition(":")[2] for row in await rows("SELECT name FROM job WHERE due_at <= ?", clock.now())
    ]
    assert promised == ["tell_follower"]
    await site.runner.settle()
    await incoming.receive_follow(inbound(gus, follow | {"id": "https://ailleurs.example/f/2"}))  # asked once more
    answers = [json.loads(one.body)["object"]["id"] for one in await OutgoingActivity.all().order_by("id")]
    assert answers == [follow["id"], "https://ailleurs.example/f/2"]
    assert await rows("SELECT name FROM job WHERE due_at <= ?", clock.now()) == []


async def test_an_answer_that_cannot_be_written_leaves_no_follow(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()

    async def fails(*_: object, **__: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr("fedcop.federation.sending.outbox.publish", fails)
    with pytest.raises(Unavailable):
        follow = {"id": "https://ailleurs.example/f/1", "type": "Follow", "object": lea.uri}
        await incoming.receive_follow(inbound(gus, follow))
    assert await queries.follow_of(gus, lea) is None


async def test_who_approves_is_asked_and_answers_later(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    await service.change_profile(lea, approves_followers=True)
    await site.runner.settle()
    follow = {"id": "https://ailleurs.example/f/1", "type": "Follow", "object": lea.uri}
    await incoming.receive_follow(inbound(gus, follow))
    await site.runner.settle()
    assert await OutgoingActivity.filter(about__startswith="Accept").count() == 0
    asked = await queries.follow_of(gus, lea)
    assert asked is not None
    await service.accept_follow(lea, asked)
    await site.runner.settle()
    assert await OutgoingActivity.filter(about__startswith="Accept").count() == 1


async def test_a_follow_of_nobody_or_of_the_blocker_leads_nowhere(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    with pytest.raises(Ignore):
        nobody = {"id": "https://ailleurs.example/f/1", "type": "Follow", "object": "https://atelier.example/u/nobody"}
        await incoming.receive_follow(inbound(gus, nobody))
    await service.block(lea, gus)
    with pytest.raises(FedcopError):
        await incoming.receive_follow(
            inbound(gus, {"id": "https://ailleurs.example/f/2", "type": "Follow", "object": lea.uri})
        )


async def test_only_who_was_asked_accepts(site: Site) -> None:  # D11, D13
    lea, gus, eve = (await make_member("lea")).actor, await make_stranger(), await make_stranger("eve", "mal.example")
    follow = await service.follow(lea, gus)
    nested = {"id": follow.uri, "type": "Follow", "actor": lea.uri, "object": gus.uri}
    with pytest.raises(Refuse):
        await incoming.receive_accept(
            inbound(eve, {"id": "https://mal.example/a/1", "type": "Accept", "object": nested})
        )
    with pytest.raises(Refuse):
        await incoming.receive_reject(
            inbound(eve, {"id": "https://mal.example/a/2", "type": "Reject", "object": follow.uri})
        )
    await incoming.receive_accept(
        inbound(gus, {"id": "https://ailleurs.example/a/1", "type": "Accept", "object": follow.uri})
    )
    assert await queries.is_following(lea, gus)
    await incoming.receive_reject(
        inbound(gus, {"id": "https://ailleurs.example/a/2", "type": "Reject", "object": nested})
    )
    assert not await queries.is_following(lea, gus)


async def test_an_accept_of_what_nobody_asked_is_ignored(site: Site) -> None:  # D12
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    nested = {"id": "https://atelier.example/activities/1", "type": "Follow", "actor": lea.uri, "object": gus.uri}
    with pytest.raises(Ignore):
        await incoming.receive_accept(
            inbound(gus, {"id": "https://ailleurs.example/a/1", "type": "Accept", "object": nested})
        )


async def test_nobody_undoes_anothers_follow(site: Site) -> None:
    lea, gus, eve = (await make_member("lea")).actor, await make_stranger(), await make_stranger("eve", "mal.example")
    await service.record_follow(gus, lea, "https://ailleurs.example/f/1")
    with pytest.raises(Refuse):
        undo = {"id": "https://mal.example/u/1", "type": "Undo", "object": "https://ailleurs.example/f/1"}
        await incoming.receive_unfollow(inbound(eve, undo))
    assert await queries.is_following(gus, lea)


async def test_a_block_comes_in_and_is_taken_back(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    await service.follow(lea, gus)
    await incoming.receive_block(
        inbound(gus, {"id": "https://ailleurs.example/b/1", "type": "Block", "object": lea.uri})
    )
    assert await queries.blocked_either_way(lea, gus)
    assert await queries.follow_of(lea, gus) is None
    nested = {"id": "https://ailleurs.example/b/x", "type": "Block", "actor": gus.uri, "object": lea.uri}
    await incoming.receive_unblock(
        inbound(gus, {"id": "https://ailleurs.example/u/1", "type": "Undo", "object": nested})
    )
    assert not await queries.blocked_either_way(lea, gus)


async def test_only_the_actor_deletes_itself_and_its_ties_fall_away(site: Site) -> None:
    lea, gus, eve = (await make_member("lea")).actor, await make_stranger(), await make_stranger("eve", "mal.example")
    await service.follow(lea, gus)
    with pytest.raises(Refuse):
        await incoming.receive_delete(
            inbound(eve, {"id": "https://mal.example/d/1", "type": "Delete", "object": gus.uri})
        )
    await incoming.receive_delete(
        inbound(gus, {"id": "https://ailleurs.example/d/1", "type": "Delete", "object": gus.uri})
    )
    await site.runner.settle()
    assert (await actors.by_id(gus.id)).gone_at is not None
    assert await queries.follow_of(lea, gus) is None


async def test_an_update_is_read_where_the_actor_lives(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    gus, eve = await make_stranger(), await make_stranger("eve", "mal.example")
    asked: list[tuple[str, bool]] = []

    async def refresh(uri: str, *, budget: object = None, refresh: bool = False) -> Actor:
        asked.append((uri, refresh))
        return gus

    monkeypatch.setattr(resolver, "actor", refresh)
    person = {"id": gus.uri, "type": "Person", "preferredUsername": "gus", "inbox": gus.inbox, "name": "forged"}
    with pytest.raises(Refuse):
        await incoming.receive_update(
            inbound(eve, {"id": "https://mal.example/u/1", "type": "Update", "object": person})
        )
    await incoming.receive_update(
        inbound(gus, {"id": "https://ailleurs.example/u/1", "type": "Update", "object": person})
    )
    assert asked == [(gus.uri, True)]
    assert (await actors.by_id(gus.id)).display_name == "Gus"


async def test_a_move_brings_followers_when_both_accounts_agree(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:  # D33, D34
    lea, sam = (await make_member("lea")).actor, (await make_member("sam")).actor
    old, new, eve = (
        await make_stranger(),
        await make_stranger("gustave", "neuf.example"),
        await make_stranger("eve", "mal.example"),
    )
    for actor in (lea, sam):
        await service.follow(actor, old)
    await service.block(sam, new)

    async def check(actor: Actor, target: str, budget: object = None) -> Actor:
        if (actor.uri, target) != (old.uri, new.uri):
            raise Refuse("the two accounts do not name each other")
        return new

    monkeypatch.setattr(remote_actors, "check_move", check)

    def move(actor: Actor, who: Actor, target: Actor) -> Inbound:
        return inbound(
            actor, {"id": f"https://{actor.host}/m/1", "type": "Move", "object": who.uri, "target": target.uri}
        )

    with pytest.raises(Refuse):
        await incoming.receive_move(move(eve, old, eve))
    with pytest.raises(Refuse):
        await incoming.receive_move(move(old, old, eve))
    await incoming.receive_move(move(old, old, new))
    assert await queries.follow_of(lea, old) is None
    assert (await queries.follow_of(lea, new)).state == "asked"
    assert await queries.follow_of(sam, new) is None  # who blocked the new one does not come along
    with pytest.raises(Ignore):
        await incoming.receive_move(move(await actors.by_id(old.id), old, new))
