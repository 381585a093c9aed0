"""Tells members what concerns them in discussions: who names them, answers them, thanks them; what moderators decided. Reactions to facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.communities.sanctions import appeal_until
from fedcop.core.database import atomic, rows
from fedcop.core.sanitise import excerpt
from fedcop.discussions.facts import (
    AnswerAccepted,
    AudienceChanged,
    NameWithdrawn,
    PostAnonymised,
    PostAppeared,
    PostDeleted,
    PostEdited,
    PostHeld,
    PostReceived,
    PostRefused,
    PostRemoved,
    PostRestored,
    PostWritten,
    Reacted,
    TextGivenBack,
    ThreadFact,
    ThreadGone,
    ThreadMoved,
    Unreacted,
)
from fedcop.discussions.finding import is_findable
from fedcop.discussions.models import Draft, Post, Reaction
from fedcop.discussions.polls.facts import PollClosed
from fedcop.discussions.queries import OURS, concerning_somebody, shown_to
from fedcop.discussions.service.beside import held
from fedcop.discussions.versions import best, unwanted_sql
from fedcop.notifications import service as notifications

NEWS = timedelta(days=2)
"""What is older when it reaches us is the past of a community, not news."""

MOST = 200  # people of one thread who are told
MOST_VOTERS = 2_000


async def tell_of_post(fact: PostWritten | PostReceived) -> None:
    """Tell whom a new post names and answers, and who wants to hear of each thread; or moderators, when it waits for them."""
    await _tell(fact)
    await _tell_who_asked(fact)


async def tell_of_posts(facts: Sequence[PostWritten | PostReceived]) -> None:
    """Do so for many at once: most answers name nobody here, in threads in which nobody of ours wrote."""
    concerning = await concerning_somebody([fact.post_id for fact in facts])
    for fact in facts:
        if fact.post_id in concerning:
            await tell_of_post(fact)


async def tell_of_appeared(fact: PostAppeared) -> None:
    """Do so when a post that waited is visible now; its author is told, if a moderator of ours let it through."""
    await _tell(fact)
    await _tell_who_asked(fact)
    post, community = await _load(fact.post_id)
    if post is not None and community is not None and community.actor.local and post.state == "visible":
        await _decided(post, "publish_held", fact.activity_id)


async def tell_of_edited(fact: PostEdited) -> None:
    """Tell those whom only the corrected text names."""
    await _tell(fact, replies=False)


async def _tell_who_asked(fact: ThreadFact) -> None:
    """Tell of a new thread whoever wants to be told of each one of its community or its author; whom it names knows already."""
    root = await Post.get_or_none(id=fact.post_id, depth=0)
    if root is None or not is_findable(root) or root.created_at - root.published_at >= NEWS:
        return
    author = root.author_id if root.anonymised_at is None else 0
    member_not, codes = unwanted_sql(root, "languages")
    follower_not, _codes = unwanted_sql(root, "f.languages")
    found = await rows(
        f"SELECT actor_id AS id FROM membership WHERE community_id = ? AND state = 'active' AND bell AND NOT {member_not}"  # noqa: S608 - our own words only, values are parameters
        " UNION SELECT f.follower_id FROM follow f LEFT JOIN community c ON c.actor_id = f.target_id"
        f" WHERE (f.target_id = ? OR c.id = ?) AND f.state = 'accepted' AND f.bell AND NOT {follower_not}"
        " EXCEPT SELECT actor_id FROM mention WHERE post_id = ?",
        *(root.community_id or 0, *codes),
        *(author, root.community_id or 0, *codes),
        root.id,
    )
    thing = access.Thing(root.audience, root.organisation, root.community_id, root.author_id)
    readers = await shown_to([row["id"] for row in found if row["id"] != root.author_id], thing, root.state)
    people = await Actor.filter(id__in=sorted(readers) or [0], local=True)
    spoken = await _spoken(people, [root])
    for person in people:
        await _notify(person, "publication", root, detail_of(root, root, spoken.get(person.id, "")))


@atomic
async def _tell(fact: ThreadFact, *, replies: bool = True) -> None:
    # Locked, so that a deletion at the same time comes before or after, never in between.
    post = next(iter(await held([fact.post_id])), None)
    if post is None or post.created_at - post.published_at >= NEWS:
        return
    if post.state == "held":
        await _tell_moderators(post)
    if not is_findable(post):
        return
    root = post if post.depth == 0 else await Post.get_or_none(id=post.root_id)
    named = await _readers(post, await Actor.filter(mentions__post_id=post.id, local=True))
    told = {person.id for person in named}
    others = await _readers(post, await _participants(post)) if replies and post.depth else []
    spoken = await _spoken([*named, *others], [post, root])
    for kind, people in (("mention", named), ("reply", [person for person in others if person.id not in told])):
        for person in people:
            await _notify(person, kind, post, detail_of(post, root, spoken.get(person.id, "")))


def detail_of(post: Post, root: Post | None, language: str = "") -> dict[str, Any]:
    """Say what a letter may say of a post, in a reader's language if there is a version: of a private community, the title only."""
    text = best(post, language).content if post.audience == access.PUBLIC and not post.warning else ""
    return {**_titled(post, root, language), "text": excerpt(text), **({"poll": True} if post.has_poll else {})}


def _titled(post: Post, root: Post | None, language: str = "") -> dict[str, Any]:
    """Give the title, and say for what leaves the house if not everybody may read this, and if the title is made of its words."""
    named = root if root is not None and root.title else post
    said: dict[str, Any] = {"title": best(named, language).title}
    if {post.audience, named.audience} != {access.PUBLIC}:
        said["closed"] = True
        if named.title_derived:
            said["derived"] = True
    return said


async def _spoken(people: Iterable[Actor], posts: Iterable[Post | None]) -> dict[int, str]:
    """The languages of people, where it makes a difference to what they are told."""
    if not any(post.versions for post in posts if post is not None):
        return {}
    found = await Account.filter(actor_id__in=[person.id for person in people]).values_list("actor_id", "language")
    return {int(str(actor_id)): str(language) for actor_id, language in found}


async def _participants(post: Post) -> list[Actor]:
    """Our people who wrote in the thread before."""
    found = await rows(
        f"SELECT DISTINCT p.author_id AS id FROM post p WHERE p.root_id = ? AND p.id <> ? AND {OURS} LIMIT ?",  # noqa: S608 - our own words
        post.root_id,
        post.id,
        MOST,
    )
    return await Actor.filter(id__in=[row["id"] for row in found]) if found else []


async def _readers(post: Post, people: Iterable[Actor]) -> list[Actor]:
    return [person for person in people if person.id != post.author_id and await access.may_see(person, post)]


async def _notify(person: Actor, kind: str, post: Post, detail: Mapping[str, Any]) -> None:
    await notifications.notify(
        person.id,
        kind,
        unique_key=f"{kind}:{post.id}:{person.id}",
        # Of who took their name from it nobody is told, nor learns it by muting them.
        from_actor_id=post.author_id if post.anonymised_at is None else None,
        community_id=post.community_id,
        post_id=post.id,
        root_id=post.root_id,
        detail=detail,
    )


async def reads_own(post: Post) -> bool:
    """Tell whether an author may still read where their post stands: who left hears no more of it, nor how it is called now."""
    if post.audience == access.PUBLIC:
        return True
    author = await Actor.get_or_none(id=post.author_id)
    return author is not None and await access.may_see(author, post)


async def _tell_moderators(post: Post) -> None:
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    if community is None or not community.actor.local:
        return
    about = {**_titled(post, None), "community": _title(community), "path": f"/c/{community.actor.name}/held"}
    for moderator in await communities.moderators(community):
        if moderator.local:
            await _notify(moderator, "held", post, about)


async def _load(post_id: int) -> tuple[Post | None, Community | None]:
    post = await Post.get_or_none(id=post_id)
    community = (
        await communities.by_id(post.community_id) if post is not None and post.community_id is not None else None
    )
    return post, community


def _title(community: Community) -> str:
    return community.actor.display_name or community.actor.name


async def untell_of_post(fact: PostDeleted) -> None:
    """Nobody is told of what is not there any more."""
    await notifications.forget_post(fact.post_id)


async def untell_audience(fact: AudienceChanged) -> None:
    """Whoever may not read a post any more is not told of it; a letter may not say what not everybody reads."""
    post = await Post.get_or_none(id=fact.post_id)
    if post is None or access.reach(fact.after) > access.reach(fact.before):
        return
    told = await notifications.told_of(post.id)
    readers = {
        person.id for person in await Actor.filter(id__in=list(told) or [0]) if await access.may_see(person, post)
    }
    await notifications.forget_words(post.id, set(told) - readers)


async def tell_of_removed(fact: PostRemoved) -> None:
    """Tell an author that a moderator removed their post, and why."""
    await notifications.forget_post(fact.post_id)
    post, _community = await _load(fact.post_id)
    if post is not None and post.removed_at is not None:
        more = appeal_until() if post.community_id is not None else {}
        await _decided(post, "remove_post", fact.activity_id, by_id=fact.by_id, reason=fact.reason, **more)


async def tell_of_restored(fact: PostRestored) -> None:
    """Tell an author that their post is back."""
    post, _community = await _load(fact.post_id)
    if post is not None:
        await _decided(post, "restore_post", fact.activity_id, by_id=fact.by_id)


async def tell_of_refused(fact: PostRefused) -> None:
    """Tell an author that their post was not accepted, and why."""
    await notifications.forget_post(fact.post_id)
    post, _community = await _load(fact.post_id)
    if post is not None:
        await _decided(post, "refuse_held", fact.activity_id, by_id=fact.by_id, reason=fact.reason)


async def tell_of_held(fact: PostHeld) -> None:
    """Tell an author that their post waits in a community elsewhere, and why."""
    post, _community = await _load(fact.post_id)
    if post is not None and post.state == "pending":
        await _decided(post, "held_there", fact.activity_id, reason=fact.reason)


async def tell_of_moved(fact: ThreadMoved) -> None:
    """Tell the author where a moderator moved their discussion, and why; others are told of it no more if they cannot read it there."""
    root, community = await _load(fact.post_id)
    if root is None or community is None:
        return
    await notifications.follow_thread(root.id, community.id, private=root.audience == access.COMMUNITY)
    author = await Actor.get_or_none(id=root.author_id, local=True)
    if author is None or fact.by_id is None or community.id != fact.target_id:
        return
    if await access.may_see(author, root):
        await _decided(root, "move", fact.activity_id, by_id=fact.by_id, reason=fact.reason)
    else:
        await _moved_away(root, fact.origin_id, fact.activity_id, by_id=fact.by_id, reason=fact.reason)


async def tell_of_gone(fact: ThreadGone) -> None:
    """Tell an author here that their discussion is where nobody here may read it; not of each one of a community that ended."""
    root, _community = await _load(fact.post_id)
    if root is not None and not fact.many:
        await _moved_away(root, fact.origin_id, fact.activity_id)


async def _moved_away(root: Post, origin_id: int, key: int, *, by_id: int | None = None, reason: str = "") -> None:
    origin = await communities.by_id(origin_id)  # the other one's name is not for the author
    said = {"community": _title(origin)} if origin is not None else {}
    await _decided(root, "move_away", key, by_id=by_id, reason=reason, **said)


async def _decided(post: Post, act: str, key: int, *, by_id: int | None = None, reason: str = "", **more: str) -> None:
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    await notifications.notify(
        post.author_id,
        "moderation",
        unique_key=f"moderation:{key}:{post.author_id}",
        from_actor_id=by_id,
        community_id=post.community_id,
        post_id=post.id,
        root_id=post.root_id,
        detail={
            "act": act,
            "reason": reason,
            **_titled(post, None),
            "community": _title(community) if community else "",
            **more,
        },
    )


async def tell_of_given_back(fact: TextGivenBack) -> None:
    """Tell an author that a text of theirs could not be published when it was due, and why."""
    draft = await Draft.get_or_none(id=fact.draft_id)
    if draft is None or draft.due_at is not None or draft.community_id is None:
        return  # they have done something about it already
    community = await communities.by_id(draft.community_id)
    said = {"community": _title(community)} if community is not None else {}
    await notifications.notify(
        draft.author_id,
        "given_back",
        unique_key=f"given_back:{draft.id}:{fact.due_at.isoformat()}",
        detail={"title": str(draft.content.get("title", "")), "reason": draft.trouble, "path": "/drafts", **said},
    )


async def tell_of_reaction(fact: Reacted) -> None:
    """Tell an author who thanks them, and for what."""
    post = await Post.get_or_none(id=fact.post_id)
    if post is None or not is_findable(post) or not await Reaction.filter(id=fact.reaction_id).exists():
        return
    if not await reads_own(post):
        return
    root = post if post.depth == 0 else await Post.get_or_none(id=post.root_id)
    await notifications.notify(
        post.author_id,
        "reaction",
        unique_key=_reaction_key(fact),
        from_actor_id=fact.actor_id,
        community_id=post.community_id,
        post_id=post.id,
        root_id=post.root_id,
        detail={"reaction": fact.kind, **_titled(post, root)},
    )


async def untell_of_reaction(fact: Unreacted) -> None:
    """A reaction that was taken back is not told."""
    await notifications.take_back(_reaction_key(fact))


def _reaction_key(fact: Reacted | Unreacted) -> str:
    return f"reaction:{fact.post_id}:{fact.actor_id}:{fact.kind}"


async def tell_of_answer(fact: AnswerAccepted) -> None:
    """Tell somebody that their reply is the answer; untell it when it is not any more."""
    if fact.previous_id is not None:
        await notifications.take_back(f"answer_accepted:{fact.previous_id}")
    answer = await Post.get_or_none(id=fact.reply_id) if fact.reply_id is not None else None
    root = await Post.get_or_none(id=fact.root_id)
    if answer is None or root is None or root.accepted_id != answer.id or not is_findable(answer):
        return
    if not await reads_own(answer):
        return
    asker = root.anonymised_at is not None and fact.by_id == root.author_id  # took their name from the question
    await notifications.notify(
        answer.author_id,
        "answer_accepted",
        unique_key=f"answer_accepted:{answer.id}",
        from_actor_id=fact.by_id if not asker or fact.by_id == answer.author_id else None,
        community_id=answer.community_id,
        post_id=answer.id,
        root_id=answer.root_id,
        detail=_titled(answer, root),
    )


async def tell_of_poll(fact: PollClosed) -> None:
    """Tell who asked, and who voted, that a poll is over: the result is there. Whoever may not read it any more is not told."""
    post = await Post.get_or_none(id=fact.post_id)
    if post is None or not is_findable(post):
        return
    root = post if post.depth == 0 else await Post.get_or_none(id=post.root_id)
    voters = Actor.filter(local=True, ballots__poll_id=fact.poll_id).distinct().order_by("id").limit(MOST_VOTERS)
    asker = await Actor.filter(id=post.author_id, local=True) if await reads_own(post) else []
    for person in [*asker, *await _readers(post, await voters)]:
        await notifications.notify(
            person.id,
            "poll_ended",
            unique_key=f"poll_ended:{fact.poll_id}:{person.id}",
            community_id=post.community_id,
            post_id=post.id,
            root_id=post.root_id,
            detail=_titled(post, root),
        )


async def untell_name(fact: NameWithdrawn) -> None:
    """Nobody is told any more who it was that did something in a community and took their name from it."""
    await notifications.forget_name(fact.actor_id, fact.community_id)


async def untell_author(fact: PostAnonymised) -> None:
    """Do the same where it is somebody elsewhere, post by post."""
    post = await Post.get_or_none(id=fact.post_id, local=False)
    if post is not None and post.community_id is not None:
        await notifications.forget_name(post.author_id, post.community_id)
