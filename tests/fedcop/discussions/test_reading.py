"""What others say of posts, in each software's manner of speech."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activitypub.vocab import Activity, Object, Tombstone, parse
from fedcop.discussions import text as texts
from fedcop.discussions.activities import placing, reading
from fedcop.discussions.activities.acts import kind_of
from fedcop.discussions.activities.attaching import MAX_FILES
from fedcop.discussions.activities.questions import read_poll
from fedcop.discussions.activities.reading import Claimed
from fedcop.discussions.versions import MOST

CORPUS = Path(__file__).parents[2] / "corpus"
DOCUMENTS = sorted(path for path in CORPUS.glob("*/*.json") if path.parent.name != "jsonld-odd")


def innermost(thing: Any) -> Any:
    """The object inside an activity inside an Announce."""
    while isinstance(thing, Activity) and not isinstance(thing.object, str | None):
        thing = thing.object
    return thing


def read(name: str) -> Claimed:
    thing = innermost(parse((CORPUS / f"{name}.json").read_bytes()))
    found = reading.read(thing)
    assert found is not None
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_document_is_read_or_left_alone(path: Path) -> None:
    thing = innermost(parse(path.read_bytes()))
    if isinstance(thing, Object) and not isinstance(thing, Activity | Tombstone):
        found = reading.read(thing)
        if found is not None:
            assert "<script" not in found.content and len(found.title) <= 300


def test_lemmy_says_title_and_audience() -> None:
    page = read("lemmy-1.0/create_page")
    assert page.title and not page.title_derived and len(page.audience) == 1 and page.is_public


def test_mastodon_says_nothing_but_a_text() -> None:
    note = read("mastodon-4.5/create_post_mentioning_group")
    assert note.title and note.title_derived and not note.title.startswith("@")


def test_a_reply_has_no_title() -> None:
    note = read("mastodon-4.5/create_reply")
    assert note.parent_uri and note.title == ""


def test_polls_are_read_as_each_program_writes_them() -> None:
    asked = read("mastodon-4.5/create_poll")
    assert asked.content == "<p>Bonjour</p>" and asked.kind == "discussion"
    found = asked.poll
    assert found is not None
    assert (found.options, found.counts, found.voters_count) == (("14 nov.", "21 nov."), (3, 9), 12)
    assert (found.multiple, found.closed_at) == (False, None) and found.ends_at is not None
    over = read("mastodon-4.5/update_poll_closed").poll
    assert over is not None and over.closed_at == over.ends_at
    for where in ("piefed-1.2/create_poll", "misskey-2025/question"):
        there = read(where).poll
        assert there is not None and len(there.options) == len(there.counts) >= 2


@pytest.mark.parametrize("number", [-5, 10**18, 2.5, "many"])
def test_absurd_numbers_of_a_poll(number: object) -> None:  # D39
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": number}}
        for name in ("Oui", "Non")
    ]
    said = {
        "type": "Question",
        "id": "https://a.example/n/1",
        "attributedTo": "https://a.example/u/ana",
        "content": "x",
    }
    asked = parse({**said, "oneOf": options, "votersCount": number})
    assert isinstance(asked, Object)
    found = read_poll(asked)
    assert found is not None
    assert all(0 <= count < 2**31 for count in (*found.counts, found.voters_count or 0))
    endless = parse({**said, "oneOf": [{"type": "Note", "name": str(each)} for each in range(10_000)]})
    assert isinstance(endless, Object) and read_poll(endless) is None


def test_a_warning_is_one_and_an_excerpt_is_not() -> None:
    assert read("mastodon-4.5/create_unlisted_with_warning").warning
    assert read("wordpress-7/create_article").warning == ""


@pytest.mark.parametrize("page", ["https://elsewhere.example/1", "javascript:alert(1)", "https://a.example:8443/1", ""])
def test_the_page_of_a_post_is_on_its_own_server(page: str) -> None:  # B11
    said = {"type": "Note", "id": "https://a.example/n/1", "attributedTo": "https://a.example/u/ana", "content": "x"}
    for url, kept in ((page, said["id"]), ("https://a.example/@ana/1", "https://a.example/@ana/1")):
        thing = parse({**said, "url": url})
        assert isinstance(thing, Object)
        found = reading.read(thing)
        assert found is not None and found.url == kept


@pytest.mark.parametrize("address", ["https://[x", "https://a]b/", "http://\u2100.example/", "https://a.example:x/", "https://", "x:y"])  # fmt: skip
def test_what_no_browser_opens_is_no_link(address: str) -> None:  # G21
    """Whoever shows such a link would fail: one post would take its thread, and every list that it is in, from all readers."""
    said = {"type": "Page", "id": "https://a.example/n/1", "attributedTo": "https://a.example/u/ana", "content": "x"}
    named = [{"type": "Link", "href": address}, {"type": "Document", "url": address}]
    thing = parse({**said, "attachment": named, "quoteUrl": address})
    assert isinstance(thing, Object)
    found = reading.read(thing)
    assert found is not None and (found.links, found.files, found.quote) == ((), (), None)


def test_of_hundreds_of_languages_a_few_are_read(monkeypatch: pytest.MonkeyPatch) -> None:  # F09
    codes = [f"a{letter}-{number}" for number in range(1000, 1100) for letter in "abcdefghij"]
    said = {
        "type": "Note",
        "id": "https://a.example/n/1",
        "attributedTo": "https://a.example/u/ana",
        "mediaType": "text/markdown",
    }
    thing, read_as = (
        parse({**said, "content": "x", "contentMap": {"fr": "x"} | {code: f"*{code}*" for code in codes}}),
        [],
    )
    monkeypatch.setattr(reading, "to_html", lambda text: read_as.append(text) or f"<p>{text}</p>")
    assert isinstance(thing, Object)
    found = reading.read(thing)
    assert found is not None and len(found.versions) == MOST and len(read_as) <= 5 * MOST + 1


def test_of_thousands_of_names_and_files_a_few_are_read() -> None:  # E20
    count = range(5000)
    thing = parse(
        {
            "type": "Note",
            "id": "https://a.example/n/1",
            "attributedTo": "https://a.example/u/ana",
            "content": "x",
            "tag": [
                *({"type": "Mention", "href": f"https://v.example/u/{number}"} for number in count),
                *({"type": "Hashtag", "name": f"#t{number}"} for number in count),
                *({"type": "Emoji", "name": f":e{number}:", "icon": f"https://v.example/{number}"} for number in count),
            ],
            "attachment": [
                *({"type": "Link", "href": f"https://v.example/l/{number}"} for number in count),
                *({"type": "Document", "url": f"https://v.example/f/{number}"} for number in count),
            ],
        }
    )
    assert isinstance(thing, Object)
    found = reading.read(thing)
    assert found is not None
    assert (len(found.mentioned), len(found.tags)) == (reading.MAX_MENTIONED, reading.MAX_TAGS)
    assert (len(found.links), len(found.files)) == (reading.MAX_LINKS, MAX_FILES)


def test_a_direct_message_is_not_public() -> None:
    assert not read("mastodon-4.5/create_direct").is_public


def test_reactions_are_understood() -> None:
    assert kind_of(parse((CORPUS / "misskey-2025/like_reaction.json").read_bytes())) == "thanks"  # type: ignore[arg-type]
    document = {
        "id": "https://a.example/1",
        "type": "EmojiReact",
        "actor": "https://a.example/u",
        "object": "https://b.example/p/1",
    }
    assert kind_of(parse(document | {"content": "⚖️"})) == "disagree"  # type: ignore[arg-type]
    assert kind_of(parse(document | {"content": "🎉"})) == "thanks"  # type: ignore[arg-type]
    assert kind_of(parse(document | {"content": "🎉", "fc:reaction": "useful"})) == "useful"  # type: ignore[arg-type]


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_a_derived_title_is_one_short_line(text: str) -> None:  # J07
    title = texts.derive_title(text)
    assert len(title) <= 200 and "\n" not in title and title == title.strip()
    assert not any(0x202A <= ord(sign) <= 0x202E for sign in title)


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_a_tag_is_a_word(word: str) -> None:  # F15
    tag = texts.clean_tag(word)
    assert " " not in tag and len(tag) <= 200 and texts.clean_tag(tag) == tag


LETTERS = st.characters(codec="utf-8", exclude_characters="\x00")


@given(st.text(LETTERS, max_size=300), st.text(LETTERS, max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_text_of_a_stranger_breaks_reading(content: str, name: str) -> None:  # F19, G05
    document = {
        "id": "https://a.example/1",
        "type": "Page",
        "attributedTo": "https://a.example/u/a",
        "content": f"<p>{content}</p><script>alert(1)</script><img src=x onerror=alert(1)>",
        "name": name,
        "tag": [{"type": "Hashtag", "name": f"#{name}"}],
        "attachment": [
            {"type": "Link", "href": "javascript:alert(1)"},
            {"type": "Image", "url": "https://a.example/i.png"},
        ],
    }
    found = reading.read(parse(document))  # type: ignore[arg-type]
    assert found is not None
    assert "<script" not in found.content and "<img" not in found.content
    assert found.links == () and len(found.files) == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<p>" + "<a href='https://a.example/u'>@a</a> " * 30 + "Oui</p>", "@a"),
        ("<p>" + "<a href='https://a.example/u'>@a</a> " * 30 + "</p><p>Oui</p>", ""),
        ("<p><a>" + " " * 40_000 + "<b>Oui</b></a></p>", "Oui"),
    ],
    ids=["links", "only-links", "blanks"],
)
def test_no_text_of_a_stranger_takes_long(text: str, left: str) -> None:  # F08
    started = time.process_time()
    document = {"id": "https://a.example/1", "type": "Note", "attributedTo": "https://a.example/u/a", "content": text}
    found = reading.read(parse(document))  # type: ignore[arg-type]
    assert found is not None and found.title == "Oui" and (left or "<p>Oui") in found.content
    assert time.process_time() - started < 3


def test_what_is_too_much_or_cannot_be_is_left_out() -> None:  # F06, F09, F15, F18, G09, G10
    odd = {"width": -1, "height": 2**40, "size": 10**40, "duration": "PT99999999H"}
    document = {
        "id": "https://a.example/1",
        "type": "Note",
        "attributedTo": "https://a.example/u/a",
        "content": "<p>Oui</p>",
        "summary": "<b onclick=x>Atten</b>tion<script>x</script>",
        "source": {"mediaType": "text/x.misskeymarkdown", "content": "$[jelly Non] [b]Non[/b]"},
        "tag": [{"type": "Hashtag", "name": f"#{n}<b>x"} for n in range(10_000)]
        + [{"type": "Mention", "href": f"https://a.example/u/{n}"} for n in range(5_000)],
        "attachment": [{"type": "Image", "url": f"https://a.example/{n}.png", **odd} for n in range(100)],
    }
    found = reading.read(parse(document))  # type: ignore[arg-type]
    assert found is not None and (found.content, found.warning) == ("<p>Oui</p>", "Attention")
    assert (len(found.tags), len(found.mentioned), len(found.files)) == (20, 50, 16)
    assert not any("<" in tag for tag in found.tags)
    file = found.files[0]
    assert (file.width, file.height, file.size, file.duration) == (None, None, None, None)
    most = question("a", "b", votersCount=2**53).voters_count
    assert most is not None and most < 2**31


@pytest.mark.parametrize("everybody", ["https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"])
@pytest.mark.parametrize("where", ["to", "cc", "bto", "bcc"])
def test_what_is_said_to_a_private_community_is_for_its_members(everybody: str, where: str) -> None:  # H12
    group = "https://v.example/c/priv"
    document = {
        "id": "https://a.example/1",
        "type": "Note",
        "attributedTo": "https://a.example/u/a",
        "content": "Oui",
        "audience": group,
    }
    found = reading.read(parse(document | {"to": [group]} | {where: [group, everybody]}))  # type: ignore[arg-type, operator]
    assert found is not None
    assert placing._audience(found, cast(Any, SimpleNamespace(visibility="private"))) == "community"
    assert placing._audience(found, cast(Any, SimpleNamespace(visibility="public"))) == (
        "public" if where in ("to", "cc") else "community"
    )


def question(*names: str, **said: Any) -> Any:
    options = [{"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 1}} for name in names]
    document = {"id": "https://b.example/q", "type": "Question", "oneOf": options, **said}
    return read_poll(innermost(parse(json.dumps(document).encode())))


@pytest.mark.parametrize("names", [(), ("a", "a"), ("a", "b" * 256), tuple(map(str, range(101)))], ids=len)
def test_a_poll_in_which_a_vote_would_not_say_for_what_is_none(names: tuple[str, ...]) -> None:
    assert question(*names) is None


@pytest.mark.parametrize(
    ("said", "closed_at"),
    [
        ({}, None),
        ({"closed": "2026-03-02T10:00:00Z"}, datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ({"closed": True, "endTime": "2020-03-02T10:00:00Z"}, datetime(2020, 3, 2, 10, tzinfo=UTC)),
        ({"closed": True, "endTime": "2998-03-02T10:00:00Z", "updated": "2020-03-03T10:00:00Z"}, datetime(2020, 3, 3, 10, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_poll_is_over_when_its_author_says_so(said: dict[str, Any], closed_at: datetime | None) -> None:
    assert question("a", "b", **said).closed_at == closed_at


def test_a_poll_that_is_over_without_a_date_is_over_now() -> None:
    assert question("a", "b", closed=True, endTime="2998-03-02T10:00:00Z").closed_at <= datetime.now(UTC)
