"""Property tests: whatever happens to a document on its way, parse() reads it or says BadDocument."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activitypub import BadDocument, Thing, encode, parse, render
from tests.activitypub.corpus import NAMES, load

DOCUMENTS = [load(name) for name in NAMES]

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "https://a.example/", "as:Public", "Public", "javascript:alert(1)", "2026-10-20", "0000-00-00T00:00:00Z",
         "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1e999", "\x00", "\u202e", "true", "und",
         "https://a.example/" + "x" * 3000]
    ),
)  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.just(10**400), st.just(-1), st.just(2**70)
)
keys = st.one_of(
    texts,
    st.sampled_from(
        ["id", "type", "@id", "@type", "@value", "@list", "@graph", "@context", "actor", "object", "to", "items", "href",
         "orderedItems", "as:actor", "publicKeyPem", "inbox", "content", "contentMap", "identifier", "url", "published"]
    ),
)  # fmt: skip
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=8
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a document."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*path, index))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A document of the corpus with one or two things wrong."""
    document = json.loads(json.dumps(draw(st.sampled_from(DOCUMENTS))))
    for _ in range(draw(st.integers(1, 2))):
        here = places(document)
        if not here:
            break
        *path, last = draw(st.sampled_from(here))
        parent = document
        for step in path:
            parent = parent[step]
        old = parent[last]
        kind = draw(st.sampled_from(["delete", "replace", "array", "nest", "add", "huge"]))
        if kind == "delete":
            del parent[last]
        elif kind == "replace":
            parent[last] = draw(values)
        elif kind == "array":
            parent[last] = [old, draw(st.sampled_from([old, None, 7, {}]))]
        elif kind == "nest":
            parent[last] = {draw(keys): old}
        elif kind == "huge":
            parent[last] = [old] * 12
        elif isinstance(old, dict):
            old[draw(keys)] = draw(values)
    return document


def check(thing: Thing) -> None:
    """What holds for everything that was read."""
    assert thing.id is None or isinstance(thing.id, str)
    for name in ("to", "cc", "audience"):
        assert all(isinstance(one, str) for one in getattr(thing, name, ()))
    for name in ("published", "updated", "start_time", "end_time"):
        moment = getattr(thing, name, None)
        if moment is not None:
            assert isinstance(moment, datetime)
            assert moment.utcoffset() is not None
            moment.timestamp()
    for name in ("in_reply_to", "url", "inbox", "name", "content", "summary", "language"):
        assert getattr(thing, name, None) is None or isinstance(getattr(thing, name), str)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mutated())
def test_a_mutated_document_is_read_or_refused(document: Any) -> None:
    try:
        thing = parse(document)
    except BadDocument:
        return
    check(thing)
    repr(thing)
    hash(thing)
    written = render(thing)
    again = parse(encode(thing))
    assert parse(written) == again


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values)
def test_any_value_is_read_or_refused(value: Any) -> None:
    with suppress(BadDocument):
        check(parse(json.dumps(value)))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_damaged_bytes_are_read_or_refused(name: str, data: st.DataObject) -> None:
    raw = bytearray(json.dumps(load(name)).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadDocument):
        check(parse(bytes(raw)))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(BadDocument):
        parse(raw)
