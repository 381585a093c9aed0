"""A thread moves to another community: all that hangs on it, who may do it, who reads it then."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.models import Community, ModerationAct, ThreadActivity
from fedcop.core import clock
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.discussions import places, queries, service
from fedcop.discussions.models import Post
from fedcop.media.models import Media
from fedcop.notifications.models import Notification
from fedcop.resources import service as resources
from fedcop.resources.models import Resource
from fedcop.resources.service import Card
from fedcop.search.models import SearchEntry
from tests.rig.villages import Village, make_village


async def _other(village: Village, visibility: str = "public", name: str = "legumes") -> Community:
    return await communities.found(
        village.lea, title="Légumes", name=name, purpose="Cultiver", visibility=visibility, posting="members"
    )


async def _again(community: Community) -> Community:
    return await Community.get(id=community.id).select_related("actor")


def _letter(site: Site, post_id: int) -> dict[str, str]:
    """The last letter, without what differs from run to run."""
    mail = site.mailer.sent[-1]
    text = re.sub(r"unsubscribe/\S+", "unsubscribe/TOKEN", mail.text.replace(str(post_id), "POST"))
    return {"subject": mail.subject, "text": text}


async def test_a_thread_moves_whole(site: Site, village: Village, golden: Any) -> None:
    other = await _other(village)
    card = Card(licence="CC0-1.0", link="https://exemple.test/fiche")
    sheet = await resources.deposit(village.noor, village.community, card, title="Fiche", source="Voici.")
    root = await Post.get(id=sheet.post_id)
    reply = await service.reply(village.sacha, root, source="Merci pour la fiche.")
    await Media.create(id=7, token="t", media_type="image/png", post_id=reply.id, created_at=clock.now())
    await service.pin(village.lea, root)
    await service.lock(village.lea, root)
    await site.runner.settle()

    await service.move(village.lea, root, other, "Plutôt des légumes.")
    await site.runner.settle()

    root, reply = await Post.get(id=root.id), await Post.get(id=reply.id)
    assert {root.community_id, reply.community_id} == {other.id}
    assert root.locked_at is not None and root.pinned_at is None
    assert (await Resource.get(id=sheet.id)).community_id == other.id
    assert (await Media.get(id=7)).community_id == other.id
    assert set(await SearchEntry.filter(kind__in=["post", "resource"]).values_list("community_id", flat=True)) == {
        other.id
    }
    assert set(await ThreadActivity.filter(root_id=root.id).values_list("community_id", flat=True)) == {other.id}
    assert [(await _again(one)).threads_count for one in (village.community, other)] == [0, 1]
    logged = await ModerationAct.filter(act__in=["move_out", "move_in"]).order_by("id")
    assert [(one.community_id, one.reason) for one in logged] == [
        (village.community.id, "Plutôt des légumes."),
        (other.id, "Plutôt des légumes."),
    ]
    [told] = await Notification.filter(kind="moderation")
    assert (told.detail["act"], told.detail["community"], told.detail["reason"]) == (
        "move", "Légumes", "Plutôt des légumes.",
    )  # fmt: skip
    golden("mails/thread_moved.fr-CA", _letter(site, root.id))
    await service.move(village.lea, root, village.community, "Finalement non.")
    assert (await Post.get(id=reply.id)).community_id == village.community.id


async def test_who_may_move_and_where_to(site: Site, village: Village) -> None:  # H18
    other, hidden = await _other(village), await _other(village, "private", "cercle")
    theirs = await make_village("abeilles", posting="members")
    root = await service.write(village.noor, village.community, kind="question", title="Quand ?", source="Dites.")
    for by, target in ((village.noor, other), (village.lea, theirs.community), (village.lea, hidden)):
        with pytest.raises((Forbidden, NotFound)):
            await service.move(by, root, target, "Parce que.")
    with pytest.raises(Invalid):
        await service.move(village.lea, root, other, " ")
    await service.remove(village.lea, root, "Hors sujet.")
    with pytest.raises(Conflict):
        await service.move(village.lea, root, other, "Parce que.")
    assert (await Post.get(id=root.id)).community_id == village.community.id
    assert [one.community.id for one in await places.to_move_to(village.lea, village.community, root.audience)] == [
        other.id
    ]


async def test_of_a_private_thread_only_those_of_the_new_community_know(site: Site, golden: Any) -> None:
    village = await make_village("cercle", visibility="private")
    await Account.filter(actor_id=village.noor.id).update(language="en-CA")
    other = await _other(village, "private", "noyau")
    membership = await communities.join(village.sacha, other)
    await communities.admit(village.lea, membership)
    root = await service.write(village.noor, village.community, kind="question", title="Le secret", source="Où ?")
    await service.reply(village.sacha, root, source="Ici.")
    await site.runner.settle()
    [place] = await places.to_move_to(village.lea, village.community, root.audience)
    assert (place.gaining, place.losing) == (0, 1)

    await service.move(village.lea, root, other, "Entre nous.")
    await site.runner.settle()

    async def reads(who: Actor) -> bool:
        return bool(await queries.visible_ids(who, [(await Post.get(depth=1)).id]))

    assert [await reads(one) for one in (village.lea, village.sacha, village.noor)] == [True, True, False]
    told = await Notification.filter(account__actor_id=village.noor.id)
    assert [(one.kind, one.detail.get("act"), one.detail.get("community")) for one in told] == [
        ("moderation", "move_away", "Fruitiers nordiques")
    ], "the reply is untold, and the other community not named"
    golden("mails/thread_moved_away.en-CA", _letter(site, root.id))
