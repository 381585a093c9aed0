"""What members set for themselves, through the pages."""

from __future__ import annotations

import io
import zipfile

import pytest

from fedcop.accounts import queries as accounts
from fedcop.accounts import sessions
from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.core.site import Site
from fedcop.people import queries, service
from tests.rig.people import PASSWORD, make_member, make_stranger
from tests.web.conftest import SignIn


async def test_a_profile_is_written_and_mistakes_are_kept(sign_in: SignIn) -> None:
    lea = await sign_in(await make_member("lea", language="en-CA"))
    await lea.get("/settings")
    await lea.click("My profile")
    page = await lea.get("/settings/profile")
    page.fill("Profession", "x" * 200).fill("About me", "Des **sols**.").fill(
        "Address of link 1", "javascript:alert(1)"
    ).fill("Names of websites", "journal.example\na b").choose("Only I see who follows me")
    page = await lea.press("Save")
    assert len(page.problems) == 3 and page.value("Names of websites") == "journal.example\na b"
    assert page.value("About me") == "Des **sols**."
    assert page.value("Address of link 1") == "javascript:alert(1)"
    page.fill("Profession", "Agronome").fill("Address of link 1", "lea.example").fill(
        "Names of websites", "journal.example\nrevue.example"
    ).choose("English").untick("Show me in the directory")
    page = await lea.press("Save")
    assert page.messages == ["Your profile is saved."]
    actor = await actors.local_by_name("lea")
    assert (actor.profession, actor.discoverable, actor.links) == (
        "Agronome",
        False,
        [{"name": "lea.example", "value": "https://lea.example"}],
    )
    assert "en" in actor.languages and actor.hides_follows
    assert (
        page.value("Names of websites").split()
        == actor.attribution_domains.split()
        == ["journal.example", "revue.example"]
    )
    boxes = [box for box in page.root.all("input", name="languages") if "checked" not in box]
    for box in boxes:
        box.attributes["checked"] = ""
    page = await lea.press("Save")
    assert (page.status, page.problems) == (422, ["Choose 20 languages at most."])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "fr-CA",
            ["Ce texte est trop long : 150 caractères au plus.", "Ce texte est trop long : 5 000 caractères au plus."],
        ),
        (
            "en-CA",
            ["This text is too long: 150 characters at most.", "This text is too long: 5,000 characters at most."],
        ),
    ],
)
async def test_who_wrote_too_much_learns_how_much_is_enough(sign_in: SignIn, language: str, said: list[str]) -> None:
    lea = await sign_in(await make_member("lea", language=language))
    await lea.get("/settings/profile")
    page = lea.page.fill("profession", "x" * 151).fill("summary_source", "y" * 5001)
    page = await lea.press("Enregistrer" if language == "fr-CA" else "Save")
    assert [
        one.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ") for one in page.problems
    ] == said


async def test_language_is_chosen_for_pages_and_letters(sign_in: SignIn) -> None:
    lea = await sign_in(await make_member("lea", language="en-CA"))
    page = await lea.get("/settings/account")
    page.choose("Français").fill("Time zone", "Europe/Paris").choose("Use keyboard").fill("Who may quote", "nobody")
    page = await lea.press("Save")  # one press keeps all of it
    assert page.h1 == "Compte" and page.value("Qui peut citer") == "nobody" and "data-shortcuts" in page.html
    account = await accounts.by_name("lea")
    assert (account.language, account.time_zone) == ("fr-CA", "Europe/Paris")


async def test_password_and_address_change_only_with_the_password(site: Site, sign_in: SignIn) -> None:
    lea = await sign_in(await make_member("lea", language="en-CA"))
    other = await sessions.open_session(lea.account, "other")
    page = await lea.get("/settings/account")
    page.fill("New e-mail", "neuve@exemple.test").fill("Your password", "wrong wrong wrong")
    page = await lea.press("Change my e-mail")
    assert (page.status, page.problems) == (422, ["This is not your password."])
    assert page.field("Your password")["aria-invalid"] == "true"
    assert (page.value("New e-mail"), page.value("Your password")) == ("neuve@exemple.test", "")
    assert page.value("Time zone") == "America/Montreal"
    page.fill("Your password", PASSWORD)
    page = await lea.press("Change my e-mail")
    assert page.messages == ["We sent a link to your new address. Open it to confirm the change."]
    page.fill("Present password", PASSWORD).fill("New password", "une autre phrase longue")
    await lea.press("Change my password")
    assert await sessions.viewer_of(other) is None
    assert (await lea.get("/settings")).status == 200  # this device stays


async def test_devices_are_listed_and_logged_out(sign_in: SignIn) -> None:
    lea = await sign_in(await make_member("lea", language="en-CA"))
    token = await sessions.open_session(lea.account, "Phone", "192.0.2.7")
    sam = await sign_in(await make_member("sam", language="en-CA"))
    page = await lea.get("/settings/devices")
    assert "Phone" in page.main.text
    await sessions.open_session(
        lea.account, "Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0", "192.0.2.8"
    )
    page = await lea.get("/settings/devices")
    assert "Firefox, Android" in page.main.text and "Mozilla" not in page.main.text
    assert "192.0.2.7" in page.main.text
    path = next(
        form["action"]
        for form in page.root.all("form")
        if form["action"].endswith("/end") and form["action"] != "/settings/devices/end"
    )
    await sam.get("/settings/devices")
    assert (await sam.post(path)).status == 404  # only one's own
    await lea.press("Log out Phone")
    assert lea.page.messages == ["This device is logged out."]
    assert await sessions.viewer_of(token) is None


async def test_blocks_and_mutes_are_listed_and_taken_back(sign_in: SignIn) -> None:
    lea, sam = await sign_in(await make_member("lea", language="en-CA")), await make_member("sam")
    assert "You blocked nobody." in (await lea.get("/settings/blocks")).main.text
    await service.block(lea.actor, sam.actor)
    gus = await make_stranger()
    await service.mute(lea.actor, gus)
    page = await lea.get("/settings/blocks")
    assert "@sam@atelier.example" in page.main.text
    await lea.press("Unblock sam")
    assert lea.page.path == "/settings/blocks"
    await lea.press("Show again Gus")
    assert await queries.hidden_among(lea.actor, [sam.actor.id, gus.id]) == set()


async def test_who_asks_to_follow_is_answered(sign_in: SignIn) -> None:
    lea = await sign_in(await make_member("lea", language="en-CA"))
    await service.change_profile(lea.actor, approves_followers=True)
    sam, gus = await make_member("sam"), await make_stranger()
    await service.follow(sam.actor, lea.actor)
    await service.record_follow(gus, lea.actor, "https://ailleurs.example/f/1")
    assert "2 requests" in (await lea.get("/settings")).main.text
    await lea.get("/settings/followers")
    await lea.press("Accept sam")
    assert lea.page.messages == ["sam follows you now."]
    await lea.press("Decline Gus")
    assert await queries.count_asking(lea.actor) == 0
    await lea.press("Remove sam")
    assert await queries.count_followers(lea.actor) == 0


async def test_nobody_answers_for_somebody_else(sign_in: SignIn) -> None:
    lea, sam = (
        await sign_in(await make_member("lea", language="en-CA")),
        await sign_in(await make_member("sam", language="en-CA")),
    )
    await service.change_profile(sam.actor, approves_followers=True)
    follow = await service.follow(lea.actor, sam.actor)
    await lea.get("/settings/followers")
    assert (await lea.post(f"/settings/followers/{follow.id}/accept")).status == 404


async def test_a_copy_of_my_data_is_made_and_downloaded_by_me_only(site: Site, sign_in: SignIn) -> None:  # H25, I07
    lea, sam = (
        await sign_in(await make_member("lea", language="en-CA")),
        await sign_in(await make_member("sam", language="en-CA")),
    )
    await lea.get("/settings/data")
    await lea.press("Make a copy")
    assert "Your copy is being made." in lea.page.main.text
    await site.runner.settle()
    page = await lea.get("/settings/data")
    path = page.link("Download my data")
    async with lea.client.get(path) as answer:
        assert answer.headers["Cache-Control"] == "private, no-store"
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as archive:
            assert "account.json" in archive.namelist()
    assert (await sam.get(path)).status == 404


async def test_an_account_is_deleted_after_the_password_and_a_tick(site: Site, sign_in: SignIn) -> None:
    lea = await sign_in(await make_member("lea", language="en-CA"))
    page = await lea.get("/settings/data")
    page = await lea.press("Delete my account for good")
    assert page.problems == ["Tick the box to confirm."]
    page.choose("I understand").root.first("input", id="f-delete_password")
    page.typed[id(page.root.first("input", id="f-delete_password"))] = ["wrong wrong wrong"]
    page = await lea.press("Delete my account for good")
    assert page.problems == ["This is not your password."]
    page.typed[id(page.root.first("input", id="f-delete_password"))] = [PASSWORD]
    page = await lea.press("Delete my account for good")
    assert (page.path, page.messages[0][:24]) == ("/", "Your account is deleted.")
    assert await Account.get_or_none(id=lea.account.id) is None
    assert (await lea.get("/settings")).path.startswith("/login")
    await site.runner.settle()
    gone = await lea.get("/u/lea?lang=en")
    assert (gone.status, gone.h1) == (410, "This account was deleted")
    async with lea.client.get("/u/lea", headers={"Accept": "application/activity+json"}) as answer:
        assert (answer.status, (await answer.json())["type"]) == (410, "Tombstone")


async def test_another_account_is_named_as_mine(sign_in: SignIn) -> None:
    lea = await sign_in(await make_member("lea", language="en-CA"))
    await make_stranger("lea", "vieux.example")
    page = await lea.get("/settings/data")
    page.fill("My other account", "@lea@vieux.example")
    page = await lea.press("Name this account as mine")
    assert page.messages == ["This account is named as yours."]
    assert "@lea@vieux.example" in page.main.text
    await lea.press("Remove")
    assert (await actors.local_by_name("lea")).also_known_as == []
