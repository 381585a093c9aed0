"""Signed in as a community: every route with such a token, what it reads, what it is told of, and how one chooses it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from aiohttp.test_utils import TestClient

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.apps import exporting, scopes
from fedcop.apps.models import AppToken
from fedcop.communities import service as communities
from fedcop.communities.models import Ban, Membership, ModerationAct
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.peers import servers
from fedcop.media import service as files
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from fedcop.reports.models import Report
from tests.rig.apps import Phone
from tests.rig.browser import Browser
from tests.rig.people import make_stranger
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
