"""`fedcop member …` and `fedcop community …`: make people and communities without the web interface."""

from __future__ import annotations

from enum import StrEnum

import typer

from fedcop.accounts import instance, queries
from fedcop.accounts import service as accounts
from fedcop.accounts.signin import codes
from fedcop.actors import queries as actors
from fedcop.cli.terminal import fail, run, up_to_date
from fedcop.communities import service as communities
from fedcop.core import addresses


class Role(StrEnum):
    """What an account may do on this instance."""

    owner = "owner"
    admin = "admin"
    moderator = "moderator"
    member = "member"


class Joining(StrEnum):
    """Who may become a member of a community."""

    open = "open"
    request = "request"
    invitation = "invitation"


class Language(StrEnum):
    """What people of a community write in mostly."""

    fr = "fr"
    en = "en"


class Visibility(StrEnum):
    """Who may read a community."""

    public = "public"
    private = "private"


def create_member(
    name: str = typer.Argument(help="letters, digits and _; the address is NAME@host"),
    email: str = typer.Option(..., help="where mail goes"),
    password: str = typer.Option(
        "", help="at least 10 characters; asked for if it is left out, so that no list of processes shows it"
    ),
    role: Role = typer.Option(Role.member, help="what they may do here"),
) -> None:
    """Create a member, confirmed at once."""
    chosen = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)

    async def work() -> None:
        async with up_to_date():
            account = await accounts.create_confirmed(name, email, chosen, role=role.value)
            await account.fetch_related("actor")
            typer.echo(account.actor.uri)

    run(work)


def clear_second_step(name: str = typer.Argument(help="the member who lost their app and recovery codes")) -> None:
    """Remove the second step of somebody's log-in, who is told by e-mail: the way back for an owner whom nobody else can help."""

    async def work() -> None:
        async with up_to_date():
            account = await queries.by_name(name)
            if account is None:
                raise fail(f"there is no member named {name} here")
            if not await codes.clear(None, account):
                raise fail(f"{name} is not asked for a second step")
            typer.echo(f"the password alone lets {name} in now; the letter leaves with the server's next jobs")

    run(work)


def create_community(
    name: str = typer.Argument(help="letters, digits and _; the address is NAME@host"),
    title: str = typer.Option(..., help="what people read"),
    by: str = typer.Option(..., help="the member who founds it and answers for it"),
    join: Joining = typer.Option(Joining.open, help="who may become a member"),
    visibility: Visibility = typer.Option(Visibility.public, help="who may read"),
    purpose: str = typer.Option("", help="one sentence"),
    language: Language | None = typer.Option(None, help="the main one; else that of the instance"),
) -> None:
    """Found a community."""

    async def work() -> None:
        async with up_to_date():
            founder = await actors.local_by_name(by, kind="Person")
            if founder is None:
                raise fail(f"there is no member named {by} here")
            await communities.found(
                founder,
                name=name,
                title=title,
                purpose=purpose or title,
                join_policy=join.value,
                visibility=visibility.value,
                language=language.value if language else (await instance.read()).language.partition("-")[0],
            )
            typer.echo(addresses.group_uri(name))

    run(work)
