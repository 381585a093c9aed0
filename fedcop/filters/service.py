"""Make, change and delete filters, their words and single posts. A member's own business; nobody else learns of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fedcop.accounts.models import Account
from fedcop.core import signals
from fedcop.core.database import atomic, from_json, rows
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.core.signals import Signal
from fedcop.filters import words
from fedcop.filters.sieve import Sieve
from fedcop.filters.words import ACTIONS, CONTEXTS, Filter, Keyword, OnePost

CHANGED = "filters"  # said at once, in all processes: whose account
MOST, MOST_INSIDE, MAX_WORD, MAX_TITLE = 50, 100, 100, 100
NO_TITLE = N_("Give the filter a name.")
NO_WORD = N_("Write a word.")
TOO_LONG = N_("A name or a word has 100 characters at most.")
NO_CONTEXT = N_("Choose where it filters.")
NO_ACTION = N_("Choose what becomes of what it finds.")
ENOUGH = N_("You have 50 filters already: delete one first.")
FULL = N_("A filter holds 100 words and posts at most.")


@dataclass(frozen=True)
class WordGiven:
    """A word as it was typed: a new one, or what becomes of the one with an id."""

    keyword: str = ""
    whole_word: bool | None = None  # None: as before, of a new one true
    id: int | None = None
    drop: bool = False


async def _changed(account: Account, change: Callable[[list[Filter]], list[Filter]]) -> None:
    fresh = await Account.filter(id=account.id).select_for_update().get()
    after = change(words.read(fresh))
    for one in after:
        _judge(one)
    if len(after) > max(MOST, len(words.read(fresh))):
        raise Invalid(ENOUGH, errors={"title": ENOUGH})
    account.filters = words.stored(after)
    await Account.filter(id=account.id).update(filters=account.filters)
    await signals.send(Signal(CHANGED, (account.id,)))


def _judge(one: Filter) -> None:
    if not one.title:
        raise Invalid(NO_TITLE, errors={"title": NO_TITLE})
    if len(one.title) > MAX_TITLE:
        raise Invalid(TOO_LONG, errors={"title": TOO_LONG})
    if not one.contexts or set(one.contexts) - CONTEXTS.keys():
        raise Invalid(NO_CONTEXT, errors={"context": NO_CONTEXT})
    if one.action not in ACTIONS:
        raise Invalid(NO_ACTION, errors={"filter_action": NO_ACTION})
    if len(one.keywords) + len(one.posts) > MOST_INSIDE:
        raise Invalid(FULL, errors={"keywords": FULL})
    for word in one.keywords:
        if not word.keyword:
            raise Invalid(NO_WORD, errors={"keywords": NO_WORD})
        if len(word.keyword) > MAX_WORD:
            raise Invalid(TOO_LONG, errors={"keywords": TOO_LONG})


def _with_words(one: Filter, given: Sequence[WordGiven]) -> Filter:
    kept = {word.id: word for word in one.keywords}
    for said in given:
        if said.id is None:
            made = Keyword(new_id(), said.keyword.strip(), said.whole_word is not False)
            kept[made.id] = made
            continue
        if said.id not in kept:
            raise NotFound
        known = kept.pop(said.id) if said.drop else kept[said.id]
        if not said.drop:
            whole = known.whole_word if said.whole_word is None else said.whole_word
            kept[said.id] = Keyword(said.id, said.keyword.strip() or known.keyword, whole)
    return replace(one, keywords=tuple(kept.values()))


@atomic
async def make(
    account: Account,
    *,
    title: str,
    contexts: Collection[str],
    action: str = "warn",
    expires_at: datetime | None = None,
    given: Sequence[WordGiven] = (),
) -> Filter:
    """Make a filter."""
    made = Filter(new_id(), title.strip(), tuple(dict.fromkeys(contexts)), action, expires_at)
    made = _with_words(made, given)
    await _changed(account, lambda before: [*before, made])
    return made


@atomic
async def change(
    account: Account,
    filter_id: int,
    *,
    title: str | None = None,
    contexts: Collection[str] | None = None,
    action: str | None = None,
    expiring: tuple[datetime | None] | None = None,
    given: Sequence[WordGiven] = (),
) -> None:
    """Change a filter and its words; what is None stays. `expiring` holds when it ends, or None for never."""

    def act(one: Filter) -> Filter:
        return _with_words(
            replace(
                one,
                title=one.title if title is None else title.strip(),
                contexts=one.contexts if contexts is None else tuple(dict.fromkeys(contexts)),
                action=one.action if action is None else action,
                expires_at=one.expires_at if expiring is None else expiring[0],
            ),
            given,
        )

    await _changed(
        account, lambda before: [act(one) if one.id == filter_id else one for one in _has(before, filter_id)]
    )


def _has(before: list[Filter], filter_id: int) -> list[Filter]:
    if all(one.id != filter_id for one in before):
        raise NotFound
    return before


@atomic
async def delete(account: Account, filter_id: int) -> None:
    """Delete a filter."""
    await _changed(account, lambda before: [one for one in _has(before, filter_id) if one.id != filter_id])


@atomic
async def add_post(account: Account, filter_id: int, post_id: int) -> OnePost:
    """Filter a single post; twice is once."""
    made = OnePost(new_id(), post_id)

    def act(one: Filter) -> Filter:
        nonlocal made
        known = next((post for post in one.posts if post.post_id == post_id), None)
        made = known or made
        return replace(one, posts=(*one.posts, made)) if known is None else one

    await _changed(
        account, lambda before: [act(one) if one.id == filter_id else one for one in _has(before, filter_id)]
    )
    return made


@atomic
async def drop_inside(account: Account, number: int) -> None:
    """Take a word or a single post out of its filter."""

    def act(one: Filter) -> Filter:
        return replace(
            one,
            keywords=tuple(word for word in one.keywords if word.id != number),
            posts=tuple(post for post in one.posts if post.id != number),
        )

    await _changed(account, lambda before: [act(one) for one in before])


def one(account: Account, filter_id: int) -> Filter:
    """Give one of somebody's filters, or raise NotFound."""
    for found in words.read(account):
        if found.id == filter_id:
            return found
    raise NotFound


def holding(account: Account, number: int) -> tuple[Filter, Keyword | OnePost]:
    """Give the word or single post with an id, and the filter that it is in, or raise NotFound."""
    for found in words.read(account):
        inside: Sequence[Keyword | OnePost] = [*found.keywords, *found.posts]
        for part in inside:
            if part.id == number:
                return found, part
    raise NotFound


async def sieves_of(actor_ids: Collection[int]) -> dict[int, Sieve]:
    """Give the filters of several people at once, compiled: of those who have some."""
    if not actor_ids:
        return {}
    found = await rows(
        "SELECT actor_id, filters FROM account WHERE actor_id IN (?) AND filters IS NOT NULL", list(actor_ids)
    )
    made = {int(row["actor_id"]): Sieve(words.read_stored(from_json(row["filters"]))) for row in found}
    return {number: sieve for number, sieve in made.items() if sieve}
