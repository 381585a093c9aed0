"""Requests with questions: what is asked, answered, decided, how long it usually takes, and the record that stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import queries, service
from fedcop.communities.admission import consent, exchange, questions, setting, steps
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.notifications.models import Notification
from tests.rig.clock import StandingClock
from tests.rig.people import make_member

ASKED = [("Où cultivez-vous ?", "Where do you grow?", True), ("Depuis quand ?", "", False)]


async def on_request(founder: Actor, **fields: Any) -> Community:
    said = {
        "title": "Sols",
        "purpose": "Partager.",
        "join_policy": "request",
        "charter": Charter(text="Soyons polis."),
        **fields,
    }
    community = await service.found(founder, **said)
    await setting.change_door(founder, community, ASKED)
    return community


async def told(actor: Actor) -> list[str]:
    return [one.kind for one in await Notification.filter(account__actor_id=actor.id).order_by("id")]


async def test_only_the_responsible_set_the_questions(ana: Actor, ben: Actor) -> None:
    community = await on_request(ana)
    assert [one.texts for one in questions.of(community)] == [
        {"fr": "Où cultivez-vous ?", "en": "Where do you grow?"},
        {"fr": "Depuis quand ?"},
    ]
    with pytest.raises(Forbidden):
        await setting.change_door(ben, community, [])
    with pytest.raises(Invalid) as caught:
        await setting.change_door(ana, community, [("x" * 201, "", False)])
    assert set(caught.value.errors) == {"question-1-fr"}


async def test_what_is_required_is_asked_for_at_its_field(ana: Actor, ben: Actor) -> None:
    community = await on_request(ana)
    with pytest.raises(Invalid) as caught:
        await service.join(ben, community, given={"q1": " ", "q2": "y" * 1001}, accepted=1)
    assert set(caught.value.errors) == {"answer-q1", "answer-q2"}
    assert await queries.membership(community, ben) is None


async def test_those_who_admit_hear_of_an_answer_and_those_who_only_moderate_do_not(
    site: Site, ana: Actor, ben: Actor
) -> None:
    community = await on_request(ana)
    told_of = {}
    for name, duty in (("cleo", "admissions"), ("dina", "moderation")):
        told_of[duty] = (await make_member(name)).actor
        await service.admit(ana, await service.join(told_of[duty], community, accepted=1))
        await service.appoint(ana, community, told_of[duty], "committee", duties=[duty])
    await site.runner.settle()
    asked = await service.join(ben, community, "Bonjour.", given={"q1": "À Oka."}, accepted=1)
    await exchange.ask(ana, asked, "Sur quelle surface ?")
    await exchange.answer(ben, community, "Deux hectares.")
    await site.runner.settle()
    assert (await told(told_of["admissions"]))[-2:] == ["join_asked", "answered_back"]
    assert not {"join_asked", "answered_back"} & set(await told(told_of["moderation"]))


async def test_moderators_ask_the_applicant_answers_and_all_of_it_is_dated(site: Site, ana: Actor, ben: Actor) -> None:
    community = await on_request(ana)
    asked = await service.join(ben, community, "Bonjour.", given={"q1": "À Oka.", "q9": "Rien."}, accepted=1)
    await exchange.ask(ana, asked, " Sur quelle surface ? ")
    await exchange.answer(ben, community, "Deux hectares.")
    await site.runner.settle()
    assert await told(ben) == ["asked_back"]
    assert await told(ana) == ["join_asked", "answered_back"]
    said = (await steps.exchanges(community, [asked]))[ben.id]
    assert [(one.kind, one.text) for one in said] == [
        ("asked", "Bonjour."),
        ("question", "Sur quelle surface ?"),
        ("answer", "Deux hectares."),
    ]
    assert said[0].detail["answers"] == [{"key": "q1", "question": "Où cultivez-vous ?", "answer": "À Oka."}]
    await service.admit(ana, await queries.membership_by_id(community, str(asked.id)))
    with pytest.raises(NotFound):
        await exchange.answer(ben, community, "Encore.")
    with pytest.raises(Conflict):
        await exchange.ask(ana, await queries.membership_by_id(community, str(asked.id)), "Encore ?")
    record = await consent.of(community, ben, await queries.membership(community, ben))
    assert [one["step"] for one in record["steps"]] == ["asked", "question", "answer", "admitted"]
    assert (record["steps"][0]["charter"], record["steps"][0]["version"]) == ("Soyons polis.", 1)
    assert record["state"] == "active" and record["community"]["address"] == community.actor.uri


async def test_strangers_neither_ask_nor_answer(ana: Actor, ben: Actor) -> None:
    community = await on_request(ana)
    asked = await service.join(ben, community, given={"q1": "À Oka."}, accepted=1)
    eve = (await make_member("eve")).actor
    with pytest.raises(Forbidden):
        await exchange.ask(eve, asked, "Qui êtes-vous ?")
    with pytest.raises(NotFound):
        await exchange.answer(eve, community, "Je suis Ben.")
    with pytest.raises(Invalid):
        await exchange.ask(ana, asked, "  ")


async def test_of_two_answers_at_once_one_counts(ana: Actor, ben: Actor) -> None:
    """Two who decide looked at the request when nobody had; the second sees what the first did."""
    community = await service.found(ana, title="Sols", purpose="Partager.", join_policy="request")
    await service.join(ben, community)
    one, two = [await queries.membership(community, ben) for _ in range(2)]
    assert one is not None and two is not None
    await service.admit(ana, one)
    with pytest.raises(Conflict):
        await service.decline(ana, two, "Complet.")
    assert await queries.is_member(community, ben)
    await service.leave(ben, community)
    await service.join(ben, community)
    one, two = [await queries.membership(community, ben) for _ in range(2)]
    assert one is not None and two is not None
    await service.decline(ana, one, "Complet.")
    with pytest.raises(NotFound):
        await service.admit(ana, two)
    assert await queries.membership(community, ben) is None


async def test_the_usual_delay_is_the_median_of_decisions(ana: Actor, ben: Actor, clock: StandingClock) -> None:
    community = await on_request(ana)
    assert community.answer_hours is None
    for days, accepts in ((1, False), (3, False), (10, True)):
        asked = await service.join(ben, community, given={"q1": "À Oka."}, accepted=1)
        clock.advance(timedelta(days=days).total_seconds())
        if accepts:
            await service.admit(ana, asked)
        else:
            await service.decline(ana, asked, "Pas encore.")
    community = await queries.by_id(community.id)
    assert community is not None and community.answer_hours == 72


async def test_an_exchange_has_an_end(ana: Actor, ben: Actor) -> None:
    community = await on_request(ana)
    await service.join(ben, community, given={"q1": "À Oka."}, accepted=1)
    for number in range(exchange.MOST - 1):
        await exchange.answer(ben, community, f"Et {number}.")
    with pytest.raises(Conflict):
        await exchange.answer(ben, community, "Et encore.")


async def test_what_was_said_before_is_not_shown_to_moderators_again(ana: Actor, ben: Actor) -> None:
    community = await on_request(ana)
    first = await service.join(ben, community, "Un.", given={"q1": "À Oka."}, accepted=1)
    await service.decline(ana, first, "Non.")
    again = await service.join(ben, community, "Deux.", given={"q1": "À Oka."}, accepted=1)
    assert [one.text for one in (await steps.exchanges(community, [again]))[ben.id]] == ["Deux."]
    assert len(await steps.of(community, ben)) == 3


async def test_a_removal_stands_in_the_record_with_its_reason(site: Site, ana: Actor, ben: Actor) -> None:
    community = await on_request(ana)
    await service.admit(ana, await service.join(ben, community, given={"q1": "À Oka."}, accepted=1))
    await service.remove_member(ana, community, ben, "Publicités répétées.")
    await site.runner.settle()
    record = await consent.of(community, ben, None)
    assert record["steps"][-1]["step"] == "ended" and record["steps"][-1]["text"] == "Publicités répétées."
