"""What is delivered by who has no business in a private community changes nothing, and is answered like what is aimed at nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fedcop.communities.models import Membership, ModerationAct
from fedcop.discussions.models import Post, Reaction, Share
from fedcop.notifications.models import Notification
from fedcop.people.models import Follow
from tests.rig.behind_doors import A, B, Doors, open_doors, twin
from tests.rig.fakeserver import Stranger
from tests.rig.manners import LEMMY
from tests.rig.world import World

pytestmark = pytest.mark.once  # The same addresses as test_probes.py, which knocks on both databases.

Json = dict[str, Any]
Aimed = Callable[[Stranger, str, str], Json]
ROWS = (Membership, Follow, Post, Reaction, Share, ModerationAct, Notification)


def aimed(kind: str, **more: Any) -> Aimed:
    """An activity about the thing itself."""
    return lambda eve, group, post: eve.activity(kind, post if more.pop("post", False) else group, to=[group], **more)


def about_post(kind: str, **more: Any) -> Aimed:
    """An activity about a post of the community."""
    return lambda eve, group, post: eve.activity(kind, post, to=[group], cc=[], audience=group, **more)


def within(kind: str) -> Aimed:
    """An act that only moderators have."""

    def make(eve: Stranger, group: str, post: str) -> Json:
        target = {"Add": "featured", "Remove": "featured"}.get(kind, "members")
        return eve.activity(kind, post, target=f"{group}/{target}", to=[group], cc=[], audience=group)

    return make


def joins_by_force(eve: Stranger, group: str, post: str) -> Json:
    return eve.activity("Add", eve.uri, target=f"{group}/members", to=[group])


def throws_out(eve: Stranger, group: str, post: str) -> Json:
    return eve.activity("Block", f"{B}/u/bob", target=group, to=[group])


def writes(eve: Stranger, group: str, post: str) -> Json:
    return eve.activity("Create", eve.root(group, to=[group, f"{group}/followers"]))


def answers(eve: Stranger, group: str, post: str) -> Json:
    return eve.activity("Create", eve.reply(post, f"{A}/u/ana", group))


def forges(kind: str) -> Aimed:
    """A post of Ana's in other words."""

    def make(eve: Stranger, group: str, post: str) -> Json:
        page = {
            "id": post,
            "type": "Page",
            "name": "Faux",
            "content": "Faux",
            "attributedTo": f"{A}/u/ana",
            "to": [group],
        }
        return eve.activity(kind, page, to=[group])

    return make


def takes_back(kind: str) -> Aimed:
    """The end of what never began."""

    def make(eve: Stranger, group: str, post: str) -> Json:
        thing = group if kind in ("Follow", "Join") else post
        inner = eve.activity(kind, thing)
        return eve.activity("Undo", {name: value for name, value in inner.items() if name != "@context"}, to=[group])

    return make


def answers_an_invitation(kind: str) -> Aimed:
    """Yes to an invitation that nobody sent."""

    def make(eve: Stranger, group: str, post: str) -> Json:
        invite = {"id": post.replace("/p/", "/activities/"), "type": "Invite", "actor": f"{A}/u/ana", "object": eve.uri}
        return eve.activity(kind, {**invite, "target": group}, to=[group])

    return make


AIMED: dict[str, Aimed] = {
    "Follow": aimed("Follow"),
    "Join": aimed("Join"),
    "Leave": aimed("Leave"),
    "Undo Follow": takes_back("Follow"),
    "Undo Join": takes_back("Join"),
    "Undo Like": takes_back("Like"),
    "Accept Invite": answers_an_invitation("Accept"),
    "Reject Invite": answers_an_invitation("Reject"),
    "Like": about_post("Like"),
    "Dislike": about_post("Dislike"),
    "EmojiReact": about_post("EmojiReact", content="👍"),
    "Announce": about_post("Announce"),
    "Lock": about_post("Lock"),
    "Delete": about_post("Delete"),
    "Flag": about_post("Flag", content="Signalé"),
    "Create": writes,
    "Create reply": answers,
    "Create in Ana's name": forges("Create"),
    "Update in Ana's name": forges("Update"),
    "Update Group": aimed("Update"),
    "Add featured": within("Add"),
    "Remove featured": within("Remove"),
    "Add member": joins_by_force,
    "Block": throws_out,
}


@pytest.fixture
async def doors(world: World) -> Doors:
    found = await open_doors(world)
    await found.community("invitation")
    await found.life()
    return found


async def _rows(doors: Doors) -> list[int]:
    found = []
    for site in (doors.a, doors.b):
        async with site.entered():
            found += [await model.all().count() for model in ROWS]
    return found


async def _answered(doors: Doors, eve: Stranger, activity: Json, inbox: str) -> tuple[int, bytes, list[str], int]:
    """What the sender sees: the answer, what comes back, how often somebody comes to fetch."""
    before, asked = len(eve.server.received), len(eve.server.gets)
    answer = await eve.delivers(activity, inbox)
    await doors.world.settle()
    back = [item.type for item in eve.server.received[before:]]
    return answer.status, answer.body, back, len(eve.server.gets) - asked


@pytest.mark.parametrize("inbox", ["/inbox", "/c/{name}/inbox"])
@pytest.mark.parametrize("as_group", [False, True], ids=["person", "group"])
async def test_a_delivery_is_answered_as_if_there_were_nothing(
    doors: Doors, inbox: str, as_group: bool
) -> None:  # D40, D41, H04, H11, H27
    evil = await doors.world.server("evil.example", LEMMY)
    eve = evil.group("trap") if as_group else evil.person("eve")
    await eve.delivers(eve.activity("Follow", f"{A}/u/nobody"), f"{A}/inbox")  # so that its key is known
    await doors.world.settle()
    rows, places = await _rows(doors), await doors.places(doors.a)
    told = []
    for name, make in AIMED.items():
        seen = []
        for real in (True, False):
            at = places if real else {key: twin(value) for key, value in places.items()}
            activity = make(eve, f"{A}/c/{at['bare']}", f"{A}/p/{at['root']}")
            seen.append(await _answered(doors, eve, activity, A + inbox.format(name=at["bare"])))
        if seen[0] != seen[1]:
            told.append(f"{name}: {seen[0]} / {seen[1]}")
    assert not told, "\n".join(told)
    assert await _rows(doors) == rows
