"""The charter: its versions, what one accepts at the door, what is asked again when rights change."""

from __future__ import annotations

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import queries, rules, service
from fedcop.communities.admission import accepting, steps
from fedcop.communities.charter import versions, words
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.notifications.models import Notification
from tests.rig.people import make_stranger

FIRST = Charter(("Essayer",), ("Vendre",), "Une contribution par an.", "Le désaccord est bienvenu.")
NEXT = Charter(("Essayer", "Se tromper"), (), "Deux contributions par an.", "Le désaccord est bienvenu.")


async def found(founder: Actor, charter: Charter = FIRST) -> Community:
    return await service.found(founder, title="Sols", purpose="Partager.", charter=charter)


async def accepted(community: Community, person: Actor) -> int:
    membership = await queries.membership(community, person)
    assert membership is not None
    return membership.charter_accepted


async def told(actor: Actor) -> list[str]:
    return [one.kind for one in await Notification.filter(account__actor_id=actor.id).order_by("id")]


async def test_one_joins_by_ticking_the_version_that_holds(ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    assert (community.charter_version, await accepted(community, ana)) == (1, 1)
    for wrong in (0, 2):
        with pytest.raises(Invalid) as caught:
            await service.join(ben, community, accepted=wrong)
        assert set(caught.value.errors) == {"agreed"}
    await service.join(ben, community, accepted=1)
    [step] = await steps.of(community, ben)
    assert step.detail["version"] == 1 and "- Vendre" in step.detail["charter"] and await accepted(community, ben) == 1
    stranger = await make_stranger("mia", "lemmy.example")
    assert (await service.join(stranger, community)).charter_accepted == 0, "who knows no charters joins as before"


async def test_an_invitation_is_accepted_with_the_charter(ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    await service.invite(ana, community, ben)
    with pytest.raises(Invalid):
        await service.accept_invitation(ben, community)
    assert (await service.accept_invitation(ben, community, 1)).charter_accepted == 1


async def test_a_change_of_rights_asks_before_one_writes_again(site: Site, ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    await service.join(ben, community, accepted=1)
    await service.change_charter(ana, community, FIRST, changed="Rien.", rights=True, after=1)
    assert community.charter_version == 1, "the same words are no version"
    await service.change_charter(ana, community, NEXT, changed="On peut se tromper.", rights=True, after=1)
    await site.runner.settle()
    assert (await told(ana), await told(ben)) == ([], ["charter_accept"])
    [line] = await Notification.filter(kind="charter_accept")
    assert line.detail["text"] == "On peut se tromper." and line.detail["path"] == "/c/sols/charter"
    community = await queries.visible_community(ben, "sols")
    with pytest.raises(Forbidden) as caught:
        await discussions.write(ben, community, kind="question", title="Quoi ?", source="Dites.", language="fr")
    assert caught.value.code == "charter" and await versions.count_owing(community) == 1
    await rules.may_react(ben, community)
    await rules.may_publish(ben, community, accepting=True)
    with pytest.raises(Conflict):
        await service.accept_charter(ben, community, 1)
    await service.accept_charter(ben, community, 2)
    await rules.may_publish(ben, community)
    assert [one.kind for one in await steps.of(community, ben)] == ["joined", "charter_accepted"]
    better = Charter(("Essayer", "Se tromper", "Rire"))
    await service.change_charter(ana, community, better, changed="Plus court.", rights=False, after=2)
    await site.runner.settle()
    assert await told(ben) == ["charter_accept", "charter"]
    await rules.may_publish(ben, community)
    assert [(one.number, one.changed) for one in await versions.history(community)] == [
        (3, "Plus court."),
        (2, "On peut se tromper."),
        (1, ""),
    ]


async def test_what_is_wrong_with_a_change_stands_at_its_field(ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    with pytest.raises(Invalid) as caught:
        await service.change_charter(ana, community, Charter(), after=1)
    assert set(caught.value.errors) == {"may", "changed", "rights"}
    much = Charter(tuple(f"{number}" for number in range(11)), ("x" * 201,), "y" * 301, "z" * 15_001)
    with pytest.raises(Invalid) as caught:
        await service.change_charter(ana, community, much, changed="c", rights=False, after=1)
    assert set(caught.value.errors) == {"may", "may_not", "expected", "charter"}
    with pytest.raises(Conflict):
        await service.change_charter(ana, community, NEXT, changed="c", rights=False, after=0)
    with pytest.raises(Forbidden):
        await service.change_charter(ben, community, NEXT, changed="c", rights=False, after=1)
    with pytest.raises(NotFound):
        await service.accept_charter(ben, community, 1)


async def test_a_stale_or_invented_acceptance_from_elsewhere_changes_nothing(ana: Actor) -> None:
    community, mia = await found(ana), await make_stranger("mia", "coop.example")
    assert (await service.join(mia, community, accepted=7)).charter_accepted == 0
    await service.change_charter(ana, community, NEXT, changed="c", rights=True, after=1)
    for number in (-1, 0, 1, 3):
        assert not await accepting.record_acceptance(community, mia, number)
    assert await accepting.record_acceptance(community, mia, 2) and await accepted(community, mia) == 2
    assert not await accepting.record_acceptance(community, mia, 2), "once"
    assert not await accepting.record_acceptance(community, await make_stranger("eve", "mal.example"), 2)


def test_two_versions_are_compared_in_words() -> None:
    assert [(one.part, one.added, one.removed) for one in words.compare(FIRST, NEXT)] == [
        ("may", ("Se tromper",), ()),
        ("may_not", (), ("Vendre",)),
        ("expected", ("Deux contributions par an.",), ("Une contribution par an.",)),
    ]
    assert words.compare(Charter(("a", "b")), Charter(("b", "a"))) == []
    assert words.typed("- Essayer\n\n* Rire\n", "", " Un  an ", " ") == Charter(("Essayer", "Rire"), (), "Un an")
