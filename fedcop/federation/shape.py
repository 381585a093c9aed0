"""What the form of a received activity alone tells: ids of the right server, nobody speaking for somebody else. Pure.

The inbox runs these before it stores anything, guards.py once more before a handler is called.
"""

from __future__ import annotations

from collections.abc import Callable

from activitypub.errors import BadUri
from activitypub.uris import host_of, same_origin
from activitypub.vocab import (
    Accept,
    Activity,
    Add,
    Block,
    Create,
    Delete,
    Follow,
    Invite,
    Join,
    Lock,
    Reject,
    Remove,
    TentativeAccept,
    Thing,
    Undo,
    Update,
    id_of,
)
from activitypub.vocab import Object as AnyObject
from fedcop.core.site import site
from fedcop.federation.peers.policies import is_wanted_scheme
from fedcop.federation.verdicts import Refuse

# Several people share these powers, so that one may undo what another did; the features judge who.
SHARED_POWERS = (Block, Lock, Delete, Add, Remove)


def has_name_and_actor(activity: Activity) -> None:
    """An activity has an address of its own, an actor, and a type."""
    if not activity.id or not activity.actor_id or not activity.type:
        raise Refuse("the activity has no id, actor or type")
    for uri in (activity.id, activity.actor_id):
        if not is_wanted_scheme(uri):
            raise Refuse("ids here are https addresses")


def has_id_of_its_actors_server(activity: Activity) -> None:
    """Nobody burns ids of another server (attacks B12)."""
    if not same_origin(activity.id or "", activity.actor_id or ""):
        raise Refuse("the activity's id is not on its actor's server")


def is_not_ours(activity: Activity) -> None:
    """Nobody speaks for us, in whatever spelling (attacks B15)."""
    for uri in (activity.id, activity.actor_id):
        if is_local(uri):
            raise Refuse("this id belongs to this server")
    if isinstance(activity, Create | Update) and is_local(activity.object_id):
        raise Refuse("the object belongs to this server")


def has_object_of_its_actors_server(activity: Activity) -> None:
    """What somebody makes or changes lives on their server and is attributed to nobody elsewhere (attacks B23, D02)."""
    if not isinstance(activity, Create | Update):
        return
    uri = activity.object_id
    if uri is None or not is_wanted_scheme(uri) or not same_origin(uri, activity.actor_id or ""):
        raise Refuse("the object's id is not on its actor's server")
    # Letter for letter: with "#" and more NodeBB makes an activity's id of its object's, and Mastodon that of a correction.
    if uri == activity.id:
        raise Refuse("activity and object have the same id")
    if isinstance(activity.object, AnyObject):
        for author in activity.object.attributed_to:
            if not same_origin(id_of(author) or "", uri) and not is_written_in_group(activity.object):
                raise Refuse("the object is attributed to somebody on another server")


def is_written_in_group(thing: AnyObject) -> bool:
    """Tell whether somebody of the object's own server wrote it, and it is attributed to one other, as Mobilizon does with groups."""
    return len(thing.attributed_to) == 1 and thing.author != id_of(thing.attributed_to[0])


def undoes_its_actors_own(activity: Activity) -> None:
    """Only who did it takes it back (attacks D09)."""
    inner = activity.object
    if not isinstance(activity, Undo) or not isinstance(inner, Activity) or isinstance(inner, SHARED_POWERS):
        return
    if inner.actor_id not in (None, activity.actor_id):
        raise Refuse("only the one who did it can undo it")


def answers_what_it_was_asked(activity: Activity) -> None:
    """Only who was asked answers (attacks D11, D13, D36)."""
    inner = activity.object
    if not isinstance(activity, Accept | Reject | TentativeAccept) or not isinstance(inner, Follow | Join | Invite):
        return
    if inner.object_id not in (None, activity.actor_id):
        raise Refuse("only the one who was asked can answer")


#: These need nothing but the activity itself; the inbox answers 400 where one fails.
SHAPE: tuple[Callable[[Activity], None], ...] = (
    has_name_and_actor,
    has_id_of_its_actors_server,
    is_not_ours,
    has_object_of_its_actors_server,
    undoes_its_actors_own,
    answers_what_it_was_asked,
)


def is_local(uri: str | None) -> bool:
    """Tell whether an id is on this server, however it is spelt."""
    if not uri:
        return False
    try:
        return host_of(uri) == host_of(site().settings.origin)
    except BadUri:
        return False


def could_be_carried(activity: Thing) -> bool:
    """Tell whether somebody else may carry this without a proof, since the object's server can be asked."""
    return isinstance(activity, Create | Update | Delete)
