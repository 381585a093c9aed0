"""Who left a community may take their name along: whom each page shows then, and what nobody can bring back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fedcop.accounts.letters import speaking
from fedcop.accounts.models import Account
from fedcop.communities import service as communities
from fedcop.communities.models import ThreadActivity
from fedcop.core import asked, clock
from fedcop.core.errors import Conflict
from fedcop.core.site import Site
from fedcop.digests import gathering
from fedcop.discussions import contributions, queries, service, statuses
from fedcop.discussions.activities import mapping
from fedcop.discussions.activities.outgoing import place_of, telling_of
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import rules as quoting
from fedcop.notifications import queries as told
from fedcop.notifications import wording
from fedcop.people import service as people
from fedcop.resources import service as library
from fedcop.resources.models import Resource
from fedcop.resources.service import Card
from fedcop.search.models import SearchEntry
from fedcop.timelines import queries as timelines
from tests.rig.villages import Village

FORMER = 0  # whose face has no row


async def document_of(post: Post) -> dict[str, Any]:
    place = await place_of(post.id)
    assert place is not None
    return json.loads(json.dumps(mapping.to_object(await telling_of(place)), default=str))


async def test_a_member_signs_and_who_left_chooses_once(site: Site, village: Village) -> None:
    root = await service.write(village.noor, village.community, kind="question", title="Le gel", source="Que faire ?")
    with pytest.raises(Conflict):
        await service.anonymise(village.noor, village.community)
    with pytest.raises(Conflict):  # the last responsible person stays, and so does her name
        await service.leave_anonymised(village.lea, village.community)
    assert await contributions.where_left(village.noor) == []
    await communities.leave(village.noor, village.community)
    assert [(one.signed, one.anonymised) for one in await contributions.where_left(village.noor)] == [(1, 0)]
    assert (await queries.thread(village.lea, root)).root.author.name == "noor_fruitiers"
    await service.anonymise(village.noor, village.community)
    moment = (await Post.get(id=root.id)).anonymised_at
    await site.runner.settle()
    sent = await ThreadActivity.filter(post_id=root.id, kind="Update").count()
    await service.anonymise(village.noor, village.community)
    await site.runner.settle()
    assert (await Post.get(id=root.id)).anonymised_at == moment is not None
    assert await ThreadActivity.filter(post_id=root.id, kind="Update").count() == sent == 1
    assert [(one.signed, one.anonymised) for one in await contributions.where_left(village.noor)] == [(0, 1)]


async def test_only_the_author_is_shown_the_name(site: Site, village: Village) -> None:
    """Who presides over the community, members, readers and strangers read that it is by a former member."""
    noor, community = village.noor, village.community
    root = await service.write(noor, community, kind="question", title="Le gel", source="Que faire ?")
    answer = await service.reply(village.sacha, root, source="Du voile.")
    reply = await service.reply(noor, answer, source="Lequel ?")
    below = await service.reply(village.sacha, reply, source="Le blanc.")
    gone = await service.reply(noor, root, source="Rien.")
    await service.delete(noor, gone)
    await service.accept_answer(noor, root, answer)
    await service.leave_anonymised(noor, community)
    for viewer in (village.lea, village.sacha, village.reader, None):
        view = await queries.thread(viewer, await Post.get(id=root.id))
        shown = {one.post.id: one for one in (view.root, *view.replies)}
        assert all(shown[post.id].author.id == FORMER for post in (root, reply, gone))
        assert shown[answer.id].author.id == village.sacha.id
        assert shown[below.id].parent_author is not None and shown[below.id].parent_author.id == FORMER
        assert view.accepted_by is not None and view.accepted_by.id == FORMER
        assert (await timelines.by_author(viewer, noor)).ids == ()
    view = await queries.thread(noor, await Post.get(id=root.id))
    assert view.root.author.id == noor.id == getattr(view.accepted_by, "id", 0)
    assert (await timelines.by_author(noor, noor)).ids == (root.id,)

    # A correction, a return to the community, and a new answer below it leave it so.
    await service.edit(noor, await Post.get(id=root.id), source="Que faire contre le gel ?")
    await communities.join(noor, community)
    fresh = await service.reply(village.sacha, await Post.get(id=reply.id), source="Et le bleu.")
    signed = await service.reply(noor, root, source="Me revoici.")
    view = await queries.thread(village.lea, await Post.get(id=root.id))
    shown = {one.post.id: one.author.id for one in (view.root, *view.replies)}
    assert shown[root.id] == shown[reply.id] == FORMER != shown[signed.id]
    assert (await document_of(root))["fc:anonymous"] is True
    assert "noor" not in json.dumps(await document_of(fresh))
    assert "fc:anonymous" not in await document_of(signed)


async def test_muting_tells_nobody_whose_it_is(site: Site, village: Village) -> None:
    root = await service.write(village.noor, village.community, kind="tip", title="La paille", source="Au pied.")
    await service.leave_anonymised(village.noor, village.community)
    await site.runner.settle()
    await people.mute(village.sacha, village.noor)
    assert not (await queries.thread(village.sacha, await Post.get(id=root.id))).root.hidden
    assert root.id in (await timelines.community(village.sacha, village.community)).ids
    assert (await SearchEntry.get(id=root.id)).author_id is None


@pytest.mark.parametrize("policy", ["public", "followers"])
async def test_nobody_learns_by_muting_blocking_or_following_whose_it_is(
    site: Site, village: Village, policy: str
) -> None:  # H28
    """Else one tries the names of those who left, one after the other, until what one may do to the post changes."""
    noor, sacha = village.noor, village.sacha
    root = await service.write(
        noor, village.community, kind="tip", title="La paille", source="Au pied.", quote_policy=policy
    )
    began = clock.now()
    await service.react(village.lea, root, "thanks")
    await service.leave_anonymised(noor, village.community)
    await site.runner.settle()

    async def seen() -> list[Any]:
        asked.forget()
        post = await Post.get(id=root.id)
        [view], [status] = await queries.load_posts(sacha, [root.id]), await statuses.load(sacha, [root.id])
        thanks = [(one.giver.id, one.receiver.id) for one in await gathering._thanks(sacha, village.community, began)]
        return [view.quotable, status.view.quotable, await quoting.standing(sacha, post), view.hidden, thanks]

    before = await seen()
    for tie in (people.mute, people.block, people.unblock, people.unmute, people.follow):
        await tie(sacha, noor)
        assert await seen() == before, tie
    await people.block(noor, sacha)
    assert await seen() == before


async def test_what_was_told_names_nobody_any_more(site: Site, village: Village) -> None:
    noor, sacha = village.noor, village.sacha
    root = await service.write(sacha, village.community, kind="tip", title="La paille", source="Au pied.")
    await service.reply(noor, root, source="Merci @sacha_fruitiers, et bravo.")
    await service.react(noor, root, "useful")
    account = await Account.get(actor_id=sacha.id)
    await site.runner.settle()
    assert {one.kind for one in await told.latest(account) if one.from_actor_id == noor.id} == {"mention", "reaction"}
    await service.leave_anonymised(noor, village.community)
    await site.runner.settle()
    found = [one for one in await told.latest(account) if one.kind in ("mention", "reaction")]
    assert [one.from_actor_id for one in found] == [None, None]
    assert wording.names("reaction", [None, 7, None], {7: "Ana"}) == ["un ancien membre", "Ana"]
    assert wording.names("accepted", [None], {}) == []
    with speaking("en-CA"):
        assert wording.sentence("mention", ["a former member"], [{}]) == "A former member mentions you"


async def test_the_credits_of_a_resource_lose_the_name_too(site: Site, village: Village) -> None:
    named = [{"name": "Noor_Fruitiers"}, {"name": "Ana"}, {"name": "Elle", "uri": village.noor.uri}]
    card = Card(licence="CC-BY-4.0", link="https://notes.example/", credits=named)
    made = await library.deposit(village.noor, village.community, card, title="Fiche")
    await service.leave_anonymised(village.noor, village.community)
    assert [one["name"] for one in (await Resource.get(id=made.id)).credits] == ["Ana"]
    old = library.FoundCard(kind="sheet", licence="", link="", credits=named, third_party=False, version=1)
    await library.record(await Post.get(id=made.post_id), old)
    assert [one["name"] for one in (await Resource.get(id=made.id)).credits] == ["Ana"]
