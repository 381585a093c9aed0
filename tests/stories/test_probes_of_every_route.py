"""Every page and form that the web has of a community: who has an account, but no business there, is told what is told of nothing.

The table in `rig/probes.py` is drawn by hand; this one is the list of routes, so that a new one is knocked at without being named.
"""

from __future__ import annotations

import re

import pytest

from fedcop.communities.models import Membership
from fedcop.reports import service as reports
from fedcop.reports.models import Report
from tests.rig.behind_doors import Doors, open_doors
from tests.rig.probes import TABLE, Door, Knocker, Probe
from tests.rig.world import World
from web.routes import all_routes
from web.shared.routing import Family

pytestmark = pytest.mark.once  # The same addresses as test_probes.py, which knocks on both databases.

BLANK = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
THINGS: dict[str, dict[str, str]] = {"/c/": {}, "/p/": {"id": "{root}", "act": "pin"}, "/r/": {"id": "{sheet}"}}


def probes(at: str) -> list[Probe]:
    """Each route that the table has not, its blanks filled with what there is."""
    named, found = {(one.method, one.path.partition("?")[0]) for one in TABLE}, []
    for route in all_routes():
        begins = route.path[:3]
        if route.family is Family.PAGE and begins in THINGS:
            here = THINGS[begins]
            path = BLANK.sub(lambda blank, here=here: here.get(blank[1], f"{{{blank[1]}}}"), route.path)
            found.append(Probe(at, path, route.method))
    return [one for one in found if (one.method, one.path) not in named]


async def places(doors: Doors, at: str) -> dict[str, str]:
    """What stands at the blanks; the code of an invitation link is a made-up one: a real one opens."""
    site = doors.a if at == "a" else doors.b
    found = await doors.places(site)
    async with site.entered():
        row = await Membership.get(community__actor__uri=doors.home.actor.uri, actor__name="bob").select_related(
            "actor"
        )
        report: Membership | Report = row
        if at == "a":
            report = await reports.report(doors.ana.actor, row.actor, comment="x", community_id=doors.home.id)
    guest = "bob@vallee.example" if at == "a" else "bob"
    return found | {
        "person": guest, "report": str(report.id), "code": "k" * 22, **dict.fromkeys(("membership", "appeal", "invitation", "quote", "app"), str(row.id)),
    }  # fmt: skip


async def test_no_route_tells_of_it(world: World) -> None:  # H01
    doors = await open_doors(world)
    await doors.community("invitation")
    await doors.life()
    door = Door(doors, {at: await places(doors, at) for at in ("a", "b")})
    other = Knocker(
        "no member", cookie={"a": await doors.cookie(doors.a, doors.nic), "b": await doors.cookie(doors.b, doors.zoe)}
    )
    knocks = [probe for at in ("a", "b") for probe in probes(at)]
    told = [found for probe in knocks if (found := await door.differs(probe, other))]
    assert not told, f"{len(told)} of {len(knocks)}\n" + "\n".join(told)
    ana = Knocker("Ana", cookie={"a": await doors.cookie(doors.a, doors.ana)})
    shut = [one for one in knocks if one.at == "a" and (await door.knock(one, ana, real=True)).response.status == 404]
    assert len(shut) < len(knocks) / 8, shut
