"""Transactions that end as a whole whatever happens to the task that asked for them. Nothing but the database may be awaited inside."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from tortoise.transactions import in_transaction as tortoise_transaction

from fedcop.core import asked

P = ParamSpec("P")
T = TypeVar("T")

CONNECTION = "default"
SLOW = 0.1  # seconds; on SQLite nobody else can write meanwhile

log = logging.getLogger(__name__)


class Transaction:
    """What is to happen once the outermost transaction has committed."""

    def __init__(self) -> None:
        self.afterwards: list[Callable[[], Any]] = []


_current: ContextVar[Transaction | None] = ContextVar("fedcop_transaction", default=None)
_running: set[asyncio.Task[Any]] = set()  # the loop keeps weak references only


def in_transaction() -> bool:
    """Whether a transaction is open here."""
    return _current.get() is not None


def refuse_in_transaction() -> None:
    """Raise inside a transaction: called by whatever talks to the network or to the disk."""
    if in_transaction():
        raise RuntimeError("no network, mail or storage inside a transaction: do it in a job, or before")


def atomic(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run a service in one transaction; inside another, as a part of that one.

    The body runs in a task of its own: when the caller is cancelled (a client that hangs up), it still ends as a whole.
    """

    @functools.wraps(function)
    async def within(*args: P.args, **kwargs: P.kwargs) -> T:
        if in_transaction():
            return await function(*args, **kwargs)
        task = asyncio.get_running_loop().create_task(
            _whole(lambda: function(*args, **kwargs)), name=f"transaction {function.__qualname__}"
        )
        _running.add(task)
        task.add_done_callback(_running.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                task.add_done_callback(_report)
            raise

    return within


async def _whole(body: Callable[[], Awaitable[T]]) -> T:
    transaction = Transaction()
    with asked.aside():
        result = await _inside(transaction, body)
    for function in transaction.afterwards:
        outcome = function()
        if inspect.isawaitable(outcome):
            await outcome
    return result


async def _inside(transaction: Transaction, body: Callable[[], Awaitable[T]]) -> T:
    async with tortoise_transaction(CONNECTION):
        token = _current.set(transaction)
        started = time.perf_counter()
        try:
            return await body()
        finally:
            _current.reset(token)
            if (lasted := time.perf_counter() - started) > SLOW:
                log.warning("slow transaction: %.0f ms in %s", lasted * 1000, _name())


def _name() -> str:
    task = asyncio.current_task()
    return task.get_name() if task else "?"


def _report(task: asyncio.Task[Any]) -> None:
    """Say how a transaction ended that nobody waits for any more."""
    if not task.cancelled() and (error := task.exception()):
        log.warning("%s, abandoned by its caller, failed: %r", task.get_name(), error)


async def after_commit(function: Callable[[], Any]) -> None:
    """Call `function` (plain or async) once the outermost transaction has committed; now, if none is open.

    The same function is called once, however often it is named.
    """
    transaction = _current.get()
    if transaction is not None:
        if function not in transaction.afterwards:
            transaction.afterwards.append(function)
        return
    outcome = function()
    if inspect.isawaitable(outcome):
        await outcome


async def quiesce() -> None:
    """Wait for the transactions whose callers have gone."""
    loop = asyncio.get_running_loop()
    mine = [task for task in _running if task.get_loop() is loop and task is not asyncio.current_task()]
    if mine:
        await asyncio.wait(mine, timeout=10)
