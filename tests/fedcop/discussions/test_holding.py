"""First posts of newcomers wait where a community wishes so: which ones, until when, and what nobody hears meanwhile."""

from __future__ import annotations

import pytest

from fedcop.communities import service as communities
from fedcop.core.errors import Forbidden
from fedcop.core.site import Site
from fedcop.discussions import holding, queries, service
from fedcop.discussions.models import Post, ThreadActivity
from fedcop.notifications.models import Notification
from tests.rig.villages import Village, make_village


async def wrote(village: Village, who: str, source: str = "Quand tailler ?") -> Post:
    return await service.write(getattr(village, who), village.community, kind="question", title="Taille", source=source)


async def test_the_first_post_waits_and_nothing_after_one_was_let_through(site: Site, village: Village) -> None:
    assert (await wrote(village, "sacha")).state == "visible", "off unless somebody chooses it"
    await communities.change(village.lea, village.community, holds="all")
    assert (await wrote(village, "sacha")).state == "visible", "one was published before"
    assert (await wrote(village, "lea")).state == "visible", "who hosts is no newcomer"
    first, second = await wrote(village, "noor"), await wrote(village, "noor")
    assert (first.state, first.state_reason, second.state) == ("held", holding.FIRST, "held")
    await service.edit(village.noor, first, source="Quand tailler les pruniers ?")
    with pytest.raises(Forbidden):
        await service.reply(village.sacha, first, source="En mars.")
    await site.runner.settle()
    assert not await ThreadActivity.filter(post_id__in=[first.id, second.id]).exists(), "nobody was sent anything"
    assert await queries.visible_ids(village.sacha, [first.id]) == set()
    told = await Notification.filter(account__actor_id=village.lea.id, kind="held").values_list("post_id", flat=True)
    assert set(told) == {first.id, second.id}

    await service.publish_held(village.lea, first)
    await service.refuse_held(village.lea, second, "C’est la même.")
    await service.delete(village.noor, await Post.get(id=second.id))
    await site.runner.settle()
    assert [one.kind for one in await ThreadActivity.filter(post_id=first.id)] == ["Create"]
    assert not await ThreadActivity.filter(post_id=second.id).exists(), "its deletion is nobody's affair either"
    assert (await wrote(village, "noor")).state == "visible"
    answer = await service.reply(village.reader, await Post.get(id=first.id), source="Merci.")
    assert answer.state == "held", "a reply may be the first post too"


async def test_only_posts_with_links_may_wait(village: Village) -> None:
    await communities.change(village.lea, village.community, holds="links")
    noor = f"@{village.noor.name}"
    assert (await wrote(village, "sacha", "Voyez https://pub.example/")).state_reason == holding.LINKS
    assert (await wrote(village, "sacha", f"Merci {noor} #taille")).state == "visible", "names and tags are no links"
    assert holding.has_link("", [{"href": "https://pub.example/"}])


async def test_a_post_that_was_removed_counts_for_nothing(site: Site) -> None:
    village = await make_village("serres", holds="all")
    first = await wrote(village, "noor")
    await service.publish_held(village.lea, first)
    await service.remove(village.lea, await Post.get(id=first.id), "Publicité.")
    assert (await wrote(village, "noor")).state == "held"
