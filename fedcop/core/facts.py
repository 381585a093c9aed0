"""What happened, in the past tense. Recording a fact promises its reactions inside the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core import signals
from fedcop.core.current import surroundings
from fedcop.core.database import in_transaction
from fedcop.core.jobs import Promised, is_ordered, promise


@dataclass(frozen=True)
class Fact:
    """Something that happened: ids and plain values only, never rows. Subclasses are frozen dataclasses too."""

    @property
    def lane(self) -> str | None:
        """Reactions marked `ordered` are done one after the other among facts of one lane."""
        return None


async def record(*happened: Fact) -> None:
    """Promise every reaction to some facts, in the transaction that made them true; after it, say so to whoever looks."""
    promised: list[Promised] = []
    for fact in happened:
        if not in_transaction():
            raise RuntimeError(f"{type(fact).__name__} must be recorded inside a transaction, or it may be lost")
        reactions = surroundings().reactions.get(type(fact))
        if reactions is None:
            raise LookupError(f"no feature reacts to {type(fact).__qualname__}: name it in a feature's `reacts`")
        promised += [(job, fact, fact.lane if is_ordered(job) else None) for job in reactions]
    await promise(promised)
    for fact in happened:
        for described in surroundings().signals.get(type(fact), ()):
            await signals.send(described(fact))
