"""What apps read of communities: home, lists, threads, files. The same as on the pages, for the same person."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestClient
from yarl import URL

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.apps import tokens
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.ids import new_id
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.discussions.service import moderate
from fedcop.media import service as files
from fedcop.timelines import streams
from tests.rig.apps import Phone
from tests.rig.clock import StandingClock
from tests.rig.golden import Golden
from tests.rig.people import make_member
from tests.rig.queries import counted
from tests.rig.samples import picture
from tests.web.mastodon.conftest import Connect
from tests.web.pages.test_media import pieces
from web.mastodon.entities.status import turn

HOME = "/api/v1/timelines/home"


@dataclass
class Village:
    """Léa leads a public community and a private one; Tom belongs to both, Nic to none."""

    lea: Account
    tom: Account
    nic: Account
    open: Community
    shut: Community

    async def write(self, community: Community, title: str, by: Account | None = None, **more: object) -> Post:
        author = (by or self.lea).actor
        return await service.write(author, community, kind="tip", title=title, source=str(more.pop("source", "Oui.")), **more)  # type: ignore[arg-type]  # fmt: skip


@pytest.fixture
async def village(site: Site) -> Village:
    lea, tom, nic = [await make_member(name, language="en-CA") for name in ("lea", "tom", "nic")]
    fruit = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    shut = await communities.found(
        lea.actor, title="Verger clos", name="clos", purpose="Entre nous", visibility="private", join_policy="request"
    )
    await communities.join(tom.actor, fruit)
    await communities.invite(lea.actor, shut, tom.actor)
    await communities.accept_invitation(tom.actor, shut)
    return Village(lea, tom, nic, fruit, shut)


async def test_an_answer_to_what_is_gone_stands_below_what_is_there(village: Village, connect: Connect) -> None:
    phone, root = await connect(village.tom), await village.write(village.open, "Lin")
    first = await service.reply(village.lea.actor, root, source="Oui")
    second = await service.reply(village.tom.actor, first, source="Non")

    async def below() -> object:
        told = (await phone.get(f"/api/v1/statuses/{second.id}")).json
        return told["in_reply_to_id"]

    assert await below() == str(first.id)
    await moderate.remove(village.lea.actor, first, "Hors sujet")
    assert await below() == str(root.id)
    await service.delete(village.lea.actor, root)
    assert await below() is None


@pytest.mark.parametrize("link", ["https://[x", "http://\u2100.example/", "https://a.example:x/"])
async def test_a_link_that_no_browser_opens_breaks_no_list(
    village: Village, connect: Connect, link: str
) -> None:  # G21
    """As it came before such links were refused."""
    phone, root = await connect(village.tom), await village.write(village.open, "Lien")
    await service.reply(village.tom.actor, root, source="Oui")
    said = [{"href": one, "name": "", "media_type": ""} for one in (link, "https://user:pw@lin.example/a")]
    await Post.filter(id=root.id).update(links=said)
    for path in (f"/api/v1/statuses/{root.id}", HOME, "/api/v1/timelines/public", "/api/v1/trends/links"):
        assert (await phone.get(path)).status == 200, path
    card = (await phone.get(f"/api/v1/statuses/{root.id}")).json["card"]
    assert (card["provider_name"], card["provider_url"]) == ("lin.example", "https://lin.example")


async def test_a_thread_as_apps_show_it(
    village: Village, connect: Connect, client: TestClient, golden: Golden, clock: StandingClock
) -> None:
    phone, other, guest = await connect(village.tom), await connect(village.nic), Phone(client)
    image = await files.accept(village.lea.actor, "fleur.jpg", pieces(picture()), description="Une fleur")
    root = await village.write(
        village.shut, "Tailler <tôt>", source="Avec @tom, en #hiver.", media=[image.id], warning="Sécateurs",
        links=[{"href": "https://lin.example/a", "name": "Le lin", "media_type": ""}], language="fr",
    )  # fmt: skip
    clock.advance(60)
    first = await service.reply(village.tom.actor, root, source="Pourquoi ?")
    clock.advance(60)
    second = await service.reply(village.lea.actor, first, source="Parce que.")
    third = await service.reply(village.tom.actor, second, source="Ah.")
    aside = await service.reply(village.tom.actor, root, source="Et l'été ?")
    await service.react(village.tom.actor, root, "thanks")
    await service.delete(village.lea.actor, second)
    path = f"/api/v1/statuses/{root.id}"
    seen = await phone.get(path)
    [shown] = seen.json["media_attachments"]
    golden("mastodon/status", {**seen.json, "media_attachments": []})  # addresses of files are not to be guessed
    golden("mastodon/media", {**shown, "url": "", "preview_url": "", "blurhash": ""})  # decoders differ in a bit
    [boost] = (await phone.get(HOME)).json
    assert boost["reblog"] == seen.json
    golden("mastodon/boost", {**boost, "reblog": {}, "media_attachments": []})
    golden("mastodon/account_community", (await phone.get(f"/api/v1/accounts/{village.shut.actor_id}")).json)
    golden("mastodon/list", (await phone.get("/api/v1/lists")).json)
    context = (await phone.get(f"{path}/context")).json
    below = [(one["id"], one["in_reply_to_id"]) for one in context["descendants"]]
    assert below == [(str(first.id), str(root.id)), (str(third.id), str(first.id)), (str(aside.id), str(root.id))]
    alone = (await phone.get(f"/api/v1/statuses/{third.id}")).json  # apps ask for what it answers
    assert (alone["in_reply_to_id"], alone["in_reply_to_account_id"]) == (str(root.id), str(village.lea.actor_id))
    context = (await phone.get(f"/api/v1/statuses/{third.id}/context")).json
    assert [one["id"] for one in context["ancestors"]] == [str(root.id), str(first.id)]
    assert (await phone.get(f"/api/v1/statuses/{turn(root.id)}")).json["id"] == str(root.id)  # of its boost
    # Who is not inside learns nothing, by any door.
    for who in (other, guest):
        for where in (
            path,
            f"{path}/context",
            f"{path}/history",
            f"/api/v1/statuses/{third.id}",
            path + "/favourited_by",
        ):
            assert (await who.get(where)).status == 404, where
        assert (await who.get(f"/api/v1/statuses?id[]={root.id}&id[]={first.id}")).json == []
        assert (await who.get(f"/api/v1/accounts/{village.shut.actor_id}/statuses")).json == []
        assert (await who.get(f"/api/v1/accounts/{village.tom.actor_id}/statuses")).json == []
        assert (await who.get("/api/v1/timelines/tag/hiver")).json == []
    assert (await guest.get(f"/api/oembed?url=https://atelier.example/p/{root.id}")).status == 404
    assert (await other.get(f"/api/v1/timelines/list/{village.shut.actor_id}")).status == 404
    account = (
        await other.get("/api/v1/accounts/lookup?acct=CLOS")
    ).json  # that it exists is no secret: one may ask to join
    assert (account["group"], account["locked"], account["statuses_count"]) == (True, True, 0)
    assert [one["id"] for one in (await phone.get("/api/v1/timelines/tag/Hiver")).json] == [str(root.id)]
    # A file comes without a token, by a pass: for whom it was made, as long as they may have it.
    where = urlsplit(shown["url"])
    assert "key=" in where.query
    answer = await guest.get(f"{where.path}?{where.query}")
    assert (answer.status, answer.headers["Cross-Origin-Resource-Policy"]) == (200, "cross-origin")
    assert (await guest.get(where.path)).status == 404
    assert (await guest.get(f"{where.path}?{where.query.replace(str(village.tom.actor_id), str(village.lea.actor_id))}")).status == 404  # fmt: skip
    again = await connect(village.tom)
    [shown] = (await again.get(path)).json["media_attachments"]
    await tokens.give_back(phone.token)
    assert (await guest.get(f"{where.path}?{where.query}")).status == 404  # it ends with the token that it was made for
    where = urlsplit(shown["url"])
    assert (await guest.get(f"{where.path}?{where.query}")).status == 200
    await communities.leave(village.tom.actor, village.shut)
    assert (await guest.get(f"{where.path}?{where.query}")).status == 404
    assert (await again.get(path)).status == 404


async def test_pages_have_no_gap_and_no_double(
    village: Village, connect: Connect, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Home finds a page among the last threads of all, or, where it is not full, asks each community: here in turns.
    monkeypatch.setattr(streams, "FEW", 0)
    monkeypatch.setattr(streams, "LATELY", 5)
    phone, ids = await connect(village.tom), []
    for number in range(9):
        clock.advance(milliseconds=number % 2)  # two at the same moment are told apart
        place = village.open if number % 3 else village.shut
        ids.append((await village.write(place, f"Fil {number}")).id)
    for path, marks in (
        (HOME, [turn(number) for number in ids]),
        ("/api/v1/timelines/public", [number for place, number in enumerate(ids) if place % 3]),
        (f"/api/v1/timelines/list/{village.open.actor_id}", [number for place, number in enumerate(ids) if place % 3]),
        (f"/api/v1/accounts/{village.open.actor_id}/statuses", [turn(n) for place, n in enumerate(ids) if place % 3]),
        (f"/api/v1/accounts/{village.lea.actor_id}/statuses", ids),
    ):
        found, answer = [], await phone.get(f"{path}?limit=4")
        newest = answer.json[0]["id"]
        while answer.json:
            found += [int(one["id"]) for one in answer.json]
            following, before = answer.headers["Link"].split(", ")
            assert following.endswith('rel="next"') and before.endswith('rel="prev"') and "limit=4" in following
            answer = await phone.get(following.partition(">")[0].removeprefix("<https://atelier.example"))
        assert found == sorted(marks, reverse=True), path
        up, at = [], 0
        while page := (await phone.get(f"{path}?limit=4&min_id={at}")).json:
            up += [int(one["id"]) for one in reversed(page)]
            at = up[-1]
        assert up == sorted(marks), path
        assert [int(one["id"]) for one in (await phone.get(f"{path}?since_id={marks[0]}")).json] == found[:-1]
        fresh = await village.write(village.open, "Nouveau")
        assert len((await phone.get(f"{path}?min_id={newest}")).json) == 1
        await service.delete(village.lea.actor, fresh)
    assert (await phone.get(f"{HOME}?limit=0&max_id=x&local=1")).status == 200


@pytest.mark.once
async def test_five_hundred_are_paged_while_new_ones_arrive(
    village: Village, connect: Connect, clock: StandingClock
) -> None:
    phone, model = await connect(village.tom), await village.write(village.open, "Fil")
    columns = {name: getattr(model, name) for name in Post._meta.fields_db_projection}

    def another(milliseconds: int = 1) -> Post:
        clock.advance(milliseconds=milliseconds)
        number = new_id()
        return Post(**(columns | {"id": number, "root_id": number, "uri": f"https://atelier.example/p/{number}"}))

    rows = [model, *(another(place % 2) for place in range(499))]
    await Post.bulk_create(rows[1:])
    down, up = ("", 0), ("&min_id=0", 1)
    for path, mark, ways in (
        (HOME, turn, (down, up)),
        (f"/api/v1/timelines/list/{village.open.actor_id}", int, (down,)),
    ):
        known = [mark(row.id) for row in rows]
        for way, following in ways:
            found, late = [], []
            answer = await phone.get(f"{path}?limit=40{way}")
            newest = answer.json[0]["id"]
            while answer.json:
                found += [int(one["id"]) for one in (answer.json[::-1] if following else answer.json)]
                if len(late) < 9:
                    rows.append(another())
                    await rows[-1].save(force_create=True)
                    late.append(mark(rows[-1].id))
                link = answer.headers["Link"].split(", ")[following]
                answer = await phone.get(link.partition(">")[0].removeprefix("<https://atelier.example"))
            assert found == (known + late if following else known[::-1]), (path, way)
            if not following:  # what came meanwhile is all there, by both ways that apps ask for it
                for sign in ("since_id", "min_id"):
                    fresh = (await phone.get(f"{path}?limit=40&{sign}={newest}")).json
                    assert [int(one["id"]) for one in fresh] == late[::-1], (path, sign)
            known = [mark(row.id) for row in rows]


async def test_timelines_cost_ten_statements_at_most(village: Village, connect: Connect, clock: StandingClock) -> None:
    phone = await connect(village.tom)
    paths = (
        HOME,
        "/api/v1/timelines/public",
        f"/api/v1/timelines/list/{village.open.actor_id}",
        "/api/v1/timelines/tag/gel",
    )
    costs = []
    for number in (1, 12):
        for _ in range(number):
            clock.advance(1)
            image = await files.accept(village.lea.actor, "fleur.jpg", pieces(picture()))
            await village.write(village.shut, "Clos", source="Du #gel, @tom", media=[image.id])
            await village.write(village.open, "Ouvert", by=village.tom, source="Du #gel, @lea")
        for path in paths:
            await phone.get(path)
            with counted() as statements:
                assert (await phone.get(f"{path}?limit=40")).status == 200
            statements.at_most(10)
            costs.append((path, len(statements)))
    assert costs[:4] == costs[4:]


async def test_people_and_communities_are_found(village: Village, connect: Connect, site: Site) -> None:
    phone, lea = await connect(village.nic), village.lea.actor
    await village.write(village.open, "Tailler les pruniers", source="En #hiver.")
    await village.write(village.shut, "Pruniers secrets", source="En #hiver.")
    await site.runner.settle()
    both = [village.open.actor_id, lea.id]
    query = "&".join(f"id[]={number}" for number in (lea.id, 1, village.open.actor_id))
    ties = (await phone.get(f"/api/v1/accounts/relationships?{query}")).json
    assert [(tie["id"], tie["following"]) for tie in ties] == [(str(lea.id), False), (str(both[0]), False)]
    tom = await connect(village.tom)
    [tie] = (await tom.get(f"/api/v1/accounts/relationships?id={both[0]}")).json
    assert tie["following"] and tie["showing_reblogs"] and None not in (tie["note"], tie["blocked_by"])
    crooked = await phone.ask("GET", URL("/api/v1/timelines/tag/hiver%0d%0a", encoded=True))
    assert crooked.status == 200 and "tag/hiver%0D%0A?" in crooked.headers["Link"]
    found = (await phone.get("/api/v2/search?q=pruniers")).json
    assert [len(found[name]) for name in ("accounts", "statuses", "hashtags")] == [0, 1, 0]
    found = (await phone.get("/api/v1/search?q=fruitiers")).json
    assert [one["acct"] for one in found["accounts"]] == ["fruitiers"]
    found = (await phone.get("/api/v2/search?q=%23Hiver&type=hashtags")).json
    assert [one["name"] for one in found["hashtags"]] == ["hiver"] and found["accounts"] == []
    for text in (lea.uri, "@lea@atelier.example", "lea"):
        found = (await phone.get(f"/api/v2/search?q={text}&resolve=true")).json
        assert [one["acct"] for one in found["accounts"]] == ["lea"], text
    root = await Post.get(title="Pruniers secrets")
    assert (await phone.get(f"/api/v2/search?q={root.uri}")).json["statuses"] == []
    assert [one["id"] for one in (await tom.get(f"/api/v2/search?q={root.uri}")).json["statuses"]] == [str(root.id)]
    hidden = await communities.found(
        lea, title="Caché", name="cache", purpose="Rien", visibility="private", join_policy="invitation"
    )
    for who in (phone, await connect(None)):
        for path in (f"/api/v1/accounts/{hidden.actor_id}", "/api/v1/accounts/lookup?acct=cache", "/api/v1/accounts/1"):
            assert (await who.get(path)).status == 404
    assert (await phone.get(f"/api/v1/accounts?id[]={hidden.actor_id}")).json == []
    assert (await phone.get("/api/v2/search?q=cache")).json["accounts"] == []
    await Actor.filter(id=village.open.actor_id).update(suspended_at=village.open.created_at)
    assert (await phone.get(f"/api/v1/accounts?id[]={village.open.actor_id}")).json == []
    await Actor.filter(id=lea.id).update(gone_at=village.open.created_at)
    assert (await phone.get(f"/api/v1/accounts/{lea.id}")).status == 404
