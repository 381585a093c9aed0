"""Every document of the corpus parses without input or output, and is written again without a loss."""

import json
import sys
from collections.abc import Iterator

import pytest

from activitypub import Activity, Actor, BadDocument, Object, Thing, encode, parse, render
from tests.activitypub.corpus import FILES, FOLDER, NAMES, load, losses

_watching: list[list[str]] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _watching and (event.startswith(("socket.", "subprocess.", "urllib")) or event == "open"):
        _watching[-1].append(f"{event} {args[:1]}")


sys.addaudithook(_hook)


@pytest.fixture
def touched() -> Iterator[list[str]]:
    """What a test opened or dialled."""
    _watching.append([])
    yield _watching[-1]
    _watching.pop()


def test_there_are_documents_of_each_software_with_their_source() -> None:
    assert len(FILES) > 200
    for folder in {file.parent for file in FILES}:
        assert (folder / "SOURCE").read_text().strip(), folder


@pytest.mark.parametrize("name", NAMES)
def test_it_parses_without_input_or_output(name: str, touched: list[str]) -> None:
    data = (FOLDER / name).read_bytes()
    touched.clear()
    thing = parse(data)
    assert touched == []
    assert thing.raw == data
    assert type(thing) is not Object or thing.type in ("AnnounceAuthorization",)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_when_it_is_written_again(name: str) -> None:
    document = load(name)
    again = render(parse(document))
    assert losses(document, again) == []
    # What we write we also read, and it says the same.
    assert parse(again) == parse(document)
    assert render(parse(again)) == again


@pytest.mark.parametrize("name", NAMES)
def test_a_group_passes_it_on_byte_for_byte(name: str) -> None:
    data = (FOLDER / name).read_bytes().strip()
    wrapped = parse(
        {"id": "https://coop.example/activities/1", "type": "Announce", "actor": "https://coop.example/c/soil"}
    )
    assert isinstance(wrapped, Activity)
    announce = type(wrapped)(id=wrapped.id, actor=wrapped.actor, object=parse(data))
    written = encode(announce)
    assert written.count(data) == 1
    assert json.loads(written)["object"] == json.loads(data)


@pytest.mark.parametrize("name", NAMES)
def test_values_are_frozen_and_can_be_compared(name: str) -> None:
    thing = parse(load(name))
    assert thing == parse(load(name))
    assert isinstance(hash(thing), int)
    assert repr(thing).startswith(type(thing).__name__)
    with pytest.raises(AttributeError):
        thing.id = "https://evil.example/"  # type: ignore[misc]
    with pytest.raises(TypeError):
        thing.extra["x"] = 1  # type: ignore[index]


def test_activities_have_an_actor_and_actors_an_inbox() -> None:
    for name in NAMES:
        thing = parse(load(name))
        if isinstance(thing, Activity):
            assert thing.actor_id, name
            assert thing.objects, name
        if isinstance(thing, Actor) and "stub" not in name:
            assert thing.inbox, name
            assert thing.public_keys, name


def test_what_is_not_a_document_is_refused() -> None:
    for bad in (b"", b"[]", b"null", b'"x"', b"{}", b'{"name":"x"}', b"{", b"\xff{}"):
        with pytest.raises(BadDocument):
            parse(bad)
    assert isinstance(parse(b'{"type":"Note"}'), Thing)
