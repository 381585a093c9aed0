"""What a job gets, as its row holds it: facts and plain values become JSON, what people wrote lies apart, and all of it is made anew for the job.

Not for: the table of jobs (jobs.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, get_type_hints

from fedcop.core.feature import Job
from fedcop.core.words import Words

PLAIN = frozenset((int, str, bool, type(None)))


@dataclass(frozen=True)
class Packed:
    """What a job gets: what its row shows, and what people wrote."""

    payload: dict[str, Any]
    words: dict[str, str]


def pack(job: Job, payload: Any) -> Packed:
    """Pack a fact, a mapping of plain values, or nothing. Raises TypeError for anything else."""
    if payload is None:
        return Packed({"with": {}}, {})
    if is_dataclass(payload) and not isinstance(payload, type):
        kind = type(payload)
        values = dict(vars(payload)) if PLAIN.issuperset(map(type, vars(payload).values())) else asdict(payload)
        return _apart({"fact": f"{kind.__module__}:{kind.__qualname__}"}, values, _hints(kind))
    if isinstance(payload, Mapping):
        return _apart({}, dict(payload), job.__annotations__)
    raise TypeError(f"a job's payload is a fact or a mapping of plain values, not {payload!r}")


def _apart(head: dict[str, Any], values: dict[str, Any], hints: Mapping[str, Any]) -> Packed:
    """Take what people wrote out of the values of a job."""
    named = [name for name, hint in hints.items() if hint in (Words, "Words") and values.get(name)]
    words = {name: values.pop(name) for name in named}
    return Packed(head | {"with": values} | ({"words": True} if words else {}), words)


def unpacked(payload: Mapping[str, Any]) -> Any:
    """The fact that was packed: JSON knows neither tuples nor times."""
    return _fact(payload["fact"], payload["with"])


def facts_of(payload: Mapping[str, Any]) -> list[Any]:
    """The facts of a job, be they one or several."""
    name = payload["fact"]
    return [_fact(name, values) for _number, values in payload.get("many") or ((0, payload["with"]),)]


def _fact(name: str, packed: Mapping[str, Any]) -> Any:
    kind, readers = _readers(name)
    values = dict(packed)
    for field, read in readers:
        value = values.get(field)
        if isinstance(value, list | str):
            values[field] = read(value)
    return kind(**values)


@cache
def _readers(name: str) -> tuple[type, list[tuple[str, Callable[[Any], Any]]]]:
    """Find the class of a fact, and which of its fields JSON does not give as they were."""
    module, _, in_it = name.partition(":")
    kind: type = getattr(import_module(module), in_it)
    found: list[tuple[str, Callable[[Any], Any]]] = []
    for field, hint in _hints(kind).items():
        if "tuple" in str(hint):
            found.append((field, lambda value: tuple(value) if isinstance(value, list) else value))
        elif "datetime" in str(hint):
            found.append((field, lambda value: datetime.fromisoformat(value) if isinstance(value, str) else value))
    return kind, found


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


async def call(job: Job, payload: Mapping[str, Any]) -> None:
    """Do a job with what was packed for it."""
    if "fact" in payload:
        await job(unpacked(payload))
    else:
        await job(**payload["with"])
