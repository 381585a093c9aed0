"""Leaving: with a copy of one's data, for good, or to another server."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from fedcop.core.site import Site
from fedcop.federation.documents.serving import Asking
from fedcop.federation.fetching import resolver
from fedcop.federation.models import OutgoingActivity
from fedcop.people import departure, export, queries, service
from fedcop.people.activities import serving
from tests.rig.clock import StandingClock
from tests.rig.people import PASSWORD, make_member, make_stranger


async def sent(site: Site) -> list[dict]:
    await site.runner.settle()
    return [orjson.loads(bytes(row.body)) for row in await OutgoingActivity.all().order_by("id")]


async def test_a_deleted_account_leaves_a_tombstone_and_peers_are_asked(site: Site) -> None:  # H24, I13
    lea, gus = await make_member("lea", profession="Agronome"), await make_stranger()
    await service.follow(lea.actor, gus)
    await site.runner.settle()
    with pytest.raises(Invalid):
        await departure.delete_account(lea, "not my password")
    await departure.delete_account(lea, PASSWORD)
    delete = (await sent(site))[-1]
    assert (delete["type"], delete["actor"], delete["object"]) == ("Delete", lea.actor.uri, lea.actor.uri)
    assert [activity["type"] for activity in await sent(site)].count("Undo") == 0
    assert await Account.get_or_none(id=lea.id) is None
    document = await serving.give_person(Asking(actor=None, path={"name": "lea"}))
    assert (document["type"], document["formerType"]) == ("Tombstone", "Person")
    assert await queries.follow_of(lea.actor, gus) is None
    with pytest.raises((Conflict, Invalid)):  # the name is never given again
        await make_member("lea")
    assert site.mailer.to("lea@atelier.example")


async def test_the_last_owner_stays(site: Site) -> None:
    owner = await make_member("patronne", "owner")
    with pytest.raises(Forbidden):
        await departure.delete_account(owner, PASSWORD)
    admin, lea = await make_member("adam", "admin"), await make_member("lea")
    with pytest.raises(Forbidden):
        await departure.remove_account(admin, owner)
    await departure.remove_account(admin, lea)
    assert (await actors.local_by_name("lea")).gone_at is not None


async def test_a_copy_of_my_data(site: Site, clock: StandingClock) -> None:
    lea, sam = await make_member("lea", profession="Agronome"), await make_member("sam")
    await service.follow(lea.actor, sam.actor)
    asked = await export.ask(lea)
    assert (await export.ask(lea)).id == asked.id
    with pytest.raises(NotFound):
        await export.ready(lea, asked.id)
    await site.runner.settle()
    made = await export.ready(lea, asked.id)
    with pytest.raises(NotFound):
        await export.ready(sam, asked.id)
    body = b"".join([chunk async for chunk in site.storage.open(made.key)])
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert {"README.txt", "account.json", "following.json", "followers.json", "blocked.json"} <= set(
            archive.namelist()
        )
        account, following = json.loads(archive.read("account.json")), json.loads(archive.read("following.json"))
    assert account["profile"]["profession"] == "Agronome"
    assert "password" not in str(account)
    assert following[0]["who"]["handle"] == "@sam@atelier.example"
    assert "/settings/data" in site.mailer.to(lea.email)[-1].text
    clock.advance(days=8)
    await export.forget_old()
    assert await export.latest(lea) is None
    assert not await site.storage.exists(made.key)


def copies(site: Site) -> list[Path]:
    return list((site.storage.folder / "exports").glob("*"))  # type: ignore[attr-defined]


async def test_no_copy_outlives_the_account_though_the_disk_refuses_for_a_moment(
    site: Site, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:  # H25
    lea, refused = await make_member("lea"), []
    await export.ask(lea)
    await site.runner.settle()
    delete = site.storage.delete

    async def once_not(key: str) -> None:
        if not refused:
            refused.append(key)
            raise Unavailable
        await delete(key)

    monkeypatch.setattr(site.storage, "delete", once_not)
    with suppress(Unavailable):
        await departure.delete_account(lea, PASSWORD)
    await site.runner.settle(strict=False)
    assert refused and copies(site)
    clock.advance(hours=1)
    await site.runner.settle()
    assert not copies(site)


async def test_no_copy_outlives_the_account_that_ends_while_it_is_made(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:  # H25
    lea, write = await make_member("lea"), export._write

    async def interrupted(path: Path, account: Account) -> None:
        await write(path, account)
        await departure.delete_account(lea, PASSWORD)

    monkeypatch.setattr(export, "_write", interrupted)
    await export.ask(lea)
    await site.runner.settle(strict=False)
    await site.runner.settle()
    assert not copies(site)


@pytest.mark.parametrize("deleted", [True, False])
async def test_no_copy_is_left_by_a_worker_that_was_killed_right_after_it(
    site: Site, clock: StandingClock, monkeypatch: pytest.MonkeyPatch, deleted: bool
) -> None:  # H25
    lea, finish, killed = await make_member("lea"), export._finish, []

    async def kill(*given: Any) -> bool:
        if not killed:
            killed.append(given)
            raise RuntimeError("killed")
        return await finish(*given)

    monkeypatch.setattr(export, "_finish", kill)
    await export.ask(lea)
    await site.runner.settle(strict=False)
    assert killed and len(copies(site)) == 1
    if deleted:
        await departure.delete_account(lea, PASSWORD)
    clock.advance(hours=1)
    await site.runner.settle()
    assert len(copies(site)) == (0 if deleted else 1)
    clock.advance(days=8)
    await export.forget_old()
    assert not copies(site)


async def test_moving_away_needs_the_word_of_the_other_account(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lea, gus = await make_member("lea"), await make_stranger()
    await service.record_follow(gus, lea.actor, "https://ailleurs.example/f/1")
    new = await make_stranger("lea", "neuf.example")

    async def find(text: str, **options: object) -> Actor:
        found = await actors.by_uri(new.uri)
        assert found is not None
        return found

    monkeypatch.setattr(resolver, "anything", find)
    monkeypatch.setattr(resolver, "actor", find)
    await service.ask_to_move(lea.actor, "@lea@neuf.example")
    await site.runner.settle()
    assert (await actors.by_id(lea.actor_id)).moved_to_uri == ""
    await make_stranger("lea", "neuf.example", also_known_as=(lea.actor.uri,))
    await service.ask_to_move(lea.actor, "@lea@neuf.example")
    move = next(activity for activity in await sent(site) if activity["type"] == "Move")
    assert (move["object"], move["target"]) == (lea.actor.uri, new.uri)
    moved = await actors.by_id(lea.actor_id)
    assert (await serving.give_person(Asking(actor=None, path={"name": "lea"})))["movedTo"] == new.uri
    with pytest.raises(Forbidden):
        await service.ask_to_move(moved, "@other@neuf.example")
    await service.stay(moved)
    assert (await actors.by_id(lea.actor_id)).moved_to_uri == ""


async def test_another_account_is_named_as_ones_own(site: Site) -> None:
    lea, old = (await make_member("lea")).actor, await make_stranger("lea", "vieux.example")
    await service.name_alias(lea, old)
    assert (await serving.give_person(Asking(actor=None, path={"name": "lea"})))["alsoKnownAs"] == [old.uri]
    with pytest.raises(Forbidden):
        await service.name_alias(lea, lea)
    await service.drop_alias(lea, old.uri)
    assert lea.also_known_as == []


async def test_strangers_get_numbers_not_names(site: Site) -> None:
    lea, gus = await make_member("lea"), await make_stranger()
    await service.record_follow(gus, lea.actor, "https://ailleurs.example/f/1")
    followers = await serving.give_followers(Asking(actor=None, path={"name": "lea"}))
    assert followers.total == 1
    assert await followers.page(None, 10) == ([], None)
    assert await serving.give_person(Asking(actor=None, path={"name": "LEA"})) is None
    assert await serving.give_empty(Asking(actor=None, path={"name": "nobody"})) is None
