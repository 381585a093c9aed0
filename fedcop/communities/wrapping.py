"""Puts an activity into an Announce and takes it out again byte for byte (FEP-1b12). Pure; relay.py says when.

Parsing and writing again would keep the meaning but not the bytes: number forms, escapes and unknown keys are what the
author signed, and what a peer may check.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()


def wrap(announce: dict[str, Any], body: bytes) -> bytes:
    """Give an announce whose `object` is `body` as it is; `announce` has no object of its own."""
    assert "object" not in announce, "the object is the body"
    return orjson.dumps(announce)[:-1] + b',"object":' + body + b"}"


def unwrap(body: bytes) -> list[bytes]:
    """Give the bytes of each activity that an announce holds, embedded or by id, in order; empty if it holds none."""
    text = body.decode("utf-8")
    for key, start, end in _members(text):
        if key == "object":
            spans = _items(text, start) if text[start] == "[" else [(start, end)]
            return [text[first:last].encode("utf-8") for first, last in spans]
    return []


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    """Give key, start and end of each value of a JSON object."""
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        yield key, start, end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _items(text: str, at: int) -> list[tuple[int, int]]:
    """Give start and end of each item of a JSON array that begins at `at`."""
    found, at = [], _skip(text, at + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        found.append((at, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at
