"""Runs the jobs that are due: as a loop in a worker, or until nothing is due in tests and commands."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fedcop.core import asked, budgets, bundles, clock, jobs, lots, metrics, payloads, timetable
from fedcop.core.current import Surroundings
from fedcop.core.database import dialect, in_transaction
from fedcop.core.elsewhere import Elsewhere, be_job
from fedcop.core.errors import Unavailable
from fedcop.core.i18n import current_language
from fedcop.core.jobs import Claimed, Retry
from fedcop.core.listening import listen
from fedcop.core.log import bound, brief
from fedcop.core.pressing import Pressing

CONCURRENCY = budgets.JOBS_AT_ONCE
POLL = 1.0  # seconds; what becomes due by the clock, or was promised by another process, waits at most this long
HEARTBEAT = jobs.LEASE / 3
PATIENCE = budgets.STOP_SECONDS  # that jobs at work get when told to stop
LONGEST = budgets.JOB_SECONDS  # seconds; a job that hangs would hold its place for ever
LOOKING = 10  # times as long as a look takes, the next one waits while others are at work
CHANNEL = "fedcop_jobs"

log = logging.getLogger(__name__)


class JobsFailed(ExceptionGroup):
    """What went wrong in the jobs that settle() ran."""


@dataclass(frozen=True)
class _Done:
    """What was done of a lot: so many jobs of it, and so many parts of the next one that stands for several."""

    jobs: int = 0
    parts: int = 0
    failed: bool = False


_NOTHING = _Done()


def _with_facts(lot: Sequence[Claimed]) -> tuple[list[Claimed], list[Any]]:
    """Choose as many of the first jobs as may be done in one go, and give their facts."""
    some, facts = list[Claimed](), list[Any]()
    for job in lot:
        more = payloads.facts_of(job.payload)
        if some and len(facts) + len(more) > lots.MOST:
            break
        some.append(job)
        facts += more
    return some, facts


class Runner:
    """The jobs of one site."""

    def __init__(self, site: Surroundings) -> None:
        self.site = site
        self.running: dict[int, str] = {}
        self._done: list[int] = []  # whose rows go when we look for jobs next: one statement for all of them
        self.inline = False  # tests: wait_for() runs the jobs itself, since nobody else does
        self._wake = asyncio.Event()
        self._look_again = 0.0

    def wake(self) -> None:
        """There are jobs."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Run jobs until told to stop; those at work are finished first, if they are soon."""
        async with asyncio.TaskGroup() as group:
            others = [
                group.create_task(self._keep_leases()),
                group.create_task(listen(CHANNEL, lambda _said: self.wake())),
            ]
            stopping = group.create_task(self._wait_for(stop))
            try:
                await self._work(stop)
            finally:
                for task in (*others, stopping):
                    task.cancel()

    async def _wait_for(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.wake()

    async def _work(self, stop: asyncio.Event) -> None:
        tasks: set[asyncio.Task[list[Exception]]] = set()
        scheduled, watch, elsewhere = float("-inf"), clock.Watch(), self.site.part(Elsewhere)
        elsewhere.on_room = self.wake
        back = await self._behind()
        try:
            while not stop.is_set():
                self._wake.clear()
                tasks = {task for task in tasks if not task.done()}
                free = elsewhere.room(CONCURRENCY, len(tasks))
                back = max(back, watch.set_back())
                try:
                    if back:
                        await self._go_on_after(back)
                        back = timedelta(0)
                    if time.monotonic() - scheduled > 60:
                        await timetable.schedule(self.site.features)
                        scheduled = time.monotonic()
                    if free:
                        await self.site.part(Pressing).over()
                        await self._take_time(tasks)
                    claimed = await self._claim(free) if free else []
                except Unavailable as error:
                    log.error("cannot look for jobs: %s", error.__cause__ or error)
                    claimed = []
                tasks |= {self._start(lot) for lot in claimed}
                if sum(map(len, claimed)) < free or not claimed:
                    await self._idle()
            await self._finish(tasks)
        except asyncio.CancelledError:
            await self._drop(tasks)
            raise
        await self._settle_done()

    async def _finish(self, tasks: set[asyncio.Task[list[Exception]]]) -> None:
        """Let jobs at work end, and give back what takes too long: what a service manager kills instead tidies nothing up."""
        last = time.monotonic() + PATIENCE
        while tasks:  # what is done meanwhile is not kept for the last of them: another worker would do it again
            left = max(0.0, last - time.monotonic())
            finished, tasks = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            await self._settle_done()
            if not finished:
                log.warning(
                    "%d jobs take too long to end with this process; they will be done again", len(self.running)
                )
                await self._drop(tasks)
                return

    async def _behind(self) -> timedelta:
        """How far the clock is behind what waits already: it was set back while nobody looked, or was not right then."""
        try:
            latest = await jobs.latest()
        except Unavailable:
            return timedelta(0)
        behind = latest - clock.now() if latest else timedelta(0)
        return behind if behind.total_seconds() > clock.NOTICED else timedelta(0)

    async def _go_on_after(self, back: timedelta) -> None:
        log.warning("the clock of this machine was set back by %.0f s", back.total_seconds())
        await jobs.go_on_after(back)
        await timetable.clamp(self.site.features)
        for feature in self.site.features:
            for go_on in feature.set_back:
                await go_on()

    async def _settle_done(self) -> None:
        done = list(self._done)
        try:
            await jobs.finish(done)
        except Unavailable as error:
            log.error("cannot put finished jobs away: %s", error.__cause__ or error)
        else:
            self._done = [one for one in self._done if one not in done]

    async def _take_time(self, tasks: Collection[asyncio.Task[Any]]) -> None:
        """While jobs are being done, spend a tenth of the time on looking for more: on PostgreSQL every process is woken by what any other promises."""
        while (early := self._look_again - time.monotonic()) > 0 and any(not task.done() for task in tasks):
            await asyncio.wait(tasks, timeout=early, return_when=asyncio.FIRST_COMPLETED)
            tasks = [task for task in tasks if not task.done()]

    async def _claim(self, limit: int) -> list[list[Claimed]]:
        done, began = list(self._done), time.monotonic()
        claimed = await lots.claim(limit, running=[*self.running, *done], done=done)
        if dialect() == "postgres":
            ended = time.monotonic()
            self._look_again = ended + min(LOOKING * (ended - began), POLL / 2)
        self._done = [one for one in self._done if one not in done]
        return claimed

    async def _idle(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _drop(self, tasks: set[asyncio.Task[list[Exception]]]) -> None:
        """Cancel what is running and give it back."""
        unfinished = list(self.running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await jobs.finish(self._done)
        await jobs.release(unfinished)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            try:
                await jobs.renew(list(self.running))
            except Unavailable as error:
                log.error("cannot renew leases: %s", error.__cause__ or error)

    def _start(self, lot: list[Claimed]) -> asyncio.Task[list[Exception]]:
        self.running.update({job.id: job.name for job in lot})
        return asyncio.get_running_loop().create_task(self._do(lot), name=f"job {lot[0].name} {lot[0].id}")

    async def _do(self, lot: list[Claimed]) -> list[Exception]:
        """Do jobs that go together and settle their rows. Gives back what went wrong, once that is dealt with."""
        be_job(lot[0].id)
        rest, errors, together = lot, list[Exception](), len(lot) > 1 or bool(lot[0].parts)
        try:
            while rest:
                done = await self._done_together(rest) if together and (len(rest) > 1 or rest[0].parts) else _NOTHING
                rest = self._settled(rest, done.jobs)
                if done.failed or done.parts or (rest and rest[0].parts and not done.jobs):
                    if any(job.parts for job in rest):
                        await self._take_apart(rest, done.parts)
                        break
                    together = False
                if done.jobs:  # what comes next may go together again
                    await self.site.part(Pressing).over()
                    continue
                result, error = await self._do_one(rest[0])
                errors += [error] if error else []
                rest = self._settled(rest, 1)
                if rest and result == "again" and rest[0].lane is not None:  # nothing in a lane overtakes
                    await self._give_back(rest)
                    break
        finally:
            self._settled(rest, len(rest))
            self.wake()
        return errors

    def _settled(self, lot: list[Claimed], count: int) -> list[Claimed]:
        for job in lot[:count]:
            self.running.pop(job.id, None)
        return lot[count:]

    async def _take_apart(self, lot: list[Claimed], done: int = 0) -> None:
        """Give back what was to be done together, each to be done alone; `done` are the first ones of the first of them."""
        try:
            for place, job in enumerate(lot):
                if job.parts:
                    await bundles.take_apart(job, 0 if place else done)
            await jobs.free([job.id for job in lot if not job.parts])
        except Unavailable as error:  # they are free again when their lease has run out
            log.error("cannot give jobs back: %s", error.__cause__ or error)
        self._settled(lot, len(lot))

    async def _give_back(self, lot: list[Claimed]) -> None:
        ids = [job.id for job in lot]
        try:
            await jobs.release(ids)
        except Unavailable as error:  # they are free again when their lease has run out
            log.error("cannot give jobs back: %s", error.__cause__ or error)
        self._settled(lot, len(lot))

    async def _done_together(self, lot: list[Claimed]) -> _Done:
        """Do the first jobs of a lot in one go, and tell how many. Where that fails, each is to be done alone."""
        current_language.set(self.site.settings.language)
        began, name = time.perf_counter(), lot[0].name
        does = self.site.many.get(name)
        if does is None or (lot[0].parts and lot[0].attempts > 1):  # a worker died of it, or of an older version
            return _Done(failed=True)
        with bound(job=f"{name.rpartition(':')[2]}:{lot[0].id}+{len(lot) - 1}"):
            try:
                some, facts = _with_facts(lot)
                async with asyncio.timeout(LONGEST):
                    count = await does(facts)
            except Exception:  # noqa: BLE001 - alone, each says what it was
                log.warning("%d jobs %s failed together; each is done alone", len(lot), name, exc_info=True)
                return _Done(failed=True)
        count = len(facts) if count is None else count
        if count:
            metrics.jobs.labels(name, "done").inc(count)
            metrics.job_seconds.observe(time.perf_counter() - began)
        done = 0
        while done < len(some) and count >= (parts := some[done].parts or 1):
            done, count = done + 1, count - parts
        self._done += [job.id for job in some[:done]]
        return _Done(done, count)

    async def _do_one(self, job: Claimed) -> tuple[str, Exception | None]:
        current_language.set(self.site.settings.language)
        try:
            return await self._attempt(job)
        except Exception as error:
            # The row could not be settled (disk full, database away): it is free again when its lease has run out.
            log.exception("job %s %s could not be put away", job.name, job.id)
            return "again", error

    async def _attempt(self, job: Claimed) -> tuple[str, Exception | None]:
        began = time.perf_counter()
        with bound(job=f"{job.name.rpartition(':')[2]}:{job.id}"):
            result, error = await self._tried(job)
        metrics.jobs.labels(job.name, result).inc()
        metrics.job_seconds.observe(time.perf_counter() - began)
        return result, error

    async def _tried(self, job: Claimed) -> tuple[str, Exception | None]:
        function = self.site.jobs.get(job.name)
        if function is None:
            await jobs.give_up(job, f"there is no job named {job.name} any more")
            return "failed", LookupError(job.name)
        if job.attempts > jobs.ATTEMPTS:
            await jobs.give_up(job, f"the worker died {job.attempts - 1} times while doing this")
            return "failed", RuntimeError(job.name)
        await timetable.put_back(job, self.site.features)
        try:
            async with asyncio.timeout(LONGEST):
                await payloads.call(function, job.payload)
        except Retry as asked:
            again = await jobs.try_again(job, asked.reason, asked.after)
            return "again" if again else "failed", None
        except Exception as error:
            again = await jobs.try_again(job, brief(error))
            level = logging.WARNING if again else logging.ERROR
            log.log(level, "job %s %s failed, attempt %d", job.name, job.id, job.attempts, exc_info=error)
            return "again" if again else "failed", error
        self._done.append(job.id)
        return "done", None

    async def settle(self, *, strict: bool = True) -> int:
        """Run what is due until nothing is, one by one in order, and tell how many that were.

        `strict`: what a job raised (other than Retry) is raised here too, after all are done.
        """
        if in_transaction():
            raise RuntimeError("no job is run inside a transaction")
        count, errors = 0, list[Exception]()
        while claimed := await self._claim(CONCURRENCY):
            for lot in claimed:
                count += len(lot)
                errors += await self._start(lot)
        if errors and strict:
            raise JobsFailed("jobs failed", errors)
        return count

    async def wait_for(self, job_id: int, seconds: float = 8.0) -> bool:
        """Wait until a job is done: True; False if its attempt failed, or if it takes longer than that."""
        if self.inline:
            await self.settle(strict=False)
        try:
            async with asyncio.timeout(seconds):
                while (state := await jobs.state_of(job_id)) == "waiting":  # noqa: ASYNC110
                    await asyncio.sleep(0.02)  # another process may be doing it
        except TimeoutError:
            return False
        finally:
            asked.forget()  # what somebody asked before the job did its work is no answer any more
        return state == "done"
