"""Judges where a received post belongs and stores it there: the same for what is delivered, announced, looked up or fetched.

A thread of ours is passed on by its group; of a thread elsewhere we believe what its group, or its group's server, announces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from activitypub.uris import same_origin
from activitypub.vocab import Create, Object, encode
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.alliances import queries as alliances
from fedcop.communities import access, relay, remote
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.core import addresses, asked, facts
from fedcop.core.database import atomic
from fedcop.core.errors import Forbidden, NotFound
from fedcop.discussions import holding, queries, rules, seams, service
from fedcop.discussions.activities import reading
from fedcop.discussions.activities.keeping import Keep, keep, keep_new
from fedcop.discussions.activities.outgoing import form_of
from fedcop.discussions.activities.reading import Claimed
from fedcop.discussions.facts import ActivityAccepted
from fedcop.discussions.kinds import kind_claiming, plugged_kind
from fedcop.discussions.models import Post
from fedcop.discussions.polls import queries as polls
from fedcop.discussions.quotes import policy
from fedcop.discussions.quotes import queries as quotes
from fedcop.discussions.service import FoundPost
from fedcop.federation.inbound import Ignore, Inbound
from fedcop.federation.sending import outbox
from fedcop.people.models import Follow

FOUND = "#found"  # ends the id of what nobody sent: we fetched it


@dataclass(frozen=True)
class Home:
    """Where a received post belongs, and whether all may see it there."""

    community: Community | None
    parent: Post | None = None
    state: str = "visible"
    reason: str = ""  # why it waits, if not for whom it comes from


def vouched(inbound: Inbound, community: Community) -> bool:
    """Whether the server of a community elsewhere stands behind an activity."""
    group = community.actor
    if inbound.via is not None and inbound.via.id == group.id:
        return True
    return inbound.proven and inbound.actor.host == group.host  # what another group only attests proves nothing here


def found_inbound(inbound: Inbound, thing: Object, author: Actor) -> Inbound:
    """What we fetched ourselves, as if its author had sent it; whoever vouched for the first still does."""
    activity = Create(
        id=f"{thing.id}{FOUND}", actor=author.uri, object=thing, to=thing.to, cc=thing.cc, audience=thing.audience
    )
    return replace(inbound, activity=activity, actor=author, body=encode(activity), proven=True)


async def is_followed(community: Community) -> bool:
    """Whether somebody here follows or belongs to a community of another server."""
    if await remote.has_member_of_ours(community):
        return True
    return await Follow.filter(target_id=community.actor_id, follower__local=True).exists()


async def is_for_allies(claimed: Claimed, group: Actor) -> bool:
    """Whether an organisation that we have an agreement with shares it with its allies."""
    return claimed.read_by == access.ALLIES and await alliances.is_allied(group.host)


async def home_of_reply(inbound: Inbound, claimed: Claimed, parent: Post) -> Home:
    """Judge a reply by the thread it is in."""
    root = await queries.root_of(parent)
    community = await communities.by_id(root.community_id) if root.community_id is not None else None
    if community is None:
        return Home(None, parent)
    if inbound.via is not None and inbound.via.id != community.actor_id:
        raise Ignore("a community announces what is in another one's thread")
    if not claimed.is_public and root.audience == "public" and not claimed.read_by:
        raise Ignore("it is not public, and the thread is")
    if community.actor.local:
        if not await access.may_see(inbound.actor, parent):
            raise Ignore("it answers something that is not here")
        if parent.state != "visible":
            raise Ignore("what it answers is not published")
        await rules.may_reply(inbound.actor, community, root, parent)
        return await _or_held(Home(community, parent), inbound, claimed)
    return Home(community, parent, "visible" if vouched(inbound, community) else "pending")


async def community_named(inbound: Inbound, claimed: Claimed) -> Community | None:
    """The community that a root is for: who announces it, its audience, whom it is sent to, whom it mentions. Ours first."""
    if inbound.via is not None:
        known = await communities.by_actor(inbound.via)
        if known is None and await is_for_allies(claimed, inbound.via):
            return await remote.community_of(inbound.via, budget=inbound.budget)
        return known
    candidates = dict.fromkeys((*claimed.audience, *claimed.owners, *claimed.recipients, *claimed.mentioned))
    groups = [a for a in (await actors.many_by_uri(candidates)).values() if a.kind == "Group" and a.gone_at is None]
    order = {uri: place for place, uri in enumerate(candidates)}
    # Its audience is where it lives; among those it only mentions, ours come first.
    lives = (*claimed.audience, *claimed.owners)
    groups.sort(key=lambda group: (group.uri not in lives, not group.local, order[group.uri]))
    return await communities.by_actor(groups[0]) if groups else None


async def home_of_root(inbound: Inbound, claimed: Claimed, community: Community) -> Home:
    """Judge a new thread by the rules of its community; a remark that only mentions ours may wait for a moderator."""
    if community.visibility == "public" and not claimed.is_public and not claimed.read_by:
        # To a group alone, or to the author's followers: a message, not a publication.
        raise Ignore("it is not public, and the community is")
    if not community.actor.local:
        for_us = inbound.id.endswith(FOUND) or await is_for_allies(claimed, community.actor)
        if not (for_us or await is_followed(community)):
            raise Ignore("nobody here belongs to that community")
        return Home(community, None, "visible" if vouched(inbound, community) else "pending")
    try:
        await rules.may_write(inbound.actor, community)
    except Forbidden:
        standing = await community_rules.standing(inbound.actor, community)
        held = community.visibility == "public" and community.closed_at is None
        if standing.ban is not None or not held or community.posting == "moderators":
            raise
        return Home(community, None, "held")
    return await _or_held(Home(community), inbound, claimed)


async def _or_held(home: Home, inbound: Inbound, claimed: Claimed) -> Home:
    """Let a newcomer's post wait where the community chose that."""
    assert home.community is not None, "who waits, waits in a community"
    said = "".join([claimed.content, *(one.content for one in claimed.versions)])
    reason = await holding.reason_to_wait(inbound.actor, home.community, said, claimed.links)
    return replace(home, state="held", reason=reason) if reason else home


async def found_post(claimed: Claimed, author: Actor, home: Home, *, moment: datetime) -> FoundPost:
    """Say a claimed post in words of the domain."""
    community = home.community
    mentioned = await actors.many_by_uri(claimed.mentioned)
    group_id = community.actor_id if community else 0
    return FoundPost(
        uri=claimed.uri,
        author=author,
        community=community,
        parent=home.parent,
        parent_uri=claimed.parent_uri,
        url=claimed.url,
        kind=claimed.kind,
        title=claimed.title,
        title_derived=claimed.title_derived,
        content=claimed.content,
        language=claimed.language,
        versions=claimed.versions,
        sensitive=claimed.sensitive,
        warning=claimed.warning,
        audience=_readers(claimed, community),
        audience_at=claimed.read_by_since if claimed.read_by else None,
        state=home.state,
        state_reason=home.reason,
        tags=claimed.tags,
        links=claimed.links,
        files=claimed.files,
        mentioned=tuple(actor for actor in mentioned.values() if actor.id != group_id),
        published_at=claimed.published or moment,
        edited_at=claimed.updated,
        context_uri=await _context(claimed, community),
        locked=claimed.locked,
        anonymous=claimed.anonymous,
        poll=claimed.poll,
        quote=claimed.quote,
        quote_policy=policy.read(
            claimed.thing,
            followers=author.followers_uri,
            following=f"{author.uri}/following",
            readers=(community.actor.followers_uri, f"{community.actor.uri}/followers") if community else (),
        ),
    )


def _readers(claimed: Claimed, community: Community | None) -> str:
    """Who reads it: whom its author means, but in a hidden community its members at the most, as any others would learn that it is there."""
    meant = _audience(claimed, community)
    hidden = community is not None and access.is_hidden(community)
    return access.narrower(meant, access.COMMUNITY) if hidden else meant


def _audience(claimed: Claimed, community: Community | None) -> str:
    """Whom its author chose if the addressing does not contradict, else as its community is. Unknown words are nobody."""
    private = community is not None and community.visibility != access.PUBLIC
    if not claimed.read_by:
        return access.COMMUNITY if private or not claimed.is_public else access.PUBLIC
    if claimed.read_by == access.PUBLIC:
        return access.PUBLIC if claimed.is_public else access.COMMUNITY
    return claimed.read_by if claimed.read_by in access.OF_MEMBERS else access.ONLY_ME


async def _context(claimed: Claimed, community: Community | None) -> str:
    """The thread's context. A post cannot choose one of ours, nor one on a server that has nothing to do with it (attacks J11)."""
    if community is None:
        return ""
    said = claimed.context_uri
    computed = await seams.context_for(community.actor, claimed.uri)
    if computed:
        # It keeps the one it had in another community of that server; which thread it is, every context says.
        began = same_origin(said, computed) and said.endswith(addresses.context_uri("", claimed.uri))
        return said if began and len(said) <= 2048 else computed
    is_theirs = same_origin(said, community.actor.uri) or same_origin(said, claimed.uri)
    return said if is_theirs and len(said) <= 2048 else ""


async def says_more(post: Post, found: FoundPost) -> bool:
    """Tell whether a document of a post that is here says something new in it, or to more people."""
    poll, quote = await polls.of_post(post), await quotes.by_post(post)
    asks = found.poll is not None and (poll is None or list(found.poll.options) != poll.options)
    cites = found.quote is not None and (quote is None or found.quote.uri != quote.quoted_uri)
    wider = found.audience_at is not None and access.reach(found.audience) > access.reach(post.audience)
    return wider or asks or cites or service.differs(post, found)


async def may_speak(inbound: Inbound, post: Post, community: Community | None) -> bool:
    """Tell whether the author of a post that is here may correct it: by our rules in a community of ours; of one elsewhere that is not everybody's its own server says so."""
    if community is None:
        return True
    if not community.actor.local:
        return community.visibility == access.PUBLIC or post.state != "visible" or vouched(inbound, community)
    try:
        await community_rules.may_react(inbound.actor, community)
    except (Forbidden, NotFound):
        return False
    return await access.may_see(inbound.actor, post)


async def take(
    inbound: Inbound, found: FoundPost, thing: Object, *, speaks: bool = True, unknown: bool = False
) -> Post | None:
    """Store a post that was judged, and what goes with it; who does not speak there any more changes nothing of that.

    `unknown`: in this very transaction its address meant nothing.
    """
    plugged = kind_claiming(thing) if found.parent is None else None
    if plugged is not None:
        found = replace(found, kind=plugged.name)
    with asked.keeping():  # a new post changes nothing of people, communities and what it answers
        post, is_new = await _store(inbound, found, unknown)
    if post is None or not is_new:
        asked.forget()
    if post is None:
        return None
    if speaks and (kind := plugged_kind(post.kind)) is not None:
        await kind.read_object(thing, post)
    if is_new and post.state == "pending":
        await _pass_to_its_group(inbound, post)
    return post


@atomic
async def _store(inbound: Inbound, found: FoundPost, unknown: bool) -> tuple[Post | None, bool]:
    """The rows, the bytes and the promise to pass them on, in one transaction."""
    before = None if unknown else await queries.by_uri(found.uri)
    if before is None:
        new = await service.record_new(found, unknown=unknown)
        if new is not None:
            form = relay.REPLY if new.depth else relay.ROOT
            await accept(inbound, new, form, found.community, keeping=keep_new if unknown else keep)
        return new, True
    if before.state == "pending" and found.state == "visible" and _is_same_place(before, found):
        # It came by another way while this was judged, and waits for the very word that is brought here.
        await service.record_accepted(before)
    said, anonymised_at = await _said(before), before.anonymised_at
    post = await service.record_newer(before, found)
    if post is not None and said != await _said(post):
        await accept(inbound, post, form_of(post) if anonymised_at != post.anonymised_at else relay.CHANGE)
    return post, False


def _is_same_place(post: Post, found: FoundPost) -> bool:
    """Whether what was judged is this post of this author in this community, and not another claim to its address."""
    community = found.community.id if found.community is not None else None
    return (post.author_id, post.community_id, post.parent_uri) == (found.author.id, community, found.parent_uri)


async def _said(post: Post) -> tuple[Any, ...]:
    poll = await polls.of_post(post)
    quote = await quotes.by_post(post)
    asked = (poll.options, poll.counts, poll.voters_count, poll.ends_at) if poll is not None else ()
    quoted = (quote.quoted_uri, quote.stamp_uri) if quote is not None else ()
    return (
        post.edited_at,
        post.content,
        post.versions,
        post.audience_at,
        post.anonymised_at,
        post.quote_policy,
        asked,
        quoted,
    )


@atomic
async def accept(
    inbound: Inbound, post: Post, form: str, community: Community | None = None, *, keeping: Keep = keep
) -> None:
    """Keep an accepted activity of a thread as it came, and let our group pass it on; `community`: the post's, where it is loaded."""
    if inbound.id.endswith(FOUND):
        return
    uri, kind = inbound.kept_as or inbound.id, inbound.activity.type
    kept = await keeping(uri=uri, body=inbound.body, kind=kind, actor=inbound.actor, post=post)
    if community is None and post.community_id is not None:
        community = await communities.by_id(post.community_id)
    if community is not None and community.actor.local:
        await facts.record(ActivityAccepted(post_id=post.id, root_id=post.root_id, stored_id=kept, form=form))


async def _pass_to_its_group(inbound: Inbound, post: Post) -> None:
    """A reply to somebody here in a community elsewhere whose author did not tell the community: we do (AP 7.1.2)."""
    if inbound.id.endswith(FOUND) or post.parent_id is None or post.community_id is None:
        return
    community = await communities.by_id(post.community_id)
    parent = await queries.by_id(post.parent_id)
    sender = await actors.by_id(parent.author_id) if parent else None
    thing = inbound.object
    if community is None or sender is None or not sender.local or not isinstance(thing, Object):
        return
    if reading.names(thing, community.actor.uri):
        return
    inbox = community.actor.shared_inbox or community.actor.inbox
    await outbox.publish_raw(
        inbound.body, sender=sender, uri=inbound.id, inboxes=[inbox], post_id=post.id, about="a reply for its community"
    )
