"""What is said in a film or a sound, as its author wrote it down: with times (WebVTT, SRT) it is shown while it plays, without as a text."""

from __future__ import annotations

import html
import re

from fedcop.core import budgets
from fedcop.core.sanitise import plain

LONGEST = budgets.CAPTION_CHARACTERS
_TIME = r"(?:(\d{1,2}):)?([0-5]?\d):([0-5]\d)[.,](\d{3})"
_CUE = re.compile(rf"^\s*{_TIME}\s+-->\s+{_TIME}")
_MARK = re.compile(r"<[^<>]{0,100}>|\{\\[^{}]{0,100}\}")  # colours and voices of formats that browsers read differently


def clean(text: str) -> str:
    """Keep what somebody typed or pasted, line by line."""
    lines = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(plain(line).rstrip() for line in lines).strip()


def cues(text: str) -> list[tuple[str, str, str]]:
    """Give what is said from when to when, written anew; nothing where no times are told."""
    found: list[tuple[str, str, list[str]]] = []
    inside = False
    for line in text.split("\n"):
        times = _CUE.match(line)
        if times is not None:
            found.append((_moment(times.groups()[:4]), _moment(times.groups()[4:]), []))
            inside = True
        elif not line.strip():
            inside = False
        elif inside:
            found[-1][2].append(_MARK.sub("", line).strip())
    return [(start, end, "\n".join(lines)) for start, end, lines in found if any(lines)]


def _moment(parts: tuple[str | None, ...]) -> str:
    hours, minutes, seconds, thousandths = parts
    return f"{int(hours or 0):02d}:{int(minutes or 0):02d}:{seconds}.{thousandths}"


def web_vtt(text: str) -> str:
    """Write captions as browsers read them, "" where no times are told."""
    found = cues(text)
    if not found:
        return ""
    return (
        "WEBVTT\n\n"
        + "\n\n".join(f"{start} --> {end}\n{html.escape(said, quote=False)}" for start, end, said in found)
        + "\n"
    )


def read_aloud(text: str) -> str:
    """Give the words alone, to be read without playing anything."""
    found = cues(text)
    return "\n".join(said for _start, _end, said in found) if found else text
