"""Signed in as a community: who may do what from there, and the end of it with their role."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.apps import tokens
from fedcop.apps.models import AppToken
from fedcop.communities import service as communities
from fedcop.communities.models import Ban, Community, Membership, ModerationAct
from fedcop.communities.roles import COMMITTEE, DUTIES, MEMBER, SEATS, Act, may
from fedcop.core import clock as clocks
from fedcop.core.site import Site
from fedcop.discussions.models import Post
from tests.rig.apps import Phone
from tests.rig.people import make_member
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_desk import ALL
from tests.web.mastodon.test_reading import Village, village

__all__ = ["village"]


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
