"""A thread of a private community is opened and closed again: at each step the table of probes holds for whoever is not among its readers."""

from __future__ import annotations

import pytest

from activitypub.signatures import Scheme
from fedcop.alliances.models import Alliance
from fedcop.core import clock
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.models import OutgoingActivity
from tests.rig.behind_doors import A, Doors, open_doors
from tests.rig.manners import LEMMY
from tests.rig.probes import DOCUMENT, SHOWN, TABLE, Door, Knocker, Probe, knocks_at
from tests.rig.world import World

pytestmark = pytest.mark.once  # The same addresses as test_probes.py, which knocks on both databases.

OPENED = ("{root}", "{paper}", "{photo}", "{digest}", "{context}", "{word}", "{tag}", "{sent}")
"""What an address of the opened thread, its files, or a search that finds it names."""

OTHERS = [
    word.encode() for word in ("Une Mirabelle à moi", "Serpentine", "Fiche Mirabelle", "Dans la Mirabelle du nord")
]
"""What is in the community beside the thread: the answer to it, too."""

READERS = {
    "organisation": {"Nic on A"},
    "allies": {"Nic on A", "a server of an ally"},
    "public": {"Nic on A", "a server of an ally", "nobody", "Zoe on B", "a server of C"},
    "community": set(),
}


async def knockers(doors: Doors) -> list[Knocker]:
    evil = await doors.world.server("evil.example", LEMMY)
    ally = await doors.world.server("ligue.example", LEMMY)
    async with doors.a.entered():
        moment = clock.now()
        await Alliance.create(
            uri="https://ligue.example/activities/7", host="ligue.example", ours=False, state="active", from_at=moment,
            created_at=moment, signed_by="A.", data_at="B.",
        )  # fmt: skip
    return [
        Knocker("nobody"),
        Knocker("a server of C", signer=evil.person("evil.example", "Application").signer),
        Knocker(
            "a server of an ally", signer=ally.person("ligue.example", "Application").signer, scheme=Scheme.RFC9421
        ),
        Knocker("Nic on A", cookie={"a": await doors.cookie(doors.a, doors.nic)}),
        Knocker("Zoe on B", cookie={"b": await doors.cookie(doors.b, doors.zoe)}),
    ]


def is_opened(probe: Probe, by: Knocker, audience: str) -> bool:
    """Whether a probe is at the opened thread, and who knocks may read that; what B holds of it opens only with B."""
    if by.name not in READERS[audience] or (probe.at == "b" and audience != "public"):
        return False
    return any(name in f"{probe.path} {probe.headers}" for name in OPENED)


async def activities(doors: Doors) -> list[str]:
    """The addresses of all that A ever sent about the thread."""
    async with doors.a.entered():
        found = await OutgoingActivity.filter(post_id=doors.root.id).values_list("uri", flat=True)
    return [str(uri).removeprefix(A) for uri in found]


async def test_the_table_holds_at_each_step(world: World) -> None:
    doors = await open_doors(world)
    await doors.community("request")
    await doors.life()
    door = Door(doors, {"a": await doors.places(doors.a), "b": await doors.places(doors.b)})
    everybody, told, opened = await knockers(doors), [], 0
    for by in everybody:  # their keys are fetched once, whatever they ask for
        for at in ("a", "b") if by.signer is not None else ():
            await door.knock(next(one for one in TABLE if one.accept == DOCUMENT and one.at == at), by, real=False)
    for audience, readers in READERS.items():
        async with doors.a.entered():
            root = await Post.get(id=doors.root.id)
            await discussions.change_audience(doors.ana.actor, root, audience, seen=root.audience)
        await doors.settle()
        for by in [one for one in everybody if audience != "allies" or one.name not in ("nobody", "Zoe on B")]:
            for probe in [one for one in knocks_at(by) if one.path not in SHOWN]:
                if not is_opened(probe, by, audience):
                    told += [f"{audience}: {found}" for found in [await door.differs(probe, by)] if found]
                    continue
                answer = (await door.knock(probe, by, real=True)).response
                opened += answer.status == 200
                told += [f"{audience}: {probe} by {by.name} tells {word!r}" for word in OTHERS if word in answer.body]
        plain, told_of = Probe("a", "/p/{root}"), await activities(doors)
        for by in [one for one in everybody if one.name == "a server of C"]:
            answers = [
                (await door.knock(Probe("a", path, accept=DOCUMENT), by, real=True)).response for path in told_of
            ]
            assert (200 in {one.status for one in answers}) == (audience == "public"), "what was once said to all"
        for by in [one for one in everybody if "a" in one.cookie or not one.cookie]:
            probe = Probe("a", "/p/{root}", accept=DOCUMENT) if by.signer is not None else plain
            answer = (await door.knock(probe, by, real=True)).response
            assert (answer.status == 200) == (by.name in readers), (audience, by.name, answer.status)
    assert not told, f"{len(told)}\n" + "\n".join(told)
    assert opened > 40
