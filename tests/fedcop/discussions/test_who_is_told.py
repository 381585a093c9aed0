"""Whom an answer concerns is found as quickly in a thread of thousands as in one of ten."""

from __future__ import annotations

import pytest

from fedcop.core.database import dialect, rows
from fedcop.core.site import Site
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post
from fedcop.notifications.models import Notification
from tests.rig.queries import counted
from tests.rig.villages import Village, make_village


@pytest.fixture
async def village(site: Site) -> Village:
    return await make_village()


async def test_an_answer_concerns_those_of_ours_who_wrote_there_and_left_it(site: Site, village: Village) -> None:
    root = await service.write(village.lea, village.community, kind="question", title="Quelle toile ?", source="Du gel")
    first = await service.reply(village.noor, root, source="Du voile")
    gone = await service.reply(village.sacha, root, source="Rien")
    await service.delete(village.sacha, gone)
    await site.runner.settle()
    await Notification.all().delete()
    theirs = await service.reply(village.lea, first, source="Merci")
    await site.runner.settle()
    told = [
        one.account_id for one in await Notification.filter(kind="reply", post_id=theirs.id).select_related("account")
    ]
    noor = await Notification.filter(account__actor_id=village.noor.id).count()
    assert len(told) == noor == 1


async def test_what_nobody_of_ours_answered_concerns_nobody(site: Site, village: Village) -> None:
    mine = await service.write(village.lea, village.community, kind="question", title="Une", source="Du gel")
    root = await service.write(village.lea, village.community, kind="question", title="Autre", source="Du gel")
    answers = [await service.reply(village.noor, one, source="Oui") for one in (mine, root)]
    await Post.filter(root_id=root.id).update(local=False)  # as if all of it had come from elsewhere
    assert await queries.concerning_somebody([one.id for one in answers]) == {answers[0].id}


async def test_looking_for_them_reads_no_more_than_what_they_wrote(site: Site, village: Village) -> None:
    if dialect() != "sqlite":
        pytest.skip("PostgreSQL reads a small table as a whole, whatever indexes there are")
    root = await service.write(village.lea, village.community, kind="question", title="Une", source="Du gel")
    answer = await service.reply(village.noor, root, source="Oui")
    with counted() as statements:
        await queries.concerning_somebody([answer.id])
        await site.runner.settle()
    asked = [one for one in statements if "DISTINCT p." in one and " p.root_id " in one]
    assert len(asked) >= 2, "whether anybody, and who"
    for one in asked:
        plan = await rows(f"EXPLAIN QUERY PLAN {one}", *[1] * one.count("?"))
        looked = [row["detail"] for row in plan if row["detail"].startswith(("SEARCH", "SCAN"))]
        assert looked == ["SEARCH p USING INDEX idx_post_ours (root_id=?)"], one
