"""What changes just as an answer to it is stored: on PostgreSQL others write at the same moment, and the answer is judged again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from fedcop.actors import known
from fedcop.actors.models import Actor
from fedcop.core.database import atomic, dialect
from fedcop.core.errors import Unavailable
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.discussions.service import audience, record
from fedcop.discussions.service.beside import hold_threads
from tests.rig.people import make_stranger
from tests.rig.villages import Village

AT = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
URI = "https://ailleurs.example/1"


async def _narrowed(_village: Village, root: Post) -> None:
    await Post.filter(id=root.id).update(audience="community")


async def _moved(_village: Village, root: Post) -> None:
    await Post.filter(id=root.id).update(community_id=None)


async def _buried(village: Village, _root: Post) -> None:
    await known.bury(URI, village.noor.uri)


async def _nothing(_village: Village, _root: Post) -> None:
    pass


@pytest.mark.parametrize("change", [_narrowed, _moved, _buried, _nothing])
@pytest.mark.parametrize("deep", [False, True])
async def test_what_changes_meanwhile(
    site: Site,
    village: Village,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Village, Post], Coroutine[Any, Any, None]],
    deep: bool,
) -> None:  # D04
    if dialect() == "sqlite":
        pytest.skip("nobody else writes meanwhile")
    mia, count = await make_stranger("mia"), record.count_new
    root = await service.write(village.noor, village.community, kind="tip", title="Un truc", source="Voilà")
    parent = await service.reply(village.noor, root, source="Oui") if deep else root
    found = service.FoundPost(
        uri=URI, author=mia, community=village.community, parent=parent, content="<p>x</p>", published_at=AT
    )

    outside = copy_context()

    async def another_comes_first(post: Post) -> None:
        await asyncio.get_running_loop().create_task(change(village, root), context=outside)
        await count(post)

    monkeypatch.setattr(record, "count_new", another_comes_first)
    if change is _nothing or (change is _narrowed and deep):  # what is below is narrowed with it, by itself
        assert await service.record_new(found) is not None
        return
    with pytest.raises(Unavailable, match="busy"):
        await service.record_new(found)
    assert not await Post.exists(uri=URI)


@pytest.mark.parametrize("deep", [False, True])
async def test_a_member_answers_what_is_narrowed_meanwhile(
    site: Site, village: Village, monkeypatch: pytest.MonkeyPatch, deep: bool
) -> None:
    if dialect() == "sqlite":
        pytest.skip("nobody else writes meanwhile")
    root = await service.write(village.noor, village.community, kind="tip", title="Un truc", source="Voilà")
    parent = await service.reply(village.noor, root, source="Oui") if deep else root
    write = import_module("fedcop.discussions.service.write")  # the room; the function has its name
    outside, stand = copy_context(), write.stand_beside

    async def another_comes_first(post: Post, read: Post | None) -> None:
        await asyncio.get_running_loop().create_task(_narrowed(village, parent), context=outside)
        await stand(post, read)

    monkeypatch.setattr(write, "stand_beside", another_comes_first)
    with pytest.raises(Unavailable, match="busy"):
        await service.reply(village.noor, parent, source="Non")
    assert await Post.filter(root_id=root.id).count() == 1 + deep


async def _thread(village: Village) -> tuple[Post, Post, Post]:
    root = await service.write(village.noor, village.community, kind="tip", title="Un truc", source="Voilà")
    middle = await service.reply(village.noor, root, source="Oui")
    return root, middle, await service.reply(village.noor, middle, source="Non")


def _answer(author: Actor, village: Village, parent: Post) -> service.FoundPost:
    return service.FoundPost(
        uri=URI, author=author, community=village.community, parent=parent, content="<p>x</p>", published_at=AT
    )


@pytest.mark.parametrize("change", ["narrowed in the middle", "gone"])
async def test_an_answer_waits_for_what_changes_its_thread(site: Site, village: Village, change: str) -> None:  # D04
    """Whoever narrows or moves a thread holds it before they ask which answers it has: one that comes just then is judged anew."""
    if dialect() == "sqlite":
        pytest.skip("nobody else writes meanwhile")
    mia = await make_stranger("mia")
    root, middle, last = await _thread(village)
    outside, stored = copy_context(), list[asyncio.Task[Post | None]]()

    @atomic
    async def changes() -> None:
        if change == "gone":
            await hold_threads([root.id])
        else:
            await audience.apply(middle, "community", middle.organisation, AT)
        stored.append(
            asyncio.get_running_loop().create_task(service.record_new(_answer(mia, village, last)), context=outside)
        )
        await asyncio.wait(stored, timeout=0.3)
        assert not stored[0].done()
        if change == "gone":
            await import_module("fedcop.discussions.service.move").rehome([root.id], None)

    await changes()
    with pytest.raises(Unavailable, match="busy"):
        await stored[0]
    assert not await Post.exists(uri=URI)
