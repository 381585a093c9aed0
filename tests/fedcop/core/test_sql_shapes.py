"""Statements that are remembered are the statements that Tortoise writes, for other values too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tortoise.expressions import Q

from fedcop.core.clock import now
from fedcop.core.site import Site
from fedcop.core.sql import shapes as sql_shapes
from fedcop.discussions.models import Post

REMEMBERED: list[Callable[[int, str], Any]] = [
    lambda number, text: Post.get_or_none(id=number),
    lambda number, text: Post.filter(uri=text).first(),
    lambda number, text: Post.exists(uri=text, kind=text),
    lambda number, text: Post.filter(depth__gt=number).exclude(uri=text).order_by("-id").limit(number).offset(2),
    lambda number, text: Post.filter(author__name=text, deleted_at=None).select_related("author", "community__actor"),
    lambda number, text: Post.filter(Q(kind=text, state=text, join_type="OR")).only("id", "uri").distinct(),
    lambda number, text: Post.filter(~Q(kind=text), community_id=number),
]
NOT: list[Callable[[int, str], Any]] = [
    lambda number, text: Post.filter(id__in=[number, 4]),
    lambda number, text: Post.filter(uri__startswith=text),
    lambda number, text: Post.filter(published_at__lt=now()),
    lambda number, text: Post.filter(Q(kind=text) | Q(id=number)),
    lambda number, text: Post.filter(id=str(number)),
]


def sent(query: Any, prepare: Callable[[Any], None]) -> tuple[Any, ...]:
    query._choose_db_if_not_chosen()
    prepare(query)
    return (*query.query.get_parameterized_sql(), getattr(query, "_select_related_idx", None))


@pytest.mark.parametrize("made", [*REMEMBERED, *NOT])
async def test_what_is_sent_is_what_tortoise_would_send(site: Site, made: Callable[[int, str], Any]) -> None:
    sql_shapes._texts.clear()
    for number, text in ((7, "a"), (8, "b"), (9, "c' OR 1=1")):
        usual = sent(made(number, text), lambda query: query._make_query())
        assert sent(made(number, text), sql_shapes._prepare) == usual
    kept = [one for one in sql_shapes._texts.values() if one is not None]
    assert len(kept) == (made in REMEMBERED)


async def test_a_model_that_was_set_up_anew_is_written_anew(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(Post.get_or_none(id=1), sql_shapes._prepare)
    [shape] = [one for one in sql_shapes._texts if one[1] is Post and one[2][1:] == (("id", int),)]  # type: ignore[index]
    monkeypatch.setitem(sql_shapes._texts, shape, sql_shapes._Text("SELECT wrong", [], object()))
    assert "wrong" not in sent(Post.get_or_none(id=1), sql_shapes._prepare)[0]


async def test_rows_come_as_ever(site: Site) -> None:
    assert [await Post.get_or_none(id=number) for number in (1, 2)] == [None, None]
    assert not await Post.exists(id=1) and not await Post.exists(id=2)
