"""Keeps what can be found and finds it. Who may see what is the caller's to say: as SQL from communities.access.visible_sql."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fedcop.core import budgets
from fedcop.core.database import atomic, dialect, execute, in_chunks, rows
from fedcop.core.site import site
from fedcop.search import postgres_index, sqlite_index, words
from fedcop.search.models import SearchEntry
from fedcop.search.words import Piece, Term

KINDS = ("post", "resource", "person", "community")
NAMED = ("person", "community")
LONGEST_BODY = 20_000  # of which excerpts are cut
LONGEST_TEXT = budgets.SEARCH_TEXT  # that can be found
PAGE = 20
BATCH = 200
TOGETHER = 50  # entries in one statement, of twelve values each; SQLite's oldest limit is 999


@dataclass(frozen=True)
class Entry:
    """Something that can be found. `more`: words that find it and are not shown in excerpts (tags, names of files, other languages)."""

    kind: str
    id: int
    title: str
    body: str
    audience: str
    at: datetime
    community_id: int | None = None
    author_id: int | None = None
    language: str = ""
    more: str = ""
    more_title: str = ""  # words that find it like those of its title
    organisation: str = ""


@dataclass(frozen=True)
class Hit:
    """One result, with what was looked for marked in its title and in a passage of its text."""

    kind: str
    id: int
    community_id: int | None
    author_id: int | None
    language: str
    title: Sequence[Piece]
    excerpt: Sequence[Piece]
    mark: str  # the page after it begins with this


@atomic
async def index(*entries: Entry) -> None:
    """Keep things that can be found, or what they say now."""
    for some in in_chunks(entries, TOGETHER):
        lines = [_columns(entry) for entry in some]
        names = list(lines[0])
        newer = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
        marks = ", ".join([f"({', '.join('?' * len(names))})"] * len(lines))
        await execute(
            f"INSERT INTO search_entry ({', '.join(names)}) VALUES {marks} ON CONFLICT (id) DO UPDATE SET {newer}",  # noqa: S608 - our own words
            *(value for line in lines for value in line.values()),
        )


def _columns(entry: Entry) -> dict[str, Any]:
    title = f"{words.mark_of(entry.kind)} {words.fold(f'{entry.title} {entry.more_title}'[:2000])}".lstrip()
    return {
        "id": entry.id,
        "kind": entry.kind,
        "community_id": entry.community_id,
        "author_id": entry.author_id,
        "audience": entry.audience,
        "organisation": entry.organisation,
        "language": entry.language,
        "title": entry.title,
        "body": entry.body[:LONGEST_BODY],
        "folded_title": title,
        "folded": f"{title} {words.fold(f'{entry.body} {entry.more}'[:LONGEST_TEXT])}",
        "at": entry.at,
    }


@atomic
async def forget(*entry_ids: int) -> None:
    """Let things not be found any more."""
    await SearchEntry.filter(id__in=entry_ids).delete()


@atomic
async def rehome(ids_sql: str, *params: Any, community_id: int | None) -> None:
    """Let entries belong to another community; `ids_sql` selects their ids."""
    await execute(f"UPDATE search_entry SET community_id = ? WHERE id IN ({ids_sql})", community_id, *params)  # noqa: S608 - the caller's own words, values are parameters


async def reindex(progress: Callable[[int], None] | None = None) -> int:
    """Read anew what all features let be found, and drop the rest; gives how many entries there are.

    Many are written at a time: each transaction waits for the disk, and others wait for it no longer than that.
    """
    kept: set[int] = set()
    for source in (source for feature in site().features for source in feature.findable):
        async for entries in _in_batches(source()):
            await index(*entries)
            kept.update(entry.id for entry in entries)
            if progress is not None:
                progress(len(entries))
    async for stale in _others(kept):
        await forget(stale)
    return len(kept)


async def _in_batches(entries: AsyncIterator[Entry]) -> AsyncIterator[list[Entry]]:
    batch: list[Entry] = []
    async for entry in entries:
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _others(kept: Collection[int]) -> AsyncIterator[int]:
    last = 0
    while found := await rows("SELECT id FROM search_entry WHERE id > ? ORDER BY id LIMIT ?", last, BATCH):
        last = found[-1]["id"]
        for row in found:
            if row["id"] not in kept:
                yield row["id"]


async def query(
    text: str,
    *,
    visible: tuple[str, list[Any]],
    kinds: Collection[str] = KINDS,
    community_id: int | None = None,
    seen: tuple[str, list[Any]] = ("", []),
    after: str = "",
    limit: int = PAGE,
) -> list[Hit]:
    """Find what has all the words, titles first, then the newest; one more than `limit` means that there are more.

    `visible` is a condition over the alias `e`; `seen` is one of authors whose things are not left out.
    """
    wanted = words.terms(text)
    if not wanted or not kinds:
        return []
    where, params = [visible[0]], [*visible[1]]
    if community_id is not None:
        where.append("e.community_id = ?")
        params.append(community_id)
    if seen[0]:
        where.append(f"(e.author_id IS NULL OR {seen[0]})")
        params += seen[1]
    parts: list[str] = []
    given: list[Any] = []
    for part, values in _ranked(wanted, kinds, _after(after)):
        # Each by itself, so that the index gives the newest ones and the others, which may be very many, are not looked at.
        parts.append(f"SELECT * FROM ({part} AND {' AND '.join(where)} ORDER BY {_engine().ID} DESC LIMIT ?) AS part")  # noqa: S608
        given += [*values, *params, limit + 1]
    if not parts:
        return []
    listed = await rows(_engine().in_turn(parts), *given, limit + 1)
    return [_hit(row, wanted) for row in listed]


def _engine() -> Any:
    return postgres_index if dialect() == "postgres" else sqlite_index


def _ranked(
    wanted: Sequence[Term], kinds: Collection[str], after: tuple[int, int] | None
) -> Iterator[tuple[str, list[Any]]]:
    """Give a statement for each rank: a place or a person of that name is likely meant; then texts of that title; then texts that speak of it."""
    engine = _engine()
    for weight, match, among in (
        (2, engine.titled, [kind for kind in kinds if kind in NAMED]),
        (1, engine.titled, [kind for kind in kinds if kind not in NAMED]),
        (0, engine.told, list(kinds)),
    ):
        if not among or (after is not None and weight > after[0]):
            continue
        found, values = match(wanted, among)
        begin = f" AND {engine.ID} < ?" if after is not None and weight == after[0] else ""
        yield (
            f"SELECT e.*, {weight} AS weight FROM {engine.FROM} WHERE {found}{begin}",  # noqa: S608 - our own words
            [*values, *([after[1]] if after is not None and begin else [])],
        )


def _after(mark: str) -> tuple[int, int] | None:
    rank, _, last = mark.partition("-")
    if rank not in ("0", "1", "2") or not last.isascii() or not last.isdecimal() or len(last) > 18:
        return None
    return int(rank), int(last)


def said_as(hit: Hit, text: str, *, language: str, title: str, body: str) -> Hit:
    """Give a hit with other words of the same thing: what it says in another language."""
    wanted = words.terms(text)
    return replace(hit, language=language, title=words.mark(title, wanted), excerpt=words.excerpt(body, wanted))


def _hit(row: dict[str, Any], wanted: Sequence[Term]) -> Hit:
    return Hit(
        kind=row["kind"],
        id=row["id"],
        community_id=row["community_id"],
        author_id=row["author_id"],
        language=row["language"],
        title=words.mark(row["title"], wanted),
        excerpt=words.excerpt(row["body"], wanted),
        mark=f"{row['weight']}-{row['id']}",
    )
