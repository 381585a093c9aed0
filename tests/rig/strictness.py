"""What makes each software drop what it is sent: one strict reader each, after federation.md 1.4, none of their code.

`objections(manners, body)` is empty when that software would take the activity. Says nothing about signatures of requests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tests.rig.manners import AS, Manners

PUBLIC = f"{AS}#Public"
VOTES = ("Like", "Dislike")
POSTS = ("Page", "Article", "Note", "Video", "Event")
MODERATION = ("Block", "Add", "Remove", "Lock")


@dataclass
class Reader:
    """Collects what a software would stumble over; `at` says where."""

    manners: Manners
    found: list[str] = field(default_factory=list)

    def need(self, fits: object, objection: str) -> None:
        """Note an objection unless it fits."""
        if not fits:
            self.found.append(objection)

    def text(self, thing: dict[str, Any], *names: str, optional: bool = False) -> None:
        """Properties that are one text, not a list and not an object."""
        for name in names:
            if name in thing or not optional:
                value = thing.get(name)
                self.need(isinstance(value, str) and value, f"{name} of {_name(thing)} is no single text: {value!r}")

    def people(self, thing: dict[str, Any], *names: str) -> None:
        """Properties that must be there as lists of addresses, be they empty."""
        for name in names:
            value = thing.get(name)
            good = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
            self.need(good, f"{name} of {_name(thing)} is no list of addresses: {value!r}")

    def times(self, thing: dict[str, Any]) -> None:
        """Dates are RFC 3339 with a time zone."""
        for name in ("published", "updated", "endTime", "startTime", "deleted"):
            value = thing.get(name)
            if value is not None:
                self.need(_is_time(value), f"{name} of {_name(thing)} is no date: {value!r}")

    def activity(self, thing: dict[str, Any], *, outer: bool = True) -> None:
        """What every software asks of an activity."""
        if outer:
            context = thing.get("@context")
            listed = context if isinstance(context, list) else [context]
            self.need(AS in listed, "the @context does not name Activity Streams")
        self.text(thing, "id", "type", "actor")
        self.need(thing.get("object"), f"{_name(thing)} has no object")
        self.need(
            _host(thing.get("id")) == _host(thing.get("actor")), f"{_name(thing)}: id and actor are of two servers"
        )
        self.times(thing)


def objections(manners: Manners, body: bytes | dict[str, Any]) -> list[str]:
    """Say what a software would refuse or overlook in an activity that it is sent."""
    document = json.loads(body) if isinstance(body, bytes) else body
    reader = Reader(manners)
    reader.activity(document)
    if isinstance(body, bytes):
        reader.need(len(body) <= 1_000_000, "larger than 1 MB")
    READERS[manners.software](reader, document)
    return reader.found


# ---- Lemmy ------------------------------------------------------------------------------------------------------------


def _lemmy(reader: Reader, thing: dict[str, Any]) -> None:
    kind = thing["type"]
    if kind == "Announce":
        reader.people(thing, "to", "cc")
        inner = thing.get("object")
        reader.need(isinstance(inner, dict), "a plain Announce of an object is answered with 400")
        if isinstance(inner, dict):
            reader.activity(inner, outer=False)
            reader.need(inner.get("type") != "Announce", "an Announce within an Announce")
            _lemmy_inner(reader, inner)
        return
    _lemmy_inner(reader, thing)


def _lemmy_inner(reader: Reader, thing: dict[str, Any]) -> None:
    kind = thing["type"]
    if "audience" in thing:
        reader.text(thing, "audience")
    if kind in ("Create", "Update"):
        reader.people(thing, "to", "cc")
        inside = thing.get("object")
        reader.need(isinstance(inside, dict), f"{kind} without its object")
        if isinstance(inside, dict):
            _lemmy_object(reader, inside)
            reader.need(_host(inside.get("id")) == _host(thing.get("actor")), "the object is of another server")
    elif kind in VOTES:
        reader.text(thing, "object")
    elif kind == "Delete":
        reader.people(thing, "to")
        reader.need(_id(thing["object"]), "Delete of nothing")
    elif kind in ("Accept", "Reject"):
        inside = thing["object"]
        good = isinstance(inside, str) or inside.get("type") == "Follow"
        reader.need(good, f"{kind} of {_name(inside)} is not known to Lemmy")
    elif kind == "Follow":
        reader.text(thing, "object")
    elif kind == "Undo":
        inside = thing["object"]
        known = (*VOTES, "Delete", "Follow", *MODERATION)
        good = isinstance(inside, dict) and inside.get("type") in known
        reader.need(good, f"Undo of {_name(inside)} is not known to Lemmy")
        if good:
            reader.activity(inside, outer=False)
            _lemmy_inner(reader, inside)
    elif kind in MODERATION:
        _lemmy_moderation(reader, thing)
    else:
        reader.need(kind == "Flag", f"{kind} is not known to Lemmy")


def _lemmy_moderation(reader: Reader, thing: dict[str, Any]) -> None:
    reader.people(thing, "to", "cc")
    reader.text(thing, "object")
    target = thing.get("target")
    if thing["type"] in ("Add", "Remove"):
        good = str(target).endswith(("/featured", "/moderators"))
        reader.need(good, f"{thing['type']} to {target!r} is not known to Lemmy")
    if thing["type"] == "Block":
        reader.text(thing, "target")


def _lemmy_object(reader: Reader, thing: dict[str, Any]) -> None:
    kind = thing.get("type")
    reader.need(kind in POSTS, f"objects of type {kind} are not known to Lemmy")
    reader.text(thing, "id", "attributedTo", "content")
    reader.text(thing, "audience", "context", "inReplyTo", "url", optional=True)
    reader.people(thing, "to", "cc")
    reader.times(thing)
    reader.need(thing.get("mediaType", "text/html") in ("text/html", "text/markdown"), "mediaType")
    if "inReplyTo" in thing:
        reader.need(kind == "Note", "a reply must be a Note")
    else:
        reader.need(kind != "Note" or reader.manners.version < "1", "a root of type Note is lost when announced")
        reader.text(thing, "name")
    _lemmy_attachments(reader, thing)
    source = thing.get("source")
    reader.need(source is None or source.get("mediaType") == "text/markdown", "source is no Markdown")
    language = thing.get("language")
    reader.need(language is None or set(language) >= {"identifier", "name"}, "language is no {identifier, name}")


def _lemmy_attachments(reader: Reader, thing: dict[str, Any]) -> None:
    attachments = thing.get("attachment", [])
    reader.need(isinstance(attachments, list), "attachment is no list")
    for one in attachments if isinstance(attachments, list) else ():
        kind = one.get("type")
        reader.need(kind in ("Link", "Image", "Document"), f"attachments of type {kind} are not known to Lemmy")
        reader.text(one, "href" if kind == "Link" else "url")
        reader.text(one, "mediaType", "name", optional=True)
    if "image" in thing:
        reader.need(isinstance(thing["image"], dict) and thing["image"].get("type") == "Image", "image is no Image")
        reader.text(thing["image"], "url")


# ---- Mastodon and what verifies as it does ------------------------------------------------------------------------------


def _mastodon(reader: Reader, thing: dict[str, Any]) -> None:
    kind, inside = thing["type"], thing.get("object")
    reader.need(
        kind
        in ("Accept", "Reject", "Announce", "Create", "Update", "Delete", "Undo", "Like", "Follow", "QuoteRequest"),
        f"{kind} is not known",
    )
    if kind == "QuoteRequest":
        _quote_request(reader, thing)
    if kind == "Announce":
        reader.need(isinstance(inside, str), "a wrapped activity becomes a boost in everybody's timeline")
        reader.people(thing, "to")
    if kind in ("Create", "Update", "Delete", "Like"):
        proof = thing.get("proof") or {}
        reader.need(
            _host(proof.get("verificationMethod")) == _host(thing["actor"]),
            "what a group forwards bears no proof of its author",
        )
    if kind in ("Create", "Update"):
        _note(reader, thing, inside)
        direct = not any(one == PUBLIC or one.endswith("/followers") for one in (*inside["to"], *inside["cc"]))
        reader.need(thing["type"] == "Update" or inside.get("inReplyTo") or direct, "a root comes as an Announce")
    if kind == "Delete":
        reader.need(_id(inside), "Delete of nothing")
    if kind in ("Accept", "Reject", "Undo"):
        reader.need(_id(inside), f"{kind} without the id of what it answers")
    if kind == "Accept" and isinstance(inside, dict) and inside.get("type") == "QuoteRequest":
        reader.need(_host(thing.get("result")) == _host(thing["actor"]), "the stamp is not on the server of who agrees")


def _quote_request(reader: Reader, thing: dict[str, Any]) -> None:
    reader.text(thing, "object")
    instrument = thing.get("instrument")
    reader.need(_host(_id(instrument)) == _host(thing["actor"]), "what would quote is of another server")
    if isinstance(instrument, dict):
        reader.need(instrument.get("quote") == thing["object"], "what would quote quotes something else")
        _note(reader, thing, instrument)


def _note(reader: Reader, thing: dict[str, Any], inside: Any) -> None:
    reader.need(isinstance(inside, dict), f"{thing['type']} without its object")
    reader.text(inside, "id", "type", "attributedTo", "content")
    reader.text(inside, "inReplyTo", optional=True)
    reader.need(
        _host(inside.get("id")) == _host(inside.get("attributedTo")) == _host(thing["actor"]),
        "written by another server",
    )
    addressed = {*_listed(inside.get("to")), *_listed(inside.get("cc"))}
    for tag in _listed(inside.get("tag")):
        if tag["type"] == "Mention":
            reader.need(tag["href"] in addressed, f"{tag['href']} is mentioned and not addressed: nobody is notified")
    reader.times(inside)


# ---- NodeBB, PieFed -----------------------------------------------------------------------------------------------------


def _nodebb(reader: Reader, thing: dict[str, Any]) -> None:
    kind, inside = thing["type"], thing["object"]
    if kind == "Announce" and isinstance(inside, dict):
        reader.activity(inside, outer=False)
        known = ("Create", "Update", "Delete", "Like", "Undo", *MODERATION)
        reader.need(inside.get("type") in known, f"{inside.get('type')} in an Announce is not known to NodeBB")
        stale = inside.get("type") == "Update" and _host(inside.get("actor")) == _host(thing["actor"])
        reader.need(
            not stale, "of an announced Update NodeBB asks again, and takes what it fetched up to five minutes ago"
        )
        _nodebb(reader, inside)
    elif kind in ("Create", "Update"):
        reader.text(inside, "id", "attributedTo", "content")
        reader.need(inside.get("type") in ("Note", "Article", "Page", "Question", "Video"), "no post of NodeBB")
        reader.need(_host(inside.get("attributedTo")) == _host(thing["actor"]), "written by another server")
    elif kind in VOTES:
        reader.text(thing, "object")


def _piefed(reader: Reader, thing: dict[str, Any]) -> None:
    kind, inside = thing["type"], thing["object"]
    reader.need(thing["actor"] == thing["actor"].lower(), "actors are looked up in lower case")
    if isinstance(inside, dict):
        reader.text(inside, "type", "id")
    if kind == "Announce":
        reader.people(thing, "to", "cc")
        good = isinstance(inside, dict) and inside.get("type") not in POSTS
        reader.need(good, "an Announce of a post, or of an id, is overlooked by PieFed")
        if isinstance(inside, dict):
            reader.activity(inside, outer=False)
            _piefed(reader, inside)
    elif kind == "Create" and "inReplyTo" in inside and "name" in inside:
        reader.need("published" not in inside, "a vote that bears a time is shown as an answer without words")
    elif kind in ("Create", "Update"):
        communities = [
            one
            for one in (*_listed(inside.get("audience")), *_listed(thing.get("to")), *_listed(thing.get("cc")))
            if "/c/" in one
        ]
        reader.need(communities, "no community is named in audience, to or cc")
        reader.text(inside, "attributedTo", "content")
        _lemmy_attachments(reader, inside)
    elif kind in VOTES:
        reader.text(thing, "object")


# ---- Mobilizon ----------------------------------------------------------------------------------------------------------


def _mobilizon(reader: Reader, thing: dict[str, Any]) -> None:
    kind, inside = thing["type"], thing["object"]
    known = ("Accept", "Reject", "Announce", "Create", "Update", "Delete", "Invite", "Undo", "Remove")
    reader.need(kind in known, f"{kind} is not known to Mobilizon")
    if kind in ("Accept", "Reject"):
        reader.need("/member/" in str(_id(inside)), f"{kind} of what is no membership of its own")
    if kind == "Announce":
        reader.need(isinstance(inside, str), "an announced activity is read as an object")
    if kind == "Create":
        _note(reader, thing, inside)
        mentioned = [tag["href"] for tag in _listed(inside.get("tag")) if tag["type"] == "Mention"]
        reader.need(mentioned, "a private note that mentions nobody begins no conversation")


# ---- GoToSocial ---------------------------------------------------------------------------------------------------------


def _gotosocial(reader: Reader, thing: dict[str, Any]) -> None:
    kind, inside = thing["type"], thing["object"]
    if kind == "Announce":
        reader.need(isinstance(inside, str), "GoToSocial reads an Announce of an id only")
        reader.people(thing, "to", "cc")
        reader.need(_is_time(thing.get("published")), "an Announce without a date")
    if kind in ("Create", "Update"):
        _note(reader, thing, inside)
        policy = inside.get("interactionPolicy") or {}
        direct = not {PUBLIC, *(one for one in inside["to"] + inside["cc"] if one.endswith("/followers"))} & {
            *inside["to"],
            *inside["cc"],
        }
        reader.need(direct or "canReply" in policy, "no policy: replies might be held")
        reader.need(_is_time(inside.get("published")), "a Note without a date")
        reader.need(not direct or "inReplyTo" not in inside, "an answer to a message by somebody whom it does not name")
    if kind in ("Accept", "Reject", "Undo", "Delete"):
        reader.need(_id(inside), f"{kind} without an id")
    if kind in ("Update", "Delete"):
        own = _host(_id(inside)) == _host(thing["actor"])
        reader.need(own, f"{kind} of what is of another server is answered with 500")


def _nothing(_reader: Reader, _thing: dict[str, Any]) -> None:
    """A software without whims."""


READERS: dict[str, Callable[[Reader, dict[str, Any]], None]] = {
    "lemmy": _lemmy,
    "mastodon": _mastodon,
    "hollo": _mastodon,
    "nodebb": _nodebb,
    "piefed": _piefed,
    "gotosocial": _gotosocial,
    "mobilizon": _mobilizon,
    "plain": _nothing,
}


def _host(uri: Any) -> str:
    return urlsplit(uri).netloc if isinstance(uri, str) else ""


def _id(thing: Any) -> Any:
    return thing.get("id") if isinstance(thing, dict) else thing


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _name(thing: Any) -> str:
    return f"{thing.get('type')} {thing.get('id')}" if isinstance(thing, dict) else repr(thing)


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
