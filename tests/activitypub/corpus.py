"""The documents in tests/corpus, and what it means that one came through without a loss."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from activitypub.jsonld.normalise import as_list, canonical_keys, canonical_name, read_date
from activitypub.uris import is_public

FOLDER = Path(__file__).parent.parent / "corpus"
FILES = sorted(FOLDER.glob("*/*.json"))
NAMES = [str(file.relative_to(FOLDER)) for file in FILES]


def load(name: str) -> dict[str, Any]:
    """A document of the corpus as plain JSON."""
    found: dict[str, Any] = json.loads((FOLDER / name).read_bytes())
    return found


def losses(before: Any, after: Any, path: str = "") -> list[str]:
    """Where `after` no longer says what `before` said; other spellings of the same are no loss."""
    if before == after:
        return []
    if isinstance(before, Mapping):
        return _losses_in_object(before, after, path)
    if isinstance(before, list):
        here = [item for item in before if item not in (None, "")]
        there = as_list(after)
        if len(here) != len(there) and after != before:
            return [f"{path}: {len(here)} became {len(there)}"]
        return [
            loss for i, (a, b) in enumerate(zip(here, there, strict=False)) for loss in losses(a, b, f"{path}[{i}]")
        ]
    return [] if _same(before, after) else [f"{path}: {before!r} became {after!r}"]


def _losses_in_object(before: Mapping[str, Any], after: Any, path: str) -> list[str]:
    usual = canonical_keys(before)
    if "@value" in before:
        return losses(before["@value"], after, path)
    if "@list" in before:
        return losses(before["@list"], after, path)
    if isinstance(after, list) and len(after) == 1:
        after = after[0]
    if isinstance(after, str):
        # Where only the id is kept: bodies of others are never taken from an embedded copy (attack B24).
        return [] if _same(usual.get("id", usual.get("href")), after) else [f"{path}: object became {after!r}"]
    if not isinstance(after, Mapping):
        return [f"{path}: object became {after!r}"]
    found = []
    for key, value in usual.items():
        if key == "@context" or value in (None, [], {}) or key in ("bto", "bcc"):
            continue
        if value is False and key not in after:
            continue  # The default of every flag that we know.
        if key == "language" and isinstance(value, Mapping):
            value = {"identifier": value.get("identifier")}  # The name of a language is ours to choose.
        there = key if key in after else {"orderedItems": "items", "items": "orderedItems"}.get(key, key)
        if there not in after:
            found.append(f"{path}.{key} is lost")
        else:
            found += losses(value, after[there], f"{path}.{key}")
    return found


def _same(before: Any, after: Any) -> bool:
    if isinstance(after, list) and len(after) == 1:
        after = after[0]
    if isinstance(after, Mapping):
        # A bare text became a thing with one property.
        return before in after.values() or before in [item for value in after.values() for item in as_list(value)]
    if isinstance(before, str) and isinstance(after, str):
        if is_public(before) and is_public(after):
            return True
        moment = read_date(before)
        return before == after or canonical_name(before) == after or (moment is not None and moment == read_date(after))
    return bool(before == after) or str(before) == str(after)
