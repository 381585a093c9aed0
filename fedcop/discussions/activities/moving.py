"""A thread that changes its community, on the wire: `Move` with `origin` and `target`, announced by the community it leaves.

Of a private thread only servers hear where it went on which somebody may read it there. Fedcops that lost their last reader get
`Remove` from the group itself, erase what they hold and sign that they did; other software gets the moderator's `Delete`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from activitypub.uris import PUBLIC, same_origin
from activitypub.vocab import id_of
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, relay, remote
from fedcop.communities import queries as communities
from fedcop.communities.copies import ledger
from fedcop.communities.models import Community, ThreadActivity
from fedcop.communities.roles import Act
from fedcop.core.database import atomic
from fedcop.core.errors import FedcopError, Unavailable
from fedcop.core.jobs import ordered
from fedcop.discussions import queries, service
from fedcop.discussions.activities import mapping
from fedcop.discussions.activities.incoming import must_moderate
from fedcop.discussions.activities.keeping import keep
from fedcop.discussions.facts import ThreadMoved
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.federation.peers import servers
from fedcop.federation.sending import audience, outbox

MANY = "fc:manyMoved"
"""Says of a Move, or of the Remove that stands for it, that it is one of many: a community split or merged, and authors are not told of each thread."""


@dataclass(frozen=True)
class Moved:
    """A move with all that takes part in it."""

    root: Post
    origin: Community
    target: Community
    by: Actor

    @property
    def to(self) -> list[str]:
        """Who hears of it, in the order that Lemmy wants."""
        group = self.origin.actor
        if self.root.audience == self.origin.visibility == access.PUBLIC:
            return [group.uri, PUBLIC]
        return [group.uri, group.followers_uri or f"{group.uri}/followers"]


@ordered
async def publish_moved(fact: ThreadMoved) -> None:
    """Tell the servers on which the thread was read: by our group, or to the group on its own server."""
    moved = await _load(fact)
    if moved is None or moved.root.state != "visible" or moved.root.audience == access.ONLY_ME:
        return
    if not moved.origin.actor.local:
        if moved.by.local and fact.stored_id is None:
            inboxes = audience.inboxes_of([moved.origin.actor])
            await outbox.publish(_move(fact, moved), actor=moved.by, inboxes=inboxes, post_id=moved.root.id)
        return
    stored = await _signed(fact, moved)
    if stored is None:
        return
    readers = None if moved.root.audience == access.PUBLIC else await _tell_the_shut_out(fact, moved)
    await relay.relay(
        moved.origin,
        bytes(stored.body),
        form=relay.MODERATION,
        activity_uri=stored.uri,
        object_uri=moved.root.uri,
        author=moved.by,
        post_id=moved.root.id,
        hosts=readers,
    )
    await _bring_to_new_readers(fact, moved)


async def _load(fact: ThreadMoved) -> Moved | None:
    root = await queries.by_id(fact.post_id)
    origin, target = await communities.by_id(fact.origin_id), await communities.by_id(fact.target_id)
    by = await actors.by_id(fact.by_id) if fact.by_id is not None else origin.actor if origin is not None else None
    if root is None or origin is None or target is None or by is None:
        return None
    return Moved(root, origin, target, by)


def _move(fact: ThreadMoved, moved: Moved) -> dict[str, Any]:
    group = moved.origin.actor
    more: dict[str, Any] = {"origin": group.uri, "target": moved.target.actor.uri} | _many(fact)
    if fact.reason:
        more["summary"] = fact.reason
    return mapping.activity("Move", fact.activity_id, moved.by, object=moved.root.uri, to=moved.to, group=group, **more)


def _many(fact: ThreadMoved) -> dict[str, Any]:
    return {MANY: True} if fact.by_id is None else {}


async def _signed(fact: ThreadMoved, moved: Moved) -> ThreadActivity | None:
    """The bytes that everybody gets: those of a moderator elsewhere, or ours, sealed once."""
    if fact.stored_id is not None:
        return await ThreadActivity.get_or_none(id=fact.stored_id)
    if not moved.by.local:
        return None
    activity = _move(fact, moved)
    body = await outbox.seal(activity, moved.by)
    kept = await keep(uri=str(activity["id"]), body=body, kind="Move", actor=moved.by, post=moved.root)
    return await ThreadActivity.get(id=kept)


async def _tell_the_shut_out(fact: ThreadMoved, moved: Moved) -> set[str]:
    """Let go all servers on which nobody may read the thread where it is now, or that know no Move; gives the others."""
    group = moved.origin.actor
    people = [*await communities.recipients(moved.origin), *await ledger.somebody_at_holders(moved.root.id)]
    hosts = audience.by_host(audience.inboxes_of(people))
    fedcops = {host for host, software in (await servers.softwares(hosts)).items() if software == "fedcop"}
    readers = await access.hosts_that_may_have(fedcops, moved.root)
    remove = mapping.activity(
        "Remove",
        fact.hidden_id,
        group,
        object=moved.root.uri,
        to=moved.to,
        group=group,
        target=group.uri,
        **_many(fact),
    )
    inboxes = {inbox for host in fedcops - readers for inbox in hosts[host]}
    await outbox.publish(remove, actor=group, inboxes=inboxes, post_id=moved.root.id)
    if moved.by.local and (others := hosts.keys() - fedcops):
        await _delete_there(fact, moved, others)
    return readers


async def _delete_there(fact: ThreadMoved, moved: Moved, hosts: set[str]) -> None:
    group = moved.origin.actor
    uri = f"{group.uri}#moved-{fact.hidden_id}"
    activity = mapping.activity(
        "Delete", 0, moved.by, object=moved.root.uri, to=moved.to, group=group, summary=fact.reason
    ) | {"id": uri}
    await relay.relay(
        moved.origin,
        await outbox.seal(activity, moved.by),
        form=relay.MODERATION,
        activity_uri=uri,
        object_uri=moved.root.uri,
        author=moved.by,
        post_id=moved.root.id,
        also=await ledger.somebody_at_holders(moved.root.id),
        hosts=hosts,
    )


async def _bring_to_new_readers(fact: ThreadMoved, moved: Moved) -> None:
    """Fedcops that read the new community and not the old one get the thread, as its author signed it."""
    create = await ThreadActivity.filter(post_id=moved.root.id, kind="Create").order_by("id").first()
    author = await actors.by_id(moved.root.author_id)
    if create is None or author is None or moved.root.deleted_at or moved.root.removed_at:
        return
    before, after = await _hosts_of(moved.origin), await _hosts_of(moved.target)
    new = {host for host, software in (await servers.softwares(after - before)).items() if software == "fedcop"}
    if new:
        await relay.relay(
            moved.target,
            bytes(create.body),
            form=relay.ROOT,
            activity_uri=create.uri,
            object_uri=moved.root.uri,
            author=author,
            post_id=moved.root.id,
            hosts=new,
            again=fact.brought_id,
        )


async def _hosts_of(community: Community) -> set[str]:
    return set(audience.by_host(audience.inboxes_of(await communities.recipients(community))))


async def receive_move(inbound: Inbound) -> Outcome:
    """A moderator elsewhere moves a thread of ours, or a community elsewhere one of its own to another one of its server."""
    root = await _thread(inbound.object_id or "")
    if root is None:
        raise Ignore("the thread is not known here")
    if root.depth != 0:
        raise Refuse("threads move as a whole")
    community = await communities.by_id(root.community_id) if root.community_id is not None else None
    if community is None:
        raise Ignore("the thread is in no community")
    target_uri, origin_uri = inbound.activity.target_id or "", id_of(inbound.activity.origin) or ""
    if target_uri == community.actor.uri:
        return Outcome.DONE
    if origin_uri != community.actor.uri:
        raise Refuse("the thread is not in the community that it is said to leave")
    if inbound.via is not None and inbound.via.id != community.actor_id:
        raise Refuse("only the community that a thread is in lets it go")
    await must_moderate(inbound, root, Act.MOVE)
    if not same_origin(target_uri, community.actor.uri):
        raise Refuse("threads do not move to another server")
    await _take(inbound, root, await _target(inbound, target_uri, community))
    return Outcome.DONE


async def _thread(uri: str) -> Post | None:
    """The thread that is meant: by its root, or as NodeBB names it, by the collection that it is."""
    return await queries.by_uri(uri) or await Post.filter(context_uri=uri, depth=0).exclude(context_uri="").first()


async def _target(inbound: Inbound, uri: str, origin: Community) -> Community:
    group = await actors.by_uri(uri)
    if group is None and not origin.actor.local:
        group = await resolver.actor(uri, budget=inbound.budget)
    if group is None or group.kind != "Group" or group.gone_at is not None:
        raise Ignore("no community that we know or can find")
    if group.local:
        target = await communities.by_actor(group)
    else:
        target = await remote.community_of(group, budget=inbound.budget)
    if target is None or target.visibility != origin.visibility:
        raise Refuse("the communities are not read by the same kind of people")
    return target


@atomic
async def _take(inbound: Inbound, root: Post, target: Community) -> None:
    activity, by = inbound.activity, inbound.actor
    kept = await keep(uri=inbound.id, body=inbound.body, kind="Move", actor=by, post=root)
    if not target.actor.local and (activity.extra.get(MANY) is True or by.kind == "Group"):
        await service.record_taken_over(root, target)
        return
    try:
        reason = activity.summary or ""
        await service.move(by, root, target, reason, proven=not target.actor.local, stored_id=kept)
    except Unavailable:
        raise  # says nothing of what came: it is judged again
    except FedcopError as error:
        raise Refuse(error.text) from error


async def receive_thread_removal(inbound: Inbound, root: Post, community: Community) -> Outcome:
    """The community of a private thread says that nobody here may read it any more: it only says so itself."""
    if community.actor.local or inbound.via is not None or inbound.actor.id != community.actor_id:
        raise Refuse("only the community itself asks to let a thread go")
    if root.depth != 0 or root.audience == access.PUBLIC:
        raise Ignore("only private threads are let go of, as a whole")
    await service.record_gone(root, inbound.id, many=inbound.activity.extra.get(MANY) is True)
    return Outcome.DONE
