"""The command `fedcop`: parse, then hand over to one module per kind of work. Scripts rely on its words and exit codes.

A module is imported when its command is typed: whoever serves needs nothing of backups and moves.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from fedcop.built import in_full

COMMANDS = {
    "serve": "serve:serve",
    "web": "serve:web",
    "worker": "serve:worker",
    "upgrade": "upgrading:upgrade",
    "migrate": "check:migrate",
    "doctor": "check:doctor",
    "backup": "archive:backup",
    "backup-key": "archive:backup_key",
    "restore": "archive:restore",
    "move": "moving:move",
    "queue": "inspect:queue",
    "replay": "inspect:replay",
    "fetch": "inspect:fetch",
}
OF_MEMBERS = {"create": "people:create_member", "clear-second-step": "people:clear_second_step"}
OF_COMMUNITIES = {"create": "people:create_community"}


def load(place: str) -> Any:
    """Give the function at `module:name`. The collector waits meanwhile: hardly anything of what a module makes ever goes away."""
    module, _, name = place.partition(":")
    was_on = gc.isenabled()
    gc.disable()
    try:
        return getattr(import_module(f"fedcop.cli.{module}"), name)
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _group(commands: Mapping[str, str]) -> type[TyperGroup]:
    """Make a group whose commands are imported when one of them, or the list of all, is asked for."""

    class Group(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return [*commands, *super().list_commands(ctx)]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if cmd_name not in commands:
                return super().get_command(ctx, cmd_name)
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            alone.command(cmd_name)(load(commands[cmd_name]))
            return typer.main.get_command(alone)

    return Group


app = typer.Typer(
    name="fedcop",
    help="A federated server for communities of practice.",
    cls=_group(COMMANDS),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
member = typer.Typer(help="Members of this instance.", cls=_group(OF_MEMBERS), no_args_is_help=True)
community = typer.Typer(help="Communities of this instance.", cls=_group(OF_COMMUNITIES), no_args_is_help=True)
app.add_typer(member, name="member")
app.add_typer(community, name="community")


def _version(wanted: bool) -> None:
    if wanted:
        from fedcop.core.migrating import known_steps  # noqa: PLC0415 - other commands need it later, or not at all

        typer.echo(f"{in_full()}, schema {known_steps()[-1]}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_version,
        is_eager=True,
        help="Print the version, the commit if it is known, and the newest change of the database.",
    ),
) -> None:
    """Settings come from the environment (FEDCOP_URL, FEDCOP_DATA …) and from fedcop.toml; see deploy/fedcop.example.toml."""


def main() -> None:
    """Run the command line."""
    app()
