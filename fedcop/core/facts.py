"""What happened, in the past tense. Recording a fact promises its reactions inside the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from fedcop.core import signals
from fedcop.core.current import surroundings
from fedcop.core.database import in_transaction
from fedcop.core.feature import Job, name_of
from fedcop.core.jobs import Promised, is_ordered, promise

R = TypeVar("R", bound=Job)
_concerned: dict[str, Callable[[Any], bool]] = {}


@dataclass(frozen=True)
class Fact:
    """Something that happened: ids and plain values only, never rows. Subclasses are frozen dataclasses too."""

    @property
    def lane(self) -> str | None:
        """Reactions marked `ordered` are done one after the other among facts of one lane."""
        return None


def concerning(says: Callable[[Any], bool]) -> Callable[[R], R]:
    """Mark a reaction: it is promised for those facts only of which `says` is true. What the fact does not tell, the reaction looks up itself."""

    def mark(job: R) -> R:
        _concerned[name_of(job)] = says
        return job

    return mark


def concerns(job: Job, fact: Fact) -> bool:
    """Tell whether a reaction is to be promised for a fact."""
    says = _concerned.get(name_of(job))
    return says is None or says(fact)


async def record(*happened: Fact) -> None:
    """Promise every reaction to some facts, in the transaction that made them true; after it, say so to whoever looks."""
    promised: list[Promised] = []
    for fact in happened:
        if not in_transaction():
            raise RuntimeError(f"{type(fact).__name__} must be recorded inside a transaction, or it may be lost")
        reactions = surroundings().reactions.get(type(fact))
        if reactions is None:
            raise LookupError(f"no feature reacts to {type(fact).__qualname__}: name it in a feature's `reacts`")
        promised += [(job, fact, fact.lane if is_ordered(job) else None) for job in reactions if concerns(job, fact)]
    await promise(promised)
    for fact in happened:
        for described in surroundings().signals.get(type(fact), ()):
            await signals.send(described(fact))
