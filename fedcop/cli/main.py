"""The command `fedcop`: parse, then hand over to one module per kind of work. Scripts rely on its words and exit codes."""

from __future__ import annotations

import typer

from fedcop import __version__
from fedcop.cli import archive, check, inspect, moving, people, serve, upgrading

app = typer.Typer(
    name="fedcop",
    help="A federated server for communities of practice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
member = typer.Typer(help="Members of this instance.", no_args_is_help=True)
community = typer.Typer(help="Communities of this instance.", no_args_is_help=True)
app.add_typer(member, name="member")
app.add_typer(community, name="community")

app.command("serve")(serve.serve)
app.command("web")(serve.web)
app.command("worker")(serve.worker)
app.command("upgrade")(upgrading.upgrade)
app.command("migrate")(check.migrate)
app.command("doctor")(check.doctor)
app.command("backup")(archive.backup)
app.command("backup-key")(archive.backup_key)
app.command("restore")(archive.restore)
app.command("move")(moving.move)
app.command("queue")(inspect.queue)
app.command("replay")(inspect.replay)
app.command("fetch")(inspect.fetch)
member.command("create")(people.create_member)
member.command("clear-second-step")(people.clear_second_step)
community.command("create")(people.create_community)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fedcop {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Settings come from the environment (FEDCOP_URL, FEDCOP_DATA …) and from fedcop.toml; see deploy/fedcop.example.toml."""


def main() -> None:
    """Run the command line."""
    app()
