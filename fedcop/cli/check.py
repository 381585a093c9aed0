"""`fedcop migrate` and `fedcop doctor`: bring the database up to date, and say in words what is amiss."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from fedcop.built import in_full
from fedcop.cli.doctor import instance, machine, outside
from fedcop.cli.doctor.belonging import closed_to_us
from fedcop.cli.doctor.finding import AMISS, NOTE, Finding
from fedcop.cli.terminal import EXIT_PROBLEM, EXIT_SETTINGS, another_address, for_hosts, keep, opened, run
from fedcop.core.errors import FedcopError, Unavailable
from fedcop.core.migrating import is_current, known_steps
from fedcop.core.network import make_transport
from fedcop.core.settings import Settings, SettingsError, config_file, load_settings
from fedcop.core.site import Site, open_site
from fedcop.features import FEATURES

Check = Callable[[Site], Awaitable[list[Finding]]]
OK = "ok"
SIGNS = {OK: "ok", NOTE: "--", AMISS: "!!"}


async def own_address(site: Site) -> list[Finding]:
    """Whether the people of this instance are at the address of the settings."""
    other = await another_address(site)
    if not other:
        return []
    mend = keep(other)
    return [Finding(f"Its people are at {other}, and url is {site.origin}.", f"{mend[0].upper()}{mend[1:]}.")]


BELOW: dict[str, Check] = {  # what can be looked at whatever the schema
    "address": outside.address,
    "certificate": outside.own_certificate,
    "disk": machine.disk,
    "permissions": machine.permissions,
    "memory": machine.memory,
    "open files": machine.open_files,
    "films": instance.films,
    "database": instance.state_of_database,
    "schema": instance.schema,
    "own address": own_address,
}
INSIDE: dict[str, Check] = {  # what reads tables
    "clock": machine.clock,
    "jobs": instance.jobs,
    "deliveries": instance.deliveries,
    "files": instance.files,
    "room of members": instance.members_files,
    "backups": instance.backup_age,
    "room for backups": machine.room_for_backups,
}
FROM_OUTSIDE: dict[str, Check] = {  # what asks others
    "reached from outside": outside.reached,
    "mail": outside.mail,
    "mail is believed": outside.believed,
}


def migrate() -> None:
    """Bring the database up to date."""

    async def work() -> None:
        async with opened(migrate=True):
            typer.echo("the database is up to date")

    run(work)


@dataclass(frozen=True)
class Line:
    """What the doctor says of one thing."""

    check: str
    state: str
    says: str = ""
    mend: str = ""


def doctor(
    as_json: bool = typer.Option(False, "--json", help="one JSON document"),
    local: bool = typer.Option(False, "--local", help="ask nobody outside of this machine"),
) -> None:
    """Say what is amiss, each in a sentence with the mend. Exit code 0: all is well; 1: something is amiss; 2: a setting is wrong."""

    async def work() -> None:
        lines = await examined(local=local)
        _say(lines, as_json=as_json)
        if any(line.state == AMISS for line in lines):
            raise typer.Exit(
                EXIT_SETTINGS if lines[0].check == "settings" and lines[0].state == AMISS else EXIT_PROBLEM
            )

    run(work)


async def examined(*, local: bool = False) -> list[Line]:
    """Look at everything that can be looked at; what is broken does not keep the rest from being seen."""
    try:
        settings = load_settings()
        read = config_file(os.environ)
    except SettingsError as error:
        mend = "Every setting is explained in deploy/fedcop.example.toml."
        return [Line("settings", AMISS, str(error), mend)]
    lines = [
        Line("settings", OK, f"from {read or 'the environment'}; the data folder is {settings.data.absolute()}."),
        Line("version", OK, f"{in_full()}, schema {known_steps()[-1]}."),
    ]
    try:
        async with _looking(settings) as site:
            checks = {**BELOW, **(INSIDE if await is_current() else {}), **({} if local else FROM_OUTSIDE)}
            for name, check in checks.items():
                lines += await _line(name, check, site)
    except Unavailable as error:
        mend = "Look at `database` in fedcop.toml, and whether PostgreSQL runs and has this database and user (createdb, createuser)."
        if closed := closed_to_us(settings):
            lines.append(Line("permissions", AMISS, *closed))
        lines.append(Line("database", AMISS, for_hosts(str(error)) + ".", mend))
    return lines


@asynccontextmanager
async def _looking(settings: Settings) -> AsyncIterator[Site]:
    """Open the instance; where there is none yet, an empty database elsewhere stands for it, since looking makes nothing."""
    database = Path(settings.database.removeprefix("sqlite:///"))
    if not settings.database.startswith("sqlite:") or await asyncio.to_thread(database.exists):
        async with opened(migrate=False, anywhere=True) as site:
            yield site
        return
    with tempfile.TemporaryDirectory() as folder:
        none = replace(settings, database=f"sqlite:///{folder}/none.sqlite3")
        async with open_site(none, FEATURES, transport=make_transport(none), migrate=False) as site:
            yield site


async def _line(name: str, check: Check, site: Site) -> list[Line]:
    try:
        found = await check(site)
    except FedcopError as error:
        return [
            Line(name, AMISS, f"This could not be looked at: {for_hosts(str(error))}.", "The other lines may say why.")
        ]
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator learns of it and of the rest
        return [
            Line(name, AMISS, f"This could not be looked at: {type(error).__name__}: {error}.", "Please report it.")
        ]
    return [Line(name, one.state, one.says, one.mend) for one in found] or [Line(name, OK)]


def _say(lines: list[Line], *, as_json: bool) -> None:
    if as_json:
        well = not any(line.state == AMISS for line in lines)
        typer.echo(
            json.dumps(
                {"fedcop": in_full().removeprefix("fedcop "), "well": well, "findings": [vars(line) for line in lines]},
                indent=2,
            )
        )
        return
    for line in lines:
        typer.echo(f"{SIGNS[line.state]} {line.check}" + (f": {line.says}" if line.says else ""))
        if line.mend:
            typer.echo(f"   {line.mend}")
