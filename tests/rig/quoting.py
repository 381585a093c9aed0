"""How a Mastodon quotes, asks, agrees and takes back (FEP-044f), for scripted strangers."""

from __future__ import annotations

from typing import Any

from tests.rig.fakeserver import AS_JSON, PUBLIC, Stranger

CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {
        "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "gts": "https://gotosocial.org/ns#",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    },
]


def policy(*names: str) -> dict[str, Any]:
    """What `interactionPolicy` says."""
    return {"canQuote": {"automaticApproval": list(names)}}


def quote_of(uri: str, stamp: str = "", *, url: str = "") -> dict[str, Any]:
    """The properties of a post that quotes."""
    said = {"quote": uri, "quoteUri": uri, "_misskey_quote": uri}
    return said | ({"quoteAuthorization": stamp} if stamp else {})


def fallback(uri: str) -> str:
    """What stands in its text for who knows no quotes."""
    return f'<p class="quote-inline">RE: <a href="{uri}" target="_blank"><span class="invisible">https://</span>{uri[8:]}</a></p>'


def stamp_of(author: Stranger, quoted: str, by: str, **changed: Any) -> str:
    """Serve a stamp of somebody for a quote of their post; gives its address."""
    number = next(author.server.ids)
    uri = f"{author.uri}/quote_authorizations/{number}"
    document = {
        "@context": CONTEXT,
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": author.uri,
        "interactingObject": by,
        "interactionTarget": quoted,
        **changed,
    }
    author.server.put(uri, document, content_type=AS_JSON)
    return uri


async def asks(author: Stranger, note: dict[str, Any] | str, quoted: str, to: str, **changed: Any) -> dict[str, Any]:
    """Deliver a QuoteRequest; gives the activity."""
    number = next(author.server.ids)
    activity = {
        "@context": CONTEXT,
        "id": f"{author.uri}/quote_requests/{number}",
        "type": "QuoteRequest",
        "actor": author.uri,
        "object": quoted,
        "instrument": note,
        **changed,
    }
    await author.sends(activity, to)
    return activity


async def answers(author: Stranger, request: dict[str, Any], kind: str, to: str, **more: Any) -> dict[str, Any]:
    """Deliver an Accept or a Reject of a QuoteRequest that came; gives the activity."""
    number = next(author.server.ids)
    inner = {name: request[name] for name in ("id", "type", "actor", "object")}
    inner["instrument"] = (
        request["instrument"]["id"] if isinstance(request["instrument"], dict) else request["instrument"]
    )
    activity = {
        "@context": CONTEXT,
        "id": f"{author.uri}#{kind.lower()}s/quote_requests/{number}",
        "type": kind,
        "actor": author.uri,
        "object": inner,
        **more,
    }
    assert await author.sends(activity, to) == 202
    return activity


async def takes_back(author: Stranger, stamp: str, to: str) -> None:
    """Take a stamp away and say so; that of somebody else stays."""
    author.server.documents.pop(stamp.removeprefix(author.server.origin), None)
    activity = {
        "@context": CONTEXT,
        "id": f"{stamp}#delete" if stamp.startswith(author.server.origin) else f"{author.uri}#deletes/stamp",
        "type": "Delete",
        "actor": author.uri,
        "to": [PUBLIC],
        "object": stamp,
    }
    assert await author.sends(activity, to) == 202
