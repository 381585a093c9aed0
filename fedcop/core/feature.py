"""The form that each feature fills in: its reactions, jobs, routes. No scanning, no import side effects."""

from __future__ import annotations

from asyncio import Event
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

Job = Callable[..., Awaitable[None]]
ManyJobs = Callable[[Sequence[Any]], Awaitable[int | None]]
"""Does many facts of one reaction in one go, or the first ones, and tells how many: see core/lots.py."""


@dataclass(frozen=True)
class StoredFile:
    """A file in the storage, by its key: what an export may hold besides JSON."""

    key: str


@dataclass(frozen=True)
class Period:
    """A kind of thing that is deleted a number of days after it is over: see core/retention.py."""

    key: str
    label: str  # untranslated
    days: int  # unless those in charge chose another number
    least: int  # what the software needs, or people to see what became of something
    most: int = 3650


@dataclass(frozen=True)
class Feature:
    """One feature as the rest of the house sees it."""

    name: str
    reacts: Mapping[type, tuple[Job, ...]] = field(default_factory=dict)  # class of fact -> jobs that it leads to
    signals: Mapping[type, Callable[[Any], Any]] = field(
        default_factory=dict
    )  # class of fact -> what core.signals says
    many: Mapping[Job, ManyJobs] = field(default_factory=dict)  # reaction -> what does it for many facts in one go
    jobs: tuple[Job, ...] = ()  # jobs that are enqueued by name
    timetable: tuple[tuple[timedelta, Job], ...] = ()  # jobs that come back by themselves
    receives: tuple[Any, ...] = ()  # routes of the dispatcher
    serves: Mapping[str, Any] = field(default_factory=dict)  # kind of KnownObject -> function giving its document
    post_kinds: Mapping[str, Any] = field(default_factory=dict)
    exports: tuple[
        Callable[[int], AsyncIterator[tuple[str, Any]]], ...
    ] = ()  # what it holds of a person: see people.export
    findable: tuple[
        Callable[[], AsyncIterator[Any]], ...
    ] = ()  # all that search may know of: see search.service.reindex
    sendable: tuple[
        Callable[[Any, Collection[str]], Awaitable[Collection[str]]], ...
    ] = ()  # which of some hosts an outgoing activity is still for: asked at the moment of sending
    trusts: tuple[
        Any, ...
    ] = ()  # what people of other servers have that is not for everybody: federation.presence.Trust
    tellable: tuple[
        Callable[[int, Collection[int]], Awaitable[Collection[int]]], ...
    ] = ()  # which posts, of these, an actor may be told of: asked at the moment a letter leaves
    keeps: tuple[Period, ...] = ()  # what it deletes some time after it is over
    set_back: tuple[Callable[[], Awaitable[None]], ...] = ()  # called by a worker once its clock was set back
    loops: tuple[Callable[[Event], Awaitable[None]], ...] = ()  # run by a worker until told to stop


def name_of(job: Job) -> str:
    """How a job is called in the database: "module:function"."""
    return f"{job.__module__}:{job.__qualname__}"


def reactions_of(features: tuple[Feature, ...]) -> dict[type, tuple[Job, ...]]:
    """Merge what all features do about each class of fact, in the order of features."""
    merged: dict[type, tuple[Job, ...]] = {}
    for feature in features:
        for fact, jobs in feature.reacts.items():
            merged[fact] = (*merged.get(fact, ()), *jobs)
    return merged


def signals_of(features: tuple[Feature, ...]) -> dict[type, tuple[Callable[[Any], Any], ...]]:
    """Merge what is said at once of each class of fact."""
    merged: dict[type, tuple[Callable[[Any], Any], ...]] = {}
    for feature in features:
        for fact, described in feature.signals.items():
            merged[fact] = (*merged.get(fact, ()), described)
    return merged


def many_of(features: tuple[Feature, ...]) -> dict[str, ManyJobs]:
    """Name the reactions that are done for many facts in one go."""
    return {name_of(job): does for feature in features for job, does in feature.many.items()}


def jobs_of(features: tuple[Feature, ...]) -> dict[str, Job]:
    """Every function that a row in the table of jobs may name."""
    named: dict[str, Job] = {}
    for feature in features:
        reactions = (job for jobs in feature.reacts.values() for job in jobs)
        for job in (*feature.jobs, *reactions, *(job for _, job in feature.timetable)):
            if "<" in job.__qualname__:
                raise ValueError(f"{feature.name}: a job must be a function of a module, not {job.__qualname__}")
            named[name_of(job)] = job
    return named
