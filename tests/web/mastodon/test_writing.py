"""What people do from apps: write, answer, correct, delete, thank, upload, ask and keep."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import FormData
from aiohttp.test_utils import TestClient

from fedcop.communities import moderation
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import drafts, spoken
from fedcop.discussions.models import Post
from fedcop.discussions.polls.models import Poll
from tests.rig.apps import Phone
from tests.rig.clock import StandingClock
from tests.rig.golden import Golden
from tests.rig.samples import picture
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_reading import Village, village

__all__ = ["village"]
PATH = "/api/v1/statuses"


def test_a_text_is_parted_into_title_and_text() -> None:
    for said, title, text, derived in (
        ("@chess Une ouverture ?\n\nLaquelle ?", "Une ouverture ?", "Laquelle ?", False),
        ("# Un titre\nEt le texte", "Un titre", "Et le texte", False),
        ("Une ligne\nLa suite", "Une ligne", "Une ligne\nLa suite", True),
        ("!chess@b.example, bonjour", "!chess@b.example, bonjour", "!chess@b.example, bonjour", True),
        ("x" * 130 + "\n\nLa suite", "x" * 79 + "…", "x" * 130 + "\n\nLa suite", True),
        ("", "", "", True),
    ):
        found = spoken.parted(said)
        assert (found.text, found.derived) == (text, derived), said
        assert found.title == title or said.startswith(("x", "!")), said
    assert spoken.parted("Titre\n\nTexte", title="Titre") == spoken.Spoken("Titre", "Texte")
    assert spoken.parted(spoken.whole("A" * 150, "B", derived=False), title="A" * 150).text == "B"


async def test_threads_begin_and_answers_follow(
    village: Village, connect: Connect, clock: StandingClock
) -> None:  # D08
    lea, tom, nic = [await connect(who) for who in (village.lea, village.tom, village.nic)]
    said = {"status": "@fruitiers Quelle toile ?\n\nContre le #gel.", "spoiler_text": "Froid", "language": "fr"}
    first = await lea.post(PATH, said, Idempotency_Key="k")
    assert first.status == 200, first.json
    again = await lea.post(PATH, json=said, Idempotency_Key="k")
    assert again.json["id"] == first.json["id"] and await Post.all().count() == 1
    post = await Post.get()
    assert (post.title, post.kind, post.source, post.warning, post.audience) == (
        "Quelle toile ?", "question", "Contre le #gel.", "Froid", "public",
    )  # fmt: skip
    quoted = (await nic.get(f"/api/oembed?url=https%3A%2F%2Fatelier.example%2Fp%2F{post.id}&maxwidth=9999")).json
    assert (quoted["title"], quoted["author_url"], quoted["width"]) == ("Quelle toile ?", "https://atelier.example/u/lea", 1000)  # fmt: skip
    assert quoted["html"] == (
        f'<blockquote cite="https://atelier.example/p/{post.id}" lang="fr"><p><strong>Quelle toile ?</strong></p><p>Froid</p>'
        f'<p>lea, <a href="https://atelier.example/p/{post.id}">Fruitiers</a></p></blockquote>'
    )
    for other in ("", "x", "https://b.example/p/1", "https://atelier.example/u/lea", "https://[", "https://atelier.example/p/1"):  # fmt: skip
        assert (await nic.get(f"/api/oembed?url={other}")).status == 404, other
    assert first.json["fedcop"]["community"]["acct"] == "fruitiers" and first.json["spoiler_text"] == "Froid"
    derived = (await tom.post(PATH, {"status": "Sans titre, @clos", "visibility": "public"})).json
    assert derived["visibility"] == "private" and "<strong>" not in derived["content"]
    inside = (await tom.post(PATH, {"status": "Entre nous", "group_id": str(village.open.actor_id), "visibility": "private"})).json  # fmt: skip
    assert inside["visibility"] == "private" and (await nic.get(f"{PATH}/{inside['id']}")).status == 404
    for form, status in (
        ({"status": "Nulle part"}, 422),
        ({"status": "@clos Je frappe"}, 404),
        ({"status": "x", "in_reply_to_id": derived["id"]}, 404),
        ({"status": "@tom psst", "visibility": "direct"}, 422),
        ({"status": "@fruitiers x", "visibility": "everybody"}, 422),
        ({"status": "x", "in_reply_to_id": first.json["id"], "poll[options][]": "a"}, 422),
        ({"status": "@fruitiers x", "scheduled_at": "2030-01-01T00:00:00Z"}, 422),
        ({"status": "x", "in_reply_to_id": first.json["id"], "visibility": "private"}, 422),
        ({"status": "x" * 60_001, "in_reply_to_id": first.json["id"]}, 422),
        ({"status": "", "in_reply_to_id": first.json["id"]}, 422),
    ):
        answer = await nic.post(PATH, form)
        assert answer.status == status and answer.json["error"], (form, answer)
    clock.advance(60)
    reply = (await tom.post(PATH, {"status": "@lea Du lin.", "in_reply_to_id": first.json["id"]})).json
    assert (reply["in_reply_to_id"], reply["mentions"][0]["acct"]) == (first.json["id"], "lea")
    # A correction comes back as it was typed; nobody corrects or deletes what others wrote.
    own = f"{PATH}/{first.json['id']}"
    source = (await lea.get(f"{own}/source")).json
    assert source["text"] == "Quelle toile ?\n\nContre le #gel."
    clock.advance(60)
    changed = await lea.ask("PUT", own, json={"status": source["text"].replace("gel", "vent")})
    assert changed.json["edited_at"] and "vent" in changed.json["content"] and changed.json["spoiler_text"] == "Froid"
    changed = await lea.ask("PUT", own, form={"status": "Quel voile ?\n\nContre le #vent."})
    assert changed.json["fedcop"]["title"] == "Quel voile ?"
    assert len((await tom.get(f"{own}/history")).json) == 3
    assert [(await tom.ask(way, own, form={"status": "x"})).status for way in ("PUT", "DELETE")] == [403, 403]
    thanked = (await tom.post(f"{own}/favourite")).json
    assert (thanked["favourited"], thanked["favourites_count"]) == (True, 1)
    liked = await tom.get("/api/v1/favourites?limit=1")
    assert [one["id"] for one in liked.json] == [first.json["id"]] and 'rel="next"' in liked.headers["Link"]
    assert (await tom.get(liked.headers["Link"].partition(">")[0].removeprefix("<https://atelier.example"))).json == []
    assert [(await tom.post(f"{own}/{act}")).json["muted"] for act in ("mute", "unmute", "mute")] == [True, False, True]
    thanked = (await tom.post(f"{own}/unfavourite")).json
    assert (thanked["favourited"], thanked["favourites_count"]) == (False, 0)
    shared = (await tom.post(f"{own}/reblog")).json
    assert (shared["account"]["acct"], shared["reblog"]["reblogged"], shared["reblog"]["reblogs_count"]) == (
        "tom",
        True,
        1,
    )
    assert (await tom.post(f"{own}/unreblog")).json["reblogged"] is False
    assert (await tom.post(f"{PATH}/{derived['id']}/reblog")).status == 422
    gone = (await lea.ask("DELETE", own)).json
    assert gone["text"] == "@fruitiers Quel voile ?\n\nContre le #vent."  # so it can be written there anew
    assert (await lea.get(own)).status == 404


async def test_threads_are_published_later(
    village: Village, connect: Connect, site: Site, clock: StandingClock
) -> None:
    lea, tom = await connect(village.lea), await connect(village.tom)
    path, at = "/api/v1/scheduled_statuses", "2026-03-03T09:00:00.000Z"
    said = {"status": "@fruitiers Taille d'hiver\n\nDemain.", "scheduled_at": at, "spoiler_text": "Froid"}
    made = (await lea.post(PATH, said)).json
    assert (made["scheduled_at"], made["params"]["text"]) == (at, said["status"])
    assert (await lea.post(PATH, json=said)).json["id"] == made["id"]  # sent twice
    for more in ({"scheduled_at": "bientôt"}, {"scheduled_at": "2020-01-01T00:00:00Z"}, {"status": "@fruitiers Sans titre"}, {"poll[options][]": "a"}):  # fmt: skip
        assert (await lea.post(PATH, said | more)).status == 422, more
    own = f"{path}/{made['id']}"
    assert (await lea.get(path)).json == [made] == [(await lea.get(own)).json]
    assert [(await tom.ask(way, own)).status for way in ("GET", "PUT", "DELETE")] == [404] * 3
    sooner = (await lea.ask("PUT", own, form={"scheduled_at": "2026-03-02T15:00:00Z"})).json
    assert sooner["scheduled_at"] == "2026-03-02T15:00:00.000Z"
    other = (await lea.post(PATH, said | {"status": "@fruitiers Autre\n\nChose."})).json
    assert (await lea.ask("DELETE", f"{path}/{other['id']}")).json == {}
    clock.advance(3700)
    await site.runner.settle()
    post = await Post.get()
    assert (post.title, post.source, post.warning) == ("Taille d'hiver", "Demain.", "Froid")
    assert (await lea.get(path)).json == []
    # Answers too, with a poll.
    asked = {"poll[options][]": "a", "poll[expires_in]": "1800", "in_reply_to_id": str(post.id), "scheduled_at": at}
    both = FormData([*asked.items(), ("poll[options][]", "b"), ("status", "Quand ?")])
    waits = (await tom.post(PATH, both)).json
    assert waits["params"]["poll"] == {"options": ["a", "b"], "expires_in": 1800, "multiple": False, "hide_totals": False}  # fmt: skip
    assert (waits["params"]["text"], waits["params"]["in_reply_to_id"]) == ("Quand ?", str(post.id))
    for text in ("Demain.", "Après-demain."):  # taken back, one goes on in the reply box, the other beside it
        back = (await tom.post(PATH, {"status": text, "in_reply_to_id": str(post.id), "scheduled_at": at})).json
        assert (await tom.ask("DELETE", f"{path}/{back['id']}")).status == 200
    places = [draft.place.partition(":")[0] for draft in await drafts.all_of(village.tom.actor)]
    assert sorted(places) == ["later", "reply"]
    assert (await tom.post(PATH, {"in_reply_to_id": str(post.id), "scheduled_at": at})).status == 422
    assert (await lea.post(PATH, {"status": "x", "in_reply_to_id": "1", "scheduled_at": at})).status == 404
    clock.advance(days=1)
    await site.runner.settle()
    answer = await Post.get(parent_id=post.id)
    assert (answer.source, answer.kind, answer.author_id) == ("Quand ?", "reply", village.tom.actor_id)
    assert (await Poll.get(post_id=answer.id)).ends_at == answer.published_at + timedelta(minutes=30)


async def test_a_text_comes_with_formatting_or_without_and_names_whom_it_says(
    village: Village, connect: Connect
) -> None:
    tom = await connect(village.tom)
    said = {"status": "@fruitiers 5*3*2 ?\n\n# _Vrai_ & *faux*, @lea", "content_type": "text/plain"}
    refused = await tom.post(PATH, json={**said, "allowed_mentions": []})
    assert refused.status == 422 and len(refused.json["unexpected_accounts"]) == 2
    ids = [str(village.open.actor_id), str(village.lea.actor.id)]
    refused = await tom.post(PATH, json={**said, "allowed_mentions": ids[:1]})
    assert [one["acct"] for one in refused.json["unexpected_accounts"]] == ["lea"]
    assert (await tom.post(PATH, {**said, "content_type": "text/html"})).status == 422 and not await Post.all().exists()
    written = (await tom.post(PATH, json={**said, "allowed_mentions": ids})).json
    assert "# _Vrai_ &amp; *faux*" in written["content"] and written["fedcop"]["title"] == "5*3*2 ?"
    mine = f"{PATH}/{written['id']}"
    source = (await tom.get(f"{mine}/source")).json
    assert (source["content_type"], source["text"]) == ("text/plain", "5*3*2 ?\n\n# _Vrai_ & *faux*, @lea")
    again = (await tom.ask("PUT", mine, form={"status": source["text"]})).json  # as it was given
    assert again["content"] == written["content"]
    bold = {"status": "5*3*2 ?\n\n**Vrai**", "content_type": "text/markdown"}
    assert "<strong>Vrai</strong>" in (await tom.ask("PUT", mine, form=bold)).json["content"]
    answered = await tom.post(PATH, {"status": "*Oui*", "in_reply_to_id": written["id"], "content_type": "text/plain"})
    assert "<em>" not in answered.json["content"]


async def test_files_are_uploaded_and_hang(site: Site, village: Village, connect: Connect) -> None:
    lea, tom = await connect(village.lea), await connect(village.tom)

    def file(content: bytes = picture(), focus: str = "0.5,-3") -> FormData:
        form = FormData()
        form.add_field("file", content, filename="fleur.jpg", content_type="image/jpeg")
        form.add_field("description", "Une fleur")
        form.add_field("focus", focus)
        return form

    large = (await lea.post("/api/v1/media", file(picture(size=(2560, 1280))))).json["meta"]
    assert (large["original"]["size"], large["small"]["size"]) == ("2560x1280", "1280x640")
    made = [(await lea.post(f"/api/v{version}/media", file())).json for version in (1, 2)]
    assert (made[0]["type"], made[0]["description"], made[0]["meta"]["original"]["size"]) == (
        "image",
        "Une fleur",
        "64x48",
    )
    assert (await lea.ask("PUT", f"/api/v1/media/{made[0]['id']}", form={"description": "Deux"})).json[
        "description"
    ] == "Deux"
    mine = f"/api/v1/media/{made[0]['id']}"
    assert made[0]["meta"]["focus"] == {"x": 0.5, "y": -1.0} and made[0]["blurhash"]
    assert (await lea.post("/api/v2/media", file(focus="là"))).status == 422
    assert (await lea.ask("PUT", mine, form={"description": "Non", "focus": "0.1,nan"})).status == 422
    shown = (await lea.ask("PUT", mine, form={"focus": "0.1,0.2"})).json
    assert (shown["meta"]["focus"], shown["description"]) == ({"x": 0.1, "y": 0.2}, "Deux")
    assert [(await who.get(mine)).status for who in (lea, tom)] == [200, 404]
    assert (await lea.post("/api/v2/media", {"description": "rien"})).status == 422
    object.__setattr__(site.settings, "member_files", 1 << 10)
    full = await lea.post("/api/v2/media", file())
    assert full.status == 422 and "that each member has here" in full.json["error"]
    object.__setattr__(site.settings, "member_files", 0)
    assert (await lea.post("/api/v2/media", file(b"\xff\xd8\xff"))).status == 422
    posted = await lea.post(PATH, {"status": "@fruitiers Vu\n\nIci.", "media_ids[]": made[0]["id"]})
    assert [one["id"] for one in posted.json["media_attachments"]] == [made[0]["id"]]
    assert "key=" not in posted.json["media_attachments"][0]["url"]  # for everybody
    hung = f"/api/v1/media/{made[0]['id']}"  # its words are a part of the text now: who may correct that corrects them
    assert (await lea.ask("PUT", hung, form={"description": "Trois"})).status == 404
    stolen = await tom.post(PATH, {"status": "@fruitiers Vu\n\nLà.", "media_ids[]": made[0]["id"]})
    assert stolen.status == 422
    number = (await tom.post("/api/v2/media", file())).json["id"]
    written = (await tom.post(PATH, {"status": "@fruitiers Vu\n\nIci.", "media_ids[]": number})).json["id"]
    # What is deleted to be written anew keeps its files for their author; unless one says otherwise.
    for more, status in (("", 200), ("?delete_media=true", 404)):
        gone = (await tom.ask("DELETE", f"{PATH}/{written}{more}")).json
        assert gone["media_attachments"][0]["id"] == number
        assert [(await who.get(f"/api/v1/media/{number}")).status for who in (tom, lea)] == [status, 404]
        form = {"status": "@fruitiers Encore\n\nIci.", "media_ids[]": number}
        anew = await tom.post(PATH, form)
        assert anew.status == (200 if status == 200 else 422)
        written = anew.json.get("id", written)
    number = (await tom.post("/api/v2/media", file())).json["id"]
    written = (await tom.post(PATH, {"status": "@fruitiers Vu\n\nIci.", "media_ids[]": number})).json["id"]
    both = [{"id": made[1]["id"]}, {"id": number, "description": "Un <pommier>", "focus": "-0.3,0"}]
    for text, words, x in (
        ("x" * 60_001, "Une fleur", 0.5),
        ("Vu", "Un <pommier>", -0.3),
    ):  # refused means nothing changed
        sent = {"status": text, "media_ids": [], "media_attributes": both}
        changed = await tom.ask("PUT", f"{PATH}/{written}", json=sent)
        shown = (await tom.get(f"/api/v1/media/{number}")).json
        assert (shown["description"], shown["meta"]["focus"]["x"]) == (words, x), changed
    await moderation.ban(village.lea.actor, village.open, village.tom.actor, "Non")
    described = {"status": "Vu", "media_attributes[][id]": number, "media_attributes[][description]": "Pire"}
    assert (await tom.ask("PUT", f"{PATH}/{written}", form=described)).status == 403
    assert (await tom.get(f"/api/v1/media/{number}")).json["description"] == "Un <pommier>"
    assert [(await lea.ask("DELETE", f"/api/v1/media/{one['id']}")).status for one in made] == [404, 200]


async def test_polls(
    village: Village, client: TestClient, connect: Connect, clock: StandingClock, site: Site, golden: Golden
) -> None:
    tom, lea, nic = await connect(village.tom), await connect(village.lea), await connect(village.nic)
    asked = {"options": ["Lin", "Seigle"], "expires_in": 600, "multiple": False, "hide_totals": True}
    made = (await tom.post(PATH, json={"status": "Que semer ?\n\n@fruitiers Dites-le.", "poll": asked})).json
    golden("mastodon/poll", made["poll"])
    path = f"/api/v1/polls/{made['poll']['id']}"
    for choices in ([], ["2"], ["0", "1"]):
        assert (await lea.post(f"{path}/votes", {"choices[]": choices})).status == 422
    voted = (await lea.post(f"{path}/votes", json={"choices": [1]})).json
    assert (voted["voted"], voted["own_votes"], voted["options"][1]["votes_count"]) == (True, [1], None)
    assert (await lea.post(f"{path}/votes", {"choices[]": "0"})).status == 422
    clock.advance(601)
    await site.runner.settle()
    over = (await Phone(client).get(path)).json
    assert (over["expired"], over["votes_count"], over["voted"]) == (True, 1, False)
    assert [one["votes_count"] for one in over["options"]] == [0, 1]
    assert (await nic.post(f"{path}/votes", {"choices[]": "0"})).status == 422
    told = (await lea.get("/api/v1/notifications?types[]=poll")).json
    assert [(one["type"], one["status"]["id"], one["account"]["acct"]) for one in told] == [("poll", made["id"], "tom")]
    inside = (await tom.post(PATH, json={"status": "@clos Un secret ?", "poll": asked})).json["poll"]["id"]
    for verb, there in (("GET", ""), ("POST", "/votes")):
        assert (await nic.ask(verb, f"/api/v1/polls/{inside}{there}")).status == 404
        assert (await nic.ask(verb, f"/api/v1/polls/1{there}")).status == 404


async def test_what_one_keeps_and_what_one_pins(village: Village, connect: Connect) -> None:
    lea, tom = await connect(village.lea), await connect(village.tom)
    first = await village.write(village.open, "Le premier")
    answer = (await tom.post(PATH, {"status": "Merci", "in_reply_to_id": str(first.id)})).json
    inside = await village.write(village.shut, "Dedans")
    for post_id in (inside.id, answer["id"], first.id, first.id):
        assert (await tom.post(f"{PATH}/{post_id}/bookmark")).json["bookmarked"]
    page = await tom.get("/api/v1/bookmarks?limit=2")
    assert [one["id"] for one in page.json] == [str(first.id), answer["id"]] and 'rel="next"' in page.headers["Link"]
    assert (
        not (await lea.get(f"{PATH}/{first.id}")).json["bookmarked"] and not (await lea.get("/api/v1/bookmarks")).json
    )
    assert not (await tom.post(f"{PATH}/{first.id}/unbookmark")).json["bookmarked"]
    await communities.leave(village.tom.actor, village.shut)
    assert [one["id"] for one in (await tom.get("/api/v1/bookmarks")).json] == [answer["id"]]
    assert (await tom.post(f"{PATH}/{inside.id}/bookmark")).status == 404

    for phone, post_id, status in ((tom, first.id, 422), (lea, answer["id"], 422), (lea, first.id, 200)):
        told = await phone.post(f"{PATH}/{post_id}/pin")
        assert told.status == status and (status == 200) == bool(told.json.get("pinned"))
    pinned = f"/api/v1/accounts/{village.open.actor_id}/statuses?pinned=true"
    assert [one["id"] for one in (await tom.get(pinned)).json] == [str(first.id)]
    assert not (await lea.post(f"{PATH}/{first.id}/unpin")).json["pinned"] and not (await tom.get(pinned)).json
