"""One line per event, to standard error: time, level, where, what, then key=value. Nothing that people wrote belongs in it."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

import orjson

_bound: ContextVar[dict[str, object]] = ContextVar("fedcop_log", default={})  # noqa: B039 - never changed in place

CONTROL = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0)])
NOISY = ("aiosqlite", "asyncio", "tortoise", "aiohttp.access")


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add fields (request=…, job=…) to every line that is logged inside."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


class LineFormatter(logging.Formatter):
    """Everything on one line: a stranger's line breaks cannot forge a second one."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        parts = [at, record.levelname.lower(), record.name, _one_line(record.getMessage())]
        parts += [f"{key}={_value(value)}" for key, value in _bound.get().items()]
        if record.exc_info and record.exc_info[1] is not None:
            parts.append(f"error={_value(_told(record.exc_info[1]))}")
        return " ".join(parts)


class JsonFormatter(logging.Formatter):
    """The same as one object on a line, for programs that gather logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the object."""
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{key: str(value) for key, value in _bound.get().items()},
        }
        if record.exc_info and record.exc_info[1] is not None:
            said["error"] = _told(record.exc_info[1])
        whole = {key: _one_line(value).encode("utf-8", "replace").decode() for key, value in said.items()}
        return orjson.dumps(whole).decode()


def brief(error: BaseException) -> str:
    """Say what an error is: the kind, and the first line, since PostgreSQL names the values of a row in the second."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:500]}"


def _told(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames[-8:])
    cause = f" (because of {brief(error.__cause__)})" if error.__cause__ else ""
    return f"{brief(error)}{cause} at {places}"


def _one_line(text: str) -> str:
    return " ".join(text.split()).translate(CONTROL)


def _value(value: object) -> str:
    text = _one_line(str(value)).replace('"', "'")
    return f'"{text}"' if " " in text or not text else text


def set_up_logging(level: int = logging.INFO, stream: TextIO | None = None, *, json: bool = False) -> None:
    """Log to standard error; libraries only when they warn."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if json else LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
