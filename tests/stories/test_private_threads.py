"""What is said behind closed doors: on two servers with members of both, and for everybody else not even a door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fedcop.accounts.signup import create_confirmed
from fedcop.actors import service as actors
from fedcop.communities import remote
from fedcop.communities import service as communities
from fedcop.communities.models import Membership
from fedcop.core.errors import NotFound
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from tests.rig.manners import LEMMY, MASTODON

PASSWORD = "une phrase de passe assez longue"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def test_members_of_both_servers_talk_and_nobody_else_hears(world: Any) -> None:  # H14
    coop = await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await communities.found(
        ana,
        title="Entre nous",
        name="nous",
        purpose="Parler librement",
        visibility="private",
        posting="members",
        join_policy="request",
    )
    vallee = await world.fedcop("https://vallee.example")
    bob = (await create_confirmed("bob", "bob@vallee.example", PASSWORD)).actor
    zoe = (await create_confirmed("zoe", "zoe@vallee.example", PASSWORD)).actor
    seen = await remote.community_of(await resolver.handle("!nous@coop.example"))
    await communities.join(bob, seen, "S’il vous plaît")
    await world.settle()
    async with coop.entered():
        await communities.admit(ana, await Membership.get(community_id=home.id, state="asked"))
    await world.settle()
    async with vallee.entered():
        post = await service.write(bob, seen, kind="question", title="En confiance", source="Un secret")
    await world.settle()
    async with coop.entered():
        there = await Post.get(uri=post.uri)
        assert there.audience == "community"
        reply = await service.reply(ana, there, source="Gardé pour nous")
    await world.settle()
    async with vallee.entered():
        view = await queries.thread(bob, await Post.get(id=post.id))
        assert [one.post.uri for one in view.replies] == [reply.uri]
        for outsider in (zoe, None):
            with pytest.raises(NotFound):
                await queries.visible_post(outsider, post.id)
    context = f"{there.context_uri}"
    eve = await world.stranger("eve@evil.example", MASTODON)
    for address in (post.uri, reply.uri, f"{reply.uri}/replies", context, context.replace("/context", "/history")):
        absent = await world.get(
            address.rpartition("/p/")[0] + "/p/99" if "/p/" in address else context.replace("/t/", "/t/x")
        )
        assert (await world.get(address)).status == 404 == absent.status
        assert (await eve.gets(address)).status == 404
    for server in world.strangers.values():
        assert not [
            one for one in server.received if "secret" in json.dumps(getattr(one, "document", str(one)), default=str)
        ]


async def test_a_post_is_served_with_its_proof_and_its_thread(world: Any) -> None:
    coop = await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await communities.found(ana, title="Sols", name="sols", purpose="Des sols qui vivent")
    root = await service.write(ana, home, kind="tip", title="Un truc", source="Voilà")
    reply = await service.reply(ana, root, source="Et encore")
    await world.settle()
    served = json.loads((await world.get(root.uri)).body)
    assert served["type"] == "Page" and served["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    context = json.loads((await world.get(served["context"])).body)
    assert context["totalItems"] == 2
    assert context["orderedItems"] == [root.uri, reply.uri]
    history = json.loads((await world.get(served["contextHistory"])).body)
    assert [item["type"] for item in history["orderedItems"]] == ["Create", "Create"]
    assert all("proof" in item for item in history["orderedItems"])
    assert (await world.get(f"{root.uri}/replies")).status == 200
    await service.delete(ana, await Post.get(id=reply.id))
    await world.settle()
    gone = await world.get(reply.uri)
    assert gone.status == 410 and json.loads(gone.body)["type"] == "Tombstone"
    history = json.loads((await world.get(served["contextHistory"])).body)
    assert "Et encore" not in json.dumps(history)
    assert coop.settings.netloc == "coop.example"


async def test_whoever_leaves_takes_their_words_along(world: Any) -> None:
    await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await communities.found(ana, title="Sols", name="sols", purpose="Des sols qui vivent")
    mia = await world.stranger("mia@mastodon.example", MASTODON)
    root = await service.write(ana, home, kind="tip", title="Un truc", source="Voilà")
    note = mia.note("<p>À effacer</p>", inReplyTo=root.uri, cc=[home.actor.uri])
    await mia.creates(note, "https://coop.example/inbox")
    await world.settle()
    reply = await Post.get(uri=note["id"])
    await service.reply(ana, reply, source="Ma réponse reste")
    await actors.mark_gone(await resolver.actor(mia.uri))
    await world.settle()
    view = await queries.thread(None, root)
    assert [(one.gone, "effacer" in one.post.content) for one in view.replies] == [(True, False), (False, False)]


async def test_a_removed_reply_of_lemmy_is_announced_with_its_reason(world: Any) -> None:
    await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await communities.found(ana, title="Sols", name="sols", purpose="Des sols qui vivent")
    lia = await world.stranger("lia@lemmy.example", LEMMY)
    await lia.follows(home.actor.uri, "https://coop.example/inbox")
    await world.settle()
    page = lia.root(home.actor.uri, "Buy now", "<p>Cheap</p>")
    await lia.creates(page, "https://coop.example/inbox")
    await world.settle()
    await service.remove(ana, await Post.get(uri=page["id"]), "Publicité")
    await world.settle()
    deletes = [
        one["object"] for one in world.strangers["lemmy.example"].took("Announce") if one["object"]["type"] == "Delete"
    ]
    assert deletes and deletes[-1]["summary"] == "Publicité" and deletes[-1]["object"] == page["id"]
    assert deletes[-1]["audience"] == home.actor.uri and deletes[-1]["to"]
