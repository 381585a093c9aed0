"""Those in charge, by an app: who waits, who is here, reports, other servers. The rights are those of the pages."""

from __future__ import annotations

from typing import Any

from fedcop.accounts import instance, queries, signup
from fedcop.core import clock
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.models import Server
from fedcop.reports import service as reports
from fedcop.reports.models import Report
from tests.rig.people import PASSWORD, make_member, make_stranger
from tests.rig.queries import counted
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_reading import Village, village
from tests.web.pages.test_account import last_link

__all__ = ["village"]
ALL = "read write admin:read admin:write"
PATH = "/api/v1/admin/accounts"


async def test_accounts_are_let_in_and_suspended(village: Village, connect: Connect, site: Site) -> None:
    owner, helper = await make_member("zoe", "owner"), await make_member("max", "moderator")
    zoe, mod = await connect(owner, ALL), await connect(helper, ALL)
    await instance.change(owner, registration="approval")
    for name in ("ida", "eva"):
        await signup.sign_up(signup.Wish(name, f"{name}@exemple.test", PASSWORD, reason="Je greffe."))
        await signup.confirm((await last_link(site, f"{name}@exemple.test")).rpartition("/")[2])
    ida, eva = (await mod.get(f"{PATH}?pending=true")).json
    assert (ida["approved"], ida["invite_request"], ida["account"]["acct"]) == (False, "Je greffe.", "ida")
    assert (await mod.get(f"{PATH}/{ida['id']}")).json == ida
    let_in = (await mod.post(f"{PATH}/{ida['id']}/approve")).json
    assert (let_in["approved"], let_in["id"] != ida["id"]) == (True, True)
    assert (await mod.post(f"{PATH}/{eva['id']}/reject")).status == 200 and await queries.count_waiting() == 0
    found = await mod.get(f"{PATH}?limit=2")
    more = (await mod.get(found.headers["Link"].partition(">")[0].removeprefix("<https://atelier.example"))).json
    names = [one["username"] for one in (*found.json, *more)]
    assert names == ["ida", "max", "zoe", "nic"]
    staff = (await mod.get("/api/v2/admin/accounts?permissions=staff&status=active")).json
    assert [(one["username"], one["role"]["permissions"]) for one in staff] == [("max", "1040"), ("zoe", "525360")]
    assert (await mod.get(f"{PATH}?email=ida@exemple")).json == [found.json[0]]
    assert (await mod.get(f"{PATH}?remote=1")).json == (await mod.get(f"{PATH}?silenced=1")).json == []
    nic, boss = f"{PATH}/{village.nic.actor_id}", f"{PATH}/{owner.actor_id}"
    refused = [{"type": "silence", "text": "x"}, {"type": "suspend"}, {}]
    assert [(await mod.post(f"{nic}/action", json=form)).status for form in refused] == [422] * 3
    suspend: dict[str, Any] = {"type": "suspend", "text": "Pourriels"}
    assert [(await mod.post(f"{who}/action", json=suspend)).status for who in (nic, boss, f"{PATH}/1")] == [
        200,
        403,
        404,
    ]
    assert (await mod.get(f"{PATH}?suspended=1")).json[0]["suspended"] is True
    assert (await mod.post(f"{nic}/enable")).json["suspended"] is True
    assert (await mod.post(f"{nic}/unsuspend")).json["suspended"] is False
    assert [(await who.ask("DELETE", nic)).status for who in (mod, zoe)] == [404, 422]
    await zoe.post(f"{nic}/action", json=suspend)
    assert (await zoe.ask("DELETE", nic)).json["username"] == "nic" and (await zoe.get(nic)).status == 404


async def test_reports_are_decided(village: Village, connect: Connect) -> None:
    helper = await make_member("max", "moderator")
    mod, path = await connect(helper, ALL), "/api/v1/admin/reports"
    post = await village.write(village.open, "Mal dit", by=village.tom)
    far = await make_stranger("gus", "b.example")
    for number, target in enumerate((village.tom.actor, far, helper.actor, village.nic.actor), 1):
        about = post if target.id == village.tom.actor_id else None
        await reports.report(village.lea.actor, target, comment=f"Motif {number}", post=about)
        if number in (1, 4):
            with counted() as statements:
                waiting = (await mod.get(path)).json
            statements.at_most(22)
    assert [one["comment"] for one in waiting] == ["Motif 4", "Motif 2", "Motif 1"]  # nobody judges themselves
    assert (waiting[1]["target_account"]["domain"], waiting[1]["statuses"]) == ("b.example", [])
    assert waiting[2]["statuses"][0]["id"] == str(post.id) and waiting[2]["account"]["username"] == "lea"
    own = await Report.get(target_id=helper.actor_id)
    assert (await mod.get(f"{path}/{own.id}")).status == (await mod.get(f"{path}/1")).status == 404
    one = f"{path}/{waiting[2]['id']}"
    assert [(await mod.post(f"{one}/{act}")).status for act in ("assign_to_self", "reopen")] == [422, 200]
    assert (await mod.ask("PUT", one)).json == (await mod.get(one)).json == waiting[2]
    await discussions.remove(village.lea.actor, post, "Non")
    decided = (await mod.post(f"{one}/resolve", {"sentence": "Retiré."})).json
    assert (decided["action_taken"], decided["action_taken_by_account"]["username"]) == (True, "max")
    assert [(await mod.post(f"{one}/{act}")).status for act in ("resolve", "reopen")] == [409, 422]
    assert (await Report.get(id=int(decided["id"]))).state == "resolved"
    # From which post somebody took their name is not found out by asking for what is about them.
    theirs = f"{path}?resolved=true&target_account_id={village.tom.actor_id}"
    assert [one["id"] for one in (await mod.get(theirs)).json] == [decided["id"]]
    await Post.filter(id=post.id).update(anonymised_at=clock.now())
    assert (await mod.get(theirs)).json == [] and len((await mod.get(f"{path}?resolved=true")).json) == 1
    await mod.post(f"{path}/{waiting[1]['id']}/resolve")
    found = (await mod.get(f"{path}?resolved=true&target_account_id={far.id}")).json
    assert [one["comment"] for one in found] == ["Motif 2"]
    assert (await Report.get(id=int(found[0]["id"]))).state == "dismissed"


async def test_other_servers_are_limited_blocked_and_allowed(connect: Connect) -> None:
    boss, mod = (
        await connect(await make_member("zoe", "admin"), ALL),
        await connect(await make_member("max", "moderator"), ALL),
    )
    path = "/api/v1/admin/domain_blocks"
    made = (await boss.post(path, json={"domain": "Mal.example", "severity": "suspend", "private_comment": "Non"})).json
    assert (made["domain"], made["severity"], made["private_comment"]) == ("mal.example", "suspend", "Non")
    assert (await boss.ask("PUT", f"{path}/{made['id']}", form={"severity": "silence"})).json[
        "private_comment"
    ] == "Non"
    assert (await Server.get(host="mal.example")).policy == "limited"
    assert [one["id"] for one in (await boss.get(path)).json] == [made["id"]]
    for form in ({"domain": "x y"}, {"domain": "atelier.example"}, {"domain": "c.example", "severity": "noop"}):
        assert (await boss.post(path, form)).status == 422
    assert [(await mod.get(path)).status, (await mod.get("/api/v1/admin/reports")).status] == [404, 200]
    allowed = (await boss.post("/api/v1/admin/domain_allows", {"domain": "ami.example"})).json
    assert (await boss.get("/api/v1/admin/domain_allows")).json == [allowed]
    assert (await boss.get(f"{path}/{allowed['id']}")).status == 404
    for where in (f"{path}/{made['id']}", f"/api/v1/admin/domain_allows/{allowed['id']}"):
        assert [(await boss.ask(way, where)).status for way in ("DELETE", "GET")] == [200, 404]
    assert {one.policy for one in await Server.all()} == {"open"}


async def test_the_dashboard_counts_and_names_nobody(village: Village, connect: Connect) -> None:
    mod = await connect(await make_member("max", "moderator"), ALL)
    root = await village.write(village.open, "Taille")
    answer = await discussions.reply(village.tom.actor, root, source="Oui")
    await discussions.react(village.lea.actor, answer, "thanks")
    await reports.report(village.tom.actor, village.lea.actor, comment="Bof")
    asked = {"keys": ["new_users", "interactions", "opened_reports", "active_users"], "start_at": "2026-03-01"}
    told = {one["key"]: one for one in (await mod.post("/api/v1/admin/measures", json=asked)).json}
    assert {name: one["total"] for name, one in told.items()} == {"new_users": "4", "interactions": "2", "opened_reports": "1"}  # fmt: skip
    assert told["new_users"]["data"] == [
        {"date": "2026-03-01T00:00:00.000Z", "value": "0"},
        {"date": "2026-03-02T00:00:00.000Z", "value": "4"},
    ]
    asked = {"keys": ["languages", "servers", "space_usage", "software_versions", "sources"]}
    lines = {one["key"]: one["data"] for one in (await mod.post("/api/v1/admin/dimensions", json=asked)).json}
    assert list(lines) == asked["keys"][:4] and lines["space_usage"][0]["unit"] == "bytes"
    assert [(one["key"], one["value"]) for one in lines["servers"]] == [("atelier.example", "2")]
    for form in ({"frequency": "month"}, {"frequency": "day", "start_at": "2026-03-02T00:00:00Z"}):
        cohort = (await mod.post("/api/v1/admin/retention", form)).json[-1]
        assert (cohort["frequency"], cohort["data"][0]["rate"]) == (form["frequency"], 1)
    for wrong in ("hier", "0001-01-01T00:00:00+14:00", "9999-12-31"):
        assert (await mod.post("/api/v1/admin/measures", {"keys[]": "new_users", "end_at": wrong})).status == 422
