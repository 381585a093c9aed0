"""Transactions that end as a whole whatever happens to the task that asked for them. Nothing but the database may be awaited inside."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar, cast

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction as tortoise_transaction

from fedcop.core import asked, behind
from fedcop.core.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

CONNECTION = "default"
SLOW = 0.1  # seconds; on SQLite nobody else can write meanwhile

log = logging.getLogger(__name__)


class Transaction:
    """What is to happen once the outermost transaction has committed."""

    def __init__(self) -> None:
        self.afterwards: list[Callable[[], Any]] = []
        self.refused = False  # something was asked for that none may do
        self.undoable = asyncio.Lock()  # savepoints are a stack: of two tasks inside, one waits for the other


class NotInside(RuntimeError):
    """Raised inside a transaction by what must not be done there. A part of in_parts() is undone then, and done apart."""


_current: ContextVar[Transaction | None] = ContextVar("fedcop_transaction", default=None)
# The part of in_parts() that is being done, outside of what it does in transactions.
_part: ContextVar[Transaction | None] = ContextVar("fedcop_part", default=None)
_running: set[asyncio.Task[Any]] = set()  # the loop keeps weak references only


def in_transaction() -> bool:
    """Whether a transaction is open here."""
    return _current.get() is not None or _part.get() is not None


def is_part() -> bool:
    """Whether this is a piece of in_parts(): others share what it reads, and on SQLite nobody else writes between that and what it writes."""
    return _part.get() is not None


def refuse_in_transaction() -> None:
    """Raise inside a transaction: called by whatever talks to the network or to the disk."""
    if in_transaction():
        raise not_inside("no network, mail or storage inside a transaction: do it in a job, or before")


def not_inside(why: str) -> NotInside:
    """Give the error to raise for what must not be done in the transaction that is open here."""
    if (part := _part.get()) is not None:
        part.refused = True  # even if somebody on the way takes the error for another one
    return NotInside(why)


def atomic(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run a service in one transaction; inside another, as a part of that one.

    The body runs in a task of its own: when the caller is cancelled (a client that hangs up), it still ends as a whole.
    """

    @functools.wraps(function)
    async def within(*args: P.args, **kwargs: P.kwargs) -> T:
        if _current.get() is not None:
            return await function(*args, **kwargs)
        if (part := _part.get()) is not None:
            with asked.aside():
                return await _undoable(part, lambda: function(*args, **kwargs), _current)
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
    async with tortoise_transaction(CONNECTION) as client:
        token = _current.set(transaction)
        started = time.perf_counter()
        try:
            if client.capabilities.dialect != "postgres":
                return await body()
            with behind.opened(cast(Any, client).say_together) as waiting:
                result = await body()
                await waiting.catch_up(last=True)
                return result
        finally:
            _current.reset(token)
            if (lasted := time.perf_counter() - started) > SLOW:
                log.warning("slow transaction: %.0f ms in %s", lasted * 1000, _name())


@atomic
async def in_parts(parts: Sequence[Callable[[], Awaitable[object]]], *, enough: Callable[[], bool]) -> int:
    """Do pieces of work in one transaction, and tell how many are done: the next one is to be done apart, or `enough` said after one that others want to write.

    Each piece is as if it were alone: what it does in transactions of its own is undone alone where it fails, in savepoints. A piece
    that raises, or wants what no transaction may (the network, storage), is undone as a whole, and ends it; what came before it stays.
    What they say `later` of (core/behind.py) is written for all of them at the end: where that fails, nothing of them stays.
    """
    if (waiting := behind.behind()) is not None:  # on PostgreSQL each transaction has it open
        waiting.in_parts = True
        return await _done_of(parts, enough)
    with behind.opened() as waiting:
        waiting.in_parts = True
        done = await _done_of(parts, enough)
        await waiting.catch_up()
    return done


async def _done_of(parts: Sequence[Callable[[], Awaitable[object]]], enough: Callable[[], bool]) -> int:
    whole = _current.get()
    assert whole is not None, "atomic opened one"
    outside = _current.set(None)
    try:
        with asked.remembering():
            for number, part in enumerate(parts):
                if number and enough():
                    return number
                try:
                    await _undoable(whole, part, _part)
                except Unavailable:
                    raise
                except Exception:  # noqa: BLE001 - done apart, it says what it was
                    log.debug("undone, to be done apart", exc_info=True)
                    return number
    finally:
        _current.reset(outside)
    return len(parts)


async def _undoable(
    around: Transaction, body: Callable[[], Awaitable[T]], variable: ContextVar[Transaction | None]
) -> T:
    """Do something inside a transaction so that it can be undone alone."""
    inner, client = Transaction(), cast(Any, get_connection(CONNECTION))
    waiting = behind.behind()
    async with around.undoable:
        before = waiting.mark() if waiting is not None else (0, 0)
        await client.mark("SAVEPOINT part")
        token = variable.set(inner)
        try:
            result = await body()
            if inner.refused:
                raise NotInside("a part asked for what it may not do in a transaction, and went on without")
        except BaseException:
            await client.mark("ROLLBACK TO SAVEPOINT part")
            if waiting is not None:
                waiting.undo(before)
            raise
        finally:
            variable.reset(token)
            await client.mark("RELEASE SAVEPOINT part")
    around.afterwards += [one for one in inner.afterwards if one not in around.afterwards]
    return result


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
    transaction = _current.get() or _part.get()
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
