"""How different software spells the same things, as data: paths, contexts, which type a thread's root has, how it signs.

Facts of the protocol in use, written from what those servers are known to send; none of their code or fixtures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from activitypub.signatures import Scheme

AS = "https://www.w3.org/ns/activitystreams"
SECURITY = "https://w3id.org/security/v1"


@dataclass(frozen=True)
class Manners:
    """One software's habits."""

    software: str
    version: str
    context: Any = (AS, SECURITY)
    scheme: Scheme = Scheme.CAVAGE
    person: str = "/users/{name}"
    group: str = "/c/{name}"
    post: str = "/posts/{id}"
    activity: str = "/activities/{kind}/{id}"
    key: str = "#main-key"
    shared_inbox: bool = True
    root: str = "Note"  # the type of what starts a thread
    addresses_group: str = "audience"  # audience, mention, to, or owner: attributed to the group, its writer as actor
    proofs: bool = False  # signs documents (FEP-8b32)
    announces: str = "activity"  # what its groups announce: activity, object, or both
    nested_accept: bool = True  # Accept carries the whole Follow
    signed_fetch: bool = False  # answers only signed GETs
    capabilities: tuple[str, ...] = ()
    # of kinds of activity whose id has another shape than `activity`; {object} is what it is about
    ids: Mapping[str, str] = field(default_factory=dict)
    unaddressed: frozenset[str] = frozenset()  # kinds of activity without `to` and `cc`
    tombstones: bool = True  # Delete holds a Tombstone, else the bare id
    votes_down: bool = False  # has Dislike
    collapses: bool = False  # writes a list of one as that one
    writes_source: bool = False  # posts carry their Markdown
    actor_extra: dict[str, Any] = field(default_factory=dict)


PLAIN = Manners("plain", "1.0", context=AS)

MASTODON = Manners(
    "mastodon",
    "4.6.0",
    context=(
        AS,
        {
            "ostatus": "http://ostatus.org#",
            "conversation": "ostatus:conversation",
            "sensitive": "as:sensitive",
            "toot": "http://joinmastodon.org/ns#",
        },
    ),
    post="/users/{author}/statuses/{id}",
    activity="/users/{author}/statuses/{id}/activity",
    addresses_group="mention",
    announces="object",
    ids={
        "Create": "{object}/activity",
        "Follow": "/{id}",
        "Like": "/users/{author}#likes/{id}",
        "Undo": "/users/{author}#undos/{id}",
        "Update": "{object}#updates/{id}",
        "Delete": "{object}#delete",
    },
    unaddressed=frozenset({"Follow", "Like", "Undo", "Accept"}),
    actor_extra={"discoverable": True, "indexable": True, "memorial": False},
)

LEMMY = Manners(
    "lemmy",
    "1.0.0",
    context=("https://join-lemmy.org/context.json", AS),
    person="/u/{name}",
    group="/c/{name}",
    post="/post/{id}",
    activity="/activities/{kind}/{id}",
    root="Page",
    addresses_group="audience",
    unaddressed=frozenset({"Like", "Dislike"}),
    tombstones=False,
    votes_down=True,
    writes_source=True,
)

LEMMY_019 = replace(LEMMY, version="0.19.13")

NODEBB = Manners(
    "nodebb",
    "4.15.0",
    person="/uid/{name}",
    group="/category/{name}",
    post="/post/{id}",
    activity="/post/{id}#activity/{kind}",
    key="#key",
    root="Article",
    addresses_group="to",
    announces="both",
    ids={
        "Create": "{object}#activity/create/{id}",  # the address of the post itself, but for what follows the #
        "Update": "{object}#activity/update/{id}",
        "Delete": "{object}#activity/delete/{id}",
        "Follow": "/uid/{author}#activity/follow/{id}",
        "Like": "/uid/{author}#activity/like/{id}",
        "Undo": "/uid/{author}#activity/undo/{id}",
    },
    unaddressed=frozenset({"Follow"}),
    writes_source=True,
)

PIEFED = Manners(
    "piefed",
    "1.6.18",
    person="/u/{name}",
    group="/c/{name}",
    post="/post/{id}",
    root="Page",
    addresses_group="audience",
    capabilities=("fep-1b12",),
    unaddressed=frozenset({"Like", "Dislike", "Undo", "PollVote"}),
    tombstones=False,
    votes_down=True,
    writes_source=True,
)

GOTOSOCIAL = Manners(
    "gotosocial",
    "0.21.0",
    post="/users/{author}/statuses/{id}",
    key="/main-key",  # a document of its own, not a fragment
    shared_inbox=False,
    addresses_group="mention",
    announces="object",
    nested_accept=True,
    signed_fetch=True,
    ids={
        "Create": "{object}/activity#Create",
        "Update": "{object}/activity#Update",  # every correction of a post has this same id
        "Follow": "/users/{author}/follow/{id}",
        "Like": "/users/{author}/liked/{id}",
    },
    tombstones=False,
    collapses=True,
)

# Joins and memberships have one id; what is written in a group belongs to the group.
MOBILIZON = Manners(
    "mobilizon",
    "5.1.3",
    context=(AS, SECURITY, {"mz": "https://joinmobilizon.org/ns#", "openness": {"@id": "mz:openness", "@type": "@id"}}),
    person="/@{name}",
    group="/@{name}",
    post="/p/{id}",
    activity="/{kind}/{id}",
    root="Article",
    addresses_group="owner",
    ids={"Join": "/member/{id}"},
    actor_extra={"discoverable": True},
)

FEDIFY = Manners(
    "hollo",
    "0.6.0",
    scheme=Scheme.RFC9421,
    person="/@{name}",
    post="/@{author}/{id}",
    addresses_group="mention",
    announces="object",
    proofs=True,
)

ALL = (PLAIN, MASTODON, LEMMY, LEMMY_019, NODEBB, PIEFED, GOTOSOCIAL, MOBILIZON, FEDIFY)
