"""The same question is asked once while a request is answered, and anew once something was written."""

from __future__ import annotations

import asyncio

from fedcop.actors.models import Actor
from fedcop.communities import queries
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core import asked
from fedcop.core.database import atomic
from fedcop.core.site import Site
from tests.rig.people import make_member
from tests.rig.queries import counted


async def test_it_is_asked_once_and_anew_after_a_change(site: Site) -> None:
    lea, tom = (await make_member("lea")).actor, (await make_member("tom")).actor
    community = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    with asked.remembering():
        with counted() as statements:
            assert await queries.membership(community, tom) is None
            assert await queries.membership(community, tom) is None
        assert len(statements) == 1, "nothing is an answer too"
        assert await queries.membership(community, lea) is not None, "another person is another question"
        await communities.join(tom, community)
        found = await queries.membership(community, tom)
        assert found is not None and found.state == "active"


async def test_a_transaction_remembers_nothing(site: Site) -> None:
    lea = (await make_member("lea")).actor
    community = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")

    @atomic
    async def twice() -> int:
        with counted() as statements:
            await queries.membership(community, lea)
            await queries.membership(community, lea)
        return len(statements)

    with asked.remembering():
        assert await twice() == 2


async def test_nothing_is_remembered_between_requests(site: Site) -> None:
    lea = (await make_member("lea")).actor
    community = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    with counted() as statements:
        for _request in range(2):
            with asked.remembering():
                await queries.membership(community, lea)
        await queries.membership(community, lea)
        await queries.membership(community, lea)
    assert len(statements) == 4


async def test_it_is_asked_anew_once_a_job_was_waited_for(site: Site) -> None:
    lea, tom = (await make_member("lea")).actor, (await make_member("tom")).actor
    community = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    with asked.remembering():
        assert await queries.membership(community, tom) is None
        # A task of its own remembers apart, as the worker does.
        await asyncio.create_task(_join_elsewhere(tom, community))
        site.runner.inline = False
        await site.runner.wait_for(0)
        assert await queries.membership(community, tom) is not None


async def _join_elsewhere(person: Actor, community: Community) -> None:
    with asked.remembering():
        await communities.join(person, community)
