"""Signed in as a community: every route with such a token, each act of those in charge, and the end of it with their role."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

from aiohttp.test_utils import TestClient

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.apps import exporting, scopes, tokens
from fedcop.apps.models import AppToken
from fedcop.communities import queries
from fedcop.communities import service as communities
from fedcop.communities.models import Ban, Community, Membership, ModerationAct
from fedcop.communities.roles import COMMITTEE, DUTIES, MEMBER, SEATS, Act, may
from fedcop.core import clock as clocks
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.peers import servers
from fedcop.media import service as files
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from fedcop.reports import service as reports
from fedcop.reports.models import Report
from tests.rig.apps import Phone
from tests.rig.browser import Browser
from tests.rig.people import make_member, make_stranger
from tests.rig.samples import picture
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_connecting import OOB, door, redeem, register
from tests.web.mastodon.test_reading import Village, village
from tests.web.mastodon.test_rights import BLANK, README, TABLE
from tests.web.pages.test_media import pieces
from web.mastodon.entities.status import turn
from web.shared.routing import Asks, RouteDef, for_communities, taken_by_community

__all__ = ["village"]
ALL = " ".join(scopes.KNOWN)
REFUSED = {"error": "This application is signed in as a community, which does not do this. Sign in as yourself."}


def asks_for_a_token(route: RouteDef) -> bool:
    return bool(route.scopes) or route.asks is not Asks.NOBODY


async def test_a_route_that_does_not_say_so_refuses_communities(village: Village, connect: Connect) -> None:  # I15
    """The table, walked: what does not say that it takes such a token is a refusal, and nothing of the person's changed by any of it."""
    phone = await connect(village.lea, ALL, village.shut)
    before = await told_of(village.lea)
    wrong, refused = [], 0
    for route in TABLE:
        if not asks_for_a_token(route):
            continue
        path = BLANK.sub(lambda blank: blank[2].partition("|")[0] if blank[2] else "1", route.path)
        answer = await phone.ask(route.method, f"{path}?lang=en")
        is_refused = (answer.status, answer.json) == (403, REFUSED)
        refused += is_refused
        if is_refused is not (taken_by_community(route) is None) or answer.status >= 500 or answer.status == 401:
            wrong.append((route.method, path, answer.status, answer.json))
    assert not wrong, "\n".join(map(str, wrong))
    assert refused > 80 and await told_of(village.lea) == before


async def told_of(account: Account) -> list[object]:
    """All that an app could have changed of somebody."""
    actor = await Actor.get(id=account.actor_id)
    fresh = await Account.get(id=account.id)
    counts = [
        await model.all().count() for model in (Post, Ban, Membership, Notification, ModerationAct, Report, AppToken)
    ]
    return [actor.display_name, actor.summary, actor.links, fresh.preferences, *counts]


def test_what_answers_communities_is_in_the_table_and_in_the_papers() -> None:
    known = {(route.method, route.path): route for route in TABLE}
    own = set(for_communities())
    assert own <= set(known) and not [key for key in own if known[key].communities]
    section = README.read_text("utf-8").partition("## Signed in as a community")[2].partition("\n## ")[0]
    said = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]+)`", section.replace("\\|", "|")))
    taken = {f"{route.method} {route.path}" for route in TABLE if asks_for_a_token(route) and taken_by_community(route)}
    assert said == taken


async def test_the_community_is_who_is_signed_in(village: Village, connect: Connect, site: Site) -> None:  # I15
    """What the person has of their own is nowhere; what is the community's is there."""
    lea = village.lea.actor
    root = await village.write(village.shut, "Greffer", source="En mars.")
    other = await village.write(village.open, "Ailleurs")
    hidden = await communities.found(
        lea, title="Caché", name="cache", purpose="Rien", visibility="private", join_policy="invitation"
    )
    secret = await village.write(hidden, "Secret", source="Rien #rien")
    await discussions.react(lea, root, "thanks")
    own = await connect(village.lea)
    words = {"title": "Mars", "context[]": "home", "keywords_attributes[0][keyword]": "mars"}
    assert (await own.post("/api/v2/filters", words)).status == 200
    await own.post(f"/api/v1/statuses/{root.id}/bookmark")
    await own.post("/api/v1/markers", {"home[last_read_id]": "5"})
    phone = await connect(village.lea, ALL, village.shut)
    me = (await phone.get("/api/v1/accounts/verify_credentials")).json
    assert (me["id"], me["acct"], me["group"], me["locked"]) == (str(village.shut.actor_id), "clos", True, True)
    assert (me["source"]["note"], me["source"]["follow_requests_count"], me["statuses_count"]) == ("Entre nous", 0, 1)
    assert me["role"]["permissions"] == str(1 << 4)
    [boost] = (await phone.get("/api/v1/timelines/home")).json
    assert (boost["account"]["id"], boost["reblog"]["id"]) == (me["id"], str(root.id))
    assert boost["account"]["statuses_count"] == 1  # inside
    shown = (await phone.get(f"/api/v1/statuses/{turn(root.id)}")).json
    assert (shown["favourited"], shown["bookmarked"], shown["favourites_count"]) == (False, False, 1)
    assert shown["filtered"] == []
    for path in (f"/api/v1/statuses/{secret.id}", f"/api/v1/accounts/{hidden.actor_id}"):
        assert (await own.get(path)).status == 200 and (await phone.get(path)).status == 404
    assert (await phone.get("/api/v1/timelines/tag/rien")).json == []
    assert (await phone.get("/api/v2/search?q=rien")).json == {"accounts": [], "statuses": [], "hashtags": []}
    assert [one["id"] for one in (await phone.get("/api/v2/search?q=greffer")).json["statuses"]] in ([], [str(root.id)])
    assert (await phone.get(f"/api/v1/statuses/{other.id}")).status == 200  # it is public
    marks = (await phone.get("/api/v1/markers?timeline[]=home&timeline[]=notifications")).json
    assert (marks["home"]["last_read_id"], marks["notifications"]["version"]) == ("0", 0)
    for version in (1, 2):
        moved = (await phone.post("/api/v1/markers", {"home[last_read_id]": str(root.id)})).json
        assert (moved["home"]["last_read_id"], moved["home"]["version"]) == (str(root.id), version)
    assert (await own.get("/api/v1/markers?timeline[]=home")).json["home"]["last_read_id"] == "5"
    # A community that nobody outside may know of knows of itself.
    hid = await connect(village.lea, ALL, hidden)
    assert (await hid.get(f"/api/v1/accounts/{hidden.actor_id}")).json["acct"] == "cache"
    assert [one["reblog"]["id"] for one in (await hid.get("/api/v1/timelines/home")).json] == [str(secret.id)]
    assert (await hid.get(f"/api/v1/statuses/{root.id}")).status == 404


async def test_what_all_of_the_organisation_read_elsewhere_is_not_the_communitys(
    village: Village, connect: Connect
) -> None:  # I15
    """An account of this server reads it; a community is none, and has of it what is said in itself."""
    aside = await communities.found(
        village.lea.actor, title="Prés", name="pres", purpose="Faucher", visibility="private", join_policy="request"
    )
    phone, nic = await connect(village.lea, ALL, village.shut), await connect(village.nic)
    for audience in ("organisation", "allies"):
        there = await village.write(aside, "Foin", source="Le #regain.", audience=audience)
        here = await village.write(village.shut, "Greffe", source="Le #regain.", audience=audience)
        path = f"/api/v1/statuses/{there.id}"
        assert (await nic.get(path)).status == 200
        assert (await phone.get(path)).status == 404
        assert (await phone.get(f"/api/v1/statuses/{here.id}")).status == 200
        tagged = [one["id"] for one in (await phone.get("/api/v1/timelines/tag/regain")).json]
        assert str(here.id) in tagged and str(there.id) not in tagged
    assert (await phone.get(f"/api/v1/accounts/{aside.actor_id}/statuses")).json == []


async def test_what_limited_servers_say_in_it_is_there_for_the_community(village: Village, connect: Connect) -> None:
    """Its members have it, and so does who looks after it; elsewhere it stands back for the community as for anybody."""
    gus = await make_stranger("gus", "sable.example")
    here, there = await village.write(village.open, "Tailler"), await village.write(village.shut, "Greffer")
    public = await communities.found(village.lea.actor, title="Prés", name="pres", purpose="Faucher")
    aside = await village.write(public, "Faucher")
    await Post.filter(id__in=[here.id, there.id, aside.id]).update(author_id=gus.id)
    await servers.set_policy("sable.example", "limited")
    for community, post in ((village.open, here), (village.shut, there)):
        phone = await connect(village.lea, acts_as=community)
        assert [one["reblog"]["id"] for one in (await phone.get("/api/v1/timelines/home")).json] == [str(post.id)]
        own = (await phone.get("/api/v1/timelines/public")).json
        assert [one["id"] for one in own] == ([str(post.id)] if community is village.open else [])


START = (
    "instance preferences timelines/home notifications?limit=1 follow_requests announcements lists followed_tags"
    " custom_emojis markers?timeline[]=home filters conversations scheduled_statuses mutes blocks bookmarks favourites domain_blocks"
    " notifications/unread_count notifications/policy notifications/requests suggestions trends/tags trends/statuses apps/verify_credentials"
    " timelines/public directory featured_tags endorsements"
)


async def test_apps_start(village: Village, connect: Connect) -> None:
    """What Phanpy, Tusky and Elk ask for first, none of it an error; the sockets are refused."""
    phone = await connect(village.lea, acts_as=village.open)
    paths = [f"/api/v1/{path}" for path in START.split()]
    paths += ["/api/v2/filters", "/api/v2/notifications", "/api/v2/notifications/policy", "/api/v2/suggestions", "/api/v2/instance"]  # fmt: skip
    wrong = {path: status for path in paths if (status := (await phone.get(path)).status) != 200}
    assert not wrong
    answer = await phone.get("/api/v1/push/subscription")
    assert (answer.status, answer.json) == (404, {"error": "Record not found"})
    assert (await phone.get("/api/v1/streaming/user")).status == 403
    assert (await phone.get("/api/v1/streaming", Upgrade="websocket", Connection="Upgrade")).status == 403


async def seat_at(village: Village, who: Actor, seat: str) -> None:
    """Make somebody a member of the private community, with one seat of the table."""
    await communities.invite(village.lea.actor, village.shut, who)
    await communities.accept_invitation(who, village.shut)
    if seat != MEMBER:
        role, duties = (COMMITTEE, [seat]) if seat in DUTIES else (seat, [])
        await communities.appoint(village.lea.actor, village.shut, who, role, duties=duties)


class TestWhoMay:
    async def test_by_the_table(self, village: Village, connect: Connect) -> None:
        """For each seat: the desk, and each act from it, as the table role × act has it."""
        wrong = []
        for seat in SEATS:
            who = await make_member(f"p{list(SEATS).index(seat)}", language="en-CA")
            await seat_at(village, who.actor, seat)
            asks = (await make_member(f"asks_{who.actor.name}")).actor
            await communities.join(asks, village.shut)
            target = (await make_member(f"target_{who.actor.name}")).actor
            await communities.invite(village.lea.actor, village.shut, target)
            await communities.accept_invitation(target, village.shut)
            root = await village.write(village.shut, "Tailler", by=village.tom)
            phone = await connect(who, ALL, village.shut)
            seats = frozenset((seat,))
            speaks = may(seats, Act.SPEAK_FOR)
            tried = (
                (Act.SPEAK_FOR, "GET", "timelines/home", None),
                (Act.SPEAK_FOR, "POST", "statuses", {"status": "Portes ouvertes\n\nSamedi."}),
                (Act.PIN, "POST", f"statuses/{root.id}/pin", None),
                (Act.PIN, "POST", f"statuses/{root.id}/unpin", None),
                (Act.REMOVE_POST, "DELETE", f"statuses/{root.id}", None),
                (Act.ADMIT, "POST", f"follow_requests/{asks.id}/authorize", None),
                (Act.REMOVE_MEMBER, "POST", f"accounts/{asks.id}/remove_from_followers", None),
                (Act.BAN, "POST", f"accounts/{target.id}/block", None),
                (Act.BAN, "POST", f"accounts/{target.id}/unblock", None),
                (Act.DECIDE_REPORTS, "GET", "admin/reports", None),
                (Act.CHANGE, "PATCH", "accounts/update_credentials", {"display_name": "Verger clos"}),
            )
            for act, method, path, form in tried:
                # What the seat before could not do was not done: a member who could not be removed can be.
                status = (await phone.ask(method, f"/api/v1/{path}", form=form)).status
                gone = (
                    act is Act.REMOVE_MEMBER and speaks and not may(seats, Act.ADMIT)
                )  # nobody belongs who was not let in
                right = status == 200 if speaks and (may(seats, act) or gone) else status in (401, 403, 404, 422)
                if not right:
                    wrong.append((seat, method, path, status))
                if not speaks and status != 401:
                    wrong.append((seat, method, path, status))
        assert not wrong, "\n".join(map(str, wrong))

    async def test_the_token_rests_with_the_role(self, village: Village, connect: Connect, site: Site) -> None:  # I15
        """Between two requests: another role, a ban, a suspended account, an archived community; each is a token that has ended."""
        tom, lea = village.tom, village.lea.actor
        fresh = await make_member("zoe")
        place = village.open

        async def appointed() -> Phone:
            await communities.appoint(lea, place, tom.actor, "committee", duties=["moderation"])
            return await connect(tom, ALL, place)

        async def status() -> int:
            answer = await phone.get("/api/v1/timelines/home")
            dead = await Phone(phone.client, "dead").get("/api/v1/timelines/home")
            assert answer.status == 200 or answer.json == dead.json
            return answer.status

        phone = await appointed()
        assert await status() == 200
        await communities.appoint(lea, place, tom.actor, "expert")
        assert await status() == 401
        wrote = await phone.post("/api/v1/statuses", {"status": "Encore\n\nMoi."})
        assert wrote.status == 401 and not await Post.all().count()
        await appointed()
        assert await status() == 200  # the role is what counts, and it is back
        await communities.suspend(lea, place, tom.actor, "Repos.", clocks.now() + timedelta(days=3))
        assert await status() == 401
        await communities.unban(lea, place, tom.actor)
        assert await status() == 200
        await communities.remove_member(lea, place, tom.actor, "Fini.")
        assert await status() == 401
        await communities.join(tom.actor, place)
        assert await status() == 401  # a member, no more
        await appointed()
        for column in ("gone_at", "suspended_at"):
            await Actor.filter(id=place.actor_id).update(**{column: clocks.now()})
            assert await status() == 401
            await Actor.filter(id=place.actor_id).update(**{column: None})
            assert await status() == 200
        await Actor.filter(id=place.actor_id).update(moved_to_uri="https://ailleurs.example/c/fruitiers")
        assert await status() == 401
        await Actor.filter(id=place.actor_id).update(moved_to_uri="")
        await communities.change_stage(lea, place, "archived")
        assert await status() == 401
        await Community.filter(id=place.id).update(closed_at=None)
        assert await status() == 200
        await Account.filter(id=tom.id).update(suspended_at=clocks.now())
        assert await status() == 401
        await Account.filter(id=tom.id).update(suspended_at=None)
        # Of nobody else's community, whatever the number of the account.
        assert (await (await connect(fresh, ALL, place)).get("/api/v1/timelines/home")).status == 401
        made = await tokens.list_of_community(place.actor)
        await Actor.filter(id=place.actor_id).delete()
        assert made and not await AppToken.filter(id__in=[one.id for one in made]).count()

    async def test_two_acts_at_once(self, village: Village, connect: Connect) -> None:
        """Two who answer one request at once, and one who removes what another removes: one act each, and a role that ends meanwhile."""
        await communities.appoint(village.lea.actor, village.shut, village.tom.actor, "president")
        one, two = await connect(village.lea, ALL, village.shut), await connect(village.tom, ALL, village.shut)
        asks = village.nic.actor
        await communities.join(asks, village.shut)
        root = await village.write(village.shut, "Tailler")
        path = f"/api/v1/follow_requests/{asks.id}"
        said = await asyncio.gather(one.post(f"{path}/authorize"), two.post(f"{path}/reject"))
        assert sorted(answer.status for answer in said) in ([200, 404], [200, 422]), said
        places = await Membership.filter(actor_id=asks.id, community_id=village.shut.id)
        assert [place.state for place in places] in ([], ["active"])
        said = await asyncio.gather(*(who.ask("DELETE", f"/api/v1/statuses/{root.id}") for who in (one, two)))
        assert {answer.status for answer in said} <= {200, 404}
        assert await ModerationAct.filter(act="remove_post", post_id=root.id).count() == 1
        target = (await make_member("zoe")).actor
        said = await asyncio.gather(
            two.post(f"/api/v1/accounts/{target.id}/block"),
            communities.appoint(village.lea.actor, village.shut, village.tom.actor, "member"),
        )
        assert said[0].status in (200, 401, 403)
        assert await Ban.filter(actor_id=target.id).count() == (said[0].status == 200)
        assert (await two.get("/api/v1/timelines/home")).status == 401


async def test_who_may_not_admit_or_ban_does_not_learn_it(village: Village, connect: Connect) -> None:  # I15
    """Who asks and who is banned is on pages of those who decide about it; from another seat no answer says it, nor any refusal."""
    asks, banned, nobody = [(await make_member(name)).actor for name in ("asks", "banned", "nobody")]
    await communities.join(asks, village.shut)
    await communities.ban(village.lea.actor, village.shut, banned, "Non.")
    for seat, admits, bans in (("facilitator", False, False), ("admissions", True, False), ("moderation", False, True)):
        who = await make_member(f"p_{seat}", language="en-CA")
        await seat_at(village, who.actor, seat)
        phone = await connect(who, ALL, village.shut)
        query = "&".join(f"id[]={one.id}" for one in (asks, banned))
        one, other = (await phone.get(f"/api/v1/accounts/relationships?{query}")).json
        assert (one["requested_by"], other["blocking"]) == (admits, bans), seat
        if not admits:
            paths = [f"/api/v1/follow_requests/{one.id}/authorize" for one in (asks, nobody)]
            said = [(answer.status, answer.json) for answer in [await phone.post(path) for path in paths]]
            assert said[0] == said[1] and said[0][0] == 403, seat
        if not bans:
            for act in ("block", "unblock"):
                paths = [f"/api/v1/accounts/{one.id}/{act}" for one in (banned, nobody)]
                said = [(answer.status, answer.json) for answer in [await phone.post(path) for path in paths]]
                assert said[0] == said[1] and said[0][0] == 403, (seat, act)


class TestActs:
    async def test_who_asks_to_join(self, village: Village, connect: Connect, site: Site) -> None:
        phone = await connect(village.lea, acts_as=village.shut)
        await communities.join(village.nic.actor, village.shut)
        zoe = (await make_member("zoe")).actor
        await communities.join(zoe, village.shut)
        await site.runner.settle()
        assert [one["acct"] for one in (await phone.get("/api/v1/follow_requests")).json] == ["zoe", "nic"]
        first = await phone.get("/api/v1/follow_requests?limit=1")
        place = await Membership.get(actor_id=zoe.id)
        assert f"max_id={place.id}" in first.headers["Link"]
        assert [one["acct"] for one in (await phone.get(f"/api/v1/follow_requests?max_id={place.id}")).json] == ["nic"]
        [told, _] = (await phone.get("/api/v1/notifications")).json
        assert (told["type"], told["account"]["acct"]) == ("follow_request", "zoe")
        tie = (await phone.get(f"/api/v1/accounts/relationships?id[]={zoe.id}&id[]={village.tom.actor_id}&id[]=1")).json
        assert [(one["requested_by"], one["followed_by"]) for one in tie] == [(True, False), (False, True)]
        tie = (await phone.post(f"/api/v1/follow_requests/{zoe.id}/authorize")).json
        assert (tie["followed_by"], tie["requested_by"]) == (True, False)
        assert (await phone.post(f"/api/v1/follow_requests/{zoe.id}/authorize")).status == 404
        nic = village.nic.actor
        answer = await phone.post(f"/api/v1/follow_requests/{nic.id}/reject", {"reason": "Complet."})
        assert (
            answer.status == 200 and not await Membership.filter(actor_id=nic.id, community_id=village.shut.id).count()
        )
        assert (await phone.get("/api/v1/notifications")).json == []  # nobody asks any more
        names = [one["acct"] for one in (await phone.get(f"/api/v1/accounts/{village.shut.actor_id}/followers")).json]
        assert names == ["lea", "tom", "zoe"]
        for path in (f"{zoe.id}/followers", f"{village.shut.actor_id}/following", f"{village.open.actor_id}/followers"):
            assert (await phone.get(f"/api/v1/accounts/{path}")).json == []

    async def test_people_are_banned_and_removed(self, village: Village, connect: Connect) -> None:
        phone, tom = await connect(village.lea, acts_as=village.open), village.tom.actor
        await communities.join(village.nic.actor, village.open)
        nic = village.nic.actor
        tie = (await phone.post(f"/api/v1/accounts/{tom.id}/block")).json
        assert (tie["blocking"], tie["followed_by"]) == (True, False)
        [line] = await ModerationAct.filter(act="ban")
        assert (line.by_id, line.target_actor_id) == (village.lea.actor_id, tom.id)
        assert line.reason == "Fait depuis une application, qui n’a pas donné de motif."
        assert (await phone.post(f"/api/v1/accounts/{tom.id}/block")).json["blocking"]  # once more is once
        assert await ModerationAct.filter(act="ban").count() == 1
        assert [one["acct"] for one in (await phone.get("/api/v1/blocks")).json] == ["tom"]
        # The person herself blocked nobody.
        own = await connect(village.lea)
        assert (await own.get("/api/v1/blocks")).json == []
        tie = (await phone.post(f"/api/v1/accounts/{tom.id}/unblock", {"reason": "Pardonné."})).json
        assert not tie["blocking"] and (await ModerationAct.get(act="unban")).reason == "Pardonné."
        await communities.suspend(village.lea.actor, village.open, nic, "Repos.", clocks.now() + timedelta(days=3))
        assert (await phone.get("/api/v1/blocks")).json == []
        assert (await phone.post(f"/api/v1/accounts/{nic.id}/unblock")).status == 200
        assert await Ban.filter(actor_id=nic.id, kind="suspension").count() == 1
        tie = (await phone.post(f"/api/v1/accounts/{nic.id}/remove_from_followers", {"reason": "Absent."})).json
        assert not tie["followed_by"] and (await ModerationAct.get(act="remove_member")).reason == "Absent."
        assert (await phone.post(f"/api/v1/accounts/{nic.id}/remove_from_followers")).status == 200
        assert (await phone.post(f"/api/v1/accounts/{village.lea.actor_id}/block")).status == 422  # oneself
        assert (await phone.post(f"/api/v1/accounts/{village.shut.actor_id}/block")).status == 422

    async def test_threads(self, village: Village, connect: Connect, sign_in: SignIn) -> None:
        phone, own = await connect(village.lea, acts_as=village.open), await connect(village.lea)
        root = await village.write(village.open, "Tailler", by=village.tom)
        reply = await discussions.reply(village.tom.actor, root, source="Quand ?")
        elsewhere = await village.write(village.shut, "Ailleurs")
        aside = await communities.found(village.lea.actor, title="Prés", name="pres", purpose="Faucher")
        public = await village.write(aside, "Foin")
        assert (await phone.post(f"/api/v1/statuses/{turn(root.id)}/pin")).json["pinned"]
        assert (await phone.post(f"/api/v1/statuses/{reply.id}/pin")).status == 422
        assert not (await phone.post(f"/api/v1/statuses/{root.id}/unpin")).json["pinned"]
        for number, status in ((elsewhere.id, 404), (public.id, 403)):  # her role there is another desk's
            assert (await phone.post(f"/api/v1/statuses/{number}/pin")).status == status
            assert (await phone.ask("DELETE", f"/api/v1/statuses/{number}")).status == status
        removed = await phone.ask("DELETE", f"/api/v1/statuses/{reply.id}")
        assert (removed.status, removed.json["text"]) == (200, "")
        assert (await phone.ask("DELETE", f"/api/v1/statuses/{root.id}?reason=Hors+sujet.")).status == 200
        assert (await phone.ask("DELETE", f"/api/v1/statuses/{root.id}")).status == 404
        acts = [(one.act, one.by_id, one.reason) for one in await ModerationAct.filter(post_id=root.id).order_by("id")]
        lea = village.lea.actor_id
        assert acts == [("pin", lea, ""), ("unpin", lea, ""), ("remove_post", lea, "Hors sujet.")]
        # An announcement: hers, in the community, whatever else it names, and once.
        text = {"status": "Portes ouvertes\n\nSamedi, avec @tom et @pres.", "visibility": "public"}
        said = await phone.post("/api/v1/statuses", text, Idempotency_Key="a")
        again = await phone.post("/api/v1/statuses", text, Idempotency_Key="a")
        assert said.status == 200 and said.json["id"] == again.json["id"]
        assert (said.json["account"]["acct"], said.json["fedcop"]["community"]["acct"]) == ("lea", "fruitiers")
        assert said.json["fedcop"]["title"] == "Portes ouvertes"
        [line] = await ModerationAct.filter(act="announce")
        assert (line.by_id, line.post_id, line.community_id) == (lea, int(said.json["id"]), village.open.id)
        tom = await sign_in(village.tom)
        assert (
            "made an announcement in the name of the community" in (await tom.get("/c/fruitiers/moderation")).main.text
        )
        assert (
            await phone.post("/api/v1/statuses", {"status": "Oui", "in_reply_to_id": said.json["id"]})
        ).status == 403
        for more in (
            {"scheduled_at": "2030-01-01T00:00:00Z"},
            {"media_ids[]": "1"},
            {"visibility": "direct"},
            {"status": ""},
        ):
            assert (await phone.post("/api/v1/statuses", {"status": "Oui\n\nNon", **more})).status == 422
        assert await Post.filter(author_id=lea, community_id=village.open.id).count() == 1
        answer = await phone.post("/api/v2/media?lang=en", {"file": BytesIO(picture())})
        assert (answer.status, answer.json["error"]) == (
            422,
            "An announcement with files is written on the page of the community.",
        )
        for method, path in (("PUT", ""), ("POST", "/favourite"), ("POST", "/reblog"), ("POST", "/bookmark"), ("POST", "/mute"), ("GET", "/source")):  # fmt: skip
            assert (await phone.ask(method, f"/api/v1/statuses/{said.json['id']}{path}")).status == 403
        assert (await own.ask("DELETE", f"/api/v1/statuses/{said.json['id']}")).status == 200

    async def test_its_page(self, village: Village, connect: Connect) -> None:
        phone = await connect(village.lea, acts_as=village.open)
        said = await phone.ask("PATCH", "/api/v1/accounts/update_credentials", form={"display_name": "Fruits", "note": "Récolter"})  # fmt: skip
        assert (said.json["display_name"], said.json["source"]["note"], said.json["note"]) == ("Fruits", "Récolter", "<p>Récolter</p>")  # fmt: skip
        found = await queries.by_id(village.open.id)
        assert found is not None and (found.actor.display_name, found.purpose) == ("Fruits", "Récolter")
        assert not (await Actor.get(id=village.lea.actor_id)).display_name
        said = await phone.ask("PUT", "/api/v1/profile", form={"display_name": "Fruitiers"})
        assert (said.json["display_name"], said.json["note"]) == ("Fruitiers", "Récolter")
        assert (await phone.ask("PATCH", "/api/v1/accounts/update_credentials", form={"note": ""})).status == 422
        sent = {"avatar": BytesIO(picture())}
        assert (await phone.ask("PATCH", "/api/v1/accounts/update_credentials", form=sent)).status == 422

    async def test_reports(self, village: Village, connect: Connect, site: Site) -> None:
        phone, own = await connect(village.lea, ALL, village.open), await connect(village.lea, ALL)
        root = await village.write(village.open, "Tailler", by=village.tom)
        nic = village.nic.actor
        await communities.join(nic, village.open)
        made = await reports.report(nic, village.tom.actor, comment="Voyez.", post=root, community_id=village.open.id)
        await reports.report(nic, village.lea.actor, comment="Elle.", community_id=None)
        await site.runner.settle()
        [told] = (await phone.get("/api/v1/notifications?types[]=admin.report")).json
        assert (told["type"], told["account"]["acct"], told["report"]["target_account"]["acct"]) == ("admin.report", "nic", "tom")  # fmt: skip
        assert told["report"]["status_ids"] == [str(root.id)]
        [waits] = (await phone.get("/api/v1/admin/reports")).json
        assert (waits["id"], waits["account"]["email"], waits["account"]["ip"]) == (str(made.id), None, None)
        assert (await own.get("/api/v1/admin/reports")).status == 404  # she is no moderator of the instance
        path = f"/api/v1/admin/reports/{made.id}"
        assert (await phone.get(path)).json["statuses"][0]["id"] == str(root.id)
        assert (await phone.post(f"{path}/resolve", {"sentence": "Vu."})).json["action_taken"]
        assert (await phone.post(f"{path}/resolve")).status == 422
        row = await Report.get(id=made.id)
        assert (row.state, row.decided_by_id, row.sentence) == ("dismissed", village.lea.actor_id, "Vu.")
        await site.runner.settle()
        assert (await phone.get("/api/v1/notifications")).json == []


async def test_what_it_is_told_is_about_it_alone(village: Village, connect: Connect, site: Site) -> None:  # I15
    lea = village.lea.actor
    phone, own = await connect(village.lea, acts_as=village.shut), await connect(village.lea)
    await own.post(f"/api/v1/accounts/{village.shut.actor_id}/follow", {"notify": "true"})
    await own.post(f"/api/v1/accounts/{village.open.actor_id}/follow", {"notify": "true"})
    await people.follow(village.nic.actor, lea)
    root = await village.write(village.shut, "Tailler", by=village.tom)
    await village.write(village.open, "Ailleurs", by=village.tom)
    await discussions.reply(village.tom.actor, await village.write(village.shut, "Moi"), source="Pour @lea.")
    await communities.join(village.nic.actor, village.shut)
    await site.runner.settle()
    mine = {one["type"] for one in (await own.get("/api/v1/notifications")).json}
    assert {"mention", "follow", "status"} <= mine
    listed = (await phone.get("/api/v1/notifications")).json
    assert [(one["type"], one["account"]["acct"]) for one in listed] == [("follow_request", "nic"), ("status", "tom")]
    assert listed[1]["status"]["id"] == str(root.id)
    grouped = (await phone.get("/api/v2/notifications")).json
    assert [one["group_key"] for one in grouped["notification_groups"]] == [one["group_key"] for one in listed]
    assert (await phone.get("/api/v1/notifications/unread_count")).json == {"count": 2}
    assert (await phone.get("/api/v2/notifications/unread_count")).json == {"count": 2}
    key = listed[0]["group_key"]
    assert (await phone.get(f"/api/v2/notifications/{key}")).json["notification_groups"][0]["type"] == "follow_request"
    assert [one["acct"] for one in (await phone.get(f"/api/v2/notifications/{key}/accounts")).json] == ["nic"]
    others = [one["id"] for one in (await own.get("/api/v1/notifications")).json if one["type"] != "status"]
    for number in others:
        assert (await phone.get(f"/api/v1/notifications/{number}")).status == 404
        assert (await phone.post(f"/api/v1/notifications/{number}/dismiss")).status == 404
    await phone.post("/api/v1/markers", {"notifications[last_read_id]": listed[0]["id"]})
    assert (await phone.get("/api/v1/notifications/unread_count")).json == {"count": 0}
    left = await Notification.filter(account_id=village.lea.id, read_at=None).values_list("kind", flat=True)
    assert {"mention", "reply"} & set(left) and "follow" in left
    assert (await phone.post(f"/api/v2/notifications/{key}/dismiss")).status == 200
    before = await Notification.filter(account_id=village.lea.id).count()
    assert (await phone.post("/api/v1/notifications/clear")).status == 200
    assert (await phone.get("/api/v1/notifications")).json == []
    assert await Notification.filter(account_id=village.lea.id).count() == before - 1


async def test_files_open_for_the_community_as_long_as_its_token(
    village: Village, connect: Connect, client: TestClient
) -> None:  # I15
    image = await files.accept(village.tom.actor, "fleur.jpg", pieces(picture()), description="Une fleur")
    root = await village.write(village.shut, "Tailler", by=village.tom, media=[image.id])
    phone = await connect(village.lea, acts_as=village.shut)
    [shown] = (await phone.get(f"/api/v1/statuses/{root.id}")).json["media_attachments"]
    where = shown["url"].partition("://")[2].partition("/")[2]
    assert f"to={village.shut.actor_id}" in where
    assert (await Phone(client).get(f"/{where}")).status == 200
    assert (
        await Phone(client).get(f"/{where.replace(str(village.shut.actor_id), str(village.lea.actor_id))}")
    ).status == 404
    await communities.appoint(village.lea.actor, village.shut, village.tom.actor, "president")
    await communities.appoint(village.tom.actor, village.shut, village.lea.actor, "member")
    assert (await Phone(client).get(f"/{where}")).status == 404


async def test_one_chooses_on_the_page(village: Village, client: TestClient, sign_in: SignIn) -> None:
    lea, phone = await sign_in(village.lea), Phone(client)
    app = await register(phone, OOB)
    page = await lea.get(door(app, OOB))
    labels = [label.text for label in page.main.all("label")]
    here = "@atelier.example"
    assert labels == [
        f"Yourself@lea{here}",
        f"Fruitiers!fruitiers{here} · President",
        f"Verger clos!clos{here} · President",
    ]
    for chosen, acct in (("me", "lea"), (str(village.open.actor_id), "fruitiers")):
        token = await redeem(phone, app, await code_for(lea, app, {"do": "allow", "as": chosen}))
        entered = Phone(client, token.json["access_token"])
        assert (await entered.get("/api/v1/accounts/verify_credentials")).json["acct"] == acct
    # Who has no role in charge has no choice, and a number that they send anyhow is refused.
    tom = await sign_in(village.tom)
    page = await tom.get(door(app, OOB))
    assert "Sign in as" not in page.main.text and not page.main.all("fieldset")
    for number in (village.open.actor_id, village.nic.actor_id, 1, "x"):
        page = await tom.post(door(app, OOB), do="allow", **{"as": str(number)})
        assert page.status == 422 and "not in charge of this community any more" in page.main.text
    assert await AppToken.filter(account_id=village.tom.id).count() == 0
    # One sees it beside one's devices, as those in charge do on the page of the community, and ends it.
    [own, shown] = [row.text for row in (await lea.get("/settings/devices")).main.all("li", **{"class": "row"}) if "Poche" in row.text]  # fmt: skip
    shown, own = (shown, own) if "Signed in as" in shown else (own, shown)
    assert "Signed in as Fruitiers (!fruitiers@atelier.example)" in shown and "reads nothing of your own" in shown
    assert "read all that you may read here" not in shown and "read all that you may read here" in own
    [(_name, told)] = [part async for part in exporting.connected(village.lea.actor_id)]
    assert [one["signed_in_as"] for one in told["apps"]] == [None, village.open.actor.uri]
    await communities.appoint(village.lea.actor, village.open, village.tom.actor, "facilitator")
    page = await tom.get("/c/fruitiers/apps")
    assert "Poche" in page.main.text and "lea" in page.main.text and "End access" not in page.main.text
    await communities.appoint(village.lea.actor, village.open, village.tom.actor, "president")
    await tom.get("/c/fruitiers/apps")
    page = await tom.press("End access")
    assert "no access any more" in page.messages[0] and "No application is signed in" in page.main.text
    assert (await entered.get("/api/v1/timelines/home")).status == 401
    phone = Phone(client, (await redeem(phone, app, await code_for(lea, app, {"do": "allow", "as": str(village.open.actor_id)}))).json["access_token"])  # fmt: skip
    await communities.appoint(village.tom.actor, village.open, village.lea.actor, "member")
    assert "it does nothing now" in (await lea.get("/settings/devices")).main.text
    assert (await phone.get("/api/v1/timelines/home")).status == 401


async def code_for(browser: Browser, app: dict[str, str], form: dict[str, str]) -> str:
    await browser.get(door(app, OOB))
    csrf = browser.page.main.first("form").first("input", name="csrf")["value"]
    action = browser.page.main.first("form")["action"]
    async with browser.client.post(action, data={"csrf": csrf, **form}, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["code"]
