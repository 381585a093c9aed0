"""parse() refuses what has a second meaning."""

import pytest

from activitypub import PUBLIC, BadDocument, Note, parse

GROUP = "https://coop.example/c/soil"
ANA = "https://a.example/u/ana"


def note(**more: object) -> dict[str, object]:
    return {"id": "https://a.example/n/1", "type": "Note", "attributedTo": ANA, **more}


@pytest.mark.parametrize(
    "document",
    [
        note(id=7),
        note(id=""),
        note(id="https://a.example/ x"),
        note(id="https://a.example/\u200b"),
        note(id="javascript:alert(1)"),
        note(id="/n/1"),
        note(id="https://a.example/" + "x" * 2048),
        note(type=7),
        note(attributedTo=12),
        note(attributedTo=[ANA, 12]),
        note(attributedTo={"id": {"id": ANA}}),
        note(to=[1]),
        note(to={"en": "x"}),
        note(cc=["https://a.example/ b"]),
        note(audience=[[]]),
        note(**{"@id": "https://b.example/n/1"}),
        note(**{"@type": "Page"}),
        note(**{"as:attributedTo": "https://b.example/u/eve"}),
        note(**{"https://www.w3.org/ns/activitystreams#attributedTo": "https://b.example/u/eve"}),
        note(**{"@graph": []}),
        note(**{"@included": []}),
        note(tag=[{"@reverse": {}}]),
        note(tag=[{"id": 3}]),
        note(name="a\x00b"),
        note(name="\ud800"),
        note(**{"\ud800": 1}),
        note(extra=float("nan")),
        note(extra=float("inf")),
        note(extra={1: 2}),
        note(extra=object()),
        note(**{"@context": 7}),
        note(**{"@context": [["https://www.w3.org/ns/activitystreams"]]}),
        note(**{"@context": ["https://a.example/"] * 65}),
        note(**{"@context": {"actor": "as:name"}}),
        note(**{"@context": {"to": {"@id": "as:bto"}}}),
        note(**{"@context": {"to": {"@reverse": "as:to"}}}),
        note(**{"@context": {"id": "as:name"}}),
        note(**{"@context": {"content": None}}),
        note(**{"@context": {"as": "https://evil.example/"}}),
        {"type": "Like", "actor": [ANA, "https://b.example/u/eve"], "object": "https://a.example/n/1"},
        {"type": "Like", "actor": 3, "object": "https://a.example/n/1"},
        {"type": "Like", "actor": ANA, "object": 4},
        {"type": "Like", "actor": ANA, "object": ["https://a.example/n/1", {"id": 4}]},
        {"type": "Add", "actor": ANA, "object": "https://a.example/n/1", "target": [GROUP, ANA]},
        {"type": "OrderedCollection", "items": ["https://a.example/1"], "orderedItems": ["https://a.example/2"]},
    ],
)
def test_documents_with_two_meanings_are_refused(document: dict[str, object]) -> None:  # B16, B17, B30, C02, C05
    with pytest.raises(BadDocument):
        parse(document)


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"Like","actor":"https://a.example/1","actor":"https://a.example/2"}',
        '{"type":"Note","tag":[{"href":"a","href":"b"}]}',
        '{"type":"Note","x":NaN}',
        '{"type":"Note","x":-Infinity}',
        '{"type":"Note","x":1e400}',
        '{"type":"Note","x":"\\ud800"}',
        '{"type":"Note","x":"\\u0000"}',
        '{"type":"Note","x":' + "[" * 64 + "]" * 64 + "}",
        '{"type":"Note","x":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"type":"Note","x":' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}",
        '{"type":"Note","x":' + "9" * 5000 + "}",
        '\ufeff{"type":"Note"}',
    ],
)
def test_texts_that_parsers_disagree_about_are_refused(text: str) -> None:  # B29
    for data in (text, text.encode("utf-8", "surrogatepass")):
        with pytest.raises(BadDocument):
            parse(data)


def test_a_context_may_repeat_what_is_so_anyway_and_define_what_is_new() -> None:
    context = [
        "https://www.w3.org/ns/activitystreams",
        "https://evil.example/changes-all-the-time",
        {"id": "@id", "type": "@type", "as": "https://www.w3.org/ns/activitystreams#", "to": {"@type": "@id"}},
        {"actor": {"@id": "as:actor", "@type": "@id"}, "name": "https://www.w3.org/ns/activitystreams#name"},
        {"foo": {"@id": "https://foo.example/#foo", "@container": "@graph"}},
        None,
    ]
    assert parse(note(**{"@context": context})).ld_context == context


def test_same_in_two_spellings_is_fine() -> None:
    found = parse(note(**{"@id": "https://a.example/n/1", "@type": "Note", "as:attributedTo": ANA}))
    assert isinstance(found, Note) and found.author == ANA
    assert parse({"type": "Collection", "items": [ANA], "orderedItems": [ANA]}).items == (ANA,)  # type: ignore[attr-defined]


def test_everyone_has_one_spelling() -> None:
    found = parse(note(to="as:Public", cc=["Public", {"id": PUBLIC}], bto=ANA))
    assert isinstance(found, Note)
    assert found.to == (PUBLIC,) and found.cc == (PUBLIC, PUBLIC)
    assert found.recipients == (PUBLIC, ANA)


def test_an_author_is_one_or_none() -> None:
    assert parse(note()).author == ANA  # type: ignore[attr-defined]
    assert parse(note(attributedTo=None)).author is None  # type: ignore[attr-defined]
    assert parse(note(attributedTo={"type": "Person", "id": ANA})).author == ANA  # type: ignore[attr-defined]
    assert parse(note(attributedTo={"type": "Person", "name": "x"})).author is None  # type: ignore[attr-defined]
    assert parse(note(attributedTo={"en": "x"})).author is None  # type: ignore[attr-defined]
