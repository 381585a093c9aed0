"""Whose word counts: what B's member wrote reaches C through A's community since B's proof holds; A alone can forge nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from activitypub.signatures import add_proof
from fedcop.accounts.signup import create_confirmed
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import remote
from fedcop.communities import service as communities
from fedcop.communities.models import Community, ThreadActivity
from fedcop.core.site import Site
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from fedcop.federation.sending import outbox
from tests.rig.fakeserver import PUBLIC
from tests.rig.interop import PASSWORD
from tests.rig.manners import FEDIFY
from tests.rig.world import World, outcomes

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.

A, B, C, EVIL = "https://coop.example", "https://vallee.example", "https://fleuve.example", "evil.example"
SOLS = f"{A}/c/sols"


@dataclass
class Three:
    """The community is on A; Ben of B and Cleo of C belong to it."""

    world: World
    a: Site
    b: Site
    c: Site
    ana: Actor
    ben: Actor
    home: Community
    from_b: Community

    async def root(self) -> Post:
        """A question of Ana's that all three have."""
        async with self.a.entered():
            made = await service.write(self.ana, self.home, kind="question", title="Combien ?", source="De seigle.")
        await self.world.settle()
        return made

    async def at(self, site: Site, uri: str) -> Post | None:
        async with site.entered():
            return await Post.get_or_none(uri=uri)


@pytest.fixture
async def three(world: World) -> Three:
    a = await world.fedcop(A)
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await communities.found(ana, title="Sols vivants", name="sols", purpose="Des sols")
    members, seen, sites = {}, {}, {}
    for name, url in (("ben", B), ("cleo", C)):
        sites[name] = await world.fedcop(url)
        members[name] = (await create_confirmed(name, f"{name}@{url[8:]}", PASSWORD)).actor
        seen[name] = await remote.community_of(await resolver.handle("!sols@coop.example"))
        await communities.join(members[name], seen[name])
    await world.settle()
    return Three(world, a, sites["ben"], sites["cleo"], ana, members["ben"], home, seen["ben"])


async def test_a_reply_from_b_is_held_by_c_though_it_came_through_a(three: Three) -> None:
    root = await three.root()
    three.world.web.asked.clear()
    async with three.b.entered():
        there = await Post.get(uri=root.uri)
        reply = await service.reply(three.ben, there, source="Cent kilos.")
    await three.world.settle()
    held = await three.at(three.c, reply.uri)
    assert held is not None and held.state == "visible" and "Cent kilos" in held.content
    async with three.c.entered():
        author = await actors.by_id(held.author_id)
        assert author is not None and author.uri == three.ben.uri
        root_here = await Post.get(uri=root.uri)
        assert [one.post.uri for one in (await queries.thread(None, root_here)).replies] == [reply.uri]
    asked = [url for method, url in three.world.web.asked if method == "GET"]
    assert reply.uri not in asked, "B's proof was enough: the reply itself was not fetched"


async def announce(three: Three, activity: dict[str, Any], *, number: int = 1) -> None:
    """A's community announces something to C with a true signature: A has gone bad."""
    async with three.a.entered():
        document = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{A}/activities/{number}",
            "type": "Announce",
            "actor": SOLS,
            "to": [PUBLIC],
            "cc": [f"{SOLS}/followers"],
            "object": activity,
        }
        await outbox.publish(document, actor=three.home.actor, inboxes=[f"{C}/inbox"])
    await three.world.settle()


def forged(three: Three, root: Post, text: str, **changes: Any) -> dict[str, Any]:
    """A Create that Ben never made."""
    note = {
        "id": f"{B}/p/4242",
        "type": "Note",
        "attributedTo": three.ben.uri,
        "inReplyTo": root.uri,
        "content": text,
        "to": [PUBLIC],
        "cc": [SOLS],
        "audience": SOLS,
        "published": "2026-03-02T14:00:00Z",
    }
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{B}/activities/4242",
        "type": "Create",
        "actor": three.ben.uri,
        "to": [PUBLIC],
        "cc": [SOLS],
        "audience": SOLS,
        "object": note,
        **changes,
    }


async def test_what_a_invents_in_bens_name_changes_nothing_on_c(three: Three) -> None:  # B27, D18
    root = await three.root()
    before = await everything(three.c)
    plain = forged(three, root, "Jamais dit")
    await announce(three, plain)
    # with a proof by A's own key that claims to be Ben's
    async with three.a.entered():
        key = await actors.private_key(three.ana, "ed25519")
    for number, method in ((2, f"{three.ben.uri}#ed25519-key"), (3, key.key_id)):
        proven = add_proof(plain, private_pem=key.private, verification_method=method, created=three.world.clock.now())
        await announce(three, proven, number=number)
    assert await everything(three.c) == before
    assert [outcome for outcome, _why in await outcomes(three.c)][-3:] == ["refused"] * 3


async def test_what_a_alters_in_bens_words_changes_nothing_on_c(three: Three) -> None:  # B25, B26, D19, D20
    root = await three.root()
    async with three.b.entered():
        reply = await service.reply(three.ben, await Post.get(uri=root.uri), source="Cent kilos.")
    await three.world.settle()
    before = await everything(three.c)
    async with three.a.entered():
        stored = await ThreadActivity.filter(kind="Create", post_id=(await Post.get(uri=reply.uri)).id).first()
        assert stored is not None
        true = json.loads(bytes(stored.body))
    altered = {**true, "type": "Update", "id": f"{B}/activities/77"}
    altered["object"] = {**true["object"], "content": "<p>Mille kilos.</p>", "updated": "2026-03-02T15:00:00Z"}
    await announce(three, altered, number=1)  # Ben's proof, other words
    await announce(three, {name: value for name, value in altered.items() if name != "proof"}, number=2)
    delete = {
        "id": f"{B}/activities/78",
        "type": "Delete",
        "actor": three.ben.uri,
        "object": reply.uri,
        "to": [PUBLIC],
        "cc": [SOLS],
    }
    await announce(three, delete, number=3)  # nobody signed it, and the reply is still there
    assert await everything(three.c) == before
    held = await three.at(three.c, reply.uri)
    assert held is not None and "Cent kilos" in held.content and held.deleted_at is None


async def test_an_evil_server_announces_what_belongs_to_a(three: Three) -> None:  # D16, D17, J12
    root = await three.root()
    async with three.b.entered():
        reply = await service.reply(three.ben, await Post.get(uri=root.uri), source="Cent kilos.")
    await three.world.settle()
    before = await everything(three.c)
    evil = await three.world.server(EVIL, FEDIFY)
    group, eve = evil.group("sols"), evil.person("eve")
    inbox = f"{C}/inbox"
    await group.sends(group.wraps(forged(three, root, "Jamais dit")), inbox)
    await group.sends(group.wraps(eve.activity("Delete", reply.uri, summary="Hors sujet")), inbox)
    await group.sends(group.wraps(eve.activity("Lock", root.uri)), inbox)
    # in the name of A's community
    await eve.sends({**eve.activity("Announce", forged(three, root, "Jamais dit")), "actor": SOLS}, inbox)
    await eve.sends(eve.activity("Announce", forged(three, root, "Jamais dit")), inbox)
    await eve.sends(forged(three, root, "Jamais dit"), inbox)
    await three.world.settle()
    assert await everything(three.c) == before
    assert await three.at(three.c, f"{B}/p/4242") is None


async def everything(site: Site) -> list[tuple[Any, ...]]:
    """All posts of a site with what can be changed about them."""
    async with site.entered():
        return [
            (
                one.uri,
                one.content,
                one.author_id,
                one.state,
                one.deleted_at,
                one.removed_at,
                one.locked_at,
                one.pinned_at,
                one.edited_at,
            )
            for one in await Post.all().order_by("uri")
        ]


async def test_what_is_private_is_not_deleted_because_its_server_shows_it_to_nobody(three: Three) -> None:  # D49
    """Somebody who knows its address says in Ben's name that it is gone: B, asked, answers as of all that is not for the asker."""
    async with three.a.entered():
        root = await service.write(
            three.ana, three.home, kind="question", title="Combien ?", source="De seigle.", audience="community"
        )
    await three.world.settle()
    async with three.b.entered():
        there = await Post.get(uri=root.uri)
        reply = await service.reply(three.ben, there, source="Entre nous.")
    await three.world.settle()
    held = await three.at(three.c, reply.uri)
    assert held is not None and held.audience == "community"
    eve = await three.world.stranger(f"eve@{EVIL}", FEDIFY)
    delete = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{B}/activities/4343",
        "type": "Delete",
        "actor": three.ben.uri,
        "object": reply.uri,
        "to": [PUBLIC],
    }
    assert await eve.sends(delete, f"{C}/inbox") == 202
    await three.world.settle()
    held = await three.at(three.c, reply.uri)
    assert held is not None and held.deleted_at is None and "Entre nous" in held.content
    assert (await outcomes(three.c))[-1][0] == "refused"
