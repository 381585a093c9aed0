"""What came is passed on byte for byte, and what is made is what is read."""

import json
from dataclasses import replace

import pytest

from activitypub import Announce, encode, parse
from activitypub.vocab import codec
from activitypub.vocab.base import Thing
from activitypub.vocab.registry import TYPES

GROUP = "https://coop.example/c/soil"
ANA = "https://a.example/u/ana"


def note(**more: object) -> dict[str, object]:
    return {"id": "https://a.example/n/1", "type": "Note", "attributedTo": ANA, **more}


def test_a_changed_copy_has_no_bytes() -> None:
    data = json.dumps(note(content="x")).encode()
    thing = parse(data)
    assert thing.raw == data
    assert parse(data.decode()).raw == data
    assert parse(json.loads(data)).raw is None
    assert replace(thing, extra={}).raw is None


def test_wrapping_keeps_every_byte_and_a_seal_sees_the_document() -> None:
    inner = b'{ "type":"Like",\t"id":"https://a.example/like/1", "actor":"https://a.example/u/ana","object":"https://b.example/1", "n": 1.0, "x":"\\u00e9" }'
    seen = {}

    def seal(document: dict[str, object]) -> dict[str, object]:
        seen.update(document)
        return {**document, "proof": {"type": "DataIntegrityProof"}}

    written = encode(Announce(id="https://coop.example/1", actor=GROUP, object=parse(inner)), seal=seal)
    assert inner in written
    assert seen["object"] == json.loads(inner)
    assert json.loads(written)["proof"] == {"type": "DataIntegrityProof"}
    assert json.loads(written)["object"] == json.loads(inner)


def test_two_wrapped_parts_and_a_text_that_looks_like_a_mark() -> None:
    first, second = (json.dumps(note(id=f"https://a.example/{n}", x="  ")).encode() for n in (1, 2))
    announce = Announce(actor=GROUP, summary='\\u00000" "\\u00001', objects=(parse(first), parse(second)))
    written = encode(announce)
    assert first in written and second in written
    assert json.loads(written)["summary"] == '\\u00000" "\\u00001'


@pytest.mark.parametrize("kind", sorted({*TYPES.values()}, key=str))
def test_what_is_read_is_what_its_class_makes(kind: type[Thing]) -> None:
    made = codec._made(kind, id="https://a.example/1", extra={"x": 1})
    wanted = kind(id="https://a.example/1", extra={"x": 1})
    assert made == wanted and vars(made) == vars(wanted) and type(made.extra) is type(wanted.extra)
    with pytest.raises(TypeError):
        codec._made(kind, nothing_of_the_kind=1)
