"""PieFed: what a running one taught. It casts votes in polls in words of its own, and takes a vote that bears a time for an answer."""

from __future__ import annotations

import orjson
import pytest

from fedcop.communities import queries, remote
from fedcop.communities import service as communities
from fedcop.communities.models import Ban, Community, Membership
from fedcop.core.errors import Forbidden
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.discussions.polls import service as polls
from fedcop.discussions.polls.asking import Asked
from fedcop.discussions.polls.models import Ballot, Poll
from fedcop.federation.fetching import resolver
from tests.rig.fakeserver import Stranger
from tests.rig.interop import INBOX, Coop, fix_keys, open_coop, post
from tests.rig.manners import LEMMY, PIEFED
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

pytestmark = pytest.mark.once  # How strangers speak is the same whatever we keep it in.

DATES = Asked(("14 nov.", "21 nov."))


@pytest.fixture
async def coop(world: World, monkeypatch: pytest.MonkeyPatch) -> Coop:
    fix_keys(monkeypatch)
    return await open_coop(world)


@pytest.fixture
async def pia(coop: Coop) -> Stranger:
    return await coop.joined_by("pia@piefed.example", PIEFED)


def choice(voter: Stranger, poll: str, words: str, group: str) -> dict[str, object]:
    """A vote as PieFed casts it, to the community that the poll is in."""
    return voter.activity("PollVote", poll, choice_text=words, audience=group)


async def counts(uri: str) -> list[int]:
    return (await Poll.get(post_id=(await post(uri)).id)).counts


async def test_they_vote_in_a_poll_of_ours_once(coop: Coop, pia: Stranger) -> None:
    asked = await service.write(
        coop.ana, coop.community, kind="question", title="Quand ?", source="Dites-le.", poll=DATES
    )
    await coop.settle()
    coop.new(pia.server)
    cast = choice(pia, asked.uri, "21 nov.", coop.group)
    assert "to" not in cast
    for words in (cast, cast, choice(pia, asked.uri, "14 nov.", coop.group)):
        assert await pia.sends(words, INBOX) == 202
        await coop.settle()
    assert await counts(asked.uri) == [0, 1]
    assert (
        "ignored",
        "the vote does not count: You have already voted in this poll. A vote cannot be changed.",
    ) in await outcomes(coop.site)
    # Nobody is told who chose what; the numbers follow, as for all.
    assert not coop.new(pia.server)
    coop.world.clock.advance(minutes=4)
    await coop.settle()
    told = [one["object"] if one["type"] == "Announce" else one for one in coop.new(pia.server)]
    assert [one["replies"]["totalItems"] for one in told[-1]["object"]["oneOf"]] == [0, 1]
    assert {one["type"] for one in told} == {"Update"}


async def test_what_nobody_offered_and_what_is_no_poll_does_not_count(coop: Coop, pia: Stranger) -> None:
    asked = await service.write(coop.ana, coop.community, kind="question", title="Quand ?", source="?", poll=DATES)
    plain = await service.write(coop.ana, coop.community, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    for poll, words in ((asked.uri, "jamais"), (plain.uri, "14 nov."), (f"{asked.uri}9", "14 nov."), (asked.uri, "")):
        assert await pia.sends(choice(pia, poll, words, coop.group), INBOX) == 202
    await coop.settle()
    assert await counts(asked.uri) == [0, 0]
    assert {outcome for outcome, _reason in (await outcomes(coop.site))[-4:]} == {"ignored"}


async def test_the_banned_do_not_vote(coop: Coop, pia: Stranger) -> None:
    asked = await service.write(coop.ana, coop.community, kind="question", title="Quand ?", source="?", poll=DATES)
    await coop.settle()
    async with coop.site.entered():
        await communities.ban(coop.ana, coop.community, await resolver.actor(pia.uri), reason="Publicité")
    assert await pia.sends(choice(pia, asked.uri, "14 nov.", coop.group), INBOX) == 202
    await coop.settle()
    assert await counts(asked.uri) == [0, 0]


async def test_a_vote_goes_on_to_the_server_of_who_asked_and_to_nobody_else(coop: Coop, pia: Stranger) -> None:
    """The vote comes to the community; the poll is counted where its author is."""
    vallee = await coop.world.fedcop("https://vallee.example")
    async with vallee.entered():
        vera = (await make_member("vera")).actor
        seen = await remote.community_of(await resolver.handle("!sols@coop.example"))
        await communities.join(vera, seen)
    await coop.settle()
    async with vallee.entered():
        asked = await service.write(vera, seen, kind="question", title="Quand ?", source="?", poll=DATES)
    await coop.settle()
    coop.new(pia.server)
    cast = choice(pia, asked.uri, "14 nov.", coop.group)
    async with coop.site.entered():
        assert await pia.sends(cast, INBOX) == 202
    await coop.settle()
    async with vallee.entered():
        assert await counts(asked.uri) == [1, 0], await outcomes(vallee)
        # Somebody whose community it is not says so of somebody else: nobody believes it.
        eve = await coop.world.stranger("eve@evil.example", PIEFED)
        group = eve.server.group("vrac")
        forged = {**choice(pia, asked.uri, "14 nov.", group.uri), "id": f"{pia.server.origin}/activities/pollvote/99"}
        forged["actor"] = coop.bob.uri
        await group.sends(group.activity("Announce", forged), "https://vallee.example/inbox")
    await coop.settle()
    async with vallee.entered():
        assert await Ballot.all().count() == 1
    assert not coop.new(pia.server), "nobody else is told who chose what"


async def test_votes_in_their_polls_have_no_time(coop: Coop, pia: Stranger) -> None:
    """PieFed takes a vote with `published` for an answer without words, and shows it."""
    question = pia.root(
        coop.group,
        "Quand taillez-vous ?",
        "<p>Quand taillez-vous ?</p><p>Dites.</p>",
        type="Question",
        oneOf=[{"type": "Note", "name": one, "replies": {"type": "Collection", "totalItems": 0}} for one in "AB"],
        endTime="2027-01-01T10:00:00+00:00",
    )
    assert await pia.creates(question, INBOX) == 202
    await coop.settle()
    coop.new(pia.server)
    theirs: Post = await post(question["id"])
    await polls.vote(coop.ana, theirs, [1])
    await coop.settle()
    [vote] = coop.new(pia.server)
    assert vote["to"] == [pia.uri]
    assert {"type": "Note", "name": "B", "inReplyTo": question["id"]}.items() <= vote["object"].items()
    assert "published" not in vote["object"]
    assert b'"content"' not in orjson.dumps(vote)


async def abroad(coop: Coop) -> tuple[Stranger, Community]:
    """A community on a PieFed that Ana belongs to."""
    server = await coop.world.server("piefed.example", PIEFED)
    group = server.group("greffes")
    seen = await remote.community_of(await resolver.actor(group.uri))
    await communities.join(coop.ana, seen)
    await coop.settle()
    await group.accepts(server.took("Follow")[-1], INBOX)
    await coop.settle()
    return group, seen


async def test_who_moderates_is_asked_where_no_list_is_named(coop: Coop) -> None:
    """Communities of PieFed that were founded from an app do not say which list somebody is added to."""
    group, seen = await abroad(coop)
    pat = group.server.person("pat")

    async def role() -> str:
        return (await Membership.get(community_id=seen.id, actor_id=coop.ana.id)).role

    for moderators, kind, becomes in (
        ([pat.uri, coop.ana.uri], "Add", "committee"),
        ([pat.uri], "Remove", "member"),
        ([pat.uri], "Add", "member"),  # its list counts, not what is said
    ):
        group.moderators = moderators
        group.publish_moderators()
        said = pat.activity(kind, coop.ana.uri, target=None, audience=group.uri)
        await group.sends(group.wraps(said), INBOX)
        await coop.settle()
        assert await role() == becomes, await outcomes(coop.site)
    # A community of ours asks nobody.
    pia = await coop.joined_by("pia@piefed.example", PIEFED)
    await pia.sends(pia.activity("Add", pia.uri, target=None, audience=coop.group), INBOX)
    await coop.settle()
    assert (await outcomes(coop.site))[-1] == ("ignored", "no list of people of a known community")


async def test_a_ban_that_ends_with_the_century_is_for_good(coop: Coop) -> None:
    group, seen = await abroad(coop)
    pat = group.server.person("pat")
    group.moderators = [pat.uri]
    group.publish_moderators()
    block = pat.activity(
        "Block", coop.ana.uri, target=group.uri, endTime="2100-01-01T00:00:00+00:00", summary="Trop de bruit"
    )
    await group.sends(group.wraps(block), INBOX)
    await coop.settle()
    ban = await Ban.get(community_id=seen.id, actor_id=coop.ana.id)
    assert (ban.until, ban.reason) == (None, "Trop de bruit")


async def test_what_we_write_there_is_seen_once_it_was_delivered(coop: Coop) -> None:
    """A community of PieFed announces nothing to the server that it has it from."""
    group, seen = await abroad(coop)
    server = group.server
    server.inbox_status = 503
    root = await service.write(coop.ana, seen, kind="question", title="Quel porte-greffe ?", source="M9 ?")
    await coop.settle()
    assert (await post(root.uri)).state == "pending", "nobody took it yet"
    server.inbox_status = 200
    coop.world.clock.advance(hours=1)
    await coop.settle()
    assert (await post(root.uri)).state == "visible"
    answer = await service.reply(coop.ana, await post(root.uri), source="Ou MM106")
    await coop.settle()
    assert (await post(answer.uri)).state == "visible"

    # What it refuses waits on; so does what one reads who is merely named in it.
    server.inbox_status = 400
    refused = await service.write(coop.ana, seen, kind="tip", title="Un truc", source="Voilà")
    await coop.settle()
    assert (await post(refused.uri)).state == "pending"


async def test_what_we_write_in_a_community_of_others_waits_for_its_announce(coop: Coop) -> None:
    lemmy = await coop.world.server("lemmy.example", LEMMY)
    group = lemmy.group("gardening")
    pia = await coop.joined_by("pia@piefed.example", PIEFED)
    seen = await remote.community_of(await resolver.actor(group.uri))
    await communities.join(coop.ana, seen)
    await coop.settle()
    [follow] = lemmy.took("Follow")
    await group.accepts(follow, INBOX)
    await coop.settle()
    root = await service.write(coop.ana, seen, kind="tip", title="A trick", source="Hello @pia@piefed.example")
    await coop.settle()
    assert [one["type"] for one in pia.server.took("Create")] == ["Create"], "who is named has it"
    assert (await post(root.uri)).state == "pending"


async def test_who_is_banned_from_their_own_server_takes_their_words_along(coop: Coop, pia: Stranger) -> None:
    """An administrator throws somebody out and removes what they wrote: PieFed and Lemmy tell all servers so."""
    written = pia.root(coop.group, "Achetez", "<p>Mes engrais</p>")
    assert await pia.creates(written, INBOX) == 202
    other = pia.server.person("paul")
    await other.follows(coop.group, INBOX)
    await coop.settle()
    kept = other.root(coop.group, "Bonjour", "<p>À vous</p>")
    assert await other.creates(kept, INBOX) == 202
    await coop.settle()

    async def block(by: Stranger, site: str, whom: str, **more: object) -> None:
        said = by.activity("Block", whom, target=site, audience=site, summary="Publicité", **more)
        assert await by.sends(said, INBOX) == 202
        await coop.settle()

    hilda = pia.server.person("hilda")
    eve = await coop.world.stranger("eve@evil.example", PIEFED)
    site = f"{pia.server.origin}/"
    for by, where, whom, more in (
        (hilda, site, pia.uri, {"removeData": False}),  # she is thrown out, and her words stay
        (eve, site, pia.uri, {"removeData": True}),
        (eve, f"{eve.server.origin}/", pia.uri, {"removeData": True}),
        (hilda, "https://coop.example/", pia.uri, {"removeData": True}),
        (hilda, site, coop.bob.uri, {"removeData": True}),
    ):
        await block(by, where, whom, **more)
        assert (await outcomes(coop.site))[-1][0] in ("ignored", "refused"), (where, whom)
        assert (await post(written["id"])).removed_at is None
    await block(hilda, site, pia.uri, removeData=True, endTime="2100-01-01T00:00:00+00:00")
    gone = await post(written["id"])
    assert gone.removed_at is not None and gone.removed_reason == "Publicité", await outcomes(coop.site)
    assert (await post(kept["id"])).removed_at is None


async def test_who_is_banned_from_a_community_takes_their_words_there_along(coop: Coop) -> None:
    group, seen = await abroad(coop)
    pat, pia = group.server.person("pat"), group.server.person("pia")
    group.moderators = [pat.uri]
    group.publish_moderators()
    there = pia.root(group.uri, "Achetez", "<p>Mes engrais</p>")
    await group.sends(group.wraps(pia.activity("Create", there)), INBOX)
    await pia.follows(coop.group, INBOX)
    await coop.settle()
    here = pia.root(coop.group, "Bonjour", "<p>À vous</p>")
    assert await pia.creates(here, INBOX) == 202
    await coop.settle()
    assert (await post(there["id"])).state == (await post(here["id"])).state == "visible"
    block = pat.activity("Block", pia.uri, target=group.uri, removeData=True, summary="Publicité")
    await group.sends(group.wraps(block), INBOX)
    await coop.settle()
    assert (await post(there["id"])).removed_reason == "Publicité", await outcomes(coop.site)
    assert (await post(here["id"])).removed_at is None
    assert await Ban.filter(community_id=seen.id).count() == 1


async def test_who_does_not_follow_and_begins_a_discussion_waits_for_a_moderator(coop: Coop) -> None:
    """One needs to follow nothing on PieFed or Lemmy to write in a community."""
    pia = await coop.world.stranger("pia@piefed.example", PIEFED)
    page = pia.root(coop.group, "Bonjour", "<p>Qui en fait ?</p>")
    assert await pia.creates(page, INBOX) == 202
    await coop.settle()
    waits = await post(page["id"])
    assert waits.state == "held" and not pia.server.took("Announce")
    await service.publish_held(coop.ana, waits)
    await coop.settle()
    assert (await post(page["id"])).state == "visible" and pia.server.took("Announce")
    await communities.ban(coop.ana, coop.community, await resolver.actor(pia.uri), "Publicité")
    more = pia.root(coop.group, "Encore", "<p>Encore</p>")
    assert await pia.creates(more, INBOX) == 202
    await coop.settle()
    assert (await outcomes(coop.site))[-1][0] == "refused"


async def test_a_community_that_its_moderators_deleted_is_archived_until_they_bring_it_back(coop: Coop) -> None:
    group, seen = await abroad(coop)
    pat = group.server.person("pat")
    group.moderators = [pat.uri]
    group.publish_moderators()
    delete = pat.activity("Delete", group.uri, audience=group.uri)
    elsewhere = (await coop.world.server("evil.example", PIEFED)).group("vrac")
    for sends in (pat.sends(delete, INBOX), elsewhere.sends(elsewhere.wraps(delete), INBOX)):
        await sends
        await coop.settle()
        assert (await Community.get(id=seen.id)).closed_at is None, "nobody but the community says so"
    again = {**delete, "id": f"{delete['id']}-2"}
    await group.sends(group.wraps(again), INBOX)
    await coop.settle()
    assert (await Community.get(id=seen.id)).closed_at is not None, await outcomes(coop.site)
    # Its server goes on serving it as if nothing had happened.
    await resolver.actor(group.uri, refresh=True)
    await coop.settle()
    assert (await Community.get(id=seen.id)).closed_at is not None
    with pytest.raises(Forbidden):
        await service.write(
            coop.ana,
            await queries.visible_community(coop.ana, "greffes@piefed.example"),
            kind="tip",
            title="Un truc",
            source="Voilà",
        )
    await group.sends(group.wraps(pat.activity("Undo", again, audience=group.uri)), INBOX)
    await coop.settle()
    assert (await Community.get(id=seen.id)).closed_at is None, await outcomes(coop.site)
