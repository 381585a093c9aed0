"""The first post of somebody from another server waits: their own server says so, and why, until it is let through or refused."""

from __future__ import annotations

from fedcop.communities import service as communities
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post
from fedcop.notifications.models import Notification
from tests.rig.world import World
from tests.stories.test_communities_across_servers import A, B, Stage


async def test_a_first_post_from_elsewhere_waits_and_its_author_reads_why(world: World) -> None:
    stage = Stage(world, await world.fedcop(A), await world.fedcop(B))
    community = await stage.found(holds="all")
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await communities.join(stage.ben, there, accepted=1)
    await world.settle()
    async with stage.b.entered():
        made = [
            await service.write(stage.ben, there, kind="question", title=title, source="Quand ?")
            for title in ("Semis", "Réclame")
        ]
    await world.settle()
    async with stage.b.entered():
        for one in [await Post.get(id=one.id) for one in made]:
            assert one.state == "pending" and one.state_reason.startswith("C’est votre première publication ici")
        assert [one.detail["act"] for one in await Notification.filter(kind="moderation")] == ["held_there"] * 2
    async with stage.a.entered():
        good, bad = await queries.held(community)
        await service.publish_held(stage.ana, good)
        await service.refuse_held(stage.ana, bad, "Pas de réclame.")
    await world.settle()
    async with stage.b.entered():
        first, second = [await Post.get(id=one.id) for one in made]
        assert (first.state, first.state_reason) == ("visible", "")
        assert (second.state, second.state_reason) == ("refused", "Pas de réclame.")
        again = await service.write(stage.ben, there, kind="question", title="Récolte", source="Et ensuite ?")
    eve = await world.stranger("eve@mal.example")
    asked = {"id": f"{B}/activities/1", "type": "Create", "actor": f"{B}/u/ben", "object": again.uri}
    await eve.sends(eve.activity("Reject", asked, to=[f"{B}/u/ben"], content="Non."), f"{B}/u/ben/inbox")
    await world.settle()
    async with stage.b.entered():
        assert (await Post.get(id=again.id)).state == "visible"
