"""Which site the current task belongs to. Beneath jobs and facts, which site.py needs; everybody else asks site.site()."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

from fedcop.core.clock import Clock
from fedcop.core.feature import Feature, Job, ManyJobs

T = TypeVar("T")


class Surroundings(Protocol):
    """What jobs and facts need of a site."""

    settings: Any
    clock: Clock
    mailer: Any
    features: tuple[Feature, ...]
    reactions: Mapping[type, tuple[Job, ...]]
    jobs: Mapping[str, Job]
    many: Mapping[str, ManyJobs]
    signals: Mapping[type, tuple[Callable[[Any], Any], ...]]

    def part(self, kind: Callable[[Any], T]) -> T:
        """Give its only `kind`."""
        ...

    async def wake(self) -> None:
        """Tell whoever runs jobs that there are some."""
        ...

    @property
    def origin(self) -> str:
        """Where people reach it."""
        ...


current_site: ContextVar[Any] = ContextVar("fedcop_site", default=None)


def surroundings() -> Surroundings:
    """The site that the current task belongs to."""
    found: Surroundings | None = current_site.get()
    if found is None:
        raise RuntimeError("no site is open here: see fedcop.core.site.open_site()")
    return found
