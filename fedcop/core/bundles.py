"""One job in the place of several that are done in one go anyway: thirty rows less to write, to take and to delete, for thirty deliveries.

A round of deliveries makes them (core/behind.py) of what a feature names in `many`. Nothing else is different: they are done in their order, and
what was tried before is done alone: a bundle that failed, or that a worker died of, is taken apart into the jobs that it stands for.
Not for: which jobs go together (lots.py), or jobs that are enqueued by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from fedcop.core.clock import now
from fedcop.core.current import surroundings
from fedcop.core.database import after_commit, atomic, execute, rows, to_json
from fedcop.core.ids import new_id


class Several(Protocol):
    """A job that was taken, and stands for several."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...
    @property
    def attempts(self) -> int: ...
    @property
    def lane(self) -> str | None: ...


@dataclass(frozen=True)
class Promise:
    """A job that follows from a fact, as its row holds it."""

    name: str
    payload: Mapping[str, Any]
    lane: str | None
    due: datetime

    @property
    def sort(self) -> tuple[str, str]:
        """What it has in common with those that it may be one with."""
        return self.name, self.payload["fact"]


def of(promises: Sequence[Promise]) -> Iterator[tuple[int, Promise]]:
    """Make one of those that are alike, with the id of its first; of a lane only of such as follow one another there."""
    found: list[list[tuple[int, Promise]]] = []
    latest: dict[object, list[tuple[int, Promise]]] = {}
    for one in promises:
        key = one.lane or one.sort
        together = latest.get(key)
        if together is None or together[0][1].sort != one.sort or one.name not in surroundings().many:
            together = latest[key] = []
            found.append(together)
        together.append((new_id(), one))
    for together in found:
        number, first = together[0]
        if len(together) > 1:
            parts = [(its, one.payload["with"]) for its, one in together]
            first = replace(first, payload={"fact": first.payload["fact"], "many": parts})
        yield number, first


@atomic
async def take_apart(job: Several, done: int = 0) -> None:
    """Put those that a job stands for in its place, but for the first ones if they are done. They are done alone."""
    if not await rows("DELETE FROM job WHERE id = ? RETURNING id", job.id):
        return  # somebody else has
    values, due, fact = list[object](), now(), job.payload["fact"]
    further = job.id - job.payload["many"][0][0]  # in a lane it may have been moved on
    for number, packed in job.payload["many"][done:]:
        values += [number + further, job.name, to_json({"fact": fact, "with": packed}), job.lane, due, job.attempts]
    lines = ", ".join(["(?, ?, ?, ?, ?, ?)"] * (len(values) // 6))
    await execute(f"INSERT INTO job (id, name, payload, lane, due_at, attempts) VALUES {lines}", *values)  # noqa: S608 - our own words
    await after_commit(surroundings().wake)
