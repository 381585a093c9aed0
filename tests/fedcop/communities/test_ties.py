"""What ties somebody to communities: one statement, which reads what is theirs and not what everybody's is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import service, ties
from fedcop.communities.models import Community, Membership
from fedcop.core import clock
from fedcop.core.database import dialect, rows
from fedcop.core.site import Site
from tests.rig.people import make_member
from tests.rig.queries import counted


@pytest.fixture
async def sols(site: Site, ana: Actor, ben: Actor) -> Community:
    made = await service.found(ana, title="Sols", name="sols", purpose="Des sols")
    await service.join(ben, made)
    return made


async def test_a_place_says_how_somebody_belongs(sols: Community, ana: Actor, ben: Actor) -> None:
    place = (await ties.places(ben))[sols.id]
    assert place.membership is not None and place.membership is place.membership
    assert (place.membership.role, place.membership.actor.id, place.belongs) == ("member", ben.id, True)
    assert (place.title, place.host, place.path, place.follow) == ("Sols", "", "/c/sols", "")
    assert (place.in_home, place.bell, place.languages, place.kept_out) == (True, False, (), False)
    assert (place.muting, place.mutes_notifications, place.muted_until) == (False, False, None)
    await Membership.filter(actor_id=ben.id).update(bell=True, in_home=False, languages="fr,en")
    place = (await ties.places(ben))[sols.id]
    assert (place.in_home, place.bell, place.languages) == (False, True, ("fr", "en"))
    await service.suspend(ana, sols, ben, "Trop vite", clock.now() + timedelta(days=3))
    assert (await ties.places(ben))[sols.id].kept_out
    carol = await make_member("carol")
    assert await ties.places(carol.actor) == {}


def test_nowhere_is_a_place_without_ties() -> None:
    place = ties.NOWHERE
    assert (place.membership, place.belongs, place.follow, place.kept_out) == (None, False, "", False)
    assert (place.title, place.in_home, place.bell, place.languages) == ("", True, False, ())
    assert (place.muting, place.mutes_notifications, place.muted_until) == (False, False, None)


async def test_the_bans_of_others_are_not_read(sols: Community, ben: Actor) -> None:
    if dialect() != "sqlite":
        pytest.skip("PostgreSQL reads a small table as a whole, whatever indexes there are")
    with counted() as statements:
        await ties.places(ben)
    (asked,) = [one for one in statements if "FROM community c" in one]
    plan = [row["detail"] for row in await rows(f"EXPLAIN QUERY PLAN {asked}", *[1] * asked.count("?"))]
    read = [one for one in plan if one.startswith(("SEARCH", "SCAN")) and " ban " in one]
    assert len(read) == 1 and read[0].startswith("SEARCH ban USING") and read[0].endswith("(actor_id=?)"), plan
