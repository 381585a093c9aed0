"""Founding, joining, leaving, deciding: the rules as people meet them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fedcop.actors.models import Actor
from fedcop.actors.service import mark_gone
from fedcop.communities import queries, records, rules, service
from fedcop.communities.admission import settled
from fedcop.communities.models import Ban, Community, Membership, ModerationAct
from fedcop.core import clock
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.notifications.models import Notification
from tests.rig.people import make_member, make_stranger


async def found(founder: Actor, **fields: str) -> Community:
    return await service.found(founder, **{"title": "Santé des sols", "purpose": "Partager ce qui marche.", **fields})


async def told(actor: Actor) -> list[str]:
    return [one.kind for one in await Notification.filter(account__actor_id=actor.id).order_by("id")]


async def test_a_founder_is_the_first_responsible_person(ana: Actor) -> None:
    community = await found(ana)
    assert community.actor.name == "sante_des_sols"
    assert community.actor.uri == "https://atelier.example/c/sante_des_sols"
    assert community.actor.display_name == "Santé des sols"
    assert community.posting == "followers"
    membership = await queries.membership(community, ana)
    assert membership is not None and (membership.role, membership.state) == ("president", "active")
    assert (await queries.by_id(community.id)).members_count == 1


async def test_a_private_community_is_written_in_by_members_only(ana: Actor) -> None:
    community = await found(ana, visibility="private")
    assert community.posting == "members"
    assert community.actor.approves_followers and not community.actor.discoverable


async def test_errors_stand_at_their_fields(ana: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        await service.found(ana, title=" ", name="sols", kind="club", visibility="private", posting="anyone")
    assert set(caught.value.errors) == {"title", "purpose", "kind", "posting"}


async def test_people_and_communities_share_one_namespace(ana: Actor) -> None:
    with pytest.raises(Conflict):
        await found(ana, name="ana")
    with pytest.raises(Invalid) as caught:
        await found(ana, name="Été!")
    assert "name" in caught.value.errors


async def test_joining_an_open_community_takes_no_decision(site: Site, ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    membership = await service.join(ben, community)
    assert membership.state == "active"
    assert (await service.join(ben, community)).id == membership.id
    await site.runner.settle()
    assert await queries.audience_numbers(await queries.by_id(community.id)) == (2, 0, 0)


async def test_a_request_is_admitted_or_declined_with_a_sentence(site: Site, ana: Actor, ben: Actor) -> None:
    community = await found(ana, join_policy="request")
    asked = await service.join(ben, community, "Je cultive des patates.")
    assert asked.state == "asked" and asked.message == "Je cultive des patates."
    await site.runner.settle()
    assert await told(ana) == ["join_asked"]
    with pytest.raises(Forbidden):
        await service.admit(ben, asked)
    await service.decline(ana, asked, "Revenez au printemps.")
    await site.runner.settle()
    assert await queries.membership(community, ben) is None
    assert await told(ben) == ["refused"]
    note = await Notification.get(kind="refused")
    assert note.detail["reason"] == "Revenez au printemps."
    again = await service.join(ben, community)
    await service.admit(ana, again)
    await site.runner.settle()
    assert await queries.is_member(community, ben)
    assert await told(ben) == ["refused", "accepted"]


async def test_by_invitation_only(site: Site, ana: Actor, ben: Actor) -> None:
    community = await found(ana, join_policy="invitation")
    with pytest.raises(Forbidden):
        await service.join(ben, community)
    invited = await service.invite(ana, community, ben)
    assert invited.state == "invited"
    assert not await queries.is_member(community, ben)
    await site.runner.settle()
    assert await told(ben) == ["invited"]
    assert [one.id for one in await queries.invitations(ben)] == [community.id]
    assert (await service.join(ben, community)).state == "active"


async def test_inviting_who_asked_admits_them(ana: Actor, ben: Actor) -> None:
    community = await found(ana, join_policy="request")
    await service.join(ben, community)
    assert (await service.invite(ana, community, ben)).state == "active"


async def test_an_invitation_can_be_declined(ana: Actor, ben: Actor) -> None:
    community = await found(ana, join_policy="invitation")
    await service.invite(ana, community, ben)
    await service.leave(ben, community)
    assert await queries.membership(community, ben) is None


async def test_the_last_responsible_person_names_another_first(ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    with pytest.raises(Conflict):
        await service.leave(ana, community)
    with pytest.raises(Conflict):
        await service.appoint(ana, community, ana, "member")
    await service.join(ben, community)
    await service.appoint(ana, community, ben, "president")
    await service.leave(ana, community)
    assert [person.id for person in await queries.moderators(community)] == [ben.id]


async def test_only_responsible_people_give_roles(ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    cleo = (await make_member("cleo")).actor
    for person in (ben, cleo):
        await service.join(person, community)
    await service.appoint(ana, community, ben, "committee", duties=["moderation"])
    with pytest.raises(Forbidden):
        await service.appoint(ben, community, cleo, "committee", duties=["moderation"])
    with pytest.raises(Invalid):
        await service.appoint(ana, community, cleo, "queen")
    with pytest.raises(Forbidden):
        await service.remove_member(ben, community, ana, "Je veux sa place.")


async def test_removing_a_member_is_logged_with_its_reason(site: Site, ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    await service.join(ben, community)
    await service.remove_member(ana, community, ben, "Publicité répétée.")
    await site.runner.settle()
    assert not await queries.is_member(community, ben)
    entries = await queries.log(community)
    assert [(entry.act.act, entry.act.reason, entry.target.name) for entry in entries] == [
        ("remove_member", "Publicité répétée.", "ben")
    ]
    assert await told(ben) == ["moderation"]


async def test_a_ban_keeps_out_until_its_end(site: Site, ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    await service.join(ben, community)
    await service.ban(ana, community, ben, "Insultes.", clock.now() + timedelta(days=3))
    assert not await queries.is_member(community, ben)
    with pytest.raises(Forbidden):
        await service.join(ben, community)
    with pytest.raises(Forbidden):
        await rules.may_reply(ben, community, None)
    site.clock.advance(days=4)
    assert await queries.active_ban(community, ben) is None
    assert (await service.join(ben, community)).state == "active"


async def test_a_ban_can_be_lifted(ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    await service.ban(ana, community, ben, "Erreur.")
    await service.unban(ana, community, ben, "C'était une erreur.")
    assert not await Ban.all().exists()
    assert [act.act for act in await ModerationAct.all().order_by("id")] == ["ban", "unban"]
    await service.join(ben, community)


async def test_bans_are_forgotten_a_month_after_their_end(site: Site, ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    await service.ban(ana, community, ben, "", clock.now() + timedelta(days=1))
    with pytest.raises(Invalid):
        await service.ban(ana, community, ben, "", clock.now() - timedelta(days=1))
    site.clock.advance(days=40)
    await site.runner.settle()


async def test_changing_a_community(ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    changed = await service.change(ana, community, title="Sols vivants", join_policy="request")
    assert changed.actor.display_name == "Sols vivants" and changed.join_policy == "request"
    assert (await queries.by_id(community.id)).actor.display_name == "Sols vivants"
    await service.join(ben, changed)
    with pytest.raises(Forbidden):
        await service.change(ben, changed, title="À moi")


async def test_a_private_community_does_not_become_public(ana: Actor) -> None:
    community = await found(ana, visibility="private")
    with pytest.raises(Invalid) as caught:
        await service.change(ana, community, visibility="public", posting="members")
    assert "visibility" in caught.value.errors


async def test_in_a_closed_community_nobody_writes(ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    await service.change_stage(ana, community, "archived")
    for call in (service.join(ben, community), rules.may_publish(ana, community)):
        with pytest.raises(Forbidden):
            await call
    await service.change_stage(ana, community, community.stage)
    await rules.may_publish(ana, community)


async def test_who_may_publish(ana: Actor, ben: Actor) -> None:
    for posting, member_may, stranger_may in (
        ("moderators", False, False),
        ("members", True, False),
        ("followers", True, False),
        ("anyone", True, True),
    ):
        community = await found(ana, title=f"Essai {posting}", posting=posting)
        cleo = await Actor.get_or_none(name="cleo") or (await make_member("cleo")).actor
        await service.join(ben, community)
        for actor, may in ((ana, True), (ben, member_may), (cleo, stranger_may)):
            if may:
                await rules.may_publish(actor, community)
            else:
                with pytest.raises(Forbidden):
                    await rules.may_publish(actor, community)
        if posting in ("followers", "anyone"):
            await rules.may_reply(cleo, community, None)
        else:
            with pytest.raises(Forbidden):
                await rules.may_reply(cleo, community, None)


async def test_what_a_new_form_has_chosen_fits_a_private_community_too(ana: Actor) -> None:
    private = await found(ana, title="Entre nous", visibility="private", posting="followers")
    assert private.posting == "members"
    with pytest.raises(Invalid):
        await found(ana, title="Sans porte", visibility="private", posting="anyone")


async def test_staff_steps_in_only_where_the_public_reads(ana: Actor) -> None:
    admin = (await make_member("admin_nora", "admin")).actor
    public = await found(ana)
    private = await found(ana, title="Entre nous", visibility="private")
    await rules.may_moderate(admin, public)
    with pytest.raises(Forbidden):
        await rules.may_moderate(admin, private)
    hidden = await found(ana, title="Très entre nous", visibility="private", join_policy="invitation")
    with pytest.raises(NotFound):
        await rules.may_moderate(admin, hidden)


async def test_joining_elsewhere_waits_for_the_other_server(ana: Actor) -> None:
    group = await make_stranger("sols", kind="Group")
    community = await records.record_remote(group, purpose="Là-bas", members_count=40)
    membership = await service.join(ana, await queries.by_id(community.id), "Bonjour")
    assert membership.state == "asked" and membership.join_uri.startswith("https://atelier.example/activities/")
    community = await queries.by_id(community.id)
    with pytest.raises(Forbidden):
        await service.admit(ana, membership)
    await settled.record_admission(community, ana)
    assert await queries.is_member(community, ana)
    assert (await queries.by_id(community.id)).members_count == 40


async def test_the_community_named_by_handle(ana: Actor) -> None:
    mine = await found(ana)
    group = await make_stranger("sols", kind="Group")
    await records.record_remote(group)
    assert (await queries.visible_community(None, "sante_des_sols")).id == mine.id
    assert (await queries.visible_community(None, "sols@ailleurs.example")).actor_id == group.id
    for name in ("sols", "sante_des_sols@ailleurs.example", "ana", "nobody"):
        with pytest.raises(NotFound):
            await queries.visible_community(ana, name)


async def test_memberships_are_counted_by_where_people_are(ana: Actor) -> None:
    community = await found(ana)
    for number in range(3):
        await service.join(await make_stranger(f"p{number}", f"h{number % 2}.example"), community)
    assert await queries.audience_numbers(await queries.by_id(community.id)) == (4, 3, 2)
    assert await Membership.filter(community_id=community.id).count() == 4


async def test_who_helped_longest_takes_over_from_who_is_gone(site: Site, ana: Actor, ben: Actor) -> None:
    community = await found(ana)
    cleo = (await make_member("cleo")).actor
    for person in (ben, cleo):
        await service.join(person, community)
    await service.appoint(ana, community, cleo, "committee", duties=["moderation"])
    await mark_gone(ana)
    await site.runner.settle()
    assert [(one.actor_id, one.role) for one in await queries.leaders(community)] == [(cleo.id, "president")]
    assert "moderation" in await told(cleo)
    assert (await queries.by_id(community.id)).members_count == 2
