"""Who may do what to a post. Raises Forbidden with a text for the member. Who may read is communities/access.py's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, Forbidden, NotFound
from fedcop.core.i18n import N_
from fedcop.discussions.models import Post


def is_gone(post: Post) -> bool:
    """Tell whether the text of a post is no longer shown: deleted by its author or removed by a moderator."""
    return post.deleted_at is not None or post.removed_at is not None


async def may_write(author: Actor, community: Community) -> None:
    """May this person start a thread here?"""
    await community_rules.may_publish(author, community)


def choices_of(community: Community) -> tuple[str, ...]:
    """Name the audiences that an author may choose for a thread, the usual one first.

    A hidden community's posts stay in it: any wider audience would tell that it is there. What another server's
    community keeps from its own people its server would have to be told; there, all is as the community is.
    """
    default = access.default_of(community)
    if not community.actor.local or access.is_hidden(community):
        return (default,)
    wider = (access.COMMUNITY, access.ORGANISATION, access.ALLIES, access.PUBLIC)
    return (default, *(one for one in (wider if default != access.PUBLIC else reversed(wider)) if one != default))


async def choices_for(author: Actor, post: Post) -> tuple[str, ...]:
    """Name the audiences that an author may give a post of theirs, from the narrowest on; its own is among them."""
    community = None if post.community_id is None else await communities.by_id(post.community_id)
    if community is None or is_gone(post) or post.state != "visible" or post.author_id != author.id:
        return ()
    allowed = {post.audience, *choices_of(community)}
    if community.actor.local and not await Post.filter(parent_id=post.id).exclude(author_id=author.id).exists():
        allowed.add(access.ONLY_ME)
    parent = await Post.get_or_none(id=post.parent_id) if post.parent_id is not None else None
    furthest = access.reach(parent.audience) if parent is not None else len(access.LADDER)
    try:
        await may_correct(author, post)
    except Forbidden:  # who may not speak there any more may take back, not spread
        furthest = min(furthest, access.reach(post.audience))
    return tuple(one for one in access.LADDER if one in allowed and access.reach(one) <= furthest)


async def may_change_audience(author: Actor, post: Post, audience: str) -> None:
    """Only the author decides who reads a post, within what its community and what it answers allow."""
    may_edit(author, post)
    if audience not in await choices_for(author, post):
        raise Forbidden(N_("This post cannot be given these readers."), code="not-a-choice")


def is_shown_elsewhere(home: Community, audience: str) -> bool:
    """Tell whether threads of a community that such people read may be shown in others: what everybody reads, where all is public and ours."""
    return home.actor.local and home.visibility == access.PUBLIC == (audience or access.default_of(home))


async def may_show(author: Actor, community: Community) -> None:
    """May this person show a thread of theirs in this community? As they may begin one there; never where it is not public, or not ours."""
    if not community.actor.local or community.visibility != access.PUBLIC:
        raise NotFound()
    await community_rules.may_publish(author, community)


async def may_reply(
    author: Actor, community: Community | None, root: Post, parent: Post, *, accepting: bool = False
) -> None:
    """May this person answer this post? `accepting`: the charter, if they have to accept it, is what they are asked next."""
    if root.locked_at is not None:
        raise Forbidden(N_("This discussion is locked."), code="locked")
    if parent.state != "visible":
        raise Forbidden(N_("This post is not published yet."), code="not-published")
    if community is not None:
        reads = await access.may_see(author, parent)
        with _said_to_readers(reads):
            await community_rules.may_reply(author, community, root, accepting=accepting)
        if not reads:  # one sees one's own post, and among whom it stands one may belong to no longer
            raise Forbidden(N_("Only members reply here. Join first."), code="replying-members")


async def may_vote(voter: Actor, community: Community | None, post: Post) -> None:
    """Who may answer a post may vote in its poll. In a community elsewhere its own server knows who belongs: there, whoever reads."""
    if is_gone(post) or not await access.may_see(voter, post):
        raise NotFound()
    root = post if post.depth == 0 else await Post.get(id=post.root_id)
    if community is not None and not community.actor.local and not voter.local:
        await may_react(voter, community, post)
    else:
        await may_reply(voter, community, root, post)


@contextmanager
def _said_to_readers(may_see: bool) -> Iterator[None]:
    """Who reads a post without belonging to its community is told what is missing; for all others nothing is there."""
    try:
        yield
    except NotFound:
        if not may_see:
            raise
        raise Forbidden(N_("Only members write here. Join first."), code="posting-members") from None


def may_edit(author: Actor, post: Post) -> None:
    """Only the author corrects a text, and only while it is there."""
    if post.author_id != author.id:
        raise Forbidden(N_("Only its author may change this post."), code="not-author")
    if is_gone(post):
        raise Conflict(N_("This post was deleted."), code="deleted")


async def may_correct(author: Actor, post: Post) -> None:
    """A correction is new text in the community: whoever may not speak there (any more) can delete, not rewrite."""
    community = None if post.community_id is None else await communities.by_id(post.community_id)
    await may_correct_in(author, post, community)


async def may_correct_in(author: Actor, post: Post, community: Community | None) -> None:
    """The same, for who has the post's community at hand."""
    may_edit(author, post)
    if community is None:
        return
    with _said_to_readers(may_see=True):  # one's own post: that it is there is no secret
        await community_rules.may_react(author, community)
        if not await access.may_see(author, post):  # a public community may keep something among its members
            raise NotFound


def may_delete(author: Actor, post: Post) -> None:
    """Only the author deletes; moderators remove."""
    if post.author_id != author.id:
        raise Forbidden(N_("Only its author may delete this post."), code="not-author")


async def may_anonymise(author: Actor, community: Community) -> None:
    """Who belongs to a community answers there for what they say; whoever left, or was removed, may take their name along."""
    membership = await communities.membership(community, author)
    if membership is not None and membership.state == "active":
        raise Conflict(N_("You are a member of this community: what you write there bears your name."), code="member")


async def may_moderate(by: Actor, community: Community | None) -> None:
    """May this person remove and restore posts here?"""
    await community_rules.may_moderate(by, _needed(community))


async def may_pin(by: Actor, community: Community | None) -> None:
    """May this person pin here?"""
    await community_rules.may_pin(by, _needed(community))


async def may_lock(by: Actor, community: Community | None) -> None:
    """May this person lock here?"""
    await community_rules.may_lock(by, _needed(community))


async def may_move(by: Actor, community: Community | None, target: Community) -> None:
    """May this person move threads from one community to the other?"""
    await community_rules.may_move(by, _needed(community), target)


def _needed(community: Community | None) -> Community:
    if community is None:
        raise Forbidden(N_("Only moderators of the community may do this."), code="not-moderator")
    return community


async def may_accept_answer(by: Actor, community: Community | None, root: Post) -> None:
    """The author of a question, a moderator or an expert says which answer helped."""
    if by.id == root.author_id:
        return
    if community is None:
        raise Forbidden(N_("Only the author of the question may accept an answer."), code="not-author")
    await community_rules.may_accept_answer(by, community, root)


async def may_react(by: Actor, community: Community | None, post: Post) -> None:
    """Whoever reads and is not banned may react; a locked thread takes no replies, but thanks."""
    if is_gone(post) or post.state != "visible":
        raise Conflict(N_("This post was deleted."), code="deleted")
    if community is not None:
        with _said_to_readers(await access.may_see(by, post)):
            await community_rules.may_react(by, community)
