"""The smallest `@context` that a document needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from activitypub.jsonld.contexts import (
    ACTIVITYSTREAMS,
    DATA_INTEGRITY,
    LEMMY,
    MULTIKEY,
    SECURITY,
    extensions,
    known_contexts,
    terms_in,
)
from activitypub.jsonld.normalise import as_list

#: A bundled context is named only when the document uses one of these; what else it defines comes for free.
_REASONS = {
    SECURITY: frozenset({"publicKey", "publicKeyPem"}),
    DATA_INTEGRITY: frozenset({"proof", "DataIntegrityProof"}),
    MULTIKEY: frozenset({"Multikey", "publicKeyMultibase"}),
    LEMMY: frozenset(
        [
            "commentsEnabled",
            "postingRestrictedToMods",
            "removeData",
            "stickied",
            "moderators",
            "distinguished",
            "language",
            "expires",
        ]
    ),
}


def used_terms(document: Mapping[str, Any]) -> set[str]:
    """The keys and types of a document, without the parts that bring a `@context` of their own."""
    return set(_terms(document))


def _terms(value: Any, *, outermost: bool = True) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _terms(item, outermost=False)
    elif isinstance(value, Mapping):
        if not outermost and "@context" in value:
            return
        for key, item in value.items():
            if key == "type":
                yield from (name for name in as_list(item) if isinstance(name, str))
            # The keys of a language map are languages, not terms.
            elif not key.endswith("Map"):
                yield from _terms(item, outermost=False)
            yield key


def compose_context(document: Mapping[str, Any], declared: Any = None) -> Any:
    """The value of `@context` for a document; `declared` holds definitions of terms that this library does not know."""
    used = used_terms(document)
    urls = [ACTIVITYSTREAMS] + [url for url, reasons in _REASONS.items() if reasons & used]
    missing = {term for term in used if not term.startswith("@")}.difference(*(terms_in(url) for url in urls))
    prefixes, definitions = extensions()
    inline: dict[str, Any] = {}
    for term in sorted(missing):
        meaning = definitions.get(term)
        prefix = _prefix(term if meaning is None else meaning)
        if prefix in prefixes:
            inline[prefix] = prefixes[prefix]
        if meaning is not None:
            inline[term] = meaning
    unknown = {term for term in missing if term not in inline and _prefix(term) not in inline}
    if unknown and declared is not None:
        _declare(declared, urls, inline)
    entries: list[Any] = [*urls, *([inline] if inline else [])]
    return entries if len(entries) > 1 else entries[0]


def with_context(document: Mapping[str, Any], declared: Any = None) -> dict[str, Any]:
    """A document with the `@context` that it needs; one that has it already stays as it is."""
    if "@context" in document:
        return dict(document)
    return {"@context": compose_context(document, declared), **document}


def _prefix(meaning: Any) -> str:
    name = meaning.get("@id", "") if isinstance(meaning, Mapping) else meaning
    return str(name).partition(":")[0] if ":" in str(name) else ""


def _declare(declared: Any, urls: list[str], inline: dict[str, Any]) -> None:
    """Add what the document itself came with, but no other meaning for what this library defines."""
    ours = set(extensions()[1]).union(*(terms_in(url) for url in known_contexts()))
    for entry in as_list(declared):
        if isinstance(entry, str) and entry not in urls and entry not in known_contexts():
            urls.append(entry)
        elif isinstance(entry, Mapping):
            for term in entry.keys() - ours:
                inline.setdefault(term, entry[term])
