"""Everything replaceable that one running instance is made of. Two sites can live in one process, each in its own context."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar, cast

from tortoise.context import TortoiseContext, _current_context

from fedcop.core.clock import SYSTEM, Clock, current_clock
from fedcop.core.current import current_site
from fedcop.core.database import in_transaction, open_database, tidy
from fedcop.core.elsewhere import Noted
from fedcop.core.feature import Feature, Job, ManyJobs, jobs_of, many_of, reactions_of, signals_of
from fedcop.core.i18n import current_language
from fedcop.core.jobs import forget_failed
from fedcop.core.listening import tell
from fedcop.core.mail import LogMailer, Mailer, SmtpMailer, deliver_mail
from fedcop.core.migrating import run_migrations
from fedcop.core.runner import CHANNEL, Runner
from fedcop.core.settings import Settings
from fedcop.core.storage import DiskStorage, Storage

T = TypeVar("T")


async def keep_tidy() -> None:
    """Job: what a database needs once a day."""
    await tidy()
    await forget_failed()


CORE = Feature(name="core", jobs=(deliver_mail,), timetable=((timedelta(days=1), keep_tidy),))


class NoNetwork:
    """The transport of a site that was opened without one: it refuses."""

    async def send(self, request: Any, **options: Any) -> Any:
        """Refuse."""
        raise RuntimeError("this site was opened without a transport: pass transport= to open_site()")

    async def close(self) -> None:
        """There is nothing to close."""


@dataclass(eq=False)
class Site:
    """One running instance."""

    settings: Settings
    clock: Clock
    storage: Storage
    mailer: Mailer
    transport: Any  # activitypub.client.transport.Transport; untyped, since web/ must not reach the client package
    features: tuple[Feature, ...]
    tortoise: TortoiseContext
    reactions: Mapping[type, tuple[Job, ...]]
    jobs: Mapping[str, Job]
    many: Mapping[str, ManyJobs]
    signals: Mapping[type, tuple[Callable[[Any], Any], ...]]
    parts: dict[Any, Any] = field(default_factory=dict)

    def part(self, kind: Callable[[Site], T]) -> T:
        """The site's only `kind`, made by `kind(site)` when first asked for."""
        if kind not in self.parts:
            self.parts[kind] = kind(self)
        return cast(T, self.parts[kind])

    @property
    def origin(self) -> str:
        """Where people reach us, without a final slash."""
        return self.settings.origin

    @property
    def runner(self) -> Runner:
        """What runs the jobs of this site."""
        return self.part(_runner)

    async def wake(self) -> None:
        """There are jobs: tell our runner, and the workers on other machines."""
        self.runner.wake()
        await tell(CHANNEL)

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[Site]:
        """Step into this site from another one of the same process."""
        if in_transaction():
            raise RuntimeError("one does not step from site to site inside a transaction")
        kept = [
            (variable, variable.get()) for variable in (current_site, current_clock, _current_context, current_language)
        ]
        current_site.set(self)
        current_clock.set(self.clock)
        _current_context.set(self.tortoise)
        current_language.set(self.settings.language)
        try:
            yield self
        finally:
            # Not by tokens: a test's fixture may end in another context than it began in.
            for variable, value in kept:
                cast(Any, variable).set(value)


def _storage(settings: Settings) -> Storage:
    if not settings.files:
        return DiskStorage(settings.data / "files")
    from fedcop.core.s3_storage import S3Storage  # noqa: PLC0415 - optional

    return S3Storage(settings.files)


def _runner(of: Site) -> Runner:
    return Runner(of)


def site() -> Site:
    """The site that the current task belongs to."""
    found: Site | None = current_site.get()
    if found is None:
        raise RuntimeError("no site is open here: see fedcop.core.site.open_site()")
    return found


@asynccontextmanager
async def open_site(
    settings: Settings,
    features: Iterable[Feature] = (),
    *,
    clock: Clock | None = None,
    storage: Storage | None = None,
    mailer: Mailer | None = None,
    transport: Any = None,
    migrate: bool = True,
) -> AsyncIterator[Site]:
    """Open one instance and make it the current one; at the end everything it opened is closed."""
    all_features = (CORE, *features)
    async with open_database(settings.database) as tortoise:
        opened = Site(
            settings=settings,
            clock=clock or SYSTEM,
            storage=storage or _storage(settings),
            mailer=mailer or (SmtpMailer(settings) if settings.smtp else LogMailer(settings)),
            transport=Noted(transport or NoNetwork()),
            features=all_features,
            tortoise=tortoise,
            reactions=reactions_of(all_features),
            jobs=jobs_of(all_features),
            many=many_of(all_features),
            signals=signals_of(all_features),
        )
        async with opened.entered():
            try:
                if migrate:
                    await run_migrations()
                yield opened
            finally:
                await opened.transport.close()
