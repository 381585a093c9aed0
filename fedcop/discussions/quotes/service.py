"""Quoting, and what those who are quoted say to it. Each change happens once: the row of a quote is held while it changes.

A yes that was taken back stays taken back: no older word of anybody's brings it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from fedcop.actors import known
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.core import addresses, facts
from fedcop.core.clock import now
from fedcop.core.database import atomic, execute, rows
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.discussions import rules as post_rules
from fedcop.discussions.facts import ThreadFact
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import policy, rules
from fedcop.discussions.quotes.facts import (
    QuoteAccepted,
    QuoteDropped,
    QuoteFound,
    QuoteMade,
    QuotePolicyChanged,
    QuoteRefused,
    QuoteRevoked,
)
from fedcop.discussions.quotes.models import Quote

PENDING, ACCEPTED, REJECTED, REVOKED = "pending", "accepted", "rejected", "revoked"
MOST_ELSEWHERE = 1_000  # quotes of one person in posts that are not kept here
FIXED = N_("Another post cannot be quoted instead. Take the quote out, or write a new text.")


@dataclass(frozen=True)
class FoundQuote:
    """What a post of another server quotes, and the word of its author that it may."""

    uri: str
    stamp_uri: str = ""


async def quote(post: Post, quoted: Post) -> Quote:
    """Let a post of ours quote another one (inside the transaction that stores it); rules.py has been asked. Another server is asked when the post is out."""
    here = quoted.author_id == post.author_id or quoted.local
    number = new_id()
    made = await Quote.create(
        id=number,
        uri=post.uri,
        post_id=post.id,
        author_id=post.author_id,
        quoted_uri=quoted.uri,
        quoted_id=quoted.id,
        quoted_author_id=quoted.author_id,
        state=ACCEPTED if here else PENDING,
        request_uri="" if here else addresses.activity_uri(number),
        created_at=now(),
        decided_at=now() if here else None,
    )
    await Post.filter(id=post.id).update(has_quote=True)
    post.has_quote = True
    await refresh(quoted.id)
    await facts.record(QuoteMade(post_id=post.id, root_id=post.root_id, quote_id=made.id))
    return made


async def stop(post: Post, quoted_id: int | None) -> None:
    """Correct what a post quotes (inside the transaction of the correction): None takes the quote out, another post is refused."""
    found = await Quote.filter(post_id=post.id).select_for_update().first()
    if quoted_id is None:
        await drop(post)
    elif found is None or found.quoted_id != quoted_id:
        raise Invalid(errors={"quoted": FIXED})


async def drop(post: Post) -> None:
    """Forget what a post quotes that is deleted or quotes nothing any more (inside its transaction)."""
    found = await Quote.filter(post_id=post.id).select_for_update().first()
    post.has_quote = False
    await Post.filter(id=post.id).update(has_quote=False)
    if found is None:
        return
    await _forget(found)
    if post.local and found.state != REJECTED and found.quoted_author_id not in (None, post.author_id):
        told = QuoteDropped(post_id=post.id, root_id=post.root_id, quoted_author_id=found.quoted_author_id or 0)
        await facts.record(told)


async def _forget(found: Quote) -> None:
    if addresses.is_ours(found.request_uri):  # else its name is of who asked, and may mean something else
        await known.forget(found.request_uri)
    if found.state == REVOKED and addresses.is_ours(found.quoted_uri):
        await known.bury(_taken_back(found.quoted_uri, found.uri))
    await found.delete()
    await refresh(found.quoted_id)


def _taken_back(quoted_uri: str, uri: str) -> str:
    """Under this name it is kept that a post may quote one of ours no more, once its quote is forgotten."""
    return f"{quoted_uri}/quotes?not={sha256(uri.encode()).hexdigest()}"


@atomic
async def record_gone(uri: str, author: Actor) -> bool:
    """A post that is kept elsewhere only, and quotes one here, was deleted; tell whether there was one."""
    found = await Quote.filter(uri=uri, post_id=None, author_id=author.id).select_for_update().first()
    if found is not None:
        await _forget(found)
    return found is not None


@atomic
async def record_quoted_gone(uri: str, author: Actor) -> None:
    """A post that is kept elsewhere only, and quoted here, was deleted by its author: nothing of its words stays."""
    await Quote.filter(quoted_uri=uri, quoted_id=None, quoted_author_id=author.id).update(excerpt=None)


@atomic
async def change_policy(author: Actor, post: Post, chosen: str) -> None:
    """Choose who may quote a post of one's own from now on. What was agreed to stays."""
    post_rules.may_edit(author, post)
    if not post.local:
        raise NotFound()
    if policy.chosen(chosen) != chosen or not chosen:
        raise Invalid(errors={"quote_approval_policy": N_("Choose who may quote this.")})
    if chosen == (post.quote_policy or policy.PUBLIC):
        return
    post.quote_policy = chosen
    await post.save(update_fields=["quote_policy"])
    await facts.record(QuotePolicyChanged(post_id=post.id, root_id=post.root_id))


async def record(post: Post, found: FoundQuote | None, *, newer: bool = True) -> None:
    """Take what a received post quotes (inside the transaction that stores it). `newer`: its text is not older than what we have."""
    present = await Quote.filter(uri=post.uri).select_for_update().first()
    if found is None or found.uri == post.uri:
        if present is not None and newer and found is None and present.post_id is not None:
            await drop(post)
        return
    if present is not None and present.quoted_uri != found.uri:
        if not newer and present.post_id is not None:
            return
        await _forget(present)  # what was agreed to was for something else
        present = None
    quoted = await Post.get_or_none(uri=found.uri)
    if present is not None and present.author_id != post.author_id:
        await _forget(present)  # somebody else asked in its name
        present = None
    is_new = present is None
    if present is None:
        present = Quote(uri=post.uri, author_id=post.author_id, quoted_uri=found.uri, created_at=now())
        if await known.is_buried(_taken_back(found.uri, post.uri)):
            present.state, present.decided_at = REVOKED, now()
    # What was agreed to keeps the stamp that was looked at; of ours, whose stamps we know, it is kept to see that it came.
    open_still = present.state == PENDING or (quoted is not None and quoted.local)
    changed = bool(found.stamp_uri) and found.stamp_uri != present.stamp_uri and open_still
    present.post_id = post.id
    _take_quoted(present, quoted)
    if changed:
        present.stamp_uri = found.stamp_uri
    await present.save(force_create=is_new)
    await Post.filter(id=post.id).update(has_quote=True)
    post.has_quote = True
    if present.state == PENDING and quoted is not None and quoted.author_id == post.author_id:
        await _accept(present)
    elif present.state == PENDING and not addresses.is_ours(found.uri) and (is_new or changed):
        await facts.record(QuoteFound(post_id=post.id, root_id=post.root_id, quote_id=present.id))
    await refresh(present.quoted_id)


@atomic
async def adopt() -> None:
    """Let what is stored by now be what posts from elsewhere quote already."""
    waiting = await rows(
        "SELECT q.id, p.id AS quoted_id, p.author_id FROM quote q JOIN post p ON p.uri = q.quoted_uri WHERE q.quoted_id IS NULL LIMIT 500"
    )
    for row in waiting:
        found = Quote.filter(id=row["id"], quoted_id=None)
        await found.update(quoted_id=row["quoted_id"], quoted_author_id=row["author_id"], excerpt=None)
        await refresh(row["quoted_id"])


def _take_quoted(one: Quote, quoted: Post | None) -> None:
    if quoted is not None:
        one.quoted_id, one.quoted_author_id, one.excerpt = quoted.id, quoted.author_id, None


async def _accept(one: Quote, *, asked: str = "") -> None:
    one.state, one.decided_at = ACCEPTED, now()
    await one.save(update_fields=["state", "decided_at", "stamp_uri", "request_uri"])
    await refresh(one.quoted_id)
    about = await _about(one)
    if about is not None:
        await facts.record(QuoteAccepted(post_id=about.id, root_id=about.root_id, quote_id=one.id, asked=asked))


async def _about(one: Quote) -> Post | None:
    """In which thread it is told: that of the post that quotes, where it is kept here."""
    return await Post.get_or_none(id=one.post_id if one.post_id is not None else one.quoted_id or 0)


@atomic
async def record_asked(
    author: Actor, quoted: Post, uri: str, request_uri: str, *, may: bool, is_public: bool = True
) -> None:
    """Somebody elsewhere asks to quote a post of ours: answer, the same to the same question. `may` is what the rules say now; `is_public`: everybody may read what quotes it."""
    one = await Quote.filter(uri=uri).select_for_update().first()
    if one is not None and (one.author_id != author.id or one.quoted_uri != quoted.uri):
        await _refuse(author, quoted, uri, request_uri)
        return
    if one is None and await known.is_buried(_taken_back(quoted.uri, uri)):
        may = False
    if one is None and may:
        elsewhere = await Quote.filter(author_id=author.id, post_id=None).count()
        may = elsewhere < MOST_ELSEWHERE
    if one is not None and one.state == ACCEPTED:
        about = await _about(one)
        assert about is not None, "what is accepted quotes something that is here"
        await facts.record(QuoteAccepted(post_id=about.id, root_id=about.root_id, quote_id=one.id, asked=request_uri))
        return
    if not may or (one is not None and one.state == REVOKED):
        if one is not None and one.state == PENDING:
            one.state, one.decided_at = REJECTED, now()
            await one.save(update_fields=["state", "decided_at"])
        await _refuse(author, quoted, uri, request_uri)
        return
    if one is None:
        one = await Quote.create(uri=uri, author_id=author.id, quoted_uri=quoted.uri, created_at=now())
    _take_quoted(one, quoted)
    one.request_uri, one.is_public = request_uri, is_public
    await one.save()
    await _accept(one, asked=request_uri)


async def _refuse(author: Actor, quoted: Post, uri: str, request_uri: str) -> None:
    await facts.record(
        QuoteRefused(post_id=quoted.id, root_id=quoted.root_id, asked=request_uri, by_uri=author.uri, uri=uri)
    )


@atomic
async def record_answer(one: Quote, *, stamp_uri: str) -> bool:
    """The author of what a post of ours quotes has answered: with a stamp yes, without one no; tell whether that changes anything."""
    found = await Quote.filter(id=one.id).select_for_update().first()
    if found is None or found.state in (REJECTED, REVOKED) or (stamp_uri and found.state == ACCEPTED):
        return False
    if stamp_uri:
        found.stamp_uri = stamp_uri
        await _accept(found)
        return True
    await _end(found, REVOKED if found.state == ACCEPTED else REJECTED)
    return True


async def _end(one: Quote, state: str) -> None:
    was_shown = one.state == ACCEPTED
    one.state, one.decided_at, one.excerpt = state, now(), None
    await one.save(update_fields=["state", "decided_at", "excerpt"])
    await refresh(one.quoted_id)
    about = await _about(one)
    if was_shown and about is not None:
        await facts.record(QuoteRevoked(post_id=about.id, root_id=about.root_id, quote_id=one.id))


@atomic
async def record_verified(one: Quote, quoted_author: Actor, excerpt: dict[str, Any] | None, *, agreed: bool) -> None:
    """Its author's server was asked about a quote from elsewhere: who wrote what is quoted, what it says where that is not kept here, and whether they agree."""
    found = await Quote.filter(id=one.id, stamp_uri=one.stamp_uri).select_for_update().first()
    if found is None or found.state not in (PENDING, ACCEPTED):
        return
    found.quoted_author_id, found.checked_at = quoted_author.id, now()
    found.excerpt = excerpt if agreed and found.quoted_id is None else None
    await found.save(update_fields=["quoted_author_id", "checked_at", "excerpt"])
    if agreed and found.state == PENDING:
        await _accept(found)
    elif not agreed and found.state == ACCEPTED:
        await _end(found, REVOKED)


@atomic
async def record_revoked(stamp_uri: str, author: Actor) -> list[Quote]:
    """The author of something took their word back that a post may quote it; gives the quotes that this ends."""
    ended = []
    for one in await Quote.filter(stamp_uri=stamp_uri, quoted_author_id=author.id).select_for_update():
        if one.state in (PENDING, ACCEPTED):
            await _end(one, REVOKED)
            ended.append(one)
    return ended


@atomic
async def revoke(author: Actor, one: Quote) -> None:
    """Take back that somebody quotes a post of one's own. Twice is once, and for good."""
    found = await Quote.filter(id=one.id).select_for_update().first()
    quoted = await Post.get_or_none(id=found.quoted_id or 0) if found is not None else None
    await rules.may_revoke(author, quoted)
    assert found is not None, "what may be revoked is there"
    if found.author_id != author.id and found.state == ACCEPTED:
        await _end(found, REVOKED)


async def refresh(quoted_id: int | None) -> None:
    """Recount who quotes a post: what all its readers may see, and what is said elsewhere."""
    if quoted_id is None:
        return
    readers = f"(post.audience NOT IN ({', '.join(repr(one) for one in access.OF_SERVERS)}) OR x.organisation = post.organisation)"
    there = f"x.audience = post.audience AND {readers} AND x.state = 'visible' AND x.deleted_at IS NULL AND x.removed_at IS NULL"
    await execute(
        "UPDATE post SET quotes_count = (SELECT COUNT(*) FROM quote q LEFT JOIN post x ON x.id = q.post_id"  # noqa: S608 - our own words
        f" WHERE q.quoted_id = post.id AND q.state = 'accepted' AND ((x.id IS NULL AND q.is_public) OR ({there}))) WHERE id = ?",
        quoted_id,
    )


async def recount(fact: ThreadFact) -> None:
    """Do so when other people than before see a post that quotes, or is quoted (a reaction)."""
    await refresh(fact.post_id)
    one = await Quote.get_or_none(post_id=fact.post_id)
    if one is not None:
        await refresh(one.quoted_id)
