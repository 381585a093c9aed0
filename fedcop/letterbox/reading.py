"""Reads a letter as it came: who wrote it, whether a person did, what it says, what it brings along. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import Any

from fedcop.core.sanitise import to_text

MAX_TEXT = 200_000
MAX_SUBJECT = 1000
ROBOTS = ("mailer-daemon", "postmaster", "noreply", "no-reply")


@dataclass(frozen=True)
class Received:
    """A letter as it came."""

    author: str  # the one address in From, lower case; empty if there is none, or several
    key: str  # the same letter has the same
    automatic: bool
    subject: str
    text: str
    attachments: int
    is_report: bool = False  # says what became of a letter of ours
    failed_for_good: bool = False
    said: str = ""  # by the server that did not take it


def read(raw: bytes) -> Received:
    """Read one; whatever is malformed is left out."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage), "the policy makes these"
    named = [address.lower() for _name, address in getaddresses(_all(message, "From")) if "@" in address]
    identity = _one(message, "Message-ID").strip()
    report = message.get_content_type() == "multipart/report"
    status, said = _status(message) if report else ("", "")
    return Received(
        author=named[0] if len(named) == 1 else "",
        key=hashlib.sha256(identity.encode() or raw).hexdigest(),
        subject=_one(message, "Subject")[:MAX_SUBJECT].strip(),
        automatic=report or _is_automatic(message, named),
        text="" if report else _text(message),
        attachments=0 if report else sum(1 for _part in _attached(message)),
        is_report=report,
        failed_for_good=status.startswith("5"),
        said=said or status,
    )


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
        text = str(body.get_content()) if body is not None else ""
    except (LookupError, ValueError, AttributeError, UnicodeError):
        return ""
    if body is not None and body.get_content_type() == "text/html":
        text = to_text(text[:MAX_TEXT])
    return text[:MAX_TEXT]


def _attached(message: EmailMessage) -> list[EmailMessage]:
    return [part for part in message.walk() if part.get_content_disposition() == "attachment"]


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
