"""Asks the database the same question once while one request is answered, however many rooms want to know.

Only questions marked with `once` are remembered, only where `remembering()` is open (web/app.py opens it, and in_parts() for what it does
in one transaction), never inside what writes, and nothing outlives that: whoever writes asks anew, but for what is written while
`keeping()` is open, which changes no answer. Not a cache between requests.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from tortoise.models import Model

P = ParamSpec("P")
T = TypeVar("T")

_answers: ContextVar[dict[Any, Any] | None] = ContextVar("fedcop_answers", default=None)
_keeping: ContextVar[bool] = ContextVar("fedcop_answers_kept", default=False)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember the answers of the block."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def forget() -> None:
    """Forget what was answered so far: something is being written."""
    if not _keeping.get() and (answers := _answers.get()):
        answers.clear()


@contextmanager
def keeping() -> Iterator[None]:
    """Forget nothing for what is written in the block: it makes new rows, which no question that is marked asks for."""
    token = _keeping.set(True)
    try:
        yield
    finally:
        _keeping.reset(token)


@contextmanager
def aside() -> Iterator[None]:
    """Remember nothing in the block: a transaction sees what nobody else does."""
    forget()
    token = _answers.set(None)
    try:
        yield
    finally:
        _answers.reset(token)


def once(question: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Mark a query whose arguments are rows, numbers, texts or None. Whoever gets the answer does not change it."""

    @functools.wraps(question)
    async def ask(*args: P.args, **kwargs: P.kwargs) -> T:
        answers = _answers.get()
        if answers is None:
            return await question(*args, **kwargs)
        key = (*_key(question, args), *((name, _named(value)) for name, value in sorted(kwargs.items())))
        if key not in answers:
            answers[key] = await question(*args, **kwargs)
        found: T = answers[key]
        return found

    return ask


def is_remembering() -> bool:
    """Tell whether a question that answers more than what is asked now is worth it."""
    return _answers.get() is not None


def recall(question: Callable[..., Coroutine[Any, Any, T | None]], *args: object) -> T | None:
    """Give what was answered already, if it was."""
    answers = _answers.get()
    return answers.get(_key(question, args)) if answers else None


def tell(question: Callable[..., Coroutine[Any, Any, T | None]], answer: T, *args: object) -> None:
    """Remember an answer that came along with another one, so that nobody asks; `question` is marked with `once`."""
    if (answers := _answers.get()) is not None:
        answers.setdefault(_key(question, args), answer)


def _key(question: Callable[..., Any], args: Sequence[object]) -> tuple[object, ...]:
    return (_unwrapped(question), *map(_named, args))


@functools.cache
def _unwrapped(question: Callable[..., Any]) -> Callable[..., Any]:
    found: Callable[..., Any] = inspect.unwrap(question)
    return found


def _named(value: object) -> object:
    return (type(value), value.pk) if isinstance(value, Model) else value
