"""Beginning to follow a community brings its past; looking up a thread brings its replies; leaving takes one's words along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fedcop.accounts.models import Account
from fedcop.accounts.signup import create_confirmed
from fedcop.communities import queries as communities
from fedcop.communities import remote
from fedcop.communities import service as community_service
from fedcop.core import jobs
from fedcop.discussions import past, queries, service
from fedcop.discussions.activities import backfill
from fedcop.discussions.models import Backfill, Post
from fedcop.federation.fetching import resolver
from fedcop.people import service as people
from fedcop.people.departure import delete_account
from tests.rig.manners import LEMMY, MASTODON

PASSWORD = "une phrase de passe assez longue"
INBOX = "https://coop.example/inbox"
AS = "https://www.w3.org/ns/activitystreams"


async def follow(world: Any, group: Any) -> Any:
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    actor = await resolver.actor(group.uri)
    community = await remote.community_of(actor)
    await people.follow(ana, actor)
    await world.settle()
    await group.accepts(group.server.took("Follow")[-1], INBOX)
    await world.settle()
    return community


async def test_the_past_of_a_lemmy_community_comes(world: Any) -> None:
    await world.fedcop("https://coop.example")
    lemmy = await world.server("lemmy.example", LEMMY)
    group, lia = lemmy.group("soil"), lemmy.person("lia")
    fresh = lia.root(group.uri, "Last week")
    old = lia.root(
        group.uri, "Long ago", published=(world.clock.now() - timedelta(days=200)).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    items = [
        group.wraps(lia.activity("Create", fresh)),
        group.wraps(lia.activity("Create", old), published=old["published"]),
        "https://evil.example/activities/1",
        {"id": "https://lemmy.example/nonsense", "type": "Announce", "actor": "https://evil.example/u/e", "object": 7},
    ]
    outbox = group.document["outbox"]
    lemmy.put(
        outbox, {"@context": AS, "id": outbox, "type": "OrderedCollection", "totalItems": 4, "orderedItems": items}
    )
    community = await follow(world, group)
    assert await Post.filter(uri=fresh["id"], state="visible").exists()
    assert not await Post.filter(uri=old["id"]).exists()
    state = await Backfill.get(community_id=community.id)
    assert (state.seen, state.total) == (4, 4) and state.finished_at is not None
    assert await past.progress(community) is None


async def test_pages_of_an_outbox_are_fetched_one_by_one(world: Any) -> None:
    await world.fedcop("https://coop.example")
    lemmy = await world.server("lemmy.example", LEMMY)
    group, lia = lemmy.group("soil"), lemmy.person("lia")
    roots = [lia.root(group.uri, f"n° {number}") for number in range(6)]
    outbox = group.document["outbox"]
    lemmy.put(
        outbox,
        {"@context": AS, "id": outbox, "type": "OrderedCollection", "totalItems": 6, "first": f"{outbox}?page=1"},
    )
    for page in (1, 2, 3):
        found = {"@context": AS, "id": f"{outbox}?page={page}", "type": "OrderedCollectionPage", "partOf": outbox}
        found["orderedItems"] = [group.wraps(lia.activity("Create", root)) for root in roots[2 * page - 2 : 2 * page]]
        if page < 3:
            found["next"] = f"{outbox}?page={page + 1}"
        lemmy.put(found["id"], found)
    await follow(world, group)
    assert await Post.filter(uri__in=[root["id"] for root in roots], state="visible").count() == 6


async def test_a_thread_that_is_looked_up_brings_its_replies(world: Any) -> None:  # B24
    await world.fedcop("https://coop.example")
    lemmy = await world.server("lemmy.example", LEMMY)
    group, lia = lemmy.group("soil"), lemmy.person("lia")
    await follow(world, group)
    mia = await world.stranger("mia@mastodon.example", MASTODON)
    page = lia.root(group.uri, "Green manure")
    first = lia.note("<p>Rye</p>", inReplyTo=page["id"], cc=[group.uri], audience=group.uri)
    second = mia.note("<p>Clover</p>", inReplyTo=first["id"], cc=[lia.uri, group.uri])
    stray = mia.note("<p>Not a reply</p>")
    altered = {**second, "content": "<p>Nothing at all</p>"}  # written out in the list: only its id counts
    for thing, answers in ((page, [first["id"], stray["id"]]), (first, [altered])):
        collection = f"{thing['id']}/replies"
        lemmy.put(collection, {"@context": AS, "id": collection, "type": "Collection", "items": answers})
        lemmy.put(thing["id"], {"@context": [AS], **thing, "replies": collection})
    await resolver.seek(page["id"])
    root = await Post.get(uri=page["id"])
    await jobs.enqueue(backfill.fetch_thread, {"root_id": root.id})
    await world.settle()
    stored = {post.uri: post.state for post in await Post.filter(root_id=root.id)}
    # Mia's server is not the community's: her reply waits until the community announces it
    assert stored == {page["id"]: "visible", first["id"]: "visible", second["id"]: "pending"}
    assert not await Post.filter(uri=stray["id"]).exists()
    assert (await Post.get(uri=second["id"])).content == "<p>Clover</p>"


async def test_who_deletes_their_account_leaves_only_places(world: Any) -> None:
    coop = await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await community_service.found(ana, title="Sols", name="sols", purpose="Des sols qui vivent")
    vallee = await world.fedcop("https://vallee.example")
    bob = await create_confirmed("bob", "bob@vallee.example", PASSWORD)
    seen = await remote.community_of(await resolver.handle("!sols@coop.example"))
    await community_service.join(bob.actor, seen)
    await world.settle()
    async with coop.entered():
        root = await service.write(ana, home, kind="tip", title="Un truc", source="Voilà")
    await world.settle()
    async with vallee.entered():
        await service.reply(bob.actor, await Post.get(uri=root.uri), source="À oublier")
    await world.settle()
    async with vallee.entered():
        await delete_account(await Account.get(id=bob.id).select_related("actor"), PASSWORD)
    await world.settle()
    for site in (coop, vallee):
        async with site.entered():
            view = await queries.thread(None, await Post.get(uri=root.uri))
            assert [(one.gone, one.post.content) for one in view.replies] == [(True, "")]
    assert await communities.by_id(seen.id) is not None
