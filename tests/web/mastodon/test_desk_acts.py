"""Signed in as a community: each act of those in charge."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from fedcop.actors.models import Actor
from fedcop.communities import queries
from fedcop.communities import service as communities
from fedcop.communities.models import Ban, Membership, ModerationAct
from fedcop.core import clock as clocks
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.reports import service as reports
from fedcop.reports.models import Report
from tests.rig.people import make_member
from tests.rig.samples import picture
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_desk import ALL
from tests.web.mastodon.test_reading import Village, village
from web.mastodon.entities.status import turn

__all__ = ["village"]


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
