"""Administration through the pages: who comes in, roles, suspensions, invitations, the instance, other servers, deliveries."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from fedcop.accounts import instance, queries, service, sessions
from fedcop.core import clock, jobs
from fedcop.core.database import atomic
from fedcop.core.site import Site
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity, Server
from fedcop.federation.sending.destinations import claim_due, destinations_for
from fedcop.people import service as people
from tests.rig.browser import Browser
from tests.rig.people import PASSWORD, make_member, make_stranger
from tests.rig.queries import counted
from tests.web.conftest import SignIn

PAGES = [
    "/admin",
    "/admin/members",
    "/admin/settings",
    "/admin/retention",
    "/admin/servers",
    "/admin/alliances",
    "/admin/deliveries",
    "/admin/jobs",
    "/admin/members/new",
]


@pytest.fixture
async def owner(sign_in: SignIn) -> Browser:
    """The owner at her browser, in English."""
    return await sign_in(await make_member("patronne", "owner", language="en-CA"))


@pytest.mark.parametrize("path", PAGES)
async def test_members_and_strangers_do_not_learn_that_these_pages_exist(  # I07
    browser: Browser, sign_in: SignIn, path: str
) -> None:
    assert (await browser.get(path)).path.startswith("/login")
    lea = await sign_in("lea")
    assert (await lea.get(path)).status == 404


async def test_moderators_see_members_but_not_the_rest(sign_in: SignIn) -> None:  # I07, J20
    mod = await sign_in("mod", role="moderator")
    statuses = {path: (await mod.get(path)).status for path in PAGES}
    assert statuses == {path: 200 if path in ("/admin", "/admin/members") else 404 for path in PAGES}


@pytest.mark.parametrize("path", [*PAGES, "/invites"])
async def test_every_page_opens_empty(owner: Browser, path: str) -> None:
    page = await owner.get(path)
    assert page.status == 200
    assert len(page.root.all("h1")) == 1


async def test_an_account_is_made_for_somebody(site: Site, owner: Browser) -> None:
    page = await owner.get("/admin/members/new")
    page.fill("Name", "Léa Roy").fill("Address here", "lea").fill("E-mail", "nowhere").fill("Role", "Moderator")
    page = await owner.press("Make the account")
    assert page.problems == ["Enter a complete e-mail address, like name@example.org."]
    page.fill("E-mail", "lea@exemple.test")
    page = await owner.press("Make the account")
    assert page.h1 == "Léa Roy"
    await site.runner.settle()
    link = re.search(r"https://atelier\.example(/reset/\S+)", site.mailer.to("lea@exemple.test")[-1].text).group(1)
    await owner.get(link)
    owner.page.fill("New password", PASSWORD)
    await owner.press("Change my password")
    account = await service.log_in("lea", PASSWORD)
    assert account.role == "moderator"


async def test_a_member_is_suspended_with_a_reason_and_let_in_again(site: Site, owner: Browser) -> None:
    lea = await make_member("lea")
    await owner.get("/admin/members")
    await owner.click("lea")
    page = await owner.press("Suspend this account")
    assert page.problems == ["Write the reason: the person will read it."]
    page.fill("Reason", "Publicité répétée.")
    page = await owner.press("Suspend this account")
    assert page.messages == ["The account of lea is suspended; we wrote to them."]
    await site.runner.settle()
    assert "Publicité répétée." in site.mailer.to(lea.email)[-1].text
    assert (await owner.get("/u/lea")).status == 404
    assert "lea" in (await owner.get("/admin/members?which=suspended")).main.text
    await owner.get(f"/admin/members/{lea.id}")
    await owner.press("Open the account again")
    assert (await owner.get("/u/lea")).status == 200


async def test_roles_are_given_and_accounts_deleted(owner: Browser) -> None:
    lea = await make_member("lea")
    page = await owner.get(f"/admin/members/{lea.id}")
    page.fill("Role on this instance", "Administrator")
    await owner.press("Change the role")
    assert (await queries.by_id(lea.id)).role == "admin"
    page = await owner.press("Delete for good")
    assert page.problems == ["Write the name of the account to confirm."]
    page.fill("Write lea to confirm", "lea")
    page = await owner.press("Delete for good")
    assert page.messages == ["The account of lea is deleted."]
    assert (await owner.get("/u/lea")).status == 410


async def test_nobody_decides_about_those_above(owner: Browser, sign_in: SignIn) -> None:
    admin = await sign_in(await make_member("adam", "admin", language="en-CA"))
    page = await admin.get(f"/admin/members/{owner.account.id}")
    assert not [one for one in page.main.all("button") if "Suspend" in one.text or "Delete" in one.text]
    for act in ("suspend", "role", "remove"):
        page = await admin.post(f"/admin/members/{owner.account.id}/{act}", reason="x", role="member", name="patronne")
        assert page.status == 422
    assert (await queries.by_id(owner.account.id)).suspended_at is None


async def test_a_request_is_declined_with_kind_words(site: Site, owner: Browser) -> None:
    await service.sign_up(service.Wish("max", "max@exemple.test", PASSWORD, reason="<b>Bonjour</b>"))
    await site.runner.settle()
    token = re.search(r"/confirm/(\S+)", site.mailer.to("max@exemple.test")[-1].text).group(1)
    await service.confirm(token)
    await site.runner.settle()
    told = site.mailer.to(owner.account.email)[-1].text
    path = re.search(r"atelier\.example(/admin/requests/\S+)", told).group(1)
    await owner.get("/admin/members")
    assert path == urlsplit((await owner.click("Read max")).path).path
    assert "<b>Bonjour</b>" in owner.page.main.text
    owner.page.fill("Reason", "Nous sommes complets.")
    page = await owner.press("Decline")
    assert page.messages == ["The request of max was declined; we wrote to them."]
    await site.runner.settle()
    assert "Nous sommes complets." in site.mailer.to("max@exemple.test")[-1].text
    for page in (await owner.get(path), await owner.post(f"{path}/approve")):  # another moderator comes by the letter
        assert (page.path, page.messages) == ("/admin/members", ["This request was answered already."])


async def test_invitations_are_made_sent_and_taken_back(site: Site, owner: Browser, sign_in: SignIn) -> None:
    page = await owner.get("/invites")
    page.fill("How many people", "0").fill("For how many days", "900")
    page = await owner.press("Make an invitation")
    assert len(page.problems) == 2
    page.fill("How many people", "3").fill("For how many days", "7")
    page = await owner.press("Make an invitation")
    assert page.value("Link").startswith("https://atelier.example/invite/")
    await owner.press("Take back")
    assert "Ended" in owner.page.main.text
    owner.page.fill("E-mail", "ami@exemple.test")
    await owner.press("Make an invitation")
    await site.runner.settle()
    assert "/invite/" in site.mailer.to("ami@exemple.test")[-1].text
    lea = await sign_in("lea")
    assert (await lea.get("/invites")).status == 403
    await instance.change(owner.account, invited_by="member")
    page = await lea.get("/invites")
    assert "ami@exemple.test" not in page.main.text  # members see their own only


async def test_the_instance_says_what_it_is(owner: Browser, browser: Browser) -> None:
    page = await owner.get("/admin/settings")
    page.fill("Name", "")
    page = await owner.press("Save")
    assert page.problems == ["Give your instance a name."]
    page.fill("Name", "Réseau Atelier").fill("Slogan", "Apprendre ensemble").choose(
        "Only people who were invited"
    ).fill("What we agree on", "Soyons francs.\n\nAidons.")
    page = await owner.press("Save")
    assert page.messages == ["The settings are saved."]
    now = await instance.read()
    assert (now.name, now.registration, now.rules) == ("Réseau Atelier", "invitation", ("Soyons francs.", "Aidons."))
    assert (await browser.get("/login")).title == "Se connecter – Réseau Atelier"


async def test_decisions_about_other_servers(owner: Browser) -> None:
    page = await owner.get("/admin/servers")
    page.fill("Server", "not a host/").choose("Blocked")
    page = await owner.press("Decide")
    assert page.problems == ["Enter the name of a server, like example.org."]
    page.fill("Server", "https://Mal.example/").fill("Reason", "Pourriels")
    page = await owner.press("Decide")
    assert page.messages == ["Your decision about mal.example applies from now on."]
    assert (await Server.get(host="mal.example")).policy == "blocked"
    assert "Pourriels" in (await owner.get("/admin/servers?policy=blocked")).main.text
    assert "mal.example" not in (await owner.get("/admin/servers?policy=limited")).main.text
    page = await owner.get("/admin/servers")
    page.fill("Server", "atelier.example").choose("Blocked")
    assert (await owner.press("Decide")).problems == ["This is this very server."]


@atomic
async def stuck(hosts: list[str]) -> None:
    """Something waits for servers that do not answer."""
    found = await destinations_for(f"https://{host}/inbox" for host in hosts)
    sent = await OutgoingActivity.create(
        uri=f"https://atelier.example/activities/{hosts[0]}", sender_id=1, body=b"{}", created_at=clock.now()
    )
    for one in found:
        await MailboxEntry.create(destination=one, outgoing=sent)
        one.failing_since = one.retry_at = clock.now()
        one.last_error = "no answer within 10 s"
        await one.save()


async def test_deliveries_that_wait_are_shown_and_tried(owner: Browser) -> None:
    assert "Everything has been delivered." in (await owner.get("/admin/deliveries")).main.text
    await stuck(["muet.example"])
    page = await owner.get("/admin/deliveries")
    assert "1 delivery waits. 1 server does not answer." in page.main.text
    assert "It does not answer in time." in page.main.text
    await owner.press("Try now muet.example")
    assert owner.page.messages == ["muet.example will be tried now."]
    assert (await Destination.get(host="muet.example")).retry_at is None
    await owner.press("Pause muet.example")
    assert "Paused since" in owner.page.main.text and "1 server is paused" in owner.page.main.text
    assert not await claim_due(9)
    refused = await owner.post("/admin/deliveries/try", host="muet.example")
    assert refused.status == 409
    await owner.get("/admin/deliveries")
    await owner.press("Resume muet.example")
    assert "On its way" in owner.page.main.text
    assert len(await claim_due(9)) == 1
    for act in ("try", "pause", "resume"):
        for nowhere in ("inconnu.example", "é" * 300):
            assert (await owner.post(f"/admin/deliveries/{act}", host=nowhere)).status == 404
    await owner.get("/admin/deliveries?q=muet")
    await owner.click("Block… muet.example")
    await owner.press("Decide")
    assert "Blocked" in (await owner.get("/admin/deliveries?which=all")).main.text


async def test_lists_take_the_same_queries_for_few_and_many(owner: Browser) -> None:
    numbers: dict[str, list[int]] = {"/admin/members": [], "/admin/deliveries": [], "/admin/servers": []}
    await owner.get("/admin")  # what is said of the instance is read once
    for count in (1, 8):
        for n in range(count):
            await make_member(f"p{count}x{n}")
            await people.follow(owner.actor, await make_stranger(f"s{count}x{n}", f"s{count}x{n}.example"))
            await Server.create(host=f"t{count}x{n}.example", created_at=clock.now())
        await stuck([f"w{count}x{n}.example" for n in range(count)])
        for path, seen in numbers.items():
            with counted() as statements:
                await owner.get(path)
            seen.append(len(statements))
    assert all(few == many for few, many in numbers.values()), numbers


async def test_work_that_failed_is_shown_and_tried_again(owner: Browser) -> None:
    job_id = await jobs.enqueue(sessions.forget_idle)
    (claimed,) = [one for one in await jobs.claim(50) if one.id == job_id]
    await jobs.give_up(claimed, "the disk was full")
    page = await owner.get("/admin/jobs")
    assert "the disk was full" in page.main.text
    await owner.press("Try again")
    assert owner.page.messages == ["It will be tried again now."]
    assert "Nothing failed." in owner.page.main.text
    assert (await owner.post(f"/admin/jobs/{job_id}/try")).status == 404
