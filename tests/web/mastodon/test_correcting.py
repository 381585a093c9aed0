"""Corrections from apps that know only what they were shown: nothing of a discussion is lost or said twice."""

from __future__ import annotations

from fedcop.discussions import spoken
from fedcop.discussions.models import Post, PostTag
from fedcop.discussions.versions import Version
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_reading import Village, village
from web.mastodon.wording import unframed

__all__ = ["village"]
LINK = {"href": "https://lin.example/guide", "name": "Le guide", "media_type": ""}


def test_a_title_in_bold_is_a_title() -> None:
    for said, title, text in (
        ("**Une ouverture ?**\n\nLaquelle ?", "Une ouverture ?", "Laquelle ?"),
        ("@chess __Une ouverture__\n\nLaquelle ?", "Une ouverture", "Laquelle ?"),
        ("**@chess Une ouverture**\n\nLaquelle ?", "Une ouverture", "Laquelle ?"),
        ("# **Un titre**\nEt le texte", "Un titre", "Et le texte"),
        ("**Un** et **deux**\n\nTexte", "**Un** et **deux**", "Texte"),
    ):
        assert spoken.parted(said) == spoken.Spoken(title, text), said
    assert spoken.parted("**Titre**\n\nTexte", plain=True).title == "**Titre**"


def test_a_title_that_nobody_wrote_has_no_formatting() -> None:
    for said, title in (
        ("On commence **en mars**, voir [le guide](https://lin.example/a)\net ensuite", "On commence en mars, voir le guide"),
        ("# Rien que cela", "Rien que cela"),
        ("a * b et 2 < 3", "a * b et 2 < 3"),
    ):  # fmt: skip
        assert spoken.parted(said).title == title, said
    assert spoken.parted("Avec **étoiles** et [ceci](x)", plain=True).title == "Avec **étoiles** et [ceci](x)"


async def test_a_correction_made_from_what_is_shown(village: Village, connect: Connect) -> None:
    """As Elk sends it: the title in bold, the line that stands for a quote above it, the names of links below."""
    lea = await connect(village.lea)
    asked = await village.write(village.open, "Quelle toile ?")
    post = await village.write(
        village.open, "Le lin", source="Il tient **bien**.", links=[LINK], quoted=asked, tags=["Lin"], language="fr"
    )
    shown = f"RE: https://atelier.example/p/{asked.id}\n\n**Le lin**\n\nIl tient **bien**.\n\nLe guide"
    for said, text in (
        (shown, "Il tient **bien**."),
        (shown.replace("bien", "mal"), "Il tient **mal**."),
        ("**Le lin**\n\nhttps://lin.example/guide", ""),
        ("Le lin\n\nAutre", "Autre"),
    ):
        answer = await lea.ask("PUT", f"/api/v1/statuses/{post.id}", json={"status": said})
        assert answer.status == 200, answer.json
        now = await Post.get(id=post.id)
        assert (now.title, now.source, now.title_derived, now.tags) == ("Le lin", text, False, ["lin"]), said
        assert now.links == [LINK] and answer.json["quote"]["quoted_status"]["id"] == str(asked.id)
    assert await PostTag.filter(post_id=post.id).values_list("tag", flat=True) == ["lin"]
    changed = await lea.ask(
        "PUT", f"/api/v1/statuses/{post.id}", json={"status": "**Le chanvre**\n\nAutre #lin #toile"}
    )
    assert changed.json["fedcop"]["title"] == "Le chanvre"
    assert [tag["name"] for tag in changed.json["tags"]] == ["lin", "toile"]
    changed = await lea.ask("PUT", f"/api/v1/statuses/{post.id}", json={"status": "Le chanvre\n\nAutre"})
    assert [tag["name"] for tag in changed.json["tags"]] == []  # both stood in the text, and stand there no more


async def test_who_wrote_a_text_in_two_languages_corrects_the_first(village: Village, connect: Connect) -> None:
    """Apps send the language that they were told along: Léa reads in English what she wrote in French first."""
    lea, tom = await connect(village.lea), await connect(village.tom)
    flax = Version("en", "Flax", "It holds.")
    post = await village.write(village.open, "Le lin", source="Il tient.", language="fr", versions=[flax])
    own = f"/api/v1/statuses/{post.id}"
    assert [(await who.get(own)).json["language"] for who in (lea, tom)] == ["fr", "en"]
    shown = (await lea.get(own)).json
    assert shown["content"] == "<p><strong>Le lin</strong></p><p>Il tient.</p>" and shown["fedcop"]["title"] == "Le lin"
    for said in ("Le lin\n\nIl tient bien.", "**Le lin**\n\nIl tient bien."):
        changed = await lea.ask("PUT", own, json={"status": said, "language": shown["language"]})
        assert changed.status == 200 and "bien" in changed.json["content"], changed.json
        now = await Post.get(id=post.id)
        assert (now.source, now.language, (now.versions or [{}])[0]["source"]) == ("Il tient bien.", "fr", "It holds.")


async def test_what_is_deleted_can_be_written_anew_where_it_was(village: Village, connect: Connect) -> None:
    lea = await connect(village.lea)
    for source, text in (
        ("Il tient.", "@clos Le lin\n\nIl tient."),
        ("Entre nous, @clos.", "Le lin\n\nEntre nous, @clos."),
        ("Comme @clos.b et @closerie", "@clos Le lin\n\nComme @clos.b et @closerie"),
    ):
        post = await village.write(village.shut, "Le lin", source=source)
        gone = (await lea.ask("DELETE", f"/api/v1/statuses/{post.id}")).json
        assert gone["text"] == text
        again = await lea.post("/api/v1/statuses", {"status": gone["text"]})
        assert (again.json["fedcop"]["title"], again.json["fedcop"]["community"]["acct"]) == ("Le lin", "clos"), again
        await lea.ask("DELETE", f"/api/v1/statuses/{again.json['id']}")
    root = await village.write(village.shut, "Le lin")
    reply = (await lea.post("/api/v1/statuses", {"status": "Oui.", "in_reply_to_id": str(root.id)})).json
    assert (await lea.ask("DELETE", f"/api/v1/statuses/{reply['id']}")).json["text"] == "Oui."


async def test_what_somebody_typed_themselves_stays(village: Village) -> None:
    """A line that looks like ours is theirs where their text has it."""
    asked = await village.write(village.open, "Quelle toile ?")
    typed = f"RE: https://atelier.example/p/{asked.id}\n\nAutre.\n\nLe guide"
    answer = await village.write(village.open, "Deux", source=typed, links=[LINK], quoted=asked)
    answer.title_derived = True
    assert unframed(typed, answer) == typed
    plain = await village.write(village.open, "Trois", source="Autre.")
    assert unframed("RE: https://b.example/1\n\nAutre.", plain) == "RE: https://b.example/1\n\nAutre."
    assert unframed("**Quatre**\n\nAutre.", plain) == "**Quatre**\n\nAutre."
