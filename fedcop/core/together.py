"""What costs as much for one as for fifty is done in one go for all who ask at the same moment.

Whoever asks waits until it is done; nobody waits for others to come, unless `patience` says so: what is asked while one round is at work makes the next.
Not for: work that a caller's own transaction must hold, since rounds have transactions of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from fedcop.core.errors import Unavailable
from fedcop.core.site import Site
from fedcop.core.transactions import in_transaction, not_inside

BUSY = "database-busy"  # as core/sql/asyncpg_engine.py says it
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, eq=False)
class _Waiting(Generic[Asked, Answer]):
    asked: Asked
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Together(Generic[Asked, Answer]):
    """`await together(one)`: `work` gets up to `most` of what is asked, and gives an answer for each in their order.

    Where the work fails for several, each is tried alone, so that one that cannot be done takes nobody along.
    """

    def __init__(
        self,
        site: Site,
        name: str,
        work: Callable[[list[Asked]], Awaitable[Sequence[Answer]]],
        *,
        most: int,
        patience: Callable[[], float] = lambda: 0.0,  # seconds in which others are waited for
    ) -> None:
        self._site, self._name, self._work, self._most, self._patience = site, name, work, most, patience
        self._waiting: list[_Waiting[Asked, Answer]] = []
        self._round: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Answer:
        """Have it done with what others ask at this moment; raises what the work raises."""
        if in_transaction():
            raise not_inside(f"{self._name}: a round waits for a transaction of its own, and would for this one")
        one = _Waiting[Asked, Answer](asked)
        self._waiting.append(one)
        if self._round is None or self._round.done():
            # In a context of its own: it does what others ask, too.
            self._round = asyncio.get_running_loop().create_task(
                self._run(), name=f"transaction {self._name}", context=Context()
            )
        return await one.answer  # who is cancelled meanwhile has asked all the same

    async def _run(self) -> None:
        async with self._site.entered():
            while self._waiting:
                if len(self._waiting) < self._most and (seconds := self._patience()):
                    await asyncio.sleep(seconds)
                some, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._do(some)

    async def _do(self, some: list[_Waiting[Asked, Answer]]) -> None:
        try:
            answers = await self._work([one.asked for one in some])
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            if len(some) > 1 and not _is_away(error):
                for one in some:
                    await self._do([one])
                return
            for one in some:
                if not one.answer.done():
                    one.answer.set_exception(error)
        else:
            for one, answer in zip(some, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(answer)


def _is_away(error: Exception) -> bool:
    """Tell whether the database is away or full: to try each would be to wait for each. Two who held each other up are neither."""
    return isinstance(error, Unavailable) and error.code != BUSY
