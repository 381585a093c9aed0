"""A small feature for tests of the engine: takes what comes, notes it, and keeps posts by their uri."""

from __future__ import annotations

from activitypub.vocab import (
    Accept,
    Actor,
    Add,
    Announce,
    Block,
    Create,
    Delete,
    EmojiReact,
    Flag,
    Follow,
    Group,
    Join,
    Like,
    Note,
    Object,
    Person,
    Reject,
    Undo,
    Update,
)
from fedcop.actors import service
from fedcop.core.feature import Feature
from fedcop.core.site import Site, site
from fedcop.federation import known
from fedcop.federation.dispatcher import Dispatcher, Route
from fedcop.federation.documents.serving import Asking, Collected, Document, Listing, listed
from fedcop.federation.inbound import Ignore, Inbound, Outcome, TryAgain
from fedcop.federation.receiving.authority import establish_wrapped


class Seen:
    """What the handlers saw, in order. `site.part(Seen)`."""

    def __init__(self, _site: Site) -> None:
        self.inbounds: list[Inbound] = []
        self.posts: dict[str, str] = {}  # uri -> content
        self.failures: list[Exception] = []  # raised, one each, by the next handlers

    @property
    def names(self) -> list[str]:
        """Types and actors."""
        return [f"{item.activity.type} by {item.actor.name}" for item in self.inbounds]


async def note(inbound: Inbound) -> Outcome:
    """Note an activity."""
    seen = site().part(Seen)
    if seen.failures:
        raise seen.failures.pop(0)
    seen.inbounds.append(inbound)
    return Outcome.DONE


async def receive_post(inbound: Inbound) -> Outcome:
    """Keep what was written."""
    await note(inbound)
    thing = inbound.object
    assert isinstance(thing, Object) and thing.id
    if isinstance(inbound.activity, Update):
        await known.may_change(inbound, thing.id)
    site().part(Seen).posts[thing.id] = thing.content or ""
    await known.remember(thing.id, "post", 1, inbound.actor.uri)
    return Outcome.DONE


async def receive_delete(inbound: Inbound) -> Outcome:
    """Delete what its owner deletes."""
    await note(inbound)
    uri = inbound.object_id or ""
    await known.may_change(inbound, uri)
    site().part(Seen).posts.pop(uri, None)
    await known.bury(uri, inbound.actor.uri)
    return Outcome.DONE


async def receive_actor_delete(inbound: Inbound) -> Outcome:
    """An account ends."""
    await note(inbound)
    await known.may_change(inbound, inbound.object_id or "")
    await service.mark_gone(inbound.actor)
    return Outcome.DONE


async def receive_wrapped(inbound: Inbound) -> Outcome:
    """What a group announces."""
    inner = inbound.object
    assert inner is not None and not isinstance(inner, str)
    found = await establish_wrapped(inbound, inner)  # type: ignore[arg-type]
    again = inbound.inner(found.activity, actor=found.actor, body=found.body, proven=found.proven)
    if not found.proven and found.how == "attested":
        return await note(again)
    return await site().part(Dispatcher).dispatch(again)


async def receive_follow(inbound: Inbound) -> Outcome:
    """A follow, remembered by its uri."""
    await known.remember(inbound.id, "follow", 1, inbound.actor.uri)
    return await note(inbound)


async def receive_flaky(inbound: Inbound) -> Outcome:
    """A handler that needs something else first."""
    await note(inbound)
    raise TryAgain("the parent is not here yet")


async def receive_undo(inbound: Inbound) -> Outcome:
    """Take something back."""
    if isinstance(inbound.object, str):
        await known.may_change(inbound, inbound.object)
    return await note(inbound)


async def ignore(inbound: Inbound) -> Outcome:
    """Not interesting."""
    raise Ignore("not interesting")


async def public_document(asking: Asking) -> dict[str, object] | None:
    """Public for "open", for its reader for "closed", a tombstone for "gone"."""
    name = asking.path["name"]
    uri = f"{site().settings.origin}/t/{name}"
    if name == "open" or (name == "closed" and asking.actor is not None and asking.actor.name == "gus"):
        return {"id": uri, "type": "Note", "content": name}
    if name == "gone":
        return {"id": uri, "type": "Tombstone"}
    return None


async def numbers(asking: Asking) -> Collected:
    """A collection of seven."""
    items: list[object] = [f"https://x.example/{number}" for number in range(7)]
    return Collected(listed(items), total=7, size=3, properties={"name": "Seven"})  # type: ignore[arg-type]


PROBE = Feature(
    name="probe",
    receives=(
        Route(Create, Note, receive_post),
        Route(Create, Object, receive_post),
        Route(Update, Object, receive_post),
        Route(Update, Actor, note),
        Route(Delete, Object, receive_delete),
        Route(Delete, Actor, receive_actor_delete),
        Route(Announce, Create, receive_wrapped),
        Route(Announce, Update, receive_wrapped),
        Route(Announce, Delete, receive_wrapped),
        Route(Announce, Like, receive_wrapped),
        Route(Announce, Announce, receive_wrapped),
        Route(Announce, Object, note),
        Route(Follow, Person, receive_follow),
        Route(Follow, Group, receive_follow),
        Route(Undo, Follow, receive_undo),
        Route(Undo, Object, receive_undo),
        Route(Like, Object, note),
        Route(EmojiReact, Object, receive_flaky),
        Route(Accept, Follow, note),
        Route(Reject, Follow, note),
        Route(Join, Group, note),
        Route(Block, Object, note),
        Route(Add, Object, note),
        Route(Flag, Object, ignore),
    ),
    serves={"/t/{name}": Document(public_document), "/t/{name}/numbers": Listing(numbers)},
)
