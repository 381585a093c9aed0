"""Objects that are made quickly are the objects that Tortoise makes."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise import Model
from tortoise.backends.base.executor import BaseExecutor
from tortoise.fields import ReverseRelation

from fedcop.communities.models import Community, Membership
from fedcop.core.database import fetch
from fedcop.core.ids import new_id
from fedcop.core.site import Site
from fedcop.core.sql import rows as sql_rows
from fedcop.discussions import service
from fedcop.discussions.models import Post
from tests.rig.villages import make_village


def _all_of(one: Any) -> Any:
    """Give all that an object holds, with what hangs on it."""
    if isinstance(one, ReverseRelation):
        return [_all_of(other) for other in one]
    return {name: _all_of(held) for name, held in vars(one).items()} if isinstance(one, Model) else one


async def test_rows_become_the_same_objects(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole and in parts, joined with others that are there or not, over two relations, with what is added to them."""
    village = await make_village()
    await service.write(village.lea, village.community, kind="tip", title="Un gel", source="Tardif.")
    nowhere = await Post.get()
    nowhere.id, nowhere.uri, nowhere.community_id = new_id(), f"{nowhere.uri}/nowhere", None
    await nowhere.save(force_create=True)
    asked = (
        Post.all().order_by("id"),
        Post.all().order_by("id").select_related("author", "community__actor"),
        Post.all().order_by("id").select_related("author").only("id", "author__name"),
        Post.all().order_by("id").only("id", "title"),
        Membership.filter(state="active").order_by("id").select_related("community__actor", "actor"),
        Community.filter(id=0).select_related("actor"),
        Community.all().prefetch_related("memberships"),
    )
    quickly = [[_all_of(one) for one in await query] for query in asked]
    by_hand = [_all_of(one) for one in await fetch(Post, "SELECT p.*, 1 AS more FROM post p ORDER BY p.id")]
    monkeypatch.setattr(BaseExecutor, "execute_select", sql_rows._execute_select)
    slowly = [[_all_of(one) for one in await query] for query in asked]
    assert quickly == slowly
    assert by_hand == slowly[0]
    assert [len(one) for one in slowly[:2]] == [2, 2] and slowly[4] and not slowly[5]
