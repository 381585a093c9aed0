"""What people talk about this week: the same in an app and on the page of the search, and nothing of it private, lone or hidden."""

from __future__ import annotations

from datetime import timedelta

from fedcop.communities import service as communities
from fedcop.core.clock import now
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.people import service as people
from tests.rig.clock import StandingClock
from tests.rig.people import make_member
from tests.rig.queries import counted
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect

TAGS, THREADS = "/api/v1/trends/tags", "/api/v1/trends/statuses"


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
