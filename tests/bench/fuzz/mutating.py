"""What is sent: documents, texts, letters and bytes that were sound once, and what is odd from the start. All of it comes from one `Random`."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

TESTS = Path(__file__).parents[2]
LARGE = 1 << 20  # as much as an inbox reads
AS = "https://www.w3.org/ns/activitystreams"
TEXTS = (
    "", " ", "\x00", "\u202e", "\ufeff", "\ud800", "\U000e0001", "é" * 300, "a" * 70_000, "as:Public", "Public", f"{AS}#Public", "true", "null", "und",
    "2026-10-20", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30T25:61:61Z", "P1Y", "1e999", "-1", "0x10", "٣",
    "%00", "%ff%fe", "..%2f..%2f", "\r\nSet-Cookie: a=b", "{{7*7}}", "' OR 1=1 --", "application/json; charset=utf-8; a=\"", "text/html", "🏴\U000e0067", "ﷺ" * 50,
)  # fmt: skip
URIS = (
    "https://a.example", "https://a.example/", "https://A.EXAMPLE:443/x#y", "https://a.example:99999/", "https://[::1]/", "https://[::1", "https://127.0.0.1/",
    "https://user:pw@a.example/", "https:a.example", "//a.example/x", "javascript:alert(1)", "data:text/html,x", "urn:uuid:1", "did:key:z6Mk", "https://xn--a.example/",
    "https://é.example/ü?q=ß#ø", "https://a.example/%zz", "https://a.example/" + "x" * 3000, "https://" + "a." * 200 + "example/", "http://a.example/\x00", "https://a.example/a b",
    "acct:a@a.example", "@a@a.example", "ap://did:key:z6Mk/actor", "https://a.example/?" + "a=1&" * 500, "https://\u3002example/", "https://a.example\\@b.example/", "mailto:a@b",
)  # fmt: skip
KEYS = (
    "id", "type", "@id", "@type", "@value", "@list", "@set", "@graph", "@context", "@reverse", "@included", "@language", "@base", "@vocab", "@index", "actor", "object", "target",
    "to", "cc", "bto", "audience", "items", "orderedItems", "first", "next", "partOf", "totalItems", "href", "as:actor", "attributedTo", "inReplyTo", "publicKeyPem", "publicKey", "inbox",
    "endpoints", "sharedInbox", "content", "contentMap", "summary", "name", "nameMap", "source", "mediaType", "tag", "attachment", "icon", "image", "url", "published", "updated", "endTime",
    "closed", "oneOf", "anyOf", "votersCount", "proof", "proofValue", "verificationMethod", "assertionMethod", "signature", "replies", "likes", "shares", "context", "conversation", "quote",
    "quoteUrl", "_misskey_quote", "interactionPolicy", "instrument", "result", "sensitive", "digestMultibase", "size", "width", "blurhash", "duration", "language", "identifier",
    "moderators", "postingRestrictedToMods", "stickied", "commentsEnabled", "movedTo", "alsoKnownAs", "featured", "discoverable", "manuallyApprovesFollowers", "", "__proto__", "toString",
)  # fmt: skip
TYPES = (
    "Create", "Update", "Delete", "Announce", "Like", "Dislike", "EmojiReact", "Follow", "Accept", "Reject", "Undo", "Block", "Flag", "Move", "Add", "Remove", "Join", "Leave", "Invite", "Offer",
    "QuoteRequest", "Lock", "Note", "Article", "Page", "Question", "Event", "Video", "Audio", "Image", "Document", "Tombstone", "Person", "Group", "Service", "Application", "Organization",
    "Collection", "OrderedCollection", "OrderedCollectionPage", "ChatMessage", "Place", "Link", "Mention", "Hashtag", "PropertyValue", "Nothing",
)  # fmt: skip


def load(*folders: str) -> list[dict[str, Any]]:
    """Give the documents of the corpus and what we send ourselves."""
    found = [json.loads(path.read_bytes()) for folder in folders for path in sorted((TESTS / folder).rglob("*.json"))]
    return [one for one in found if isinstance(one, dict)]


class Mutator:
    """Draws what is sent; the same number, the same draws."""

    documents = load("corpus", "golden/activities", "golden/documents", "golden/wire")

    def __init__(self, luck: Random) -> None:
        self.luck = luck

    def one(self, *ways: Callable[[], Any]) -> Any:
        """Draw one of several ways, and go it."""
        return self.luck.choice(ways)()

    def text(self) -> str:
        """A short text that is odd."""
        return str(self.one(lambda: self.luck.choice(TEXTS), lambda: self.luck.choice(URIS), self._letters))

    def _letters(self) -> str:
        ranges = (
            (32, 126),
            (0, 31),
            (0xA0, 0x24F),
            (0x300, 0x36F),
            (0x600, 0x6FF),
            (0x2000, 0x206F),
            (0x1F300, 0x1F6FF),
        )
        low, high = self.luck.choice(ranges)
        return "".join(chr(self.luck.randint(low, high)) for _ in range(self.luck.choice((1, 3, 12, 80))))

    def value(self, depth: int = 0) -> Any:
        """Anything that JSON can say."""
        luck = self.luck
        leaves: list[Callable[[], Any]] = [
            self.text,
            lambda: luck.choice((None, True, False, 0, -1, 2**31, 2**63, 2**70, 10**400, 1.5, -0.0, 1e308)),
            lambda: luck.choice(URIS),
            lambda: luck.choice(TYPES),
        ]
        if depth < 4:
            leaves += [
                lambda: [self.value(depth + 1) for _ in range(luck.choice((0, 1, 2, 3, 40)))],
                lambda: {luck.choice(KEYS): self.value(depth + 1) for _ in range(luck.randint(0, 4))},
            ]
        return luck.choice(leaves)()

    def document(self) -> dict[str, Any]:
        """A known document with some things wrong."""
        return self.spoilt(self.luck.choice(self.documents))

    def spoilt(self, document: dict[str, Any]) -> dict[str, Any]:
        """A copy with some things wrong."""
        found: dict[str, Any] = copy.deepcopy(document)
        for _ in range(self.luck.choice((1, 1, 1, 2, 2, 3, 6))):
            self._spoil(found)
        return found

    def _spoil(self, document: dict[str, Any]) -> None:
        here = list(_places(document))
        if not here or self.luck.random() < 0.1:
            document[self.luck.choice(KEYS)] = self.value()
            return
        parent, key = self.luck.choice(here)
        old = parent[key]
        match self.luck.randrange(11):
            case 0:
                del parent[key]
            case 1 | 2:
                parent[key] = self.value()
            case 3:
                parent[key] = [old, self.luck.choice((old, None, 7, {}, []))]
            case 4:
                parent[key] = {self.luck.choice(KEYS): old}
            case 5:
                parent[key] = [old] * self.luck.choice((0, 1, 12, 300))
            case 6:
                parent[key] = self._deep(old, self.luck.choice((10, 30, 60, 100)))
            case 7:
                parent[key] = self._like(old)
            case 8:
                other = self.luck.choice(self.documents)
                parent[key] = copy.deepcopy(self.luck.choice([other, *other.values()]))
            case 9 if isinstance(parent, dict):
                parent[self.luck.choice(KEYS)] = parent.pop(key)
            case _:
                parent[key] = copy.deepcopy(document) if self.luck.random() < 0.3 else self.luck.choice(TYPES)

    def _deep(self, inner: Any, levels: int) -> Any:
        for _ in range(levels):
            inner = (
                [inner]
                if self.luck.random() < 0.5
                else {self.luck.choice(("object", "@graph", "replies", "tag")): inner}
            )
        return inner

    def _like(self, old: Any) -> Any:
        """Something of the same kind, wrong."""
        if isinstance(old, str):
            return self.one(
                lambda: self.luck.choice(URIS) if "://" in old else self.text(),
                lambda: old + self.text(),
                lambda: old[: self.luck.randint(0, len(old))],
                lambda: old.upper(),
                lambda: (old * self.luck.choice((2, 50)))[:LARGE],
                lambda: {"@value": old, "@language": self.text()},
            )
        if isinstance(old, bool):
            return str(old)
        if isinstance(old, (int, float)):
            return self.luck.choice((-old, old * 10**30, str(old), [old], 2**64, 0.1))
        return self.value()

    def raw(self, document: dict[str, Any]) -> bytes:
        """A document as bytes, now and then not quite JSON."""
        said = _written(document, ensure_ascii=self.luck.random() < 0.5)
        data = said.encode("utf-8", "surrogatepass")
        if self.luck.random() < 0.75:
            return data
        return bytes(
            self.one(
                lambda: b"\xef\xbb\xbf" + data,
                lambda: said.encode("utf-16", "surrogatepass"),
                lambda: said.encode("latin-1", "replace"),
                lambda: data.replace(b'":', b'":NaN,"x":', 1),
                lambda: data.replace(b"{", b'{"type":"Note","type":"Create",', 1),
                lambda: b"[" * self.luck.choice((50, 5000, 200_000)) + data,
                lambda: data + data,
                lambda: b'{"a":' * self.luck.choice((50, 5000)) + data + b"}" * 50,
                lambda: b'{"n":' + b"9" * self.luck.choice((400, 20_000)) + b"}",
                lambda: self.damaged(data),
            )
        )

    def damaged(self, data: bytes) -> bytes:
        """Bytes with some of them other ones, twice there, or gone."""
        found = bytearray(data)
        for _ in range(self.luck.choice((1, 2, 5, 20))):
            at = self.luck.randint(0, max(0, len(found) - 1))
            match self.luck.randrange(5):
                case 0:
                    found[at : at + 1] = bytes([self.luck.randrange(256)])
                case 1:
                    del found[at : at + self.luck.choice((1, 4, 40))]
                case 2:
                    found[at:at] = found[at : at + self.luck.choice((1, 16, 200))] * self.luck.choice((1, 3))
                case 3:
                    found[at:at] = self.text()[:200].encode("utf-8", "surrogatepass")
                case _:
                    found[at : at + 1] = self.luck.choice(
                        (b"\r\n", b"\x00", b'"', b"\\", b";", b"=", b"<", b"%", b"\xff", b"--")
                    )
        return bytes(found)

    def markup(self, pieces: Sequence[str]) -> str:
        """A text out of pieces of a language: few, or one of them very often. As it is once bytes were read."""
        if self.luck.random() < 0.15:
            found = self._drawn(pieces) * self.luck.choice((100, 3000, 20_000))
        else:
            found = "".join(self._drawn(pieces) for _ in range(self.luck.choice((1, 3, 10, 40, 200))))
        return found[:400_000].encode("utf-8", "replace").decode()

    def _drawn(self, pieces: Sequence[str]) -> str:
        piece = self.luck.choice(pieces)
        return piece.replace("§", self.text()[:400]) if "§" in piece else piece


HTML = (
    "<p>", "</p>", "<a href='§'>", '<a rel="§" class="mention u-url" href="https://a.example/@a">', "</a>", "<b><i><u>", "</i>", "<br>", "<ul><li>", "<ol start='§'>", "</li></ul>", "<blockquote>",
    "</blockquote>", "<pre><code class='language-§'>", "</code></pre>", "<img src=§ onerror=x alt='§'>", "<svg><style><img src=x>", "<math><mi><mglyph><style>", "<!--", "-->", "<![CDATA[", "]]>",
    "<script>", "</script>", "<style>", "<template>", "<noscript>", "<table><tr><td>", "<form><input name=§>", "<p class='quote-inline'>RE: §</p>", "<span class='invisible'>", "</span>", "&lt;", "&#0;",
    "&#x110000;", "&nosuch;", "&amp", "<", ">", "<a <b", "<§>", "<p §=§>", "</", "<?xml ?>", "<!DOCTYPE html>", "<iframe srcdoc='§'>", "<textarea>", "<title>", "<plaintext>", "<frameset>", "§", " ", "\n",
)  # fmt: skip
MARKDOWN = (
    "*", "**", "_", "__", "`", "```\n", "~~~\n", "~~", "[", "](", ")", "![", "[§](§ '§')", "<§>", "> ", "- ", "1. ", "\n", "\n\n", "    ", "\t", "# ", "###### ", "---\n", "===\n", "| a | b |\n|---|---|\n| § | § |\n", "|",
    "[^1]", "[^1]: §\n", "[x]: § '§'\n", "@a@a.example", "@" * 3, "#tag", "#é_§", "\\", "&amp;", "&#0;", "https://a.example/§", "www.a.example", "<b>", "<!--", "==", "$$", "§", "a", " ", "  \n", "(", "!", "[[", "]]", "- [ ] ",
)  # fmt: skip


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Each place inside a document: what holds it, and under which key."""
    pairs: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting and len(pairs) < 5000:
        here = waiting.pop()
        keys = here.keys() if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        for key in keys:
            pairs.append((here, key))
            waiting.append(here[key])
    return pairs


def _written(document: dict[str, Any], *, ensure_ascii: bool) -> str:
    """The first `LARGE` characters: what lies in itself three hundred times, three times over, has gigabytes."""
    pieces, length = [], 0
    for piece in json.JSONEncoder(ensure_ascii=ensure_ascii).iterencode(document):
        pieces.append(piece)
        length += len(piece)
        if length >= LARGE:
            break
    return "".join(pieces)[:LARGE]
