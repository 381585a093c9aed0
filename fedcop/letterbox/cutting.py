"""Keeps of a letter what its author wrote: of an answer without the letter it quotes, and never a signature. Pure.

Our letters say at their head "Reply above this line", and whatever quotes them repeats it. The rest are the ways in which usual
programs begin a quotation, in French and in English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

ATTRIBUTION = re.compile(r"(Le|On|Am)\b.{4,300}?\b(a écrit|écrit|wrote|écrivait)\s*:")
ADDRESSED = re.compile(r".{3,200}<[^<>\s@]+@[^<>\s@]+>\s+(a écrit|wrote)\s*:")
# How far blanks may go is bounded: a letter is read while others wait, and patterns that may share them out in many ways take hours.
ORIGINAL = re.compile(
    r"([-_ ]{2,80}\s{0,8}(Message d.origine|Original Message|Message transféré|Forwarded message|Message original)\b"
    r"|(Début du message (réexpédié|transféré)|Begin forwarded message)\s?:).*",
    re.IGNORECASE,
)
HEAD = re.compile(r"[*]?(De|From|Expéditeur|Sender)\s*:[*]?\s*\S")
HEAD_GOES_ON = re.compile(r"[*]?(Envoyé|Sent|Date|À|A|To|Objet|Subject)( le)?\s*:[*]?\s*\S")
RULE = re.compile(r"_{10,}")
PHONE = re.compile(
    r"(Envoyé (de|depuis|à partir de) |Sent (from|with) |Obtenir Outlook|Get Outlook|Télécharger Outlook)",
    re.IGNORECASE,
)
MOST_SIGNATURE = 12  # lines; longer ones begin with the two dashes and the blank that programs write
LINES = 3  # over which a program may break "On …, … wrote:"


def cut(text: str, marks: Sequence[str]) -> str:
    """Give what the author wrote above the quotation, or else between quoted lines."""
    lines = text.replace("\r\n", "\n").replace("\xa0", " ").split("\n")
    end, after = _begin_of_quote(lines, [mark.replace("\xa0", " ") for mark in marks])
    written = _without_signature(lines[:end])
    if not _tidy(written):  # who answers below what they quote
        written = _without_signature([line for line in lines[after:] if not line.startswith(">")])
        if any(mark in " ".join(written) for mark in marks):
            return ""
    return _tidy(written)


def unsigned(text: str) -> str:
    """Give a whole letter without the signature at its end; two dashes, or "Sent from …", further up are its author's own."""
    lines = text.replace("\r\n", "\n").replace("\xa0", " ").rstrip().split("\n")
    for place in reversed(range(len(lines))):
        if lines[place] == "-- " or (lines[place] == "--" and len(lines) - place <= MOST_SIGNATURE):
            lines = lines[:place]
            break
    while lines and (not lines[-1].strip() or PHONE.match(lines[-1].strip())):
        lines.pop()
    return _tidy(lines)


def has_letter(text: str, marks: Sequence[str]) -> bool:
    """Tell whether a letter quotes or passes on another one: what others wrote, perhaps in confidence."""
    lines = text.replace("\r\n", "\n").replace("\xa0", " ").split("\n")
    plain = [mark.replace("\xa0", " ") for mark in marks]
    return any(_is_begin(lines, place, plain) or _introduction(lines, place) for place in range(len(lines)))


def _is_begin(lines: Sequence[str], place: int, marks: Sequence[str]) -> bool:
    bare = lines[place].lstrip("> ").strip()
    if any(mark in bare for mark in marks) or ORIGINAL.match(bare):
        return True
    return bool(HEAD.match(bare)) and any(
        HEAD_GOES_ON.match(other.lstrip("> ").strip()) for other in lines[place + 1 : place + 5]
    )


def _begin_of_quote(lines: Sequence[str], marks: Sequence[str]) -> tuple[int, int]:
    """Where the quotation begins, and where what introduces it ends."""
    found = len(lines)
    for place, line in enumerate(lines):
        if RULE.fullmatch(line.lstrip("> ").strip()) or _is_begin(lines, place, marks):
            found = place
            break
        if not line.startswith(">") and (introduced := _introduction(lines, place)):
            return introduced
    while found and (not lines[found - 1].strip() or lines[found - 1].startswith(">")):
        found -= 1  # quoted lines and blanks above the mark belong to the quotation
    return found, len(lines) if found < len(lines) else 0


def _introduction(lines: Sequence[str], place: int) -> tuple[int, int] | None:
    """From where to where "On …, … wrote:" goes, if it ends soon after a line; the shortest that is one."""
    if not lines[place].strip():
        return None
    for count in range(1, min(LINES, len(lines) - place) + 1):
        if not lines[place + count - 1].rstrip().endswith(":"):
            continue
        for begin in range(place + count - 1, place - 1, -1):
            said = [line.strip() for line in lines[begin : place + count]]
            alone = len(said) == 1 and ADDRESSED.fullmatch(said[0])
            if all(said) and (alone or ATTRIBUTION.fullmatch(" ".join(said))):
                return begin, place + count
    return None


def _without_signature(lines: Sequence[str]) -> list[str]:
    for place, line in enumerate(lines):
        if line in ("--", "-- ") or PHONE.match(line.strip()):
            return list(lines[:place])
    return list(lines)


def _tidy(lines: Sequence[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
