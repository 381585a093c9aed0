"""Statements that are written quickly are the statements that pypika writes: this passes with and without `write_quickly`."""

from __future__ import annotations

from typing import Any

import pytest
from pypika_tortoise import Query, Table
from pypika_tortoise.terms import Field
from tortoise.queryset import QuerySet

from fedcop.core.site import Site
from fedcop.core.sql import text as sql_text
from fedcop.core.sql.text import write_quickly
from fedcop.discussions.models import Post


def test_a_statement_is_the_same_letter_for_letter() -> None:
    write_quickly()
    person, home = Table("person"), Table("place", alias="person__home")
    query = (
        Query.from_(person)
        .join(home)
        .on(person.home_id == home.id)
        .select(
            person.id, person.name.as_("called"), *[home[name].as_(f"person__home.{name}") for name in ("id", "size")]
        )
        .where(home.size > 3)
        .orderby(person.name)
    )
    assert query.get_sql() == (
        'SELECT "person"."id","person"."name" "called","person__home"."id" "person__home.id",'
        '"person__home"."size" "person__home.size" FROM "person" JOIN "place" "person__home" '
        'ON "person"."home_id"="person__home"."id" WHERE "person__home"."size">3 ORDER BY "person"."name"'
    )


def test_a_name_is_given_to_a_copy() -> None:
    write_quickly()
    field = Field("size", table=Table("place"))
    assert field.as_("room").alias == "room"
    assert field.alias is None


def test_what_follows_a_star_is_not_asked_twice() -> None:
    write_quickly()
    place = Table("place")
    assert Query.from_(place).select(place.star, place.size).get_sql() == 'SELECT * FROM "place"'
    assert Query.from_(place).select(place.size, place.star).get_sql() == 'SELECT * FROM "place"'


async def test_what_is_joined_is_joined_as_tortoise_does_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the joined tables stand in filters and orders too, or the same one is named twice; first and again."""
    asked = (
        Post.all().select_related("author", "community__actor"),
        Post.filter(community__actor__name="verger").order_by("author__name").select_related("community__actor"),
        Post.all().select_related("community", "community__actor").limit(3),
        Post.all().select_related("author").only("id", "author__name"),
    )
    quickly = [[_made(one) for one in asked] for _ in range(2)]
    monkeypatch.setattr(QuerySet, "_join_select_related", sql_text._join_select_related)
    monkeypatch.setattr(sql_text, "_texts", {})
    assert quickly == [[_made(one) for one in asked]] * 2


def _made(queryset: QuerySet[Any]) -> tuple[Any, ...]:
    queryset._db = queryset._choose_db()
    queryset._make_query()
    return (*queryset.query.get_parameterized_sql(), queryset._select_related_idx)
