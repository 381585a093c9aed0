"""Reads a letter as it came: who wrote it, whether a person did, what it says, what it brings along. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesFeedParser
from email.policy import EmailPolicy
from email.utils import getaddresses
from mimetypes import guess_extension
from time import thread_time
from typing import Any

from fedcop.core import budgets
from fedcop.core.sanitise import plain, to_text

MAX_TEXT = 200_000
MAX_SUBJECT = 1000
MAX_HEADER = 1000  # characters; some longer ones take the parser minutes
MAX_PARTS = 500
PIECE = 8 << 10  # bytes that are taken apart between two looks at the time
TINY = 32 << 10  # bytes; a picture within the text that is smaller is the logo of a signature
NO_FILES = (
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/ms-tnef",
)
"""What mail programs add for each other."""
BOXES = re.compile(r"(?:</?(?:div|section|article|center|blockquote|address|dl|dt|dd)\b[^<>]*>\s*)+", re.IGNORECASE)
"""What begins a new line in a letter, though it is no paragraph: else a quoted letter stands on the line of what quotes it."""
DRAWN = re.compile(r"cid:([^\"'\s>)]+)", re.IGNORECASE)
ROBOTS = ("mailer-daemon", "postmaster", "noreply", "no-reply")


class Unreadable(Exception):
    """No mail program writes such a letter: it has thousands of parts, parts in parts without end, or takes long to take apart."""


class _Policy(EmailPolicy):
    """The usual one, which reads of each header its beginning, and of a letter as much as can be read until `ends`."""

    ends = float("inf")  # of this thread's own time

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        if thread_time() > self.ends:
            raise Unreadable
        return super().header_source_parse(sourcelines)

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value[:MAX_HEADER])


POLICY = _Policy(utf8=False)


@dataclass(frozen=True)
class File:
    """What a letter brings along, under the name that it bears there."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Received:
    """A letter as it came."""

    author: str  # the one address in From, lower case; empty if there is none, or several
    key: str  # the same letter has the same
    automatic: bool
    subject: str
    text: str
    files: tuple[File, ...] = ()
    is_report: bool = False  # says what became of a letter of ours
    failed_for_good: bool = False
    said: str = ""  # by the server that did not take it


def read(raw: bytes) -> Received:
    """Read one; whatever is malformed is left out. Raises Unreadable."""
    if raw.count(b"\n--") > 2 * MAX_PARTS:
        raise Unreadable
    try:
        return _read(raw)
    except RecursionError:
        raise Unreadable from None


def _read(raw: bytes) -> Received:
    message = _taken_apart(raw)
    named = [address.lower() for _name, address in getaddresses(_all(message, "From")) if "@" in address]
    identity = _one(message, "Message-ID").strip()
    report = message.get_content_type() == "multipart/report"
    status, said = _status(message) if report else ("", "")
    return Received(
        author=named[0] if len(named) == 1 else "",
        key=hashlib.sha256(identity.encode() or raw).hexdigest(),
        subject=plain(_one(message, "Subject")[:MAX_SUBJECT]),
        automatic=report or _is_automatic(message, named),
        text="" if report else plain(_text(message), lines=True),
        files=() if report else _files(message),
        is_report=report,
        failed_for_good=status.startswith("5"),
        said=said or status,
    )


def _taken_apart(raw: bytes) -> EmailMessage:
    """Take a letter apart piece by piece: each line costs as much as there are parts around it, and each may be a part of its own."""
    ends = thread_time() + budgets.LETTER_SECONDS
    policy: Any = POLICY
    parser = BytesFeedParser(policy=policy.clone(ends=ends))
    for start in range(0, len(raw), PIECE):
        if thread_time() > ends:
            raise Unreadable
        parser.feed(raw[start : start + PIECE])
    message = parser.close()
    assert isinstance(message, EmailMessage), "the policy makes these"
    return message


def _all(message: EmailMessage, name: str) -> list[str]:
    try:
        return [str(value) for value in message.get_all(name, [])]
    except (ValueError, IndexError, AttributeError, LookupError):
        return []  # some malformed headers break the parser only when they are read


def _one(message: EmailMessage, name: str) -> str:
    return next(iter(_all(message, name)), "")


def _is_automatic(message: EmailMessage, named: list[str]) -> bool:
    if _one(message, "Auto-Submitted").split(";")[0].strip().lower() not in ("", "no"):
        return True
    if _one(message, "Precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(_all(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id")):
        return True
    return _one(message, "Return-Path").strip() == "<>" or any(one.startswith(ROBOTS) for one in named)


def _text(message: EmailMessage) -> str:
    try:
        body = message.get_body(("plain", "html"))
    except (LookupError, ValueError, AttributeError, UnicodeError):
        return ""
    if not isinstance(body, EmailMessage):
        return ""
    if body.get_content_type() == "text/html":
        return to_text(BOXES.sub("<br>", _content(body)[:MAX_TEXT]))[:MAX_TEXT]
    # Some programs divide a text where a picture stands in it.
    plain = [part for part in _leaves(message) if part.get_content_type() == "text/plain" and not _is_named(part)]
    return "\n".join(_content(part) for part in (plain or [body]))[:MAX_TEXT]


def _is_named(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _files(message: EmailMessage) -> tuple[File, ...]:
    """What hangs on it, each once; not its text, nor the logo of a signature."""
    found: dict[bytes, File] = {}
    leaves = list(_leaves(message))
    drawn = _drawn_in_text(leaves)
    for part in leaves:
        try:
            file = _file(part, drawn)
        except (LookupError, ValueError, AttributeError, UnicodeError):
            continue
        if file is not None and file.content:
            found.setdefault(hashlib.sha256(file.content).digest(), file)
    return tuple(found.values())


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that are no containers; a letter that hangs on this one is a file, whatever hangs on it."""
    if message.get_content_maintype() != "multipart":
        yield message
        return
    for part in message.iter_parts():
        if isinstance(part, EmailMessage):
            yield from _leaves(part)


def _drawn_in_text(leaves: list[EmailMessage]) -> set[str]:
    """By which names the text shows pictures of the letter."""
    html = "".join(_content(part) for part in leaves if part.get_content_type() == "text/html")
    return set(DRAWN.findall(html))


def _content(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError, AttributeError, UnicodeError):
        return ""


def _file(part: EmailMessage, drawn: set[str]) -> File | None:
    kind, manner, name = part.get_content_type(), part.get_content_disposition(), part.get_filename()
    if kind in NO_FILES or (kind.startswith("text/") and manner != "attachment" and not name):
        return None
    if part.get_content_maintype() == "message":
        inner: Any = part.get_payload()
        content = inner[0].as_bytes() if isinstance(inner, list) and inner else b""
        return File(name or "message.eml", content)
    content = bytes(part.get_payload(decode=True) or b"")
    within = manner != "attachment" or _one(part, "Content-ID").strip(" <>") in drawn
    if kind.startswith("image/") and within and len(content) < TINY:
        return None
    return File(str(name or f"{kind.partition('/')[0]}{guess_extension(kind) or ''}"), content)


def _status(message: EmailMessage) -> tuple[str, str]:
    """What a delivery report says of the first address: "5.1.1", and the words of the server."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        groups: Any = part.get_payload()
        for group in groups if isinstance(groups, list) else []:
            action, status = str(group.get("Action", "")).lower(), str(group.get("Status", "")).strip()
            if status:
                return (status if action == "failed" else ""), str(group.get("Diagnostic-Code", ""))[:300]
    return "", ""
