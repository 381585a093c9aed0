"""PieFed's accepted answers, what it is not told, and what does not come back."""

from __future__ import annotations

import pytest

from fedcop.discussions import service
from tests.rig.fakeserver import Stranger
from tests.rig.interop import INBOX, Coop, fix_keys, open_coop, post
from tests.rig.manners import PIEFED
from tests.rig.world import World, outcomes
from tests.stories.test_interop_piefed import abroad

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.


@pytest.fixture
async def coop(world: World, monkeypatch: pytest.MonkeyPatch) -> Coop:
    fix_keys(monkeypatch)
    return await open_coop(world)


async def test_the_author_of_a_question_chooses_an_answer_here(coop: Coop) -> None:
    pia = await coop.joined_by("pia@piefed.example", PIEFED)
    pat = await coop.joined_by("pat@piefed.example", PIEFED)
    asked = pia.root(coop.group, "Quel compost ?", "<p>Dites</p>")
    assert await pia.creates(asked, INBOX) == 202
    await coop.settle()
    first, second = [await service.reply(coop.bob, await post(asked["id"]), source=one) for one in ("Un", "Deux")]
    await coop.settle()

    async def sends(who: Stranger, activity: dict[str, object]) -> int | None:
        assert await who.sends(activity, INBOX) == 202
        await coop.settle()
        return (await post(asked["id"])).accepted_id

    chosen = pia.activity("ChooseAnswer", first.uri, audience=coop.group)
    assert await sends(pat, pat.activity("ChooseAnswer", first.uri, audience=coop.group)) is None
    assert await sends(pia, chosen) == first.id, await outcomes(coop.site)
    other = pia.activity("ChooseAnswer", second.uri, audience=coop.group)
    assert await sends(pia, pia.activity("Undo", other)) == first.id, "it was never chosen"
    assert await sends(pia, pia.activity("Undo", chosen)) is None


async def test_an_answer_is_chosen_in_a_community_there(coop: Coop) -> None:
    group, _seen = await abroad(coop)
    pia = group.server.person("pia")
    asked = pia.root(group.uri, "Quel porte-greffe ?", "<p>Dites</p>")
    await group.sends(group.wraps(pia.activity("Create", asked)), INBOX)
    await coop.settle()
    reply = await service.reply(coop.ana, await post(asked["id"]), source="M9")
    await coop.settle()
    await group.sends(group.wraps(pia.activity("ChooseAnswer", reply.uri, audience=group.uri)), INBOX)
    await coop.settle()
    assert (await post(asked["id"])).accepted_id == reply.id, await outcomes(coop.site)


async def test_disagreement_is_not_told_for_it_would_count_as_a_vote(coop: Coop) -> None:
    pia = await coop.joined_by("pia@piefed.example", PIEFED)
    page = pia.root(coop.group, "Labourer ?", "<p>Oui</p>")
    assert await pia.creates(page, INBOX) == 202
    await coop.settle()
    coop.new(pia.server)
    theirs = await post(page["id"])
    await service.react(coop.bob, theirs, "disagree")
    await service.unreact(coop.bob, theirs, "disagree")
    await coop.settle()
    assert not coop.new(pia.server)
    await service.react(coop.bob, theirs, "experience")
    await coop.settle()
    assert {
        one.get("object", one).get("type") if one["type"] == "Announce" else one["type"] for one in coop.new(pia.server)
    } == {"EmojiReact"}


async def test_what_its_author_deleted_stays_deleted(coop: Coop) -> None:
    pia = await coop.joined_by("pia@piefed.example", PIEFED)
    page = pia.root(coop.group, "Bonjour", "<p>À vous</p>")
    assert await pia.creates(page, INBOX) == 202
    await coop.settle()
    delete = pia.activity("Delete", page["id"], audience=coop.group)
    for activity in (delete, pia.activity("Undo", delete, audience=coop.group)):
        assert await pia.sends(activity, INBOX) == 202
        await coop.settle()
    assert (await post(page["id"])).deleted_at is not None
    assert (await outcomes(coop.site))[-1] == ("ignored", "what its author deleted stays deleted")
