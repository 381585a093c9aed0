"""What is deleted, taken away or changed has its effect with the next request, whatever answers are kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts import instance
from fedcop.accounts import service as accounts
from fedcop.accounts.models import Account
from fedcop.apps import tokens
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.federation.peers import overseeing
from tests.rig.apps import connect
from tests.rig.people import make_member, make_stranger
from tests.web.answers import commit_elsewhere, said

PUBLIC, HOME = "/api/v1/timelines/public", "/api/v1/timelines/home"


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[TestClient]:
    async with TestClient(server) as opened:
        yield opened


@dataclass
class Place:
    lea: Account
    community: Community
    post: Post


@pytest.fixture
async def place(site: Site) -> Place:
    lea = await make_member("lea")
    community = await communities.found(lea.actor, title="Vergers", name="vergers", purpose="Tailler")
    post = await service.write(lea.actor, community, kind="tip", title="Greffe", source="En mars.")
    await site.runner.settle()
    return Place(lea, community, post)


async def shows(client: TestClient, path: str, words: str, **headers: str) -> bool:
    """Tell whether words are shown, to whoever asks twice."""
    first, second = [await said(client, path, **headers) for _ in range(2)]
    assert first == second
    return words in first


@pytest.mark.parametrize("path", [PUBLIC, "/c/vergers", "/", "/u/lea"])
async def test_what_is_deleted_is_gone_with_the_next_request(client: TestClient, place: Place, path: str) -> None:
    assert await shows(client, path, "Greffe")
    await service.delete(place.lea.actor, place.post)
    assert not await shows(client, path, "Greffe")


@pytest.mark.parametrize("path", [PUBLIC, "/c/vergers"])
async def test_also_what_another_process_takes_away(site: Site, client: TestClient, place: Place, path: str) -> None:
    assert await shows(client, path, "Greffe")
    hidden = f"UPDATE post SET removed_at = '2026-01-01 00:00:00+00:00' WHERE id = {place.post.id}"
    await asyncio.to_thread(commit_elsewhere, site, hidden)
    assert not await shows(client, path, "Greffe")


async def test_a_document_is_gone_with_the_next_request(client: TestClient, place: Place) -> None:
    path, accept = f"/p/{place.post.id}", "application/activity+json"
    assert await shows(client, path, "En mars", Accept=accept)
    await service.delete(place.lea.actor, place.post)
    async with client.get(path, headers={"Accept": accept}) as answer:
        assert answer.status == 410 and "En mars" not in await answer.text()


async def test_a_token_that_ends_is_worth_nothing_at_once(site: Site, client: TestClient, place: Place) -> None:
    phone = await connect(client, place.lea)
    assert (await phone.get(HOME)).status == (await phone.get(HOME)).status == 200
    await tokens.give_back(phone.token)
    assert (await phone.get(HOME)).status == 401
    phone = await connect(client, place.lea)
    assert (await phone.get(HOME)).status == (await phone.get(HOME)).status == 200
    await asyncio.to_thread(commit_elsewhere, site, "DELETE FROM app_token")
    assert (await phone.get(HOME)).status == 401


async def test_a_suspended_person_is_out_at_once(site: Site, client: TestClient, place: Place) -> None:
    phone = await connect(client, place.lea)
    assert (await phone.get(HOME)).status == (await phone.get(HOME)).status == 200
    closed = f"UPDATE account SET suspended_at = '2026-01-01 00:00:00+00:00' WHERE id = {place.lea.id}"
    await asyncio.to_thread(commit_elsewhere, site, closed)
    assert (await phone.get(HOME)).status == 401
    tom, owner = await make_member("tom"), await make_member("zoe", "owner")
    phone = await connect(client, tom)
    assert (await phone.get(HOME)).status == (await phone.get(HOME)).status == 200
    await accounts.suspend(owner, tom)
    assert (await phone.get(HOME)).status == 401


async def test_what_is_said_of_the_instance_changes_at_once(client: TestClient, place: Place) -> None:
    owner = await make_member("zoe", "owner")
    assert not await shows(client, "/communities", "Nouvelle enseigne")
    await instance.change(owner, name="Nouvelle enseigne")
    assert await shows(client, "/communities", "Nouvelle enseigne")


async def test_a_limited_server_leaves_the_lists_at_once(client: TestClient, place: Place) -> None:
    stranger = await make_stranger()
    await Post.filter(id=place.post.id).update(author_id=stranger.id)
    assert await shows(client, PUBLIC, "Greffe")
    await overseeing.decide(stranger.host, "limited")
    assert not await shows(client, PUBLIC, "Greffe")
