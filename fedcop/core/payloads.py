"""What a job gets, as its row holds it: facts and plain values become JSON, what people wrote lies apart, and all of it is made anew for the job.

Not for: the table of jobs (jobs.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, get_type_hints

from fedcop.core.feature import Job
from fedcop.core.words import Words


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
        return _apart({"fact": f"{kind.__module__}:{kind.__qualname__}"}, asdict(payload), _hints(kind))
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
    module, _, name = str(payload["fact"]).partition(":")
    kind = getattr(import_module(module), name)
    values = dict(payload["with"])
    for field, hint in _hints(kind).items():
        value = values.get(field)
        if isinstance(value, list) and "tuple" in str(hint):
            values[field] = tuple(value)
        elif isinstance(value, str) and "datetime" in str(hint):
            values[field] = datetime.fromisoformat(value)
    return kind(**values)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


async def call(job: Job, payload: Mapping[str, Any]) -> None:
    """Do a job with what was packed for it."""
    if "fact" in payload:
        await job(unpacked(payload))
    else:
        await job(**payload["with"])
