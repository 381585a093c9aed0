"""Quotes from apps: written, shown to who may read both, listed, taken back; who may, and what is told of it."""

from __future__ import annotations

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import exporting, service
from fedcop.discussions.models import Draft, Post
from fedcop.discussions.quotes import service as quoting
from fedcop.discussions.quotes.models import Quote
from fedcop.people import service as people
from tests.rig.clock import StandingClock
from tests.rig.golden import Golden
from tests.rig.queries import counted
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_reading import HOME, Village, village
from tests.web.mastodon.test_streaming import listen

__all__ = ["village"]
PATH = "/api/v1/statuses"


async def test_a_quote_without_words_takes_none_of_what_it_quotes(
    village: Village, connect: Connect, site: Site
) -> None:
    """They would stay where the quote is taken back, or what is quoted is deleted or closed."""
    lea, tom, nobody = await connect(village.lea), await connect(village.tom), await connect(None)
    root = await village.write(village.open, "Quelle toile ?", source="Du lin.")
    made = await tom.post(PATH, {"status": "", "quoted_status_id": str(root.id)})
    assert made.status == 200, made.json
    assert made.json["quote"]["quoted_status"]["fedcop"]["title"] == "Quelle toile ?"
    await site.runner.settle()
    assert (await lea.post(f"{PATH}/{root.id}/quotes/{made.json['id']}/revoke")).status == 200
    await site.runner.settle()
    assert "toile" not in str((await nobody.get(f"{PATH}/{made.json['id']}")).json)


async def test_a_quote_is_written_and_shown(
    village: Village, connect: Connect, site: Site, golden: Golden, clock: StandingClock
) -> None:
    lea, tom, nobody = await connect(village.lea), await connect(village.tom), await connect(None)
    root = await village.write(village.open, "Quelle toile ?", source="Du lin.")
    await site.runner.settle()
    clock.advance(1)
    told = await tom.post(PATH, {"status": "Une piste\n\nÀ lire.", "quoted_status_id": str(root.id)})
    assert told.status == 200, told.json
    made = told.json
    post = await Post.get(id=int(made["id"]))
    assert post.community_id == village.open.id and (post.title, post.content) == ("Une piste", "<p>À lire.</p>")
    golden("mastodon/status_quoting", made)
    assert made["quote"]["state"] == "accepted" and made["quote"]["quoted_status"]["id"] == str(root.id)
    assert made["content"].startswith(f'<p class="quote-inline">RE: <a href="{root.uri}"')
    await site.runner.settle()

    # Quoted once more, what is inside says no more than which one.
    clock.advance(1)
    again = (await lea.post(PATH, {"status": "Encore", "quoted_status_id": made["id"]})).json
    assert again["quote"]["quoted_status"]["quote"] == {"state": "accepted", "quoted_status_id": str(root.id)}
    assert again["quote"]["quoted_status"]["quotes_count"] == 1
    await site.runner.settle()
    listed = await nobody.get(f"{PATH}/{root.id}/quotes")
    assert [one["id"] for one in listed.json] == [made["id"]] and "max_id" in listed.headers["Link"]
    assert (await lea.get(f"{PATH}/{root.id}")).json["quotes_count"] == 1
    [told_lea] = [one for one in (await lea.get("/api/v1/notifications")).json if one["type"] == "quote"]
    assert (told_lea["account"]["username"], told_lea["status"]["id"]) == ("tom", made["id"])
    grouped = (await lea.get("/api/v2/notifications?types[]=quote")).json["notification_groups"]
    assert [one["status_id"] for one in grouped] == [made["id"]]

    # Corrected: who quotes is told.
    clock.advance(1)
    assert (await lea.ask("PUT", f"{PATH}/{root.id}", form={"status": "Quelle toile ?\n\nDu chanvre."})).status == 200
    await site.runner.settle()
    [told_tom] = [one for one in (await tom.get("/api/v1/notifications")).json if one["type"] == "quoted_update"]
    assert (told_tom["account"]["username"], told_tom["status"]["id"]) == ("lea", made["id"])

    # Taken back: by who is quoted alone, for good.
    path = f"{PATH}/{root.id}/quotes/{made['id']}/revoke"
    assert (await tom.post(path)).status == 404 and (await lea.post(f"{PATH}/{root.id}/quotes/1/revoke")).status == 404
    ended = await lea.post(path)
    assert ended.json["quote"] == {"state": "revoked", "quoted_status": None} and "RE:" not in ended.json["content"]
    await site.runner.settle()
    assert (await nobody.get(f"{PATH}/{root.id}/quotes")).json == []
    assert not [one for one in (await lea.get("/api/v1/notifications")).json if one["type"] == "quote"]

    # Taken out of one's text, and never exchanged.
    other = await village.write(village.open, "Autre")
    mine = f"{PATH}/{again['id']}"
    assert (await lea.ask("PUT", mine, form={"status": "Encore", "quoted_status_id": str(other.id)})).status == 422
    assert (await lea.ask("PUT", mine, form={"status": "Encore !"})).json["quote"]["state"] == "accepted"
    assert (await lea.ask("PUT", mine, form={"status": "Encore", "quoted_status_id": ""})).json["quote"] is None
    assert await Quote.all().count() == 1


async def test_who_may_quote_is_said_and_held(village: Village, connect: Connect, site: Site) -> None:
    lea, tom, nic = [await connect(who) for who in (village.lea, village.tom, village.nic)]
    assert (await lea.get("/api/v1/accounts/verify_credentials")).json["source"]["quote_policy"] == "public"
    changed = await lea.ask("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"quote_policy": "nobody"}})
    assert changed.json["source"]["quote_policy"] == "nobody"
    assert (await lea.get("/api/v1/preferences")).json["posting:default:quote_policy"] == "nobody"
    bad = await lea.ask("PATCH", "/api/v1/accounts/update_credentials", form={"source[quote_policy]": "all"})
    assert bad.status == 422
    said = (await lea.post(PATH, {"status": "@fruitiers Un avis"})).json
    assert said["quote_approval"] == {"automatic": [], "manual": [], "current_user": "automatic"}

    async def stands(phone: object) -> str:
        found = await phone.get(f"{PATH}/{said['id']}")  # type: ignore[attr-defined]
        return str(found.json["quote_approval"]["current_user"])

    quoting = {"status": "Je cite", "quoted_status_id": said["id"]}
    assert await stands(tom) == "denied" and (await tom.post(PATH, quoting)).status == 403
    assert (await lea.post(PATH, quoting)).status == 200  # her own
    policy = f"{PATH}/{said['id']}/interaction_policy"
    assert (await tom.ask("PUT", policy, form={"quote_approval_policy": "public"})).status == 403
    assert (await lea.ask("PUT", policy, form={"quote_approval_policy": "friends"})).status == 422
    assert (await lea.ask("PUT", policy, form={})).status == 422
    now = (await lea.ask("PUT", policy, form={"quote_approval_policy": "followers"})).json
    assert now["quote_approval"]["automatic"] == ["followers"] and now["edited_at"] is None
    assert await stands(tom) == "denied"
    await people.follow(village.tom.actor, village.lea.actor)
    assert await stands(tom) == "automatic" and (await tom.post(PATH, quoting)).status == 200
    await lea.ask("PUT", policy, form={"quote_approval_policy": "public"})
    assert await stands(nic) == "automatic"
    home = {"status": "Je cite", "quoted_status_id": said["id"]}
    assert (await nic.post(PATH, home)).status in (403, 422)  # who may not write there quotes nothing there
    await people.block(village.lea.actor, village.nic.actor)
    assert await stands(nic) == "denied"
    # Per text, and with `quote_approval_policy` of a correction.
    own = (await tom.post(PATH, {"status": "@fruitiers À moi", "quote_approval_policy": "nobody"})).json
    assert (await Post.get(id=int(own["id"]))).quote_policy == "nobody"
    assert (await tom.post(PATH, {"status": "@fruitiers Non", "quote_approval_policy": "all"})).status == 422
    fixed = {"status": "À moi", "quote_approval_policy": "public"}
    assert (await tom.ask("PUT", f"{PATH}/{own['id']}", form=fixed)).json["quote_approval"]["automatic"] == ["public"]


async def test_each_reader_sees_what_they_may_read(village: Village, connect: Connect, site: Site) -> None:  # H18
    lea, tom, nic, nobody = [await connect(who) for who in (village.lea, village.tom, village.nic, None)]
    secret = await village.write(village.shut, "Secret", source="Chut.")
    # Outside its readers it cannot be quoted, nor told from what is not there.
    out = {"status": "@fruitiers Voyez", "quoted_status_id": str(secret.id)}
    assert (await tom.post(PATH, out)).status == 403
    assert (await nic.post(PATH, out)).status == 404 == (await nic.post(PATH, out | {"quoted_status_id": "1"})).status
    inside = (await tom.post(PATH, {"status": "@clos Voyez", "quoted_status_id": str(secret.id)})).json
    assert inside["quote"]["quoted_status"]["id"] == str(secret.id) and inside["visibility"] == "private"
    assert inside["quote"]["quoted_status"]["quote_approval"]["automatic"] == []
    # Its author opens the one that quotes: who may not read the other learns nothing of it.
    await service.change_audience(village.tom.actor, await Post.get(id=int(inside["id"])), "public", seen="community")
    for phone in (nic, nobody):
        seen = await phone.get(f"{PATH}/{inside['id']}")
        assert seen.json["quote"] == {"state": "unauthorized", "quoted_status": None}
        assert "Secret" not in str(seen.json) and str(secret.id) not in str(seen.json)
    assert (await lea.get(f"{PATH}/{inside['id']}")).json["quote"]["state"] == "accepted"

    # Blocked and muted by who reads; deleted; removed.
    root = await village.write(village.open, "Ouvert", by=village.tom)
    made = (await lea.post(PATH, {"status": "Voyez", "quoted_status_id": str(root.id)})).json

    async def state(phone: object) -> str:
        quote = (await phone.get(f"{PATH}/{made['id']}")).json["quote"]  # type: ignore[attr-defined]
        assert quote["state"] == "accepted" or quote["quoted_status"] is None
        return str(quote["state"])

    await people.mute(village.nic.actor, village.tom.actor)
    assert await state(nic) == "muted_account" and await state(nobody) == "accepted"
    await people.block(village.nic.actor, village.tom.actor)
    assert await state(nic) == "blocked_account"
    await people.unblock(village.nic.actor, village.tom.actor)
    await people.unmute(village.nic.actor, village.tom.actor)
    await people.block(village.tom.actor, village.nic.actor)
    assert await state(nic) == "unauthorized"
    await service.remove(village.lea.actor, root, "Hors sujet")
    assert await state(nobody) == "deleted"
    await service.restore(village.lea.actor, await Post.get(id=root.id))
    await service.delete(village.tom.actor, await Post.get(id=root.id))
    assert await state(nobody) == "deleted"


async def test_quotes_cost_two_statements_however_many(
    village: Village, connect: Connect, clock: StandingClock
) -> None:
    phone = await connect(village.tom)
    paths = (HOME, "/api/v1/timelines/public", f"/api/v1/timelines/list/{village.open.actor_id}")
    costs = []
    for number in (1, 8):
        for _ in range(number):
            clock.advance(1)
            first = await village.write(village.open, "Un fait", by=village.tom, quote_policy="followers")
            clock.advance(1)
            second = await village.write(village.open, "Ouvert", by=village.tom, source="Du #gel, @lea", quoted=first)
            clock.advance(1)
            await village.write(village.open, "Encore", quoted=second)
        for path in paths:
            await phone.get(path)
            with counted() as statements:
                assert (await phone.get(f"{path}?limit=40")).status == 200
            statements.at_most(10)
            costs.append((path, len(statements)))
    assert costs[:3] == costs[3:]


async def test_a_quote_may_wait_for_its_moment(
    village: Village, connect: Connect, site: Site, clock: StandingClock
) -> None:
    lea = await connect(village.lea)
    root = await village.write(village.open, "Quelle toile ?")
    said = {
        "status": "Plus tard\n\nOn verra.",
        "quoted_status_id": str(root.id),
        "quote_approval_policy": "nobody",
        "scheduled_at": (clock.now().replace(hour=23)).isoformat(),
    }
    planned = await lea.post(PATH, said)
    assert planned.status == 200, planned.json
    assert planned.json["params"]["quoted_status_id"] == str(root.id)
    assert planned.json["params"]["quote_approval_policy"] == "nobody"
    clock.advance(days=1)
    await site.runner.settle()
    post = await Post.get(title="Plus tard")
    assert (post.has_quote, post.quote_policy) == (True, "nobody")
    # What is not there any more when it is due comes back with the reason.
    said["scheduled_at"] = clock.now().replace(hour=23).isoformat()
    await lea.post(PATH, said)
    await service.delete(village.lea.actor, await Post.get(id=root.id))
    clock.advance(days=1)
    await site.runner.settle()
    [back] = await Draft.all()
    assert back.due_at is None and "cite" in back.trouble or "quote" in back.trouble
    answer = await lea.post(PATH, said | {"in_reply_to_id": str(post.id), "scheduled_at": ""})
    assert answer.status == 404


async def test_it_is_in_the_copy_of_ones_data(village: Village) -> None:
    root = await village.write(village.open, "Un fait")
    await village.write(village.open, "Je cite", by=village.tom, quoted=root, quote_policy="nobody")
    parts = {name: part async for name, part in exporting.written(village.tom.actor.id)}
    [post] = parts["posts-1.json"]
    assert (post["quotes"], post["quote_policy"]) == (root.uri, "nobody")


async def test_the_banned_quote_nothing(village: Village, connect: Connect) -> None:
    tom = await connect(village.tom)
    root = await village.write(village.open, "Un fait")
    other = await communities.found(village.tom.actor, title="Autre", name="autre", purpose="Ailleurs")
    assert other.id
    assert (await tom.post(PATH, {"status": "@autre Ici", "quoted_status_id": str(root.id)})).status == 200
    await communities.ban(village.lea.actor, village.open, village.tom.actor, "Non")
    assert (await tom.post(PATH, {"status": "@autre Là", "quoted_status_id": str(root.id)})).status == 403


async def test_those_who_listen_read_what_they_may(village: Village, connect: Connect, site: Site) -> None:
    """A text is written for all who listen at once: what is quoted is shown as to a stranger, and not to who does not see its author."""
    lea, tom = await connect(village.lea), await connect(village.tom)
    fact = await village.write(village.open, "Un fait", by=village.lea)
    await people.mute(village.tom.actor, village.lea.actor)
    ears = [await listen(phone, "public") for phone in (lea, tom)]
    own = await village.write(village.open, "De Tom", by=village.tom, quoted=fact)
    said = [(await ear.next())[1] for ear in ears]
    assert [one["id"] for one in said] == [str(own.id)] * 2
    assert said[0]["quote"]["quoted_status"]["id"] == str(fact.id)
    assert said[1]["quote"] == {"state": "unauthorized", "quoted_status": None}
    assert [one["quote_approval"]["current_user"] for one in said] == ["automatic", "automatic"]
    # Taken back, it is said at once.
    await quoting.revoke(village.lea.actor, await Quote.get())
    event, changed = await ears[0].next()
    assert (event, changed["id"], changed["quote"]["state"]) == ("status.update", str(own.id), "revoked")
