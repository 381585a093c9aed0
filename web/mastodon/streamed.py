"""What connected apps are told of one thing, written once for all who read it alike: the same entities as elsewhere in this API.

Runs in the hub's own task, outside of any request. Who is told at all is judged before (timelines/live.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

import orjson

from fedcop.actors import queries as actors
from fedcop.communities import access
from fedcop.core.i18n import set_language
from fedcop.core.site import site
from fedcop.discussions import statuses
from fedcop.discussions.marks import Marks, marks_of_many
from fedcop.discussions.polls import queries as polls
from fedcop.discussions.quotes import policy
from fedcop.discussions.quotes import queries as quotes
from fedcop.discussions.quotes.queries import QuoteView
from fedcop.discussions.statuses import Status
from fedcop.filters import service as filters
from fedcop.filters.sieve import Sieve
from fedcop.notifications import queries as notifications
from fedcop.timelines import live, numbers
from fedcop.timelines.live import Told
from web.mastodon.entities.around import Around
from web.mastodon.entities.notification import KINDS, notification_json
from web.mastodon.entities.status import FAVOURITE, boost_json, status_json, turn
from web.mastodon.notifications import loaded_for
from web.shared import passes

NO_MARKS, NO_FILTERS = Marks(), Sieve()


class Reader(Protocol):
    """For whom something is written: a person, the token of their app, and the language they read."""

    actor_id: int
    token_id: int
    language: str


R = TypeVar("R", bound=Reader)


class Writing:
    """A post, as each of those who are told of it reads it."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._all: Status | None = None
        self._own: Status | None = None  # as its author alone reads it
        self._marks: dict[int, Marks] = {}
        self._chosen: dict[int, frozenset[int]] = {}  # in its poll
        self._around = Around(site().origin)
        self._sieves: dict[int, Sieve] = {}  # by person: the filters of those who have some
        self._passed: dict[int, Callable[[str, str], str]] = {}  # by token, where files are not for everybody
        self._unseen: set[int] = set()  # who does not see whose post is quoted
        self._written: dict[tuple[Any, ...], str] = {}

    async def load(self, readers: Collection[Reader]) -> None:
        """Load what is written for some people, in a fixed number of statements; nothing where none of them reads it."""
        post = self._told.post
        who = {reader.actor_id for reader in readers}
        if not who:
            return
        if post.author_id in who and (post.depth or post.anonymised_at is not None):
            self._own = await self._load_for(post.author_id)
        if self._own is None or who - {post.author_id}:
            self._all = await self._load_for(None)
        self._marks = await marks_of_many(who, post.id)
        self._sieves = await filters.sieves_of(who)
        shown = [one for one in (self._all, self._own) if one is not None]
        if shown and (quoted := shown[0].quoted) is not None:
            self._unseen = await quotes.hiding(who, quoted.view.post)
        if shown and (poll := shown[0].view.poll) is not None:
            self._chosen = await polls.chosen_by(who, poll.poll)
        together = [*shown, *(one.quoted for one in shown if one.quoted is not None)]
        counted = await numbers.lately({one.view.author.id for one in together} - {0})
        self._around = Around(site().origin, counted)
        if any(file.audience != access.PUBLIC for one in together for file in one.view.files):
            for reader in readers:
                self._passed[reader.token_id] = await passes.writer_of(reader.actor_id, reader.token_id)

    async def _load_for(self, viewer_id: int | None) -> Status | None:
        viewer = await actors.by_id(viewer_id) if viewer_id is not None else None
        found = await statuses.of(viewer, [self._told.post])
        return found[0] if found else None

    def payloads(self, reader: Reader, stream: str, event: str) -> Iterable[str]:
        """Give what is said of it to one reader in a stream."""
        number, at_home = self._told.post.id, stream == live.HOME and not self._told.post.depth
        if event == live.DELETE:
            return [str(turn(number)), str(number)] if at_home else [str(number)]
        said = self._said(reader, boosted=at_home and event == live.UPDATE)
        return [said] if said else []

    def _said(self, reader: Reader, *, boosted: bool) -> str:
        own = self._own is not None and reader.actor_id == self._told.post.author_id
        status = self._own if own else self._all
        if status is None:
            return ""
        marks = self._marks.get(reader.actor_id, NO_MARKS)
        chosen = self._chosen.get(reader.actor_id, frozenset())
        passed = reader.token_id if reader.token_id in self._passed else 0
        inside = not boosted or self._reads_more(status, reader)
        sieve = self._sieves.get(reader.actor_id, NO_FILTERS)
        around, matched = self._around, b""
        if sieve:
            set_language(reader.language)
            around = replace(around, sieve=sieve, reader_id=reader.actor_id)
            matched = orjson.dumps(around.filtered(status.view))
        key = (
            own,
            reader.actor_id == self._told.post.author_id,
            reader.actor_id in self._unseen,
            reader.language,
            FAVOURITE in marks.reactions,
            marks.shared,
            marks.kept,
            marks.quiet,
            chosen,
            passed,
            boosted,
            inside,
            matched,
        )
        if key not in self._written:
            set_language(reader.language)
            poll = replace(status.view.poll, mine=chosen) if status.view.poll is not None else None
            view = replace(status.view, mine=marks.reactions, shared=marks.shared, kept=marks.kept, poll=poll)
            view = replace(view, quiet=marks.quiet)
            if reader.actor_id == self._told.post.author_id:
                view = replace(view, quotable=policy.AUTOMATIC)
            read = replace(status, view=view)
            if reader.actor_id in self._unseen and view.quote is not None:
                closed = QuoteView(view.quote.quote_id, quotes.UNAUTHORIZED, "")
                read = replace(read, view=replace(view, quote=closed), quoted=None)
            around = replace(around, passed=self._passed[passed]) if passed else around
            home = status.view.community
            as_json = boost_json(read, home, around, inside=inside) if boosted and home else status_json(read, around)
            self._written[key] = orjson.dumps(as_json).decode()
        return self._written[key]

    def _reads_more(self, status: Status, reader: Reader) -> bool:
        home = status.view.community
        return home is None or home.visibility == access.PUBLIC or reader.actor_id in self._told.inside


async def notification(account_id: int, notification_id: int, readers: Iterable[R]) -> dict[R, str]:
    """Write one thing that somebody was told, for the apps of this person; nothing if it is not for apps, or not for them any more."""
    listed = list(readers)
    found = await notifications.one(account_id, notification_id, KINDS) if listed else None
    viewer = await actors.by_id(listed[0].actor_id) if found is not None else None
    if found is None or viewer is None:
        return {}
    told: dict[R, str] = {}
    sieve = (await filters.sieves_of({viewer.id})).get(viewer.id, NO_FILTERS)
    for reader in listed:
        set_language(reader.language)
        passer = partial(passes.writer_of, reader.actor_id, reader.token_id)
        for one in await loaded_for(viewer, [found], passer, sieve):
            told[reader] = orjson.dumps(notification_json(one.one, one.account, one.status)).decode()
    return told
