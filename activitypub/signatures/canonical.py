"""Read JSON so strictly that all programs read the same, and write it in the canonical form of RFC 8785.

Not for rendering documents: what goes over the wire need not be canonical.
"""

import json
import math
from typing import Any, NoReturn

import rfc8785

from activitypub.errors import BadDocument

MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1


def read_strict(data: bytes) -> dict[str, Any]:
    """Read a JSON object; refuse duplicate keys, numbers others would round, lone surrogates, depth beyond 64."""
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except BadDocument:
        raise
    except RecursionError as error:
        raise BadDocument("the document is nested too deeply") from error
    except ValueError as error:
        raise BadDocument("the document is not JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise BadDocument("the document is not a JSON object")
    refuse_ambiguous(value)
    return value


def refuse_ambiguous(value: object) -> None:
    """Raise BadDocument for values that JSON programs disagree about; walks without recursion."""
    waiting: list[tuple[object, int]] = [(value, 1)]
    while waiting:
        current, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise BadDocument(f"the document is nested deeper than {MAX_DEPTH}")
        if isinstance(current, dict):
            for key in current:
                _check_text(key)
            waiting.extend((child, depth + 1) for child in current.values())
        elif isinstance(current, (list, tuple)):
            waiting.extend((child, depth + 1) for child in current)
        elif isinstance(current, str):
            _check_text(current)
        elif isinstance(current, float):
            if not math.isfinite(current):
                raise BadDocument("the document contains a number that is not finite")
        elif isinstance(current, int) and not isinstance(current, bool):
            if abs(current) > MAX_INTEGER:
                raise BadDocument("the document contains a whole number beyond 2^53")
        elif current is not None and not isinstance(current, bool):
            raise BadDocument("the document contains something that is not JSON")


def canonical(value: dict[str, Any]) -> bytes:
    """Write a value in the canonical form of RFC 8785."""
    refuse_ambiguous(value)
    return rfc8785.dumps(value)


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise BadDocument("the document has a key that is not text")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise BadDocument("the document contains half a character (a lone surrogate)") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise BadDocument("the document names a property twice")
    return result


def _constant(name: str) -> NoReturn:
    raise BadDocument(f"the document contains {name}, which is not JSON")
