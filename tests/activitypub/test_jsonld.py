"""Contexts are bundled and never fetched; spellings become the usual ones; the written context is the smallest."""

import copy
import json
import pickle
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

import activitypub.jsonld
from activitypub import BadDocument
from activitypub.jsonld.compose import compose_context, with_context
from activitypub.jsonld.contexts import ACTIVITYSTREAMS, LEMMY, extensions, known_contexts, load_context
from activitypub.jsonld.normalise import (
    FrozenMap,
    as_list,
    canonical_keys,
    canonical_name,
    plain_text,
    read_date,
    read_flag,
    read_identifier,
    read_integer,
    read_json,
    read_number,
    write_date,
)
from activitypub.vocab.base import Thing, terms_of
from activitypub.vocab.registry import TYPES

FOLDER = Path(activitypub.jsonld.__file__).parent / "contexts"


def test_every_bundled_context_can_be_read_and_has_origin_and_date() -> None:
    entries = tomllib.loads((FOLDER / "INDEX.toml").read_text("utf-8"))["context"]
    assert {entry["file"] for entry in entries} | {"extensions.json"} == {file.name for file in FOLDER.glob("*.json")}
    for entry in entries:
        assert entry["origin"] and entry["date"]
        assert "@context" in load_context(entry["url"])
    assert ACTIVITYSTREAMS in known_contexts()


def test_no_other_context_is_known() -> None:
    with pytest.raises(BadDocument, match="no bundled context"):
        load_context("https://evil.example/context")


def test_each_prefix_in_use_is_defined() -> None:
    prefixes, terms = extensions()
    for term, meaning in terms.items():
        address = meaning["@id"] if isinstance(meaning, dict) else meaning
        prefix = address.partition(":")[0]
        assert prefix in prefixes or prefix in ("https", "as"), term


def test_each_term_and_type_that_we_write_is_defined_somewhere() -> None:
    defined = set(extensions()[1]).union(*(load_context(url)["@context"] for url in known_contexts()))
    written = {key for kind in TYPES.values() for key in terms_of(kind)} | set(TYPES)
    unknown = {key for key in written if ":" not in key and key not in defined}
    # Only read, or explained by no published vocabulary.
    assert unknown <= {"participants", "textarea", "Activity", "PollVote", "choice_text", "ChooseAnswer"}, unknown


@pytest.mark.parametrize(
    ("document", "context"),
    [
        ({"type": "Follow", "actor": "x", "object": "y"}, ACTIVITYSTREAMS),
        ({"type": "Page", "stickied": True, "sensitive": False}, [ACTIVITYSTREAMS, LEMMY]),
        ({"type": "Note", "sensitive": False}, [ACTIVITYSTREAMS, {"sensitive": "as:sensitive"}]),
        (
            {"type": "Note", "tag": [{"type": "Emoji"}]},
            [ACTIVITYSTREAMS, {"toot": "http://joinmastodon.org/ns#", "Emoji": "toot:Emoji"}],
        ),
        ({"type": "Note", "contentMap": {"stickied": "x", "toot": "y"}}, ACTIVITYSTREAMS),
        ({"type": "Announce", "object": {"@context": LEMMY, "stickied": True}}, ACTIVITYSTREAMS),
        ({"type": ["Note", 7], "toot:x": 1}, [ACTIVITYSTREAMS, {"toot": "http://joinmastodon.org/ns#"}]),
        ({"type": "Nonsense", "nonsense": 1}, ACTIVITYSTREAMS),
    ],
)
def test_the_smallest_context(document: dict[str, object], context: object) -> None:
    assert compose_context(document) == context


def test_a_document_gets_a_context_once() -> None:
    assert with_context({"type": "Note"}) == {"@context": ACTIVITYSTREAMS, "type": "Note"}
    assert with_context({"@context": "x", "type": "Note"}) == {"@context": "x", "type": "Note"}


def test_spellings() -> None:
    assert canonical_name("as:actor") == canonical_name("https://www.w3.org/ns/activitystreams#actor") == "actor"
    assert canonical_name("@id") == "id"
    assert canonical_name("toot:Emoji") == "Emoji"
    assert canonical_name("evil:actor") == "evil:actor"
    plain = {"id": "x"}
    assert canonical_keys(plain) is plain
    with pytest.raises(BadDocument):
        canonical_keys({"as:actor": 1, "actor": 2})
    assert as_list({"@set": {"@list": [1]}}) == [1]
    assert plain_text({"@value": 3}) == "3"
    assert plain_text(True) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-20T14:00:00Z", datetime(2026, 10, 20, 14, tzinfo=UTC)),
        ("2026-10-20t14:00:00z", datetime(2026, 10, 20, 14, tzinfo=UTC)),
        ("2026-10-20T14:00:00", datetime(2026, 10, 20, 14, tzinfo=UTC)),
        ("2026-10-20 14:00", datetime(2026, 10, 20, 14, tzinfo=UTC)),
        ("2026-10-20T10:00:00-04:00", datetime(2026, 10, 20, 14, tzinfo=UTC)),
        ("2026-10-20T14:00:00.123456789Z", datetime(2026, 10, 20, 14, 0, 0, 123456, tzinfo=UTC)),
        ("2026-10-20", datetime(2026, 10, 20, tzinfo=UTC)),
        ({"@value": "2026-10-20", "@type": "xsd:date"}, datetime(2026, 10, 20, tzinfo=UTC)),
    ],
)
def test_dates(text: object, moment: datetime) -> None:
    assert read_date(text) == moment


@pytest.mark.parametrize(
    "text", ["", "yesterday", "0000-00-00", "0001-01-01", "9999-12-31", "99999-01-01", "2026-02-30", "2026-W01-1",
             "20261020", 1792504800000, None, True, [], "2026-10-20T14:00:00" + " " * 100, "2026-10-20Tnoon", "2026-10-20T25:00:00Z"]
)  # fmt: skip
def test_no_dates(text: object) -> None:  # F07
    assert read_date(text) is None


def test_writing_dates() -> None:
    assert write_date(datetime(2026, 10, 20, 14, 0, 0, 5000, tzinfo=UTC)) == "2026-10-20T14:00:00.005000Z"


def test_numbers_and_flags() -> None:
    assert [read_integer(x) for x in (3, "3", 3.0, 2**53)] == [3, 3, 3, 2**53]
    assert {read_integer(x) for x in (-1, "-1", 3.5, True, None, "x", "٣", 2**53 + 1, "9" * 30, [])} == {None}
    assert [read_number(x) for x in (1, "48.5", -2.5)] == [1.0, 48.5, -2.5]
    assert {read_number(x) for x in (True, "x", "nan", "inf", 10**400, None, "1" * 40)} == {None}
    assert [read_flag(x) for x in (True, "True", 1, "0", 0, "false")] == [True, True, True, False, False, False]
    assert {read_flag(x) for x in (2, "x", None, [], 1.0)} == {None}


def test_identifiers() -> None:
    assert read_identifier({"@id": "https://a.example/"}) == "https://a.example/"
    assert read_identifier({"type": "Link", "href": "https://a.example/"}) == "https://a.example/"
    assert {read_identifier(x) for x in (None, "", 3, {}, {"id": 3}, "a b", "a\nb", "x" * 2049, ["x"])} == {None}


def test_a_frozen_map_cannot_change_and_is_still_json() -> None:
    found = FrozenMap({"a": [1]})
    for change in (
        lambda: found.update(b=1),
        lambda: found.pop("a"),
        lambda: found.clear(),
        lambda: found.setdefault("b", 1),
        lambda: found.__ior__({}),
    ):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(TypeError):
        found["a"] = 1
    with pytest.raises(TypeError):
        del found["a"]
    assert json.dumps(found) == '{"a": [1]}'
    assert copy.copy(found) is found and copy.deepcopy(found) is found
    assert pickle.loads(pickle.dumps(found)) == found
    assert hash(found) == hash(FrozenMap({"a": [2]}))


def test_read_json_gives_any_value() -> None:
    assert read_json(b" [1] ") == [1]
    assert read_json("3") == read_json(bytearray(b"3")) == 3


def test_each_class_is_registered_under_its_type() -> None:
    for name, kind in TYPES.items():
        assert issubclass(kind, Thing)
        assert name in (kind.TYPE, "Object", "Activity")
