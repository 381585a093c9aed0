"""Posts and threads as a page shows them to one person. Made by queries.py; asks the database nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.sanitise import excerpt, to_text
from fedcop.discussions import versions
from fedcop.discussions.kinds import LABELS
from fedcop.discussions.models import Post
from fedcop.discussions.polls.queries import PollView
from fedcop.discussions.quotes.queries import QuoteView
from fedcop.discussions.versions import Version


def words_of(post: Post, said: Version) -> str:
    """Give what a post says in one language, without markup, with its warning and tags."""
    return "\n".join((said.title, to_text(said.content), post.warning, *(f"#{tag}" for tag in post.tags)))


@dataclass(frozen=True)
class PostView:
    """A post and all that a page needs to show it."""

    post: Post
    author: Actor  # whom it is shown to be by (faces.py)
    community: Community | None = None
    files: Sequence[Any] = ()
    mine: frozenset[str] = frozenset()  # my reactions
    shared: bool = False  # by me
    kept: bool = False  # by me, for later
    quiet: bool = False  # I want to hear no more of its discussion
    card: Any = None  # what the feature of its kind adds
    card_template: str = ""
    parent_author: Actor | None = None
    parent_number: int = 0
    number: int = 0  # in the thread, 0 is the root
    level: int = 0
    unread: bool = False
    new_replies: int = 0  # root in a list: since my last visit
    visited: bool = False  # root in a list: whether I was ever there
    hidden: bool = False  # the viewer blocks or mutes the author
    accepted: bool = False
    poll: PollView | None = None
    quote: QuoteView | None = None  # what it quotes
    quotable: str = "denied"  # how who looks stands to who may quote it (quotes/policy.py)
    fate: str = ""  # what the viewer's filters want: hide, warn or blur; "": nothing
    filtered: str = ""  # the names of those filters
    chosen: str = ""  # the language in which who looks asked to read it

    @property
    def said(self) -> Version:
        """What it says in the language that was chosen, else in the reader's own, else as its author wrote it first."""
        return versions.best(self.post, self.chosen)

    @property
    def others(self) -> list[Version]:
        """What it says in other languages than in that one."""
        if not self.post.versions:
            return []
        chosen = self.said.language
        return [one for one in versions.all_of(self.post) if one.language != chosen]

    @property
    def label(self) -> str:
        """What this kind of post is called (a msgid)."""
        return LABELS.get(self.post.kind, LABELS["discussion"])

    @property
    def excerpt(self) -> str:
        """The beginning of the text, for lists; nothing of what was taken away."""
        return "" if self.gone else excerpt(self.said.content)

    @property
    def words(self) -> str:
        """All that it says to who looks, without its markup: what filters look at."""
        files = (getattr(file, "description", "") for file in self.files)
        choices = (choice.text for choice in self.poll.choices) if self.poll is not None else ()
        quoted = (self.quote.said.title, self.quote.text, self.quote.warning) if self.quote is not None else ()
        return "\n".join((words_of(self.post, self.said), *files, *choices, *quoted))

    @property
    def gone(self) -> bool:
        """Whether a tombstone is shown instead of the text."""
        return self.post.deleted_at is not None or self.post.removed_at is not None


@dataclass(frozen=True)
class ThreadView:
    """A whole thread in reading order."""

    root: PostView
    replies: Sequence[PostView]
    first_unread: PostView | None = None
    unread: int = 0
    accepted: PostView | None = None
    accepted_by: Actor | None = None
    newest: datetime | None = None  # when the last of these was stored here
    is_shown: bool = False  # in other communities too (showings.py)

    @property
    def count(self) -> int:
        """How many answers this person may read; what is counted on the root is for all its readers alike."""
        return sum(1 for view in self.replies if view.post.state == "visible" and not view.gone)

    @property
    def branches(self) -> list[tuple[PostView, list[PostView]]]:
        """Each answer to the root with all that is below it."""
        found: list[tuple[PostView, list[PostView]]] = []
        for view in self.replies:
            if view.level == 1 or not found:
                found.append((view, []))
            else:
                found[-1][1].append(view)
        return found
