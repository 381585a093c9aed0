"""Earlier versions of a resource are for those who could read them then, also where more people read the resource now."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fedcop.actors.models import Actor
from fedcop.core.errors import NotFound
from fedcop.core.site import Site
from fedcop.discussions import files
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.media import service as media
from fedcop.media.models import Media
from fedcop.resources import activities, queries, service
from fedcop.resources.models import Resource
from fedcop.resources.service import Card
from tests.rig.samples import pdf
from tests.rig.villages import Village, make_village


@pytest.fixture
async def village(site: Site) -> Village:
    return await make_village()


async def upload(owner: Actor, words: str) -> Media:
    async def content() -> AsyncIterator[bytes]:
        yield pdf(words)

    return await media.accept(owner, f"{words}.pdf", content())


async def numbers(viewer: Actor | None, resource: Resource) -> list[int]:
    return [version.number for version, _files in (await queries.visible_resource(viewer, resource.id)).versions]


async def told(resource: Resource) -> list[int]:
    card = (await activities.to_object(await Post.get(id=resource.post_id)))[activities.TERM]
    return [one["version"] for one in card.get("previousVersions", ())]


async def test_what_was_for_members_stays_theirs_when_its_successor_is_opened(village: Village) -> None:  # H23
    lea, noor = village.lea, village.noor
    first, second = await upload(lea, "un"), await upload(lea, "deux")
    card = Card(licence="CC0-1.0", media=[first.id])
    resource = await service.deposit(lea, village.community, card, title="Fiche", audience="community")
    await service.change(lea, resource, Card(licence="CC0-1.0", media=[second.id]), title="Fiche", note="Sans noms")
    post = await Post.get(id=resource.post_id)
    assert await told(resource) == [1]
    await discussions.change_audience(lea, post, "public", seen="community")
    for who in (None, village.sacha):
        belongs = who is not None
        assert await numbers(who, resource) == ([2, 1] if belongs else [2])
        assert (await files.visible_file(who, second.token)).id == second.id
        if not belongs:
            with pytest.raises(NotFound):
                await files.visible_file(who, first.token)
    assert await told(resource) == []
    # What happens to it meanwhile opens nothing either.
    await discussions.remove(lea, await Post.get(id=post.id), "Un moment")
    with pytest.raises(NotFound):
        await files.visible_file(noor, first.token)
    await discussions.restore(lea, await Post.get(id=post.id))
    assert (await files.visible_file(noor, first.token)).id == first.id
    with pytest.raises(NotFound):
        await files.visible_file(None, first.token)


async def test_what_everybody_read_stays_readable(village: Village) -> None:
    lea = village.lea
    first, second = await upload(lea, "un"), await upload(lea, "deux")
    card = Card(licence="CC0-1.0", media=[first.id])
    resource = await service.deposit(lea, village.community, card, title="Fiche", audience="community")
    await discussions.change_audience(lea, await Post.get(id=resource.post_id), "public", seen="community")
    await service.change(lea, await Resource.get(), Card(licence="CC0-1.0", media=[second.id]), title="Fiche")
    assert await numbers(None, resource) == [2, 1] and await told(resource) == [1]
    assert (await files.visible_file(None, first.token)).id == first.id
    await discussions.change_audience(lea, await Post.get(id=resource.post_id), "community", seen="public")
    with pytest.raises(NotFound):
        await files.visible_file(None, first.token)
    assert await numbers(village.noor, resource) == [2, 1]
