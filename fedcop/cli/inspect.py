"""`fedcop queue`, `fedcop replay`, `fedcop fetch`: look into the engine and try again by hand."""

from __future__ import annotations

import json
from typing import Any

import typer

from activitypub.vocab import Thing, render
from fedcop.actors.models import Actor
from fedcop.cli.terminal import fail, run, up_to_date
from fedcop.core.clock import now
from fedcop.federation.fetching import resolver
from fedcop.federation.models import InboxItem
from fedcop.federation.receiving import intake
from fedcop.federation.sending import destinations


def _age(seconds: float) -> str:
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count != 1 else ''}"
    return f"{int(max(seconds, 0))} seconds"


def _line(waiting: destinations.Waiting) -> str:
    words = [f"{waiting.inbox}: {waiting.waiting} waiting"]
    if waiting.paused_since:
        words.append(
            f"paused for {_age((now() - waiting.paused_since).total_seconds())}; nothing is lost, nothing is sent"
        )
    if waiting.failing_since:
        words.append(f"failing for {_age((now() - waiting.failing_since).total_seconds())} ({waiting.failures} tries)")
    if waiting.why:
        words.append(waiting.why)
    if waiting.dormant:
        words.append("dormant, probed once a day")
    if waiting.next_try:
        words.append(f"next try in {_age((waiting.next_try - now()).total_seconds())}")
    return "; ".join(words)


def queue(as_json: bool = typer.Option(False, "--json", help="one JSON document")) -> None:
    """Say, per destination, what waits, since when it fails, why, and when it is tried next."""

    async def work() -> None:
        async with up_to_date():
            lines = await destinations.waiting_lines()
            if as_json:
                typer.echo(json.dumps([_as_json(line) for line in lines], indent=2))
            elif not lines:
                typer.echo("nothing waits: everything was delivered")
            for line in lines if not as_json else ():
                typer.echo(_line(line))

    run(work)


def _as_json(line: destinations.Waiting) -> dict[str, Any]:
    return {
        "inbox": line.inbox,
        "host": line.host,
        "waiting": line.waiting,
        "failing_since": line.failing_since.isoformat() if line.failing_since else None,
        "failures": line.failures,
        "why": line.why,
        "next_try": line.next_try.isoformat() if line.next_try else None,
        "dormant": line.dormant,
        "paused_since": line.paused_since.isoformat() if line.paused_since else None,
        "oldest": line.oldest,
    }


def replay(item: str = typer.Argument(help="the number of an inbox item, or the id of its activity")) -> None:
    """Process a received activity again, from the bytes that were kept."""

    async def work() -> None:
        async with up_to_date() as site:
            found = await (InboxItem.get_or_none(id=int(item)) if item.isdigit() else InboxItem.get_or_none(uri=item))
            if found is None:
                raise fail(f"there is no inbox item {item}")
            await intake.replay(found.id)
            await site.runner.settle()
            await found.refresh_from_db()
            typer.echo(f"{found.outcome}" + (f": {found.reason}" if found.reason else ""))
            if found.outcome == "failed":
                raise typer.Exit(1)

    run(work)


def fetch(uri: str = typer.Argument(help="an https address or a handle @name@host")) -> None:
    """Fetch what lies at an address, as this instance sees it."""

    async def work() -> None:
        async with up_to_date():
            found = await resolver.anything(uri)
            if isinstance(found, Actor):
                typer.echo(json.dumps({"type": found.kind, "id": found.uri, "name": found.display_name}, indent=2))
            elif isinstance(found, Thing):
                typer.echo(json.dumps(render(found), indent=2, ensure_ascii=False))

    run(work)
