"""What people do to each other from apps: follow, join, mute, report, say who they are; and what they hear of it."""

from __future__ import annotations

from typing import Any

from aiohttp import FormData

from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community
from fedcop.core.clock import now
from fedcop.core.site import Site
from fedcop.people import service as people
from fedcop.reports.models import Report
from tests.rig.apps import Phone
from tests.rig.clock import StandingClock
from tests.rig.golden import Golden
from tests.rig.people import make_member
from tests.rig.queries import counted
from tests.rig.samples import picture
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_reading import Village, village

__all__ = ["village"]
PATH = "/api/v1/statuses"


async def test_one_joins_by_following(village: Village, connect: Connect, site: Site) -> None:
    nic, lea = await connect(village.nic), village.lea.actor
    strict = await communities.found(
        lea, title="Stricte", name="stricte", purpose="Lire", charter=Charter(text="Lire.")
    )

    async def act(who: Phone, number: int, what: str) -> tuple[int, object, object]:
        answer = await who.post(f"/api/v1/accounts/{number}/{what}")
        return answer.status, answer.json.get("following"), answer.json.get("requested")

    offered = [one["account"]["acct"] for one in (await nic.get("/api/v2/suggestions")).json]
    assert sorted(offered) == ["clos", "fruitiers", "stricte"]
    assert {one["acct"] for one in (await nic.get("/api/v1/directory")).json} == {"lea", "nic", "tom"}
    assert (await nic.get("/api/v1/tags/Hiver")).json["name"] == "hiver"
    assert await act(nic, village.open.actor_id, "follow") == (200, True, False)
    offered = [one["account"]["id"] for one in (await nic.get("/api/v2/suggestions")).json]
    assert len(offered) == 2
    # What one puts off is not suggested any more; of what is not there nothing is said.
    for number in (offered[0], offered[0], lea.id, 12, "x"):
        assert (await nic.ask("DELETE", f"/api/v1/suggestions/{number}")).json == {}
    assert [one["id"] for one in (await nic.get("/api/v1/suggestions")).json] == offered[1:]
    assert await act(nic, village.open.actor_id, "follow") == (200, True, False)
    [shown] = (await nic.get("/api/v1/lists")).json
    assert (shown["title"], shown["exclusive"]) == ("Fruitiers", False)
    assert await act(nic, village.shut.actor_id, "follow") == (200, False, True)
    assert await act(nic, village.shut.actor_id, "unfollow") == (200, False, False)
    assert await act(nic, village.open.actor_id, "unfollow") == (200, False, False)
    assert (await act(nic, strict.actor_id, "follow"))[0] == 403
    assert (await act(nic, village.open.actor_id, "block"))[0] == 422
    assert await act(nic, lea.id, "follow") == (200, True, False)
    tom = await connect(village.tom)
    await tom.post(f"/api/v1/accounts/{village.nic.actor_id}/follow")
    await nic.post(f"/api/v1/accounts/{village.tom.actor_id}/follow")
    await tom.post(f"/api/v1/accounts/{lea.id}/follow")
    known = (await nic.get(f"/api/v1/accounts/familiar_followers?id[]=1&id[]={lea.id}")).json
    assert [(one["id"], [who["acct"] for who in one["accounts"]]) for one in known] == [
        ("1", []),
        (str(lea.id), ["tom"]),
    ]
    tie = (await nic.post(f"/api/v1/accounts/{village.tom.actor_id}/remove_from_followers")).json
    assert (tie["following"], tie["followed_by"]) == (True, False)
    assert (await nic.post("/api/v2/filters")).status == 422
    tie = (await nic.post(f"/api/v1/accounts/{lea.id}/mute", {"duration": "3600", "notifications": "false"})).json
    assert (tie["muting"], tie["muting_notifications"]) == (True, False) and tie["muting_expires_at"] is not None
    tie = (await tom.post(f"/api/v1/accounts/{village.open.actor_id}/follow", {"notify": "1", "reblogs": "0"})).json
    assert (tie["following"], tie["notifying"], tie["showing_reblogs"]) == (True, True, False)
    tie = (await tom.post(f"/api/v1/accounts/{village.open.actor_id}/follow", {"reblogs": "1"})).json
    assert (tie["notifying"], tie["showing_reblogs"]) == (True, True)
    tie = (await nic.post(f"/api/v1/accounts/{village.tom.actor_id}/follow", {"notify": "1", "reblogs": "0"})).json
    assert (tie["notifying"], tie["showing_reblogs"]) == (True, False)
    for about, text in ((lea.id, "Verger, 2025"), (village.open.actor_id, "Bon")):
        assert (await nic.post(f"/api/v1/accounts/{about}/note", {"comment": text})).json["note"] == text
    page = await nic.get(f"/api/v1/accounts/relationships?id[]={lea.id}&id[]={village.open.actor_id}")
    assert [one["note"] for one in page.json] == ["Verger, 2025", "Bon"]
    assert (await nic.post(f"/api/v1/accounts/{lea.id}/note", {"comment": "x" * 2001})).status == 422
    assert (await nic.post(f"/api/v1/accounts/{lea.id}/note")).json["note"] == ""
    tie = (await tom.post(f"/api/v1/accounts/{village.open.actor_id}/mute")).json
    assert (tie["muting"], tie["muting_expires_at"]) == (True, None)
    assert (await tom.get(f"/api/v1/accounts/relationships?id={village.open.actor_id}")).json == [tie]
    [place] = (await tom.get("/api/v1/mutes")).json
    assert (place["acct"], place["group"], place["mute_expires_at"]) == (village.open.actor.name, True, None)
    assert not (await tom.post(f"/api/v1/accounts/{village.open.actor_id}/unmute")).json["muting"]
    await tom.post(f"/api/v1/accounts/{village.nic.actor_id}/mute")
    await Actor.filter(id=village.nic.actor_id).update(suspended_at=now())
    assert not (await tom.post(f"/api/v1/accounts/{village.nic.actor_id}/unmute")).json["muting"]
    assert (await tom.post(f"/api/v1/accounts/{village.nic.actor_id}/unmute")).status == 404
    await Actor.filter(id=village.nic.actor_id).update(suspended_at=None)
    [muted] = (await nic.get("/api/v1/mutes")).json
    assert (muted["acct"], muted["mute_expires_at"]) == ("lea", "2026-03-02T15:00:00.000Z")
    blocked = (await nic.post(f"/api/v1/accounts/{lea.id}/block")).json
    assert (blocked["blocking"], blocked["following"]) == (True, False)
    assert (await act(await connect(village.lea), village.nic.actor_id, "follow"))[0] == 404  # they are not there


async def test_one_hears_of_it(
    village: Village, connect: Connect, site: Site, clock: StandingClock, golden: Golden
) -> None:
    lea, tom, nic = [await connect(who) for who in (village.lea, village.tom, village.nic)]
    path = "/api/v1/notifications"
    root = (await lea.post(PATH, {"status": "@clos Tôt ?\n\nOui."})).json
    await tom.post(f"{PATH}/{root['id']}/favourite")
    await site.runner.settle()  # of one moment, jobs of one kind are done in one go
    await tom.post(PATH, {"status": "Sûrement, @lea", "in_reply_to_id": root["id"]})
    await nic.post(f"/api/v1/accounts/{village.lea.actor_id}/follow")
    await site.runner.settle()
    told = (await lea.get(path)).json
    assert [one["type"] for one in told] == ["follow", "mention", "favourite"]
    assert all(int(one["id"]) < 1 << 53 for one in told) and told[2]["status"]["id"] == root["id"]
    golden("mastodon/notification", told[0])
    await _in_groups(lea, nic, told, golden)
    assert (await lea.get(f"{path}/{told[1]['id']}")).json == told[1]
    assert (await nic.get(f"{path}/{told[1]['id']}")).status == 404
    assert [one["type"] for one in (await lea.get(f"{path}?types[]=follow&types[]=poll")).json] == ["follow"]
    assert len((await lea.get(f"{path}?exclude_types[]=follow&limit=1")).json) == 1
    assert [one["id"] for one in (await lea.get(f"{path}?max_id={told[0]['id']}")).json] == [
        told[1]["id"],
        told[2]["id"],
    ]
    assert [one["id"] for one in (await lea.get(f"{path}?min_id={told[2]['id']}&limit=1")).json] == [told[1]["id"]]
    with counted() as statements:
        await lea.get(path)
    statements.at_most(12)
    assert (await lea.get(f"{path}/unread_count")).json == {"count": 3}
    await lea.post("/api/v1/markers", {"notifications[last_read_id]": told[1]["id"]})
    assert (await lea.get(f"{path}/unread_count")).json == {"count": 1}
    assert (await lea.post(f"{path}/{told[0]['id']}/dismiss")).json == {}
    assert len((await lea.get(path)).json) == 2
    assert (await lea.post(f"/api/v2/notifications/{told[2]['group_key']}/dismiss")).json == {}
    assert [one["type"] for one in (await lea.get(path)).json] == ["mention"]
    await communities.leave(village.tom.actor, village.shut)  # what he said stays; who left reads no more
    await lea.post(f"{path}/clear")
    assert (await lea.get(path)).json == []
    assert (await (await connect(await make_member("ida"))).get(path)).json == []


async def _in_groups(lea: Phone, nic: Phone, told: list[dict[str, Any]], golden: Golden) -> None:
    """What was told line by line, in groups: the same set, thanks together, nothing of it for others."""
    path = "/api/v2/notifications"
    found = (await lea.get(path)).json
    groups = found["notification_groups"]
    assert [one["group_key"] for one in groups] == [one["group_key"] for one in told]
    golden("mastodon/notification_groups", found | {"accounts": [], "statuses": []})
    key = groups[2]["group_key"]
    assert key.startswith(f"favourite-{told[2]['status']['id']}-")
    alone = (await lea.get(f"{path}/{key}")).json
    assert [one["acct"] for one in alone["accounts"]] == ["tom"] and alone["notification_groups"] == [groups[2]]
    assert [one["acct"] for one in (await lea.get(f"{path}/{key}/accounts")).json] == ["tom"]
    for who, what in ((nic, key), (lea, "favourite-1"), (lea, "ungrouped-1"), (lea, "follow-" + "9" * 30), (lea, "x")):
        assert (await who.get(f"{path}/{what}")).status == 404
    apart = (await lea.get(f"{path}?grouped_types[]=reblog&limit=2&expand_accounts=partial_avatars")).json
    assert [one["group_key"].partition("-")[0] for one in apart["notification_groups"]] == ["ungrouped"] * 2
    assert apart["partial_accounts"] == []
    after = await lea.get(f"{path}?limit=1")
    rest = (await lea.get(after.headers["Link"].partition(">")[0].removeprefix("<https://atelier.example"))).json
    assert rest["notification_groups"] == groups[1:2]
    before = (await lea.get(f"{path}?limit=1&min_id={told[2]['id']}")).json["notification_groups"]
    assert before == groups[1:2]
    assert (await lea.get(f"{path}/unread_count")).json == {"count": 3}


async def test_lines_of_a_profile_come_back_as_they_are_shown(village: Village, connect: Connect) -> None:
    """Elk sends all that it shows, in the language in which it read it; others send links alone."""
    tom, path = await connect(village.tom), "/api/v1/accounts/update_credentials"
    await people.change_profile(village.tom.actor, profession="Greffeur", organisation="Verger", region="Charlevoix")

    async def sent(*rows: tuple[str, str]) -> tuple[int, list[tuple[str, str]], list[str]]:
        lines = [{"name": name, "value": value} for name, value in rows]
        answer = await tom.ask("PATCH", path, json={"fields_attributes": lines})
        now = await Actor.get(id=village.tom.actor_id)
        said = [(one["name"], one["value"]) for one in now.links]
        return answer.status, said, [now.profession, now.organisation, now.region]

    site = ("Site", "https://lin.example/")
    shown = [
        (one["name"], one["value"]) for one in (await tom.get("/api/v1/accounts/verify_credentials")).json["fields"]
    ]
    assert shown == [("Profession", "Greffeur"), ("Organisation", "Verger"), ("Region", "Charlevoix")]
    assert await sent(*shown, site) == (200, [site], ["Greffeur", "Verger", "Charlevoix"])
    changed = await sent(("Profession", "Pomologue"), ("Région", ""), ("Site", "lin.example/"))
    assert changed == (200, [site], ["Pomologue", "Verger", ""])
    assert await sent(("Pronoms", "elle")) == (422, [site], ["Pomologue", "Verger", ""])  # a word is no website
    assert await sent(("Organisation", "")) == (200, [], ["Pomologue", "", ""])


async def test_what_nobody_counted_here_is_not_said(village: Village, connect: Connect) -> None:
    tom, path = await connect(village.tom), f"/api/v1/accounts/{village.open.actor_id}"
    before = (await tom.get(path)).json
    assert ([one["name"] for one in before["fields"]], before["last_status_at"]) == (["Members", "Discussions"], None)
    await village.write(village.open, "Oui")
    assert (await tom.get(path)).json["last_status_at"] == now().date().isoformat()
    await Community.filter(id=village.open.id).update(threads_count=0)
    await Actor.filter(id=village.open.actor_id).update(local=False, host="coop.example")
    assert [one["name"] for one in (await tom.get(path)).json["fields"]] == ["Members"]


async def test_where_to_join_stands_on_the_profile(village: Village, connect: Connect) -> None:
    tom, path = await connect(village.tom), f"/api/v1/accounts/{village.open.actor_id}"
    assert (await tom.get(path)).json["note"] == "<p>Faire pousser</p>"
    await Community.filter(id=village.open.id).update(charter_version=1)
    await village.write(village.open, "Oui")
    [boost] = (await tom.get("/api/v1/timelines/home")).json
    assert (
        boost["account"]["note"]
        == (await tom.get(path)).json["note"]
        == (
            "<p>Faire pousser</p><p>Join it on its page, where it asks something of those who join: "
            '<a href="https://atelier.example/c/fruitiers" rel="nofollow noopener noreferrer" target="_blank">https://atelier.example/c/fruitiers</a></p>'
        )
    )
    await Community.filter(id=village.open.id).update(
        charter_version=0, questions=[{"ask": "?"}], join_policy="invitation"
    )
    assert (await tom.get(path)).json["note"] == "<p>Faire pousser</p>"


async def test_a_profile_is_changed_and_a_post_reported(village: Village, connect: Connect) -> None:
    lea, tom, nic = [await connect(who) for who in (village.lea, village.tom, village.nic)]
    path = "/api/v1/accounts/update_credentials"
    sent = {"note": "J'aime *le lin*", "locked": "true", "fields_attributes[0][name]": "Site", "fields_attributes[0][value]": "lin.example"}  # fmt: skip
    changed = await tom.ask("PATCH", path, form=sent)
    assert changed.json["source"]["note"] == "J'aime *le lin*" and changed.json["locked"] is True
    assert changed.json["source"]["fields"] == [{"name": "Site", "value": "https://lin.example", "verified_at": None}]
    again = [{"name": "Autre", "value": "https://b.example"}, {"name": "", "value": ""}]
    changed = await tom.ask("PATCH", path, json={"display_name": "Tom", "fields_attributes": again})
    assert (changed.json["display_name"], changed.json["locked"], len(changed.json["source"]["fields"])) == (
        "Tom",
        True,
        1,
    )
    form = FormData()
    form.add_field("avatar", picture(), filename="moi.jpg", content_type="image/jpeg")
    worn = (await tom.ask("PATCH", path, form=form)).json["avatar"]
    assert "/media/actor/" in worn
    assert (await tom.ask("DELETE", f"/api/v1/media/{worn.rpartition('/')[2]}")).status == 404
    form = FormData()
    form.add_field("header", picture(size=(3000, 1000)), filename="toit.jpg", content_type="image/jpeg")
    form.add_field("display_name", "Tom T.")
    mine = (await tom.ask("PATCH", "/api/v1/profile", form=form)).json
    assert (mine["display_name"], mine["note"], mine["avatar"]) == ("Tom T.", "J'aime *le lin*", worn)
    assert mine["header"] not in (None, worn) and (await tom.get("/api/v1/profile")).json == mine
    assert (await tom.get("/api/v1/accounts/verify_credentials")).json["header"] == mine["header"]
    bare = (await tom.ask("DELETE", "/api/v1/profile/header")).json
    assert bare["avatar"] == worn and "/static/" in bare["header"]
    assert "/media/initials/" in (await tom.ask("DELETE", "/api/v1/profile/avatar")).json["avatar"]
    assert (await tom.get("/api/v1/profile")).json["avatar"] is None
    assert (await tom.ask("PATCH", path, json={f"fields_attributes[{'9' * 5000}][name]": "x"})).status == 200
    wrong = await tom.ask(
        "PATCH", path, json={"fields_attributes": {"0": {"name": "x", "value": "javascript:alert(1)"}}}
    )
    assert wrong.status == 422 and wrong.json["details"]
    post = await village.write(village.shut, "Mal dit", by=village.tom)
    about = {"account_id": str(village.tom.actor_id), "status_ids[]": str(post.id), "category": "spam"}
    made = (await lea.post("/api/v1/reports", about)).json
    assert (made["target_account"]["acct"], made["comment"], made["status_ids"]) == (
        "Tom".lower(),
        "This is spam.",
        [str(post.id)],
    )
    assert (await nic.post("/api/v1/reports", about)).status == 404
    assert (await lea.post("/api/v1/reports", about | {"account_id": str(village.nic.actor_id)})).status == 404
    assert (await nic.post("/api/v1/reports", {"account_id": about["account_id"]})).status == 422  # not a word
    found = await Report.get()
    assert (found.post_id, found.community_id, found.reporter_id) == (post.id, village.shut.id, village.lea.actor_id)


async def test_who_follows_whom_can_be_hidden(village: Village, connect: Connect, sign_in: SignIn) -> None:
    lea, tom, nic = [await connect(who) for who in (village.lea, village.tom, village.nic)]
    page = await sign_in(village.nic)
    await lea.post(f"/api/v1/accounts/{village.tom.actor_id}/follow")
    await nic.post(f"/api/v1/accounts/{village.lea.actor_id}/follow")
    circles = [f"/api/v1/accounts/{village.tom.actor_id}/{which}" for which in ("followers", "following")]
    familiar = f"/api/v1/accounts/familiar_followers?id[]={village.tom.actor_id}"
    assert len((await nic.get(circles[0])).json) == 1 == len((await nic.get(familiar)).json[0]["accounts"])
    path = "/api/v1/accounts/update_credentials"
    # Who hides it is named to nobody by those at the other end either; these themselves know.
    assert "@lea@" in (await page.get("/u/tom/followers")).main.text
    await lea.ask("PATCH", path, form={"hide_collections": "true"})
    assert (await nic.get(circles[0])).json == [] == (await nic.get(familiar)).json[0]["accounts"]
    assert "@lea@" not in (await page.get("/u/tom/followers")).main.text
    assert len((await tom.get(circles[0])).json) == len((await lea.get(circles[0])).json) == 1
    follows = f"/api/v1/accounts/{village.nic.actor_id}/following"
    assert (await tom.get(follows)).json == []
    assert len((await nic.get(follows)).json) == len((await lea.get(follows)).json) == 1
    await lea.ask("PATCH", path, form={"hide_collections": "false"})
    changed = await tom.ask(
        "PATCH", path, form={"hide_collections": "true", "attribution_domains[]": "Journal.example"}
    )
    assert changed.json["hide_collections"] is True and changed.json["followers_count"] == 1
    assert changed.json["source"]["hide_collections"] and changed.json["source"]["attribution_domains"] == [
        "journal.example"
    ]
    assert (await tom.get("/api/v1/profile")).json["attribution_domains"] == ["journal.example"]
    for one in circles:
        assert (await nic.get(one)).json == []
    assert len((await tom.get(circles[0])).json) == 1 and (await nic.get(familiar)).json[0]["accounts"] == []
    assert "tom does not show this." in (await page.get("/u/tom/followers")).main.text
    shown = (await nic.get(f"/api/v1/accounts/{village.tom.actor_id}")).json
    assert shown["hide_collections"] is True and shown["followers_count"] == 1
    refused = await tom.ask("PATCH", path, json={"attribution_domains": ["a b"]})
    assert refused.status == 422 and (await tom.get("/api/v1/profile")).json["attribution_domains"] == [
        "journal.example"
    ]
    changed = await tom.ask("PATCH", path, json={"attribution_domains": [], "hide_collections": False})
    assert changed.json["source"]["attribution_domains"] == [] and len((await nic.get(circles[0])).json) == 1
