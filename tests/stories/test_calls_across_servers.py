"""A call to all made on A reaches members on B by B's own letters; who has no right to call reaches nobody."""

from __future__ import annotations

import pytest

from fedcop.accounts.models import Account
from fedcop.calls import queries, service
from fedcop.calls.models import Call
from fedcop.calls.queries import Reach
from fedcop.calls.segments import Segment
from fedcop.communities import queries as lookups
from fedcop.communities import service as communities
from fedcop.communities.models import Community, Membership
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from tests.rig.world import World
from tests.stories.test_communities_across_servers import A, B, Stage


@pytest.fixture
async def stage(world: World) -> Stage:
    """Two fedcops."""
    a = await world.fedcop(A)
    b = await world.fedcop(B)
    return Stage(world, a, b)


async def test_a_call_reaches_members_elsewhere(stage: Stage) -> None:
    community = await stage.found(visibility="private", join_policy="request")
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await communities.join(stage.ben, there, accepted=1)
    await stage.world.settle()
    async with stage.a.entered():
        [asked] = await lookups.requests(community)
        await communities.admit(stage.ana, asked)
    await stage.world.settle()
    async with stage.a.entered():
        community = await Community.get(id=community.id).select_related("actor")
        assert await queries.reach(community, stage.ana, Segment()) == Reach(1, 1, 1, 1)
        await service.call(stage.ana, community, title="Gel cette nuit", source="Couvrez.", segment=Segment())
        await service.call(stage.ana, community, title="Aux experts", source="Ici.", segment=Segment(role="expert"))
    await stage.world.settle()
    [first, second] = [one for one in await stage.sent(stage.a, "Create") if "fc:call" in one["object"]]
    assert (first["object"]["fc:call"], second["object"]["fc:call"]) == ("all", "role:expert")
    calls = [mail for mail in stage.b.mailer.sent if mail.subject.startswith("Appel à tous")]
    assert [mail.subject for mail in calls] == ["Appel à tous : Gel cette nuit – fruits.example"] or len(calls) == 1
    assert calls[0].to == "ben@atelier.example" and "Couvrez" not in calls[0].text
    assert not [mail for mail in stage.a.mailer.sent if mail.subject.startswith("Appel à tous")]
    async with stage.b.entered():
        await service.refuse(await Account.get(actor_id=stage.ben.id), there.id)


async def test_whose_server_is_not_the_communitys_calls_nobody(stage: Stage) -> None:
    await stage.found()
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await communities.join(stage.ben, there, accepted=1)
    await stage.world.settle()
    async with stage.b.entered():
        # A server that lies: it lets its own member call in a community of another one.
        there = await Community.get(id=there.id).select_related("actor")
        await Membership.filter(actor_id=stage.ben.id).update(role="facilitator")
        post = await discussions.write(stage.ben, there, kind="call", title="Achetez", source="Ici.")
        await service.record(post, there, Segment())
    await stage.world.settle()
    async with stage.a.entered():
        assert (await Post.get(uri=post.uri)).kind == "discussion" and not await Call.all().exists()
    assert not [mail for mail in stage.a.mailer.sent if "Achetez" in mail.subject]
