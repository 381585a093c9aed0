"""Apps that listen: by server-sent events and on a WebSocket, as Mastodon's do; what they hear, and what ends it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts.models import Account
from fedcop.apps import tokens
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core import clock
from fedcop.core.signals import Signal
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.discussions.polls import service as polls
from fedcop.discussions.polls.asking import Asked
from fedcop.filters import service as filters
from fedcop.filters.service import WordGiven
from fedcop.media import service as files
from fedcop.timelines import live
from tests.rig.apps import Phone
from tests.rig.people import make_member
from tests.rig.queries import counted
from tests.rig.samples import picture
from tests.web.mastodon.conftest import Connect
from tests.web.pages.test_media import pieces
from web.mastodon import hub as hubs
from web.mastodon.entities.status import turn
from web.mastodon.hub import HUB, Connection, Hub, Most, Said

HERE = "/api/v1/streaming"


@dataclass
class Ear:
    """One stream, read event by event."""

    answer: ClientResponse

    async def next(self) -> tuple[str, Any]:
        async with asyncio.timeout(5):
            event = ""
            while True:
                line = (await self.answer.content.readline()).decode().rstrip("\n")
                if not line and self.answer.content.at_eof():
                    return "end", None
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    return event, json.loads(line.removeprefix("data: "))


async def listen(phone: Phone, path: str) -> Ear:
    answer = await phone.client.get(f"{HERE}/{path}", headers={"Authorization": f"Bearer {phone.token}"})
    assert answer.status == 200, answer.status
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and answer.headers["X-Accel-Buffering"] == "no"
    assert await answer.content.readline() == b":)\n"
    return Ear(answer)


async def frame(socket: ClientWebSocketResponse) -> tuple[list[str], str, Any]:
    async with asyncio.timeout(5):
        message = await socket.receive()
    if message.type is not WSMsgType.TEXT:
        return [], "end", message.data
    said = json.loads(message.data)
    if "error" in said:
        return [], "error", said["status"]
    payload = json.loads(said["payload"])
    return said["stream"], said["event"], payload


@dataclass
class Village:
    lea: Account
    tom: Account
    nic: Account
    open: Community
    shut: Community

    async def write(self, community: Community, title: str, **more: Any) -> Post:
        more.setdefault("source", "Le #lin.")
        return await service.write(self.lea.actor, community, kind="tip", title=title, **more)


@pytest.fixture
async def village(site: Site) -> Village:
    lea, tom, nic = [await make_member(name, language="en-CA") for name in ("lea", "tom", "nic")]
    fruit = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    shut = await communities.found(
        lea.actor, title="Clos", name="clos", purpose="Nous", visibility="private", join_policy="request"
    )
    await communities.join(tom.actor, fruit)
    await communities.invite(lea.actor, shut, tom.actor)
    await communities.accept_invitation(tom.actor, shut)
    return Village(lea, tom, nic, fruit, shut)


@pytest.fixture
async def hub(server: TestServer) -> Hub:
    return server.app[HUB]


async def test_what_is_heard_and_what_ends_it(village: Village, connect: Connect, site: Site, hub: Hub) -> None:  # H20
    phone, other = await connect(village.tom), await connect(village.nic)
    home, tagged = await listen(phone, "user"), await listen(other, "hashtag?tag=Lin")
    place = await listen(phone, f"list?list={village.shut.actor_id}")
    # What not everybody may read reaches those inside alone, its files with a pass of this very app.
    image = await files.accept(village.lea.actor, "fleur.jpg", pieces(picture()), description="Une fleur")
    hidden = await village.write(village.shut, "Secret", media=[image.id])
    shown = await village.write(village.open, "Ouvert")
    event, boost = await home.next()
    assert (event, boost["id"], boost["reblog"]["content"][:30]) == (
        "update",
        str(turn(hidden.id)),
        "<p><strong>Secret</strong></p>",
    )
    assert boost["account"]["acct"] == "clos" and boost == (await phone.get("/api/v1/timelines/home")).json[1]
    assert f"to={village.tom.actor_id}" in boost["reblog"]["media_attachments"][0]["url"]
    assert (await home.next())[1] == (await phone.get("/api/v1/timelines/home")).json[0]
    assert await place.next() == ("update", boost["reblog"])
    assert await tagged.next() == ("update", (await other.get(f"/api/v1/statuses/{shown.id}")).json)
    # Apps hear that filters changed, and of each post which ones match it, for this person alone.
    sieve = await filters.make(village.tom, title="Lin", contexts=["home"], given=[WordGiven("bleu")])
    assert await home.next() == ("filters_changed", {})
    await service.edit(village.lea.actor, shown, source="Le #lin bleu.")
    assert [one["keyword_matches"] for one in (await home.next())[1]["filtered"]] == [["bleu"]]
    assert (await tagged.next())[1]["filtered"] == []
    await filters.delete(village.tom, sieve.id)
    assert (await home.next())[0] == "filters_changed"
    # What one did oneself to a post stays on it when it changes.
    await service.react(village.tom.actor, shown, "thanks")
    await phone.post(f"/api/v1/statuses/{shown.id}/bookmark")
    await service.edit(village.lea.actor, shown, source="Le #lin bleu.")
    event, status = await home.next()
    assert event == "status.update" and status["favourited"] and status["bookmarked"]
    assert status == (await phone.get(f"/api/v1/statuses/{shown.id}")).json
    assert not (await tagged.next())[1]["favourited"]
    await service.delete(village.lea.actor, shown)
    assert [await home.next(), await home.next()] == [("delete", turn(shown.id)), ("delete", shown.id)]
    assert await tagged.next() == ("delete", shown.id)
    # A poll that is over: each sees what they chose.
    asked = await village.write(village.open, "Quand ?", poll=Asked(("Lundi", "Mardi")))
    assert not (await home.next())[1]["reblog"]["poll"]["voted"] and await tagged.next()
    await polls.vote(village.tom.actor, asked, [1])
    await polls.close(village.lea.actor, asked)
    ended = [(await ear.next())[1]["poll"] for ear in (home, tagged)]
    assert [(poll["expired"], poll["own_votes"]) for poll in ended] == [(True, [1]), (True, [])]
    await site.runner.settle()
    assert (await home.next())[1]["type"] == "poll"
    # Who left hears no more of it; what one is told comes at once.
    await communities.leave(village.tom.actor, village.shut)
    await village.write(village.shut, "Après lui")
    await village.write(village.open, "Pour @tom", source="Que dit @tom ?")
    await site.runner.settle()
    assert "Pour @tom" in (await home.next())[1]["content"]
    event, note = await home.next()
    assert (event, note["type"]) == ("notification", "mention")
    assert note == (await phone.get("/api/v1/notifications")).json[0]
    # A token that ends, and an account that is shut, end what they opened.
    await tokens.give_back(phone.token)
    assert [await home.next(), await place.next()] == [("end", None)] * 2
    await Account.filter(id=village.nic.id).update(suspended_at=clock.now())
    await village.write(village.open, "Fin")
    assert await tagged.next() == ("end", None)
    assert not hub.connections


async def test_one_socket_for_many_streams(village: Village, connect: Connect, client: TestClient, site: Site) -> None:
    phone = await connect(village.tom)
    socket = await client.ws_connect(f"{HERE}?stream=user", protocols=[phone.token])  # as in browsers
    assert socket.protocol == phone.token
    say = socket.send_json
    for asked, status in (
        ({"stream": "hashtag"}, 400), ({"stream": "list"}, 400), ({"stream": "list", "list": "1"}, 404), ({"stream": "x"}, 400),
    ):  # fmt: skip
        await say({"type": "subscribe", **asked})
        assert await frame(socket) == ([], "error", status)
    await socket.send_str("no json")
    await say({"type": "subscribe", "stream": "hashtag", "tag": "Lin"})
    await say({"type": "subscribe", "stream": "list", "list": str(village.open.actor_id)})
    await say({"type": "subscribe", "stream": "public:remote"})
    await say({"type": "subscribe", "stream": "public:local"})
    await say({"type": "unsubscribe", "stream": "public:local"})
    await say({"type": "subscribe", "stream": "list", "list": "1"})
    assert (await frame(socket))[1] == "error"  # all before it was heard too
    post = await village.write(village.open, "Ouvert")
    heard = {tuple(stream): (event, said["id"]) for stream, event, said in [await frame(socket) for _ in range(3)]}
    assert heard == {
        ("user",): ("update", str(turn(post.id))),
        ("hashtag", "Lin"): ("update", str(post.id)),
        ("list", str(village.open.actor_id)): ("update", str(post.id)),
    }
    narrow = await connect(village.tom, "read:notifications")
    thin = await client.ws_connect(f"{HERE}?access_token={narrow.token}&stream=user")
    assert await frame(thin) == ([], "error", 401)
    await thin.send_json({"type": "subscribe", "stream": "user:notification"})
    await service.reply(village.tom.actor, post, source="Moi.")
    await thin.send_json({"type": "subscribe", "stream": "nothing"})
    assert await frame(thin) == ([], "error", 400)
    answer = await Post.filter(parent_id=post.id).first()
    assert answer is not None
    await service.reply(village.lea.actor, answer, source="Merci.")
    await site.runner.settle()
    stream, event, note = await frame(thin)
    assert (stream, event, note["type"]) == (["user:notification"], "notification", "mention")
    assert (await frame(socket))[1] == "notification"
    await tokens.give_back(phone.token)
    assert await frame(socket) == ([], "end", 1008)
    await thin.close()
    for refused in (f"{HERE}?access_token=dead", HERE):
        with pytest.raises(WSServerHandshakeError, match="401"):
            await client.ws_connect(refused)


async def test_many_cost_as_few_statements_as_one(village: Village, connect: Connect, hub: Hub) -> None:
    phones = [await connect(one) for one in (village.tom, village.nic, village.lea)]
    listened = ("public", "public/local", "user", "hashtag?tag=lin")
    ears = [await listen(phone, path) for phone in phones for path in listened]
    for place, most in ((village.open, 10), (village.shut, 11)):
        post = await village.write(place, "Ouvert", audience="" if place is village.open else "community")
        await ears[2].next()
        with counted() as statements:
            await hub._tell(Signal(live.EDITED, (post.id,)))
        statements.at_most(most)
        assert (await ears[2].next())[0] == "status.update"


async def test_who_is_too_slow_or_too_many_is_let_go(
    village: Village, connect: Connect, client: TestClient, hub: Hub
) -> None:
    hub.most = Most(person=2, machine=3, all=10)
    phone, other = await connect(village.tom), await connect(village.nic)
    lost, *ears = [await listen(phone, path) for path in ("direct", "user", "public")]
    assert await lost.next() == ("end", None)  # one too many of this person
    ears.append(await listen(other, "public"))
    assert (await other.get(f"{HERE}/user")).status == 429  # of this machine
    ears[0].answer.close()
    for _ in range(3):
        await village.write(village.open, "Ouvert")
    for _ in range(3):
        await ears[2].next()
    assert len(hub.connections) == 2  # who hung up is gone with the next word
    slow = Connection(account_id=1, actor_id=1, token_id=1, scopes=(), language="fr-CA", machine="::1")
    for _ in range(hubs.WAITING + 1):
        slow.push(Said(("user",), "delete", "1"))
    assert slow.code == hubs.TOO_SLOW and not slow.waiting
    # When the process stops, all hear the end at once.
    socket = await client.ws_connect(f"{HERE}?stream=user&access_token={(await connect(village.lea)).token}")
    await hub.close()
    assert await frame(socket) == ([], "end", 1001)
    await ears[1].next()
