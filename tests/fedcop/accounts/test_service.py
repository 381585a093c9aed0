"""Coming in, logging in, secrets, roles: who may, who may not, and that strangers learn nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fedcop.accounts import instance, invites, links, queries, rules, service, sessions, signup
from fedcop.accounts.models import Account, OneTimeLink, Session, SignUp
from fedcop.accounts.service import Wish
from fedcop.actors import queries as actors
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from tests.rig.clock import StandingClock
from tests.rig.people import PASSWORD, make_member

WISH = Wish("lea", "Lea@Exemple.test", PASSWORD, "Léa Roy", reason="Je suis agronome.")


async def mode(name: str) -> Account:
    owner = await make_member("patronne", "owner")
    await instance.change(owner, registration=name)
    return owner


async def letter(site: Site, to: str) -> str:
    """The text of the last letter to somebody."""
    await site.runner.settle()
    return site.mailer.to(to)[-1].text


def token_in(text: str) -> str:
    """The token of the link in a letter."""
    return re.search(r"https://atelier\.example/[a-z-]+/(\S+)", text).group(1)


async def test_on_an_open_instance_a_confirmed_address_opens_the_door(site: Site) -> None:  # I03
    await mode("open")
    assert (await service.sign_up(WISH)).step == "mailed"
    assert await actors.local_by_name("lea") is None  # nobody is there before the door is open
    welcome = await service.confirm(token_in(await letter(site, "lea@exemple.test")))
    assert (welcome.step, welcome.account.actor.name, welcome.account.role) == ("open", "lea", "member")
    assert (await service.log_in("@Lea", PASSWORD)).id == welcome.account.id
    assert await SignUp.all().count() == 0


async def test_on_approval_somebody_answers_first(site: Site) -> None:
    owner = await mode("approval")
    with pytest.raises(Invalid) as caught:
        await service.sign_up(Wish("lea", "lea@exemple.test", PASSWORD))
    assert set(caught.value.errors) == {"reason"}
    await service.sign_up(WISH)
    assert (await service.confirm(token_in(await letter(site, "lea@exemple.test")))).step == "waiting"
    assert "agronome" in await letter(site, owner.email)
    with pytest.raises(Forbidden) as waiting:
        await service.log_in("lea@exemple.test", PASSWORD)
    assert waiting.value.code == "account-waiting"
    (asked, *more) = await queries.waiting()
    assert more == []
    with pytest.raises(Forbidden):
        await service.approve(await make_member("sam"), asked)
    await service.approve(owner, asked)
    assert "@lea" in await letter(site, "lea@exemple.test")
    assert (await service.log_in("lea", PASSWORD)).email == "lea@exemple.test"


async def test_a_declined_request_is_forgotten_with_a_kind_letter(site: Site) -> None:
    owner = await mode("approval")
    await service.sign_up(WISH)
    await service.confirm(token_in(await letter(site, "lea@exemple.test")))
    await service.decline(owner, (await queries.waiting())[0], "Nous sommes complets.")
    assert "Nous sommes complets." in await letter(site, "lea@exemple.test")
    assert await SignUp.all().count() == 0
    await service.sign_up(WISH)  # and one may ask again


async def test_a_senseless_form_does_not_void_what_waits_for_confirmation(site: Site) -> None:
    await mode("open")
    await service.sign_up(WISH)
    token = token_in(await letter(site, "lea@exemple.test"))
    with pytest.raises(Invalid):
        await service.sign_up(replace(WISH, password="x"))
    assert (await service.confirm(token)).step == "open"


async def test_whoever_waits_for_confirmation_may_try_again_with_the_same_name_and_nobody_else(site: Site) -> None:
    await mode("open")
    await service.sign_up(WISH)
    with pytest.raises(Invalid) as taken:
        await service.sign_up(replace(WISH, email="sam@exemple.test"))
    assert list(taken.value.errors) == ["name"]
    first = token_in(await letter(site, "lea@exemple.test"))
    await service.sign_up(WISH)
    second = token_in(await letter(site, "lea@exemple.test"))
    with pytest.raises(NotFound):
        await service.confirm(first)
    assert (await service.confirm(second)).step == "open"


@pytest.mark.parametrize("closed", ["closed", "invitation"])
async def test_an_invitation_opens_a_closed_door_once(site: Site, closed: str) -> None:
    owner = await mode(closed)
    with pytest.raises(Forbidden):
        await service.sign_up(WISH)
    invite = await invites.create(owner, uses=1)
    await service.sign_up(Wish("lea", "lea@exemple.test", PASSWORD, invite=invite.code))
    await service.sign_up(Wish("max", "max@exemple.test", PASSWORD, invite=invite.code))
    assert (await service.confirm(token_in(await letter(site, "lea@exemple.test")))).step == "open"
    with pytest.raises(NotFound):  # the place was taken between the two
        await service.confirm(token_in(await letter(site, "max@exemple.test")))
    with pytest.raises(NotFound):
        await service.sign_up(Wish("zoe", "zoe@exemple.test", PASSWORD, invite=invite.code))


@pytest.mark.parametrize("how", ["suspended", "not in charge any more", "gone"])
async def test_nobody_comes_by_the_word_of_who_may_not_invite_any_more(site: Site, how: str) -> None:  # I16
    """Else who is thrown out of a closed house comes in again by the links that they made before."""
    owner, malo = await mode("closed"), await make_member("malo", role="moderator")
    invite = await invites.create(malo, uses=100, days=365)
    await service.sign_up(Wish("max", "max@exemple.test", PASSWORD, invite=invite.code))
    if how == "suspended":
        await service.suspend(owner, malo)
    elif how == "gone":
        await malo.delete()
    else:
        await service.give_role(owner, malo, "member")
    with pytest.raises(NotFound):
        await invites.valid(invite.code)
    with pytest.raises(NotFound):
        await service.sign_up(Wish("zoe", "zoe@exemple.test", PASSWORD, invite=invite.code))
    with pytest.raises(NotFound):  # who had begun before
        await service.confirm(token_in(await letter(site, "max@exemple.test")))
    (asked,) = await queries.waiting()  # nobody vouches for them any more: somebody in charge may let them in
    assert (await service.approve(owner, asked)).email == "max@exemple.test"


async def test_invitations_end_by_time_and_by_their_maker(site: Site, clock: StandingClock) -> None:
    owner = await mode("invitation")
    short, taken_back = await invites.create(owner, days=1), await invites.create(owner)
    await invites.revoke(owner, taken_back.id)
    clock.advance(days=2)
    for invite in (short, taken_back):
        with pytest.raises(NotFound):
            await invites.valid(invite.code)
    with pytest.raises(Forbidden):
        await invites.create(await make_member("lea"))
    await invites.create(owner, email="ami@exemple.test")
    assert "/invite/" in await letter(site, "ami@exemple.test")


async def test_a_known_address_gets_a_letter_and_the_stranger_learns_nothing(site: Site) -> None:
    await mode("open")
    lea = await make_member("lea")
    assert (await service.sign_up(Wish("autre", lea.email, PASSWORD))).step == "mailed"
    assert "/login" in await letter(site, lea.email)


@pytest.mark.parametrize("whose", ["nobody", "account", "waiting"])
async def test_what_a_stranger_does_with_an_address_tells_nothing_of_it(site: Site, whose: str) -> None:
    """Whether it has an account or waits for one: the name, the password and another address do what they always do."""
    await mode("approval")
    if whose == "account":
        await make_member("lea")
    elif whose == "waiting":
        await service.sign_up(Wish("lea", "lea@atelier.example", "une autre phrase", reason="Je taille"))
        await service.confirm(token_in(await letter(site, "lea@atelier.example")))
    for _ in range(2):  # the earlier try gives way
        welcome = await service.sign_up(Wish("autre", "lea@atelier.example", "une phrase curieuse", reason="Curieux"))
        assert welcome.step == "mailed" and welcome.sign_up_id is not None
    with pytest.raises(Invalid) as caught:
        await service.sign_up(Wish("autre", "moi@exemple.test", "une phrase curieuse", reason="Curieux"))
    assert set(caught.value.errors) == {"name"}
    for who in ("autre", "lea@atelier.example"):
        with pytest.raises(Forbidden) as refused:
            await service.log_in(who, "une phrase curieuse")
        assert refused.value.code == "account-unconfirmed"
        with pytest.raises(Forbidden) as refused:
            await service.log_in(who, "pas celle-ci")
        assert refused.value.code == "wrong-password"
    await signup.mail_again(welcome.sign_up_id, "lea@atelier.example")
    await signup.mail_again(welcome.sign_up_id)
    site.mailer.sent.clear()
    await signup.mail_again(welcome.sign_up_id, "moi@exemple.test")
    assert (await service.confirm(token_in(await letter(site, "moi@exemple.test")))).step == "waiting"
    assert await signup.has_confirmed(welcome.sign_up_id)


async def test_all_that_is_wrong_with_a_wish_is_said_at_once(site: Site) -> None:
    await mode("open")
    await make_member("lea")
    with pytest.raises(Invalid) as caught:
        await service.sign_up(Wish("lea", "nowhere", "court"))
    assert set(caught.value.errors) == {"name", "email", "password"}


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "motdepasse1", "lea@exemple.test", "x" * 1001])
def test_passwords_that_are_refused(password: str) -> None:
    with pytest.raises(Invalid):
        rules.check_password(password, "lea", "lea@exemple.test")


async def test_links_end(site: Site, clock: StandingClock) -> None:
    await mode("open")
    await service.sign_up(WISH)
    token = token_in(await letter(site, "lea@exemple.test"))
    clock.advance(days=4)
    with pytest.raises(NotFound):
        await service.confirm(token)
    assert (await OneTimeLink.all())[-1].token_hash != token  # only a hash is kept


async def test_a_new_password_ends_other_sessions(site: Site) -> None:  # I02
    lea = await make_member("lea")
    here, there = await sessions.open_session(lea, "here"), await sessions.open_session(lea, "there")
    with pytest.raises(Invalid) as caught:
        await service.change_password(lea, "wrong", "une autre phrase longue")
    assert set(caught.value.errors) == {"current"}
    await service.change_password(lea, PASSWORD, "une autre phrase longue", keep=here)
    assert await sessions.viewer_of(here)
    assert await sessions.viewer_of(there) is None
    assert await service.log_in("lea", "une autre phrase longue")


async def test_a_reset_works_once_and_ends_all_sessions(site: Site) -> None:  # I02
    lea = await make_member("lea")
    token = await sessions.open_session(lea)
    await service.ask_reset("nobody@exemple.test")
    await service.ask_reset(lea.email)
    link = token_in(await letter(site, lea.email))
    with pytest.raises(Invalid):
        await service.reset(link, "short")  # and the link still works
    await service.reset(link, "une autre phrase longue")
    assert await sessions.viewer_of(token) is None
    with pytest.raises(NotFound):
        await service.reset(link, "encore une autre phrase")
    assert [mail.to for mail in site.mailer.sent if mail.to != lea.email] == []


async def test_a_new_address_is_confirmed_and_the_old_one_warned(site: Site) -> None:
    lea = await make_member("lea")
    await service.ask_email(lea, PASSWORD, "Neuve@exemple.test")
    assert "neuve@exemple.test" in await letter(site, "lea@atelier.example")
    assert (await queries.by_id(lea.id)).email == "lea@atelier.example"
    await service.confirm_email(token_in(await letter(site, "neuve@exemple.test")))
    assert (await queries.by_id(lea.id)).email == "neuve@exemple.test"


async def test_a_new_password_ends_what_waits_for_a_new_address(site: Site) -> None:  # I02
    """Who had the password and asked for an address of their own does not get the account by it, once there is a new password."""
    lea = await make_member("lea")
    await service.ask_email(lea, PASSWORD, "malo@exemple.test")
    link = token_in(await letter(site, "malo@exemple.test"))
    await service.change_password(lea, PASSWORD, "une autre phrase longue")  # as the letter to the old address advises
    with pytest.raises(NotFound):
        await service.confirm_email(link)
    assert (await queries.by_id(lea.id)).email == "lea@atelier.example"


async def test_sessions_are_listed_ended_and_forgotten(site: Site, clock: StandingClock) -> None:  # I06
    lea, sam = await make_member("lea"), await make_member("sam")
    first, second = await sessions.open_session(lea, "Firefox", "192.0.2.1"), await sessions.open_session(lea)
    listed = await sessions.list_(lea)
    assert len(listed) == 2
    with pytest.raises(NotFound):
        await sessions.end(sam, listed[0].id)
    await sessions.end_by_token(first)
    assert await sessions.viewer_of(first) is None
    clock.advance(days=59)
    assert await sessions.viewer_of(second)
    clock.advance(days=59)
    assert await sessions.viewer_of(second)  # it was used meanwhile
    clock.advance(days=61)
    assert await sessions.viewer_of(second) is None
    await sessions.forget_idle()
    assert await Session.all().count() == 0


async def test_a_suspension_ends_sessions_and_can_be_taken_back(site: Site) -> None:
    owner, lea, admin = (
        await make_member("patronne", "owner"),
        await make_member("lea"),
        await make_member("adam", "admin"),
    )
    token = await sessions.open_session(lea)
    with pytest.raises(Forbidden):
        await service.suspend(lea, admin)
    with pytest.raises(Forbidden):
        await service.suspend(admin, owner)
    await service.suspend(admin, lea, "Publicité.")
    assert "Publicité." in await letter(site, lea.email)
    assert await sessions.viewer_of(token) is None
    with pytest.raises(Forbidden) as caught:
        await service.log_in("lea", PASSWORD)
    assert caught.value.code == "account-suspended"
    await service.unsuspend(admin, await queries.by_id(lea.id))
    assert await service.log_in("lea", PASSWORD)


async def test_there_is_always_an_owner_and_roles_come_from_above(site: Site) -> None:
    owner, admin, lea = (
        await make_member("patronne", "owner"),
        await make_member("adam", "admin"),
        await make_member("lea"),
    )
    with pytest.raises(Forbidden):
        await service.give_role(owner, owner, "member")
    with pytest.raises(Forbidden):
        await service.give_role(admin, lea, "admin")
    await service.give_role(admin, lea, "moderator")
    with pytest.raises(Forbidden):
        await service.give_role(lea, lea, "admin")
    await service.give_role(owner, admin, "owner")
    await service.give_role(owner, owner, "member")
    assert [account.role for account in await queries.staff()] == ["owner", "moderator"]


async def test_the_first_owner_comes_in_by_a_link_that_works_once(site: Site) -> None:
    first = await service.owner_link()
    token = (await service.owner_link()).rpartition("/")[2]
    with pytest.raises(NotFound):  # the newer link is the only one
        await service.check_owner_link(first.rpartition("/")[2])
    with pytest.raises(Invalid):
        await service.become_owner(token, Wish("lea", "lea@exemple.test", "short"))
    account = await service.become_owner(token, Wish("lea", "lea@exemple.test", PASSWORD))
    assert account.role == "owner"
    for again in (service.owner_link(), service.become_owner(token, Wish("eve", "eve@exemple.test", PASSWORD))):
        with pytest.raises((Conflict, NotFound)):
            await again


async def test_in_development_no_letter_is_needed(make_site) -> None:
    async with make_site("https://dev.example", development=True, registration="open"):
        welcome = await service.sign_up(WISH)
        assert welcome.step == "open"
        assert await service.log_in("lea", PASSWORD)


async def test_what_is_said_of_the_instance_is_checked_and_kept(site: Site) -> None:
    owner, lea = await make_member("patronne", "owner"), await make_member("lea")
    assert (await instance.read()).registration == "approval"
    with pytest.raises(Forbidden):
        await instance.change(lea, name="Eve")
    with pytest.raises(Invalid) as caught:
        await instance.change(owner, name=" ", registration="maybe")
    assert set(caught.value.errors) == {"name", "registration"}
    await instance.change(owner, name="Réseau Atelier", rules=["Soyons bienveillants.", " "])
    kept = await instance.read()
    assert (kept.name, kept.rules) == ("Réseau Atelier", ("Soyons bienveillants.",))


async def test_letters_are_in_the_language_of_the_person(site: Site) -> None:
    lea = await make_member("lea")
    await service.change_preferences(lea, language="en-CA")
    await service.ask_reset(lea.email)
    await site.runner.settle()
    assert site.mailer.to(lea.email)[-1].subject.startswith("Choose a new password")
    with pytest.raises(Invalid):
        await service.change_preferences(lea, language="xx")
    with pytest.raises(Invalid):
        await service.change_preferences(lea, time_zone="Mars/Olympus")


async def test_links_of_one_kind_replace_each_other(site: Site) -> None:
    lea = await make_member("lea")
    first, second = await links.make("reset", account=lea), await links.make("reset", account=lea)
    with pytest.raises(NotFound):
        await links.find("reset", first)
    with pytest.raises(NotFound):
        await links.find("email", second)
    assert (await links.use("reset", second)).account.id == lea.id
