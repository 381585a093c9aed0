"""What apps offer to look at. What people talk about this week: the same in an app and on the page of the search, and nothing of it private, lone or hidden."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.core.clock import now
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.federation.peers import servers
from fedcop.people import service as people
from fedcop.people.models import Follow
from fedcop.timelines import trends
from tests.rig.clock import StandingClock
from tests.rig.people import make_member, make_stranger
from tests.rig.queries import counted
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect

TAGS, THREADS = "/api/v1/trends/tags", "/api/v1/trends/statuses"
DIRECTORY = "/api/v1/directory"
LINKS, LINK = "/api/v1/trends/links", "/api/v1/timelines/link"


async def test_what_people_talk_about_this_week(connect: Connect, sign_in: SignIn, clock: StandingClock) -> None:
    lea, tom, zoe = [(await make_member(name)).actor for name in ("lea", "tom", "zoe")]
    page, stranger = await sign_in("nic"), await connect(None, "read")
    phone = await connect(page.account)
    fruit = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Pousser")
    shut = await communities.found(lea, title="Caves", name="caves", purpose="Garder", visibility="private", join_policy="request")  # fmt: skip
    for who in (tom, zoe):
        await communities.join(who, fruit)
        await communities.invite(lea, shut, who)
        await communities.accept_invitation(who, shut)
    old = await service.write(lea, fruit, kind="tip", title="Ancien", source="#vieux")
    await service.reply(tom, old, source="#vieux")
    clock.advance(days=8)
    busy = await service.write(lea, fruit, kind="tip", title="Le gel", source="#gel #seule")
    for who in (tom, zoe):
        await service.reply(who, busy, source="Oui #gel")
    calm = await service.write(tom, fruit, kind="tip", title="Le lin", source="#lin")
    await service.reply(zoe, calm, source="#lin")
    await service.write(lea, fruit, kind="tip", title="Monologue", source="#seule")
    inside = await service.write(lea, shut, kind="tip", title="Chut", source="#secret")
    await service.reply(tom, inside, source="#secret")

    async def seen() -> tuple[list[str], list[str]]:
        """What the app of Nic has; the page says the same."""
        tags = [one["name"] for one in (await phone.get(TAGS)).json]
        titles = [one["fedcop"]["title"] for one in (await phone.get(THREADS)).json]
        shown = await page.get("/search")
        assert [one.text for one in shown.main.all("a") if one.text.startswith("#")][: len(tags)] == [f"#{tag}" for tag in tags]  # fmt: skip
        assert [
            title for title in ("Le gel", "Le lin", "Monologue", "Chut", "Ancien") if title in shown.main.text
        ] == titles
        return tags, titles

    assert await seen() == (["gel", "lin"], ["Le gel", "Le lin"])
    [gel, _lin] = (await stranger.get(TAGS)).json
    assert len(gel["history"]) == 7 and (gel["history"][0]["accounts"], gel["history"][0]["uses"]) == ("3", "3")
    assert gel["history"][1]["uses"] == "0" and gel["history"][0]["day"] == str(int(now().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()))  # fmt: skip
    assert (await stranger.get(f"{TAGS}?limit=1&offset=1")).json[0]["name"] == "lin"
    assert (await stranger.get(f"{THREADS}?offset=5")).json == []
    # Whom one hides counts for nothing; test_limited.py says the same of servers that are limited.
    await people.mute(page.actor, zoe)
    assert await seen() == (["gel"], ["Le gel"])
    await people.unmute(page.actor, zoe)
    await people.mute(page.actor, lea)
    assert await seen() == (["gel", "lin"], ["Le lin"])
    # Of what bears no name, nobody learns by hiding somebody that it is theirs.
    await Post.filter(id=busy.id).update(anonymised_at=now())
    assert [one["fedcop"]["title"] for one in (await phone.get(THREADS)).json] == ["Le gel", "Le lin"]
    await Post.filter(id=busy.id).update(anonymised_at=None)
    await people.unmute(page.actor, lea)
    with counted() as statements:
        await phone.get(TAGS)
    statements.at_most(6)
    await Post.filter(id=busy.id).update(removed_at=now())
    assert (await seen())[1] == ["Le lin"]
    clock.advance(timedelta(days=8).total_seconds())
    assert await seen() == ([], [])


async def test_a_busy_week_of_links_is_gone_through_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of discussions, each about links of its own, by whoever: every row is looked at a few times, not once for each link."""
    looked: Counter[str] = Counter()

    class Row(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            looked[name] += 1
            return super().__getitem__(name)

    threads = range(1, 501)
    told = [Row(root_id=thread, author_id=who, day="2026-11-28", uses=1) for thread in threads for who in (1, 2)]
    about = [{"id": one, "links": f'[{{"href": "https://lin.example/{one}"}}, {{"href": "https://b.example/{one}"}}]'} for one in threads]  # fmt: skip

    async def rows(statement: str, *_values: Any) -> list[Any]:
        return told if "COUNT(*) AS uses" in statement else about

    monkeypatch.setattr(trends, "rows", rows)
    found = await trends.links(None)
    assert len(found) == 1000 and {one.people for one in found} == {2}
    assert looked["root_id"] <= 3 * len(told)


async def test_the_links_that_discussions_of_the_week_are_about(connect: Connect, clock: StandingClock) -> None:
    lea, tom, zoe = [(await make_member(name)).actor for name in ("lea", "tom", "zoe")]
    nic = await make_member("nic")
    phone, stranger = await connect(nic), await connect(None, "read")
    fruit = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Pousser")
    shut = await communities.found(lea, title="Caves", name="caves", purpose="Garder", visibility="private", join_policy="request")  # fmt: skip
    for who in (tom, zoe):
        await communities.join(who, fruit)
        await communities.invite(lea, shut, who)
        await communities.accept_invitation(who, shut)

    async def about(author: Actor, title: str, *addresses: str, **more: Any) -> Post:
        made = await service.write(
            author, more.pop("place", fruit), kind="tip", title=title, source="Voyez le *guide*."
        )
        links = [{"href": one, "name": "", "media_type": ""} for one in addresses]
        await Post.filter(id=made.id).update(links=links, **more)
        return made

    old = await about(lea, "Ancien", "https://ancien.example/")
    clock.advance(days=8)
    await service.reply(tom, old, source="Encore")
    first = await about(lea, "Le gel", "https://gel.example/guide", "javascript:alert(1)")
    await service.reply(tom, first, source="Oui")
    alone = await about(lea, "Seule", "https://seule.example/")
    warned = await about(lea, "Averti", "https://averti.example/", warning="Dur")
    inside = await about(lea, "Chut", "https://chut.example/", place=shut)
    for post in (warned, inside):
        await service.reply(tom, post, source="Oui")
    clock.advance(days=1)
    again = await about(zoe, "Le gel, encore", "https://gel.example/guide")
    lin = await about(tom, "Le lin", "https://lin.example/")
    await service.reply(zoe, lin, source="Oui")

    found = (await stranger.get(LINKS)).json
    assert found == (await phone.get(LINKS)).json
    assert [one["url"] for one in found] == ["https://gel.example/guide", "https://lin.example/"]
    gel = found[0]
    assert (gel["title"], gel["description"], gel["provider_name"]) == (
        "Le gel, encore",
        "Voyez le guide.",
        "gel.example",
    )
    assert [(day["accounts"], day["uses"]) for day in gel["history"][:3]] == [("1", "1"), ("2", "2"), ("0", "0")]
    assert [one["url"] for one in (await phone.get(f"{LINKS}?limit=1&offset=1")).json] == ["https://lin.example/"]

    async def titles(query: str) -> list[str]:
        return [one["fedcop"]["title"] for one in (await phone.get(f"{LINK}?url={query}")).json]

    assert await titles("https://gel.example/guide") == ["Le gel, encore", "Le gel"]
    assert await titles(f"https://gel.example/guide&max_id={again.id}") == ["Le gel"]
    assert await titles(f"https://gel.example/guide&min_id={first.id}&limit=1") == ["Le gel, encore"]
    assert await titles("https://seule.example/") == [] == await titles("https://chut.example/")
    shown = (await phone.get(f"/api/v1/statuses/{first.id}")).json["card"]
    assert (shown["url"], shown["title"], shown["type"]) == ("https://gel.example/guide", "Le gel", "link")
    assert (await phone.get(f"/api/v1/statuses/{alone.id}")).json["card"]["description"] == ""
    # Whom one hides counts for nothing, and neither does what is not there any more.
    await people.mute(nic.actor, tom)
    assert [one["url"] for one in (await phone.get(LINKS)).json] == ["https://gel.example/guide"]
    await people.unmute(nic.actor, tom)
    with counted() as statements:
        await phone.get(LINKS)
    statements.at_most(12)
    await Post.filter(id=again.id).update(removed_at=now())
    assert (await phone.get(LINKS)).json[0]["title"] == "Le lin"
    assert [one["title"] for one in (await stranger.get(LINKS)).json] == ["Le lin", "Le gel"]


async def test_the_directory(connect: Connect, clock: StandingClock) -> None:
    lea, tom, zoe, nic = [await make_member(name) for name in ("lea", "tom", "zoe", "nic")]
    phone = await connect(nic)
    fruit = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Pousser")
    await communities.join(tom.actor, fruit)
    await make_stranger("unknown")
    gus, shy, far = [await make_stranger(name, discoverable=name != "shy", host=f"{name}.example") for name in ("gus", "shy", "far")]  # fmt: skip
    for one in (gus, shy, far):
        await people.follow(lea.actor, one)
        await Follow.filter(target_id=one.id).update(state="accepted")
    await servers.server("far.example")
    await servers.set_policy("far.example", "limited")
    for who, title in ((tom, "Le lin"), (lea, "Le gel")):
        clock.advance(60)
        await service.write(who.actor, fruit, kind="tip", title=title, source="Voilà")
    await people.change_profile(zoe.actor, discoverable=False)

    async def listed(query: str) -> list[str]:
        return [one["acct"] for one in (await phone.get(f"{DIRECTORY}?{query}")).json]

    # By what each wrote last for everybody, then the last to come; nobody who does not want to be found.
    assert await listed("") == ["lea", "tom", "gus@gus.example", "nic"]
    assert await listed("order=new&local=true") == ["nic", "tom", "lea"]
    assert await listed("order=active&local=1&limit=1&offset=1") == ["tom"] and await listed("offset=9") == []
    await people.mute(nic.actor, tom.actor)
    assert await listed("local=true") == ["lea", "nic"]
    # Who wrote what bears no name is not found by it.
    await Post.filter(author_id=lea.actor_id).update(anonymised_at=now())
    assert await listed("local=true") == ["nic", "lea"]
    with counted() as statements:
        await listed("")
    statements.at_most(8)
