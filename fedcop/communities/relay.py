"""How a group speaks (FEP-1b12): what its members do goes out wrapped in Announces, byte for byte, in the form each server reads.

And in: an Announce by a community of another server is opened here, one level deep, and its inside handed on if somebody vouches for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from activitypub.errors import ActivityPubError
from activitypub.uris import PUBLIC, same_origin
from activitypub.vocab import (
    Activity,
    Add,
    Announce,
    Block,
    Create,
    Delete,
    Object,
    Remove,
    Update,
    id_of,
    parse,
)
from fedcop.actors.models import Actor
from fedcop.alliances import queries as alliances
from fedcop.communities import access, queries, remote
from fedcop.communities.acting import act_of, is_its_affair
from fedcop.communities.facts import ActivityAnnounced
from fedcop.communities.listeners import Listeners
from fedcop.communities.models import Community, ThreadActivity
from fedcop.communities.roles import Act
from fedcop.communities.wrapping import unwrap, wrap
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import FedcopError
from fedcop.core.facts import record
from fedcop.core.ids import new_id
from fedcop.core.site import site
from fedcop.federation import known
from fedcop.federation.dispatcher import Dispatcher
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.federation.models import Server
from fedcop.federation.peers import servers
from fedcop.federation.receiving import authority
from fedcop.federation.sending import audience, outbox
from fedcop.federation.wordless import is_wordless
from fedcop.people.models import Follow

ROOT, REPLY, CHANGE, VOTE, MODERATION = "root", "reply", "change", "vote", "moderation"
LISTED = "#listed"  # ends the id of an activity as servers read it that know no polls
FORMS = (ROOT, REPLY, CHANGE, VOTE, MODERATION)

# They are thread software, but know no votes from elsewhere.
_WITHOUT_VOTES = frozenset({"discourse", "nodebb"})
# Of a corrected post that a group announces they ask its server, and take what they fetched minutes ago for the answer.
_FORGETFUL = frozenset({"nodebb"})
MAX_BATCH = 100


@dataclass(frozen=True)
class Relayed:
    """One activity on its way through a group of ours."""

    community: Community
    body: bytes
    form: str
    activity_uri: str
    object_uri: str
    author: Actor
    post_id: int | None = None
    about: str = ""
    thing: Any = None  # what it is about, whose audience decides which servers get it
    again: int | None = None  # the id of an Announce of its own: servers do not read the same one twice
    listed: bool = False  # as servers read it that know no polls

    @property
    def public(self) -> bool:
        """Whether it is for everybody."""
        shown = self.thing is None or self.thing.audience == access.PUBLIC
        return shown and self.community.visibility == access.PUBLIC

    @property
    def group(self) -> Actor:
        """The group that speaks."""
        return self.community.actor


async def relay(  # noqa: PLR0913 - all but two are one activity, told apart by name
    community: Community,
    body: bytes,
    *,
    form: str,
    activity_uri: str,
    object_uri: str,
    author: Actor,
    post_id: int | None = None,
    also: Iterable[Actor] = (),
    heard: Collection[str] = (),
    thing: Any = None,
    hosts: Collection[str] | None = None,
    again: int | None = None,
    listed: bool = False,
    stored: ThreadActivity | None = None,
    listeners: Listeners | None = None,
) -> None:
    """Pass an accepted activity on to everybody who follows or belongs to a community of ours.

    `also` names others who must hear; `heard` are inboxes that get the very bytes from their author; `thing` is what it
    is about, should not all of them have it; `hosts`, if given, are the only servers that get it; `again` is an id for what
    some of them may have got, and let go, before; `listed`: a poll, written for servers that know none; `stored`: its row, where
    it is loaded; `listeners`: shared by what is passed on in one go.
    """
    assert community.actor.local, "only the community's own server speaks for it"
    assert form in FORMS, f"{form!r} is no form"
    passed = Relayed(
        community,
        body,
        form,
        activity_uri,
        object_uri,
        author,
        post_id,
        f"{form} in {community.actor.name}",
        thing,
        again,
        listed,
    )
    listeners = listeners or Listeners()
    if stored is None or (form == ROOT and stored.share_id is None):
        stored = await _store(passed)
    inboxes = await _inboxes(passed, also, await listeners.people(community))
    chosen: dict[str, set[str]] = {"wrapped": set(), "plain": set(), "raw": set()}
    by_host = audience.by_host(inboxes)
    met = await listeners.servers(host for host in by_host if hosts is None or host in hosts)
    activity = orjson.loads(passed.body)
    for host, server in met.items():
        how = form_for(server, passed, activity)
        if how is not None:
            chosen[how] |= by_host[host]
    if chosen["wrapped"]:
        wrapped = await wrapped_announce(passed, stored)
        await _send(passed, wrapped, announce_uri(passed, stored), chosen["wrapped"])
    if chosen["plain"]:
        plain = await outbox.seal(plain_announce(passed, stored), passed.group)
        await _send(passed, plain, addresses.activity_uri(stored.share_id or stored.id), chosen["plain"])
    if raw := chosen["raw"].difference(heard):
        # A change of what is known counts by its author alone; a new reply counts there since the group brings it.
        by = author if form == CHANGE and author.local else passed.group
        await _send(passed, body, activity_uri, raw, by=by)


async def _inboxes(passed: Relayed, also: Iterable[Actor], people: list[Actor]) -> set[str]:
    if passed.community.visibility == "public":
        # The author's server learns from it that the activity was accepted, even when nobody there follows.
        people.append(passed.author)
    if passed.thing is not None and passed.thing.audience != access.PUBLIC:
        allowed = await access.hosts_that_may_have({person.host for person in people}, passed.thing)
        people = [person for person in people if person.host in allowed]
    return audience.inboxes_of([*people, *also])


async def _send(passed: Relayed, body: bytes, uri: str, inboxes: set[str], *, by: Actor | None = None) -> None:
    await outbox.publish_raw(
        body, sender=by or passed.group, uri=uri, inboxes=inboxes, post_id=passed.post_id, about=passed.about
    )


def form_for(server: Server, passed: Relayed, activity: dict[str, Any]) -> str | None:
    """Choose what a server gets of an activity: "wrapped", "plain" (Announce of the id), "raw", or nothing (federation.md 1.2.5)."""
    host, manner = server.host, servers.manner(server)
    if passed.listed and (manner != "thread" or servers.knows_polls(server.software)):
        return None
    if manner == "thread":
        if server.software in _FORGETFUL and passed.form == CHANGE and passed.author.local and passed.public:
            return "raw" if activity.get("type") == "Update" else "wrapped"
        votes = passed.form != VOTE or server.software not in _WITHOUT_VOTES
        return "wrapped" if votes and servers.takes(server.software, activity) else None
    if not passed.public or is_wordless(activity):
        # Who does not know the word would read an empty post. Whoever gets a private community's words can read them wrapped; see privacy.py.
        return None
    if passed.form == ROOT:
        # Its author's server has the post already, but its readers there follow the group.
        return "plain"
    if passed.form == VOTE:
        return "raw" if manner == "verifying" and addresses_host(passed.object_uri) == host else None
    if host == passed.author.host:
        return None
    # Whether its author signed the document itself, by a proof or in the older way.
    if not (passed.author.local or "proof" in activity or "signature" in activity):
        return None  # nobody could tell whose words these are
    if manner == "verifying":
        # A server that verifies proofs takes a reply from a group that its people follow, without showing it in their timelines.
        return "raw" if passed.form in (REPLY, CHANGE) else None
    return "raw" if manner == "microblog" and passed.form == CHANGE else None


def addresses_host(uri: str) -> str:
    """Give the "host[:port]" of a uri that was checked already."""
    return uri.partition("://")[2].partition("/")[0].lower()


@atomic
async def _store(passed: Relayed) -> ThreadActivity:
    """Keep the activity for the group's outbox and for whoever catches up later; a job run twice finds what it stored."""
    found = await ThreadActivity.get_or_none(uri=passed.activity_uri)
    if found is None:
        found = await ThreadActivity.create(
            uri=passed.activity_uri,
            post_id=passed.post_id,
            community_id=passed.community.id,
            actor_id=passed.author.id,
            kind=str(orjson.loads(passed.body).get("type", "")),
            body=passed.body,
            created_at=clock.now(),
        )
    if passed.form == ROOT and found.share_id is None:
        found.share_id = new_id()
        await found.save(update_fields=["share_id"])
    return found


def announce_head(group: Actor, announce_id: int, *, public: bool, published: Any) -> dict[str, Any]:
    """Begin an Announce by a group; private communities speak to their members only."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": addresses.activity_uri(announce_id),
        "type": "Announce",
        "actor": group.uri,
        "to": [PUBLIC] if public else [group.followers_uri],
        "cc": [group.followers_uri] if public else [],
        "published": published.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def announce_uri(passed: Relayed, stored: ThreadActivity) -> str:
    """Give the id of the Announce that holds an activity."""
    return addresses.activity_uri(passed.again or stored.id) + (LISTED if passed.listed else "")


async def wrapped_announce(passed: Relayed, stored: ThreadActivity) -> bytes:
    """Write the Announce that holds the activity's own bytes, with the group's proof over all of it."""
    head = announce_head(passed.group, stored.id, public=passed.public, published=stored.created_at)
    head["id"] = announce_uri(passed, stored)
    sealed = orjson.loads(await outbox.seal(head | {"object": orjson.loads(passed.body)}, passed.group))
    del sealed["object"]
    return wrap(sealed, passed.body)


def plain_announce(passed: Relayed, stored: ThreadActivity) -> dict[str, Any]:
    """Build the Announce of a root's id, which microblogs show as a share."""
    head = announce_head(passed.group, stored.share_id or stored.id, public=True, published=stored.created_at)
    if not passed.author.local:
        head["cc"] = [*head["cc"], passed.author.uri]
    return head | {"object": passed.object_uri}


async def take_back_share(community: Community, post_id: int, activity_id: int) -> None:
    """Undo the plain Announce of a root that a moderator removed; the thread servers got the moderator's Delete."""
    stored = await ThreadActivity.filter(post_id=post_id, share_id__not_isnull=True).order_by("id").first()
    author = await Actor.get_or_none(id=stored.actor_id) if stored is not None else None
    if stored is None or author is None:
        return
    object_uri = _object_uri(bytes(stored.body))
    passed = Relayed(community, b"", ROOT, stored.uri, object_uri, author)
    announce = plain_announce(passed, stored)
    del announce["@context"]
    inboxes = audience.inboxes_of(await queries.recipients(community))
    by_host = audience.by_host(inboxes)
    met = await servers.met(by_host)
    wanted = {inbox for host, found in by_host.items() for inbox in found if servers.manner(met[host]) != "thread"}
    undo = {
        "id": addresses.activity_uri(activity_id),
        "type": "Undo",
        "actor": community.actor.uri,
        "to": announce["to"],
        "cc": announce["cc"],
        "object": announce,
    }
    await outbox.publish(
        undo, actor=community.actor, inboxes=wanted, about=f"share taken back in {community.actor.name}"
    )


def _object_uri(body: bytes) -> str:
    found = orjson.loads(body).get("object")
    return str(found.get("id", "")) if isinstance(found, dict) else str(found)


async def receive_relayed(inbound: Inbound) -> Outcome:
    """Open what a community of another server announces, and do what is inside if somebody vouches for it."""
    group = inbound.actor
    if group.kind != "Group" or group.local:
        raise Ignore("only communities pass activities on; a person's Announce of an activity means nothing")
    if inbound.via is not None:
        raise Refuse("an Announce within an Announce")
    outcomes = []
    parts = [raw for raw in unwrap(inbound.body)[:MAX_BATCH] if raw.lstrip()[:1] == b"{"]
    for raw in parts:
        try:
            outcomes.append(await _receive_one(inbound, raw))
        except (Ignore, Refuse, ActivityPubError, FedcopError):
            # One bad part does not poison the others; alone, it says itself why.
            if len(parts) == 1:
                raise
    if outcomes:
        return Outcome.DONE if Outcome.DONE in outcomes else outcomes[0]
    known_id = inbound.object_id
    if known_id is not None and addresses.is_ours(known_id):
        return await _receipt(inbound, known_id, "")
    raise Ignore("the Announce holds no activity")


async def _receive_one(inbound: Inbound, raw: bytes) -> Outcome:
    group = inbound.actor
    activity = parse(raw)
    if not isinstance(activity, Activity):
        raise Ignore("what the community announces is no activity")
    if isinstance(activity, Announce):
        raise Refuse("an Announce within an Announce")
    if activity.actor_id and activity.id and addresses.is_ours(activity.actor_id):
        return await _receipt(inbound, activity.id, activity.object_id or "")
    wanted = await _is_followed(group) or _is_about_ours(activity) or await _is_about_what_is_here(activity)
    if not (wanted or await _is_for_allies(activity, group)):
        raise Ignore("nobody here follows or belongs to this community")
    if isinstance(activity, Create | Update) and not _names(activity, group):
        raise Ignore("the activity is not addressed to the community that announces it")
    established = await authority.establish_wrapped(inbound, activity)
    act = await act_of(established.activity, established.actor, group)
    if not established.proven and not is_its_affair(established.activity, act, group):
        raise Refuse("nobody vouches for this but a community whose affair it is not")
    if act is not None:
        await _must_moderate(group, established.actor, act, inbound)
        await _meet_person(established.activity, inbound)
    inner = inbound.inner(established.activity, actor=established.actor, body=raw, proven=established.proven)
    return await site().part(Dispatcher).dispatch(inner)


async def _receipt(inbound: Inbound, uri: str, object_uri: str) -> Outcome:
    """Our member's activity comes back announced: the community's server accepted it. Nothing else in it is believed."""
    sent = await known.look_up(uri)
    community = await queries.by_actor(inbound.actor)
    if sent is None or community is None:
        raise Ignore("the community announces an activity that we did not send")
    await _record_receipt(uri, object_uri, community.id)
    return Outcome.DONE


@atomic
async def _record_receipt(uri: str, object_uri: str, community_id: int) -> None:
    await record(ActivityAnnounced(uri=uri, object_uri=object_uri, community_id=community_id))


def _is_about_ours(activity: Activity) -> bool:
    """Whether it is about one of ours, as the end of a ban is: then it counts although nobody here follows the community."""
    inside = activity.object
    about = inside.object_id if isinstance(inside, Activity) else activity.object_id
    return about is not None and addresses.is_ours(about)


async def _is_about_what_is_here(activity: Activity) -> bool:
    """Whether it changes or deletes something that we hold: then it counts although nobody here belongs to the community (any more)."""
    return isinstance(activity, Delete | Update) and await known.look_up(activity.object_id or "") is not None


async def _is_for_allies(activity: Activity, group: Actor) -> bool:
    """Whether an organisation that we have an agreement with shares it with its allies."""
    inside = activity.object
    said = inside.extra.get("fc:readBy") if isinstance(inside, Object) else None
    return said == access.ALLIES and await alliances.is_allied(group.host)


async def _is_followed(group: Actor) -> bool:
    """Nobody pushes communities onto us that none of our people asked for (attacks J28)."""
    if await Follow.filter(target_id=group.id, follower__local=True).exists():
        return True
    community = await queries.by_actor(group)
    return community is not None and await remote.has_member_of_ours(community)


def _names(activity: Activity, group: Actor) -> bool:
    """Whether the activity, or the object inside, is addressed to the group, or to another one of its server."""
    inside = activity.object
    for thing in (activity, *([] if inside is None or isinstance(inside, str) else [inside])):
        addressed = (*getattr(thing, "to", ()), *getattr(thing, "cc", ()), *getattr(thing, "audience", ()))
        if group.uri in addressed or id_of(getattr(thing, "target", None)) == group.uri:
            return True
        # It was written in another community of that server, and moved since; the audience names communities only.
        if any(same_origin(uri, group.uri) for uri in getattr(thing, "audience", ())):
            return True
    return False


async def _meet_person(activity: Activity, inbound: Inbound) -> None:
    """Get to know the person that an act is about: the dispatcher knows a bare id only by what it stands for here."""
    about_people = isinstance(activity, Add | Remove | Block) and activity.target_id != inbound.actor.featured_uri
    if about_people and isinstance(activity.object, str) and await known.look_up(activity.object) is None:
        await resolver.actor(activity.object, budget=inbound.budget)


async def _must_moderate(group: Actor, actor: Actor, act: Act, inbound: Inbound) -> None:
    """A moderator's act counts if the community's own server names that moderator now (FEP-1b12, attacks D22, D23)."""
    community = await remote.community_of(group, budget=inbound.budget)
    if not await remote.moderates(community, actor, act, budget=inbound.budget):
        raise Refuse("the actor does not moderate this community")
