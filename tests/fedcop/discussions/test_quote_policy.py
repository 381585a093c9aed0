"""Who may quote, in the words of others: read from documents, kept, and told to apps."""

from __future__ import annotations

from typing import Any

import pytest

from activitypub.vocab import Object, parse
from fedcop.discussions.activities.reading import read_quote, without_fallback
from fedcop.discussions.quotes import policy

MIA = "https://mastodon.example/users/mia"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def thing(**more: Any) -> Object:
    found = parse({"id": f"{MIA}/1", "type": "Note", "attributedTo": MIA, "content": "x", "to": [PUBLIC], **more})
    assert isinstance(found, Object)
    return found


@pytest.mark.parametrize(
    ("said", "kept", "at_once", "looked_at"),
    [
        ({"automaticApproval": PUBLIC}, "public", ["public"], []),
        ({"automaticApproval": ["as:Public"]}, "public", ["public"], []),
        ({"automaticApproval": [MIA]}, "nobody", [], []),
        ({}, "nobody", [], []),
        ({"automaticApproval": [f"{MIA}/followers", f"{MIA}/following"]}, "followers following", ["followers", "following"], []),
        ({"automaticApproval": [f"{MIA}/friends"]}, "other", ["unsupported_policy"], []),
        ({"manualApproval": [PUBLIC], "automaticApproval": [MIA]}, "?public", [], ["public"]),
        ({"automaticApproval": [7, {"id": PUBLIC}, None]}, "nobody", [], []),
        ("public", "", [], []),
        (None, "", [], []),
    ],
)  # fmt: skip
def test_a_policy_is_read(said: Any, kept: str, at_once: list[str], looked_at: list[str]) -> None:
    more = {"interactionPolicy": {"canQuote": said}} if said is not None else {}
    found = policy.read(thing(**more), followers=f"{MIA}/followers", following=f"{MIA}/following", readers=())
    assert found == kept
    assert policy.for_apps(found, local=False, public=True) == (tuple(at_once), tuple(looked_at))
    assert policy.for_apps(found, local=False, public=False) == ((), ())


def test_how_one_stands() -> None:
    stands = [
        ("", True, False, policy.AUTOMATIC),  # of ours, nothing said
        ("", False, True, policy.DENIED),  # of others: nobody would answer
        ("followers", True, False, policy.DENIED),
        ("followers", True, True, policy.AUTOMATIC),
        ("?followers", False, True, policy.MANUAL),
        ("?public", False, False, policy.MANUAL),
        ("nobody", True, True, policy.DENIED),
        ("other", False, True, policy.UNKNOWN),
        ("readers", False, False, policy.AUTOMATIC),
    ]
    for said, local, follows, stand in stands:
        assert policy.stand(said, local=local, follows=follows, followed=False) == stand, said
    assert policy.stand("following", local=False, follows=False, followed=True) == policy.AUTOMATIC


def test_a_quote_is_found_in_each_manner() -> None:
    uri = "https://mastodon.example/users/max/2"
    stamp = f"{MIA}/stamps/1"
    link = {"type": "Link", "href": uri, "rel": "https://misskey-hub.net/ns#_misskey_quote", "mediaType": "x"}
    for said in ({"quote": uri}, {"quote": {"id": uri}}, {"quoteUrl": uri}, {"quoteUri": uri}, {"_misskey_quote": uri}, {"tag": [link]}):  # fmt: skip
        found = read_quote(thing(**said, quoteAuthorization=stamp))
        assert found is not None and (found.uri, found.stamp_uri) == (uri, stamp if said.get("quote") else "")
    for nothing in ({}, {"quote": {"type": "Tombstone"}}, {"quote": "javascript:1"}, {"quoteUrl": "x" * 9}, {"tag": [{**link, "rel": "me"}]}):  # fmt: skip
        assert read_quote(thing(**nothing)) is None
    assert read_quote(thing(quote="https://b.example/" + "x" * 2048)) is None


def test_the_line_for_others_is_taken_out() -> None:
    link = '<a href="https://b.example/1"><span class="invisible">https://</span>b.example/1</a>'
    for line in (
        f'<p class="quote-inline">RE: {link}</p>',
        f'<span class="quote-inline"><br/><br/>RE: {link}</span>',
        f"<P dir='auto' class='x quote-inline'>RE: {link}</P>".replace("</P>", "</p>").replace("<P", "<p"),
    ):
        assert without_fallback(f"{line}<p>Oui</p>") == "<p>Oui</p>"
        assert without_fallback(f"<p>Oui</p>{line}") == "<p>Oui</p>"
    for whole in (
        "<p>quote-inline</p>",
        '<p class="quote-inline">RE:',
        f'<p class="quote-inline">{"x" * 7000}{link}</p>',
        "",
    ):
        assert without_fallback(whole) == whole
    without_fallback('<p class="quote-inline">' * 50_000)  # F03: long, and over at once
    without_fallback("<p " + "quote-inlin " * 90_000)
