"""Who has no business in a private community learns nothing of it: not on its server, not on a member's, in nobody's name."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from activitypub.actor_tokens import header, make_token
from activitypub.signatures import Scheme, Signer
from fedcop.federation import keyring
from tests.rig.behind_doors import NAME, PURPOSE, SECRETS, TITLE, B, Doors, open_doors
from tests.rig.fakeserver import Stranger
from tests.rig.manners import LEMMY
from tests.rig.probes import DOCUMENT, PAGE, SHOWN, TABLE, Door, Knocker, Probe, knocks_at
from tests.rig.world import World


@pytest.fixture
async def doors(world: World) -> Doors:
    """The stage, with a community of which nobody may know who is not invited."""
    return await _stage(world, "invitation")


async def _stage(world: World, join_policy: str) -> Doors:
    found = await open_doors(world)
    await found.community(join_policy)
    await found.life()
    return found


async def door_of(doors: Doors) -> Door:
    return Door(doors, {"a": await doors.places(doors.a), "b": await doors.places(doors.b)})


async def knockers(doors: Doors) -> list[Knocker]:
    """An adversary with the whole of C, and people of A and B who are no members."""
    evil = await doors.world.server("evil.example", LEMMY)
    machine = evil.person("evil.example", "Application")
    eve, trap = evil.person("eve"), evil.group("trap")
    bob_key = f"{doors.bob.actor.uri}#main-key"
    async with doors.b.entered():
        zoe = await keyring.signer_for(doors.zoe.actor)
    async with doors.a.entered():
        nic = await keyring.signer_for(doors.nic.actor)
    found = [Knocker("nobody")]
    for scheme in Scheme:
        of_c = (machine, eve, trap)
        found += [Knocker(f"{one.kind} of C by {scheme}", signer=one.signer, scheme=scheme) for one in of_c]
    found += [
        Knocker("Zoe of B, signed", signer=zoe),
        Knocker("Nic of A, signed", signer=nic, scheme=Scheme.RFC9421),
        Knocker("Eve as Bob", signer=Signer(bob_key, eve.private_pem)),
        Knocker("broken signature", signer=eve.signer, spoils=lambda headers: headers | {"Signature": 'keyId="x"'}),
        *await _with_tokens(doors, eve, trap),
        Knocker("Nic on A", cookie={"a": await doors.cookie(doors.a, doors.nic)}),
        Knocker("Zoe on B", cookie={"b": await doors.cookie(doors.b, doors.zoe)}),
    ]
    return found


async def _with_tokens(doors: Doors, eve: Stranger, trap: Stranger) -> list[Knocker]:
    """Eve shows tokens (FEP-db0e): none of hers opens what Bob has at home."""
    group, now = doors.home.actor.uri, doors.world.clock.now()
    async with doors.a.entered():
        ours = await keyring.signer_for(doors.home.actor)
    shown = {
        "empty token": {},
        "forged token": make_token(group, eve.uri, Signer(ours.key_id, eve.private_pem), now),
        "token by another": make_token(group, eve.uri, trap.signer, now),
        "expired token": make_token(group, eve.uri, ours, now - timedelta(hours=1)),
        "token for ten years": make_token(group, eve.uri, ours, now, valid=timedelta(days=3650)),
        "token of tomorrow": make_token(group, eve.uri, ours, now + timedelta(days=1)),
        "other community's token": make_token(trap.uri, eve.uri, trap.signer, now),
        "other actor's token": make_token(group, f"{B}/actor", ours, now),
        "token of who left": make_token(group, eve.uri, ours, now),
    }
    return [Knocker(name, signer=eve.signer, spoils=partial(_showing, header(token))) for name, token in shown.items()]


def _showing(authorization: str, headers: dict[str, str]) -> dict[str, str]:
    return headers | {"Authorization": authorization}


async def test_the_table_knocks_at_real_doors(doors: Doors) -> None:
    """For members nearly every probe opens: else it would prove nothing that it stays shut for others."""
    door = await door_of(doors)
    sessions = {"a": await doors.cookie(doors.a, doors.ana), "b": await doors.cookie(doors.b, doors.bob)}
    async with doors.b.entered():
        of_b = await keyring.instance_signer()
    async with doors.a.entered():
        of_a = await keyring.instance_signer()
    shut = []
    for probe in TABLE:
        by = Knocker("member", cookie=sessions)
        if probe.accept != PAGE:
            by = Knocker("server", signer=of_b if probe.at == "a" else of_a)
        answer = await door.knock(probe, by, real=True)
        if probe.opens and answer.response.status not in (200, 206, 303, 304):
            shut.append(f"{probe}: {answer.response.status}")
    assert not shut, "\n".join(shut)
    assert len(TABLE) >= 60


SEVERAL = ("nobody", "Person of C by cavage", "Zoe of B, signed", "Nic on A", "Zoe on B")
"""Those for whom the database is asked about somebody else each."""


async def test_nobody_learns_anything(doors: Doors) -> None:  # H01, H02, H06, H10
    everybody = [by for by in await knockers(doors) if by.name in SEVERAL]
    assert len(everybody) == len(SEVERAL)
    door = await door_of(doors)
    await _introduce(door, everybody)
    await _is_shut(door, [(by, probe) for by in everybody for probe in knocks_at(by)])


@pytest.mark.once
async def test_nobody_learns_anything_in_another_name_or_with_a_token(doors: Doors) -> None:  # H06, H17
    everybody = [by for by in await knockers(doors) if by.name not in SEVERAL]
    assert len(everybody) >= 15
    door = await door_of(doors)
    await _introduce(door, everybody)
    await _is_shut(door, [(by, probe) for by in everybody for probe in knocks_at(by)])


@pytest.mark.once
async def test_of_a_community_that_shows_itself_one_learns_that_it_is_there(world: World) -> None:
    """Its card is for everybody, so that one can ask to join; what is said in it is not."""
    doors = await _stage(world, "request")
    everybody = [by for by in await knockers(doors) if by.cookie or by.name in ("nobody", "Person of C by cavage")]
    door = await door_of(doors)
    await _introduce(door, everybody)
    await _is_shut(door, [(by, probe) for by in everybody for probe in knocks_at(by) if probe.path not in SHOWN])
    inside = [secret.encode() for secret in SECRETS if secret not in (NAME, TITLE, PURPOSE)]
    for by in everybody:
        for probe in TABLE:
            if probe.path in SHOWN and probe.at in (by.cookie or "ab"):
                answer = (await door.knock(probe, by, real=True)).response
                said = (
                    answer.body.replace(door.places[probe.at]["tag"].encode(), b"")
                    if "search" in probe.path
                    else answer.body
                )
                assert not [secret for secret in inside if secret in said], (probe, by.name)


async def _introduce(door: Door, everybody: list[Knocker]) -> None:
    """Let the servers fetch the keys of those who sign: it is done once, whatever they ask for."""
    for by in everybody:
        for at in ("a", "b") if by.signer is not None else ():
            probe = next(one for one in TABLE if one.accept == DOCUMENT and one.at == at)
            await door.knock(probe, by, real=False)


async def _is_shut(door: Door, knocks: list[tuple[Knocker, Probe]]) -> None:
    told = [found for by, probe in knocks if (found := await door.differs(probe, by))]
    assert not told, f"{len(told)} of {len(knocks)}\n" + "\n".join(told)


@pytest.mark.once
async def test_a_stranger_who_was_never_seen_is_looked_at_alike(doors: Doors) -> None:  # H06
    """An unknown key is fetched before it is known whether there is anything: it takes as long for nothing."""
    door = await door_of(doors)
    evil = await doors.world.server("evil.example", LEMMY)
    await _introduce(door, [Knocker("first of C", signer=evil.person("first").signer)])
    for probe in (
        TABLE[0],
        *(one for one in TABLE if one.path in ("/media/{photo}", "/p/{own}/replies", "/c/{bare}/outbox")),
    ):
        cost = []
        for real in (True, False):
            by = Knocker("unknown", signer=evil.person(f"p{len(evil.actors)}").signer)
            answer = await door.knock(probe, by, real=real)
            cost.append((answer.response.status, answer.asked))
        assert cost[0] == cost[1], probe
