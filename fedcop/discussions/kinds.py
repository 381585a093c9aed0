"""The kinds of posts, and how another feature (the library) gives one kind more than a text. Knows no feature by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activitypub.vocab import Thing
from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.i18n import N_
from fedcop.core.site import Site, site
from fedcop.discussions.models import Post

REPLY = "reply"
QUESTION = "question"
#: Kinds that people choose in the composer, in the order shown.
ROOT_KINDS: Mapping[str, str] = {
    "question": N_("Question"),
    "idea": N_("Idea"),
    "practice": N_("Good practice"),
    "tip": N_("Tip"),
    "news": N_("News watch"),
    "debate": N_("Debate"),
}
#: What the composer says about each kind.
HINTS: Mapping[str, str] = {
    "question": N_("Say what you already tried and what you need to know."),
    "idea": N_("Say what you would like to try, and with whom."),
    "practice": N_("Say what you did, what came of it, and what you would do again."),
    "tip": N_("One thing that saves time, in a few lines."),
    "news": N_("A link, and why it matters here."),
    "debate": N_("State both positions fairly. Discuss ideas, not people."),
}
#: Also what comes from elsewhere, where posts have no kind.
LABELS: Mapping[str, str] = {
    **ROOT_KINDS,
    "discussion": N_("Discussion"),
    REPLY: N_("A reply"),
    "resource": N_("Resource"),
    "call": N_("Call to all"),
}


def kind_of(title: str) -> str:
    """Name the type of a discussion by its title, where nobody was asked; its author can choose another one on the page."""
    return QUESTION if title.rstrip(" !\xa0\u202f").endswith("?") else "discussion"


#: Reactions, in the order shown. The last two open a reply box.
REACTIONS: Mapping[str, str] = {
    "thanks": N_("Thanks"),
    "useful": N_("Useful, I use it"),
    "experience": N_("I have experience with this"),
    "disagree": N_("I disagree, here is why"),
}
OPENS_REPLY = frozenset({"experience", "disagree"})


async def _nothing(post: Post) -> dict[str, Any]:
    return {}


async def _read_nothing(thing: Thing, post: Post) -> None:
    return None


async def _forget_nothing(post: Post, author: Actor) -> None:
    return None


@dataclass(frozen=True)
class Later:
    """How posts of a kind that is more than a text are published later (scheduling.py).

    `fields` of the form are kept; `check(author, community, content)` refuses what could not be published now either;
    `publish(author, community, content)` publishes what was kept, inside the transaction that forgets it. `begins`: a thread.
    """

    fields: tuple[str, ...]
    check: Callable[[Actor, Community, Mapping[str, Any]], Awaitable[None]]
    publish: Callable[[Actor, Community, Mapping[str, Any]], Awaitable[Post]]
    begins: bool = True


@dataclass(frozen=True)
class PostKind:
    """What a feature adds to posts of its kind.

    `to_object(post)` gives extra properties of the wire object; `read_object(thing, post)` runs in a job's own
    transaction after such a post was recorded or updated; `claims(thing)` tells whether a received object is of
    this kind; `forget_name(post, author)` runs inside the transaction in which the author takes their name from the post;
    `card` is a template that shows it inside a post, `cards(ids)` loads what the template needs; `names(ids)` gives
    whom the posts credit, by whose names they are found.
    """

    name: str
    to_object: Callable[[Post], Awaitable[dict[str, Any]]] = _nothing
    read_object: Callable[[Thing, Post], Awaitable[None]] = _read_nothing
    forget_name: Callable[[Post, Actor], Awaitable[None]] = _forget_nothing
    claims: Callable[[Thing], bool] = field(default=lambda thing: False)
    card: str = ""
    cards: Callable[[list[int]], Awaitable[Mapping[int, Any]]] | None = None
    names: Callable[[list[int]], Awaitable[Mapping[int, Sequence[str]]]] | None = None
    wire_type: str = "Page"  # Page, Article
    keeps_files: bool = False  # files that a newer version replaces stay readable
    later: Later | None = None  # None: not, unless it is a text
    is_text: bool = False  # nothing but a text: corrected like one


def plugged() -> Mapping[str, PostKind]:
    """The kinds that features plug in, by name."""
    return site().part(_plugged)


def _plugged(of: Site) -> Mapping[str, PostKind]:
    return {name: kind for feature in of.features for name, kind in feature.post_kinds.items()}


def plugged_kind(name: str) -> PostKind | None:
    """The plugged kind of that name, None for the kinds that are a text alone."""
    return plugged().get(name)


def kind_claiming(thing: Thing) -> PostKind | None:
    """The plugged kind that recognises a received object."""
    return next((kind for kind in plugged().values() if kind.claims(thing)), None)
