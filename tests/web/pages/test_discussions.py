"""Threads as people read and write them in a browser without scripts."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from fedcop.communities import service as communities
from fedcop.core import clock
from fedcop.discussions import bookmarks, queries, service
from fedcop.discussions.models import Post
from fedcop.media.models import Media
from tests.rig.people import make_stranger
from tests.rig.queries import counted
from tests.rig.villages import received
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    """The responsible person of a public community, at her browser."""
    browser = await sign_in("lea")
    browser.community = await communities.found(
        browser.actor, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser ce qui tient l’hiver"
    )
    return browser


async def ask(lea: Any, title: str = "Quelle toile ?", source: str = "Contre le gel.", **more: Any) -> Post:
    return await service.write(
        lea.actor, lea.community, **{"kind": "question", "title": title, "source": source, **more}
    )


async def test_write_a_question_and_read_it(lea: Any) -> None:
    await lea.get("/c/fruitiers/new")
    assert "Public, y compris sur Mastodon" in lea.page.text
    lea.page.choose("Question").fill("Titre", "Comment protéger de jeunes pruniers ?").fill(
        "Votre texte", "Qui a essayé la **paille** ?"
    )
    page = await lea.press("Publier")
    assert page.h1 == "Comment protéger de jeunes pruniers ?"
    assert "Publié" in page.messages[0]
    assert "paille" in page.main.text


async def test_share_a_link_that_has_no_name(lea: Any) -> None:
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Veille").fill("Titre", "Une page").fill("Votre texte", "Voyez").fill(
        "link", "https://pruniers.example/taille"
    )
    page = await lea.press("Publier")
    assert page.status == 200
    assert page.link("pruniers.example") == "https://pruniers.example/taille"


async def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(lea: Any) -> None:
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Question").fill("Votre texte", "Sans titre encore")
    page = await lea.press("Publier")
    assert page.status == 422
    assert any("titre" in text.lower() for text in page.problems)
    assert "Sans titre encore" in page.html
    page = await lea.get("/c/fruitiers/new")
    assert "brouillon" in page.text.lower()


@pytest.mark.parametrize("length", [60_001, 200_000])
async def test_a_text_of_any_length_is_refused_at_its_field_and_kept(lea: Any, length: int) -> None:
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Question").fill("Titre", "Bien long").fill("Votre texte", "a " * (length // 2) + "fin")
    page = await lea.press("Publier")
    assert page.status == 422
    assert any("60 000 caractères" in text.replace("\u202f", " ").replace("\xa0", " ") for text in page.problems)
    assert page.html.count("a a a") and "fin</textarea>" in page.html and not await Post.all().count()


async def test_a_draft_comes_back_and_goes_when_published(lea: Any) -> None:
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Idée").fill("Titre", "Une chambre froide")
    await lea.press("Enregistrer le brouillon")
    page = await lea.get("/drafts")
    assert "Une chambre froide" in page.text
    await lea.get("/c/fruitiers/new")
    lea.page.fill("Votre texte", "Entre six fermes.")
    page = await lea.press("Publier")
    assert page.h1 == "Une chambre froide"
    assert "Une chambre froide" not in (await lea.get("/drafts")).main.text


async def test_reply_react_and_accept(lea: Any, sign_in: SignIn) -> None:
    root = await ask(lea)
    noor = await sign_in("noor")
    await communities.join(noor.actor, lea.community)
    await noor.get(f"/p/{root.id}")
    noor.page.fill("Texte de votre réponse", "Des branches d’épinette.")
    page = await noor.press("Publier la réponse")
    assert "1 réponse" in page.text and "branches d’épinette" in page.main.text
    answer = await Post.get(parent_id=root.id)
    await lea.get(f"/p/{root.id}")
    page = await lea.press("Merci")
    assert (await Post.get(id=root.id)).thanks_count == 1
    await lea.post(f"/p/{answer.id}/accept")
    page = await lea.get(f"/p/{root.id}")
    assert "Réponse retenue" in page.text


async def test_disagreeing_opens_the_reply_box(lea: Any) -> None:
    root = await ask(lea)
    await lea.get(f"/p/{root.id}")
    page = await lea.post(f"/p/{root.id}/react", kind="disagree")
    assert "voici pourquoi\u00a0: </textarea>" in page.html
    assert (await Post.get(id=root.id)).disagree_count == 1


async def test_correcting_shows_what_it_said_before(lea: Any) -> None:
    root = await ask(lea, source="Première version")
    await lea.get(f"/p/{root.id}/edit")
    lea.page.fill("Votre texte", "Deuxième version")
    page = await lea.press("Publier la correction")
    assert "corrigé" in page.text and "Deuxième version" in page.main.text
    page = await lea.get(f"/p/{root.id}/history")
    assert "Première version" in page.main.text


async def test_delete_asks_first_and_leaves_the_place(lea: Any) -> None:
    root = await ask(lea)
    reply = await service.reply(lea.actor, root, source="À supprimer")
    await lea.get(f"/p/{reply.id}/delete")
    page = await lea.press("Supprimer")
    assert "À supprimer" not in page.main.text and "Supprimé par" in page.main.text


async def test_a_moderator_removes_with_a_reason(lea: Any, sign_in: SignIn) -> None:
    noor = await sign_in("noor")
    await communities.join(noor.actor, lea.community)
    post = await service.write(noor.actor, lea.community, kind="tip", title="Achetez !", source="Publicité")
    assert (await noor.get(f"/p/{(await ask(lea)).id}/remove")).status == 403
    await lea.get(f"/p/{post.id}/remove")
    page = await lea.press("Retirer")
    assert page.status == 422
    page.fill("Motif", "Publicité")
    page = await lea.press("Retirer")
    assert "Motif : Publicité".replace(" :", "") in page.text.replace("\u00a0:", "").replace(" :", "")


async def test_not_there_and_not_for_you_are_one_page(lea: Any, browser: Any) -> None:
    lea.community = await communities.found(
        lea.actor, title="Fermée", name="fermee", purpose="Entre nous", visibility="private", posting="members"
    )
    root = await ask(lea)
    absent, hidden = await browser.get("/p/1234567"), await browser.get(f"/p/{root.id}")
    assert absent.status == hidden.status == 404
    assert absent.main.text == hidden.main.text


async def test_the_feed_keeps_its_two_controls(lea: Any) -> None:
    await ask(lea, title="La première")
    page = await lea.get("/")
    assert "La première" in page.main.text
    await lea.get("/?whose=all&order=published&type=")
    assert (await lea.get("/")).status == 200
    account = await type(lea.account).get(id=lea.account.id)
    assert account.preferences["feed"] == {"whose": "all", "order": "published"}


async def test_strangers_read_and_are_told_how_to_answer(lea: Any, browser: Any) -> None:
    root = await ask(lea)
    page = await browser.get(f"/p/{root.id}")
    assert page.h1 == "Quelle toile ?" and "connectez-vous" in page.text.lower()
    assert (await browser.get("/")).status == 200


async def test_unread_replies_are_pointed_at(lea: Any, sign_in: SignIn, clock: Any) -> None:
    root = await ask(lea)
    noor = await sign_in("noor")
    await noor.get(f"/p/{root.id}")
    clock.advance(10)
    await service.reply(lea.actor, root, source="Du nouveau")
    page = await noor.get(f"/p/{root.id}")
    assert "1 nouvelle depuis votre dernière visite" in page.text.replace("\u00a0", " ")
    page = await noor.get(f"/p/{root.id}")
    assert "dernière visite" not in page.text


async def test_the_number_of_queries_does_not_grow_with_the_thread(lea: Any) -> None:
    root = await ask(lea)
    await service.reply(lea.actor, root, source="un")
    with counted() as few:
        await queries.thread(lea.actor, root)
    for number in range(39):
        await service.reply(lea.actor, root, source=f"{number}")
    with counted() as many:
        await queries.thread(lea.actor, root)
    assert len(many) == len(few)


def picture() -> bytes:
    """A very small PNG."""
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(target, "PNG")
    return target.getvalue()


async def test_a_picture_is_asked_for_its_description_and_kept_meanwhile(lea: Any) -> None:
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Bon coup").fill("Titre", "Nos pruniers").fill("Votre texte", "Les voici").attach(
        "Ajouter des fichiers", "pruniers.png", picture()
    )
    page = await lea.press("Publier")
    assert page.status == 422 and any("image" in text for text in page.problems)
    assert "pruniers" in page.main.text and await Post.all().count() == 0
    page.fill("Que montre cette image", "Trois pruniers en fleurs")
    page = await lea.press("Publier")
    assert page.h1 == "Nos pruniers"
    assert 'alt="Trois pruniers en fleurs"' in page.html
    media = await Media.get(post_id=(await Post.get()).id)
    assert media.audience == "public" and media.description == "Trois pruniers en fleurs"


async def test_files_can_be_joined_first_and_come_back_with_the_draft(lea: Any) -> None:
    root = await ask(lea)
    await lea.get(f"/p/{root.id}")
    lea.page.fill("Texte de votre réponse", "Avec notes").attach("Ajouter des fichiers", "notes.txt", b"bonjour")
    page = await lea.press("Joindre les fichiers")
    assert "notes.txt" in page.main.text
    page = await lea.press("Publier la réponse")
    assert (
        "notes.txt" in page.main.text
        and await Media.filter(post_id=(await Post.get(parent_id=root.id)).id).count() == 1
    )


async def test_a_removed_post_takes_its_pictures_along(lea: Any, browser: Any) -> None:
    root = await ask(lea)
    media = await Media.create(
        token="jeton", owner_id=lea.actor.id, post_id=root.id, media_type="image/webp", file_name="a.webp", audience="public",
        created_at=root.created_at,
    )  # fmt: skip
    await service.remove(lea.actor, root, "Motif")
    assert (await Media.get(id=media.id)).audience == "me"
    page = await browser.get(f"/p/{root.id}")
    assert "a.webp" not in page.html and "Contre le gel" not in page.html
    await service.restore(lea.actor, await Post.get(id=root.id))
    assert (await Media.get(id=media.id)).audience == "public"


async def test_posts_that_wait_are_decided_by_moderators(lea: Any, browser: Any, sign_in: SignIn) -> None:
    gus = await make_stranger("gus", "mastodon.example")
    held = await received(
        service.FoundPost(
            uri="https://mastodon.example/1",
            author=gus,
            community=lea.community,
            title="Bonjour",
            content="<p>Salut</p>",
            published_at=(await ask(lea)).published_at,
            state="held",
        )  # fmt: skip
    )
    assert held is not None
    assert "Salut" not in (await browser.get("/c/fruitiers")).main.text
    assert (await (await sign_in("noor")).get("/c/fruitiers/held")).status == 403
    page = await lea.get("/c/fruitiers")
    assert "1 publication attend une décision" in page.text.replace("\u00a0", " ")
    await lea.get("/c/fruitiers/held")
    await lea.press("Publier")
    assert "Salut" in (await browser.get(f"/p/{held.id}")).main.text


async def test_the_community_page_filters_sorts_and_pages(lea: Any, clock: Any) -> None:
    for number in range(22):
        await ask(lea, title=f"Question n° {number:02}")
        clock.advance(60)
    await service.write(lea.actor, lea.community, kind="idea", title="Une idée", source="La voici")
    page = await lea.get("/c/fruitiers?type=idea")
    assert "Une idée" in page.main.text and "Question n° 21" not in page.main.text
    page = await lea.get("/c/fruitiers?type=unanswered&order=published")
    assert (
        "Question n° 21" in page.main.text
        and "Une idée" not in page.main.text
        and "Question n° 01" not in page.main.text
    )
    page = await lea.click("Voir 20 publications de plus")
    assert "Question n° 01" in page.main.text and "Question n° 21" not in page.main.text


async def test_pages_say_the_same_in_english(lea: Any, open_browser: Any) -> None:
    root = await ask(lea)
    bob = await open_browser(language="en-CA")
    page = await bob.get(f"/p/{root.id}")
    assert "No reply yet" in page.text and "log in" in page.text
    assert 'lang="fr"' in page.html


async def test_nobody_edits_or_deletes_what_is_not_theirs(lea: Any, sign_in: SignIn) -> None:  # D06, D08
    root = await ask(lea)
    bob = await sign_in("bob")
    for path in ("edit", "delete"):
        assert (await bob.get(f"/p/{root.id}/{path}")).status == 403
        assert (await bob.post(f"/p/{root.id}/{path}", source="x")).status == 403
    for act in ("pin", "lock", "restore"):
        assert (await bob.post(f"/p/{root.id}/{act}")).status == 403
    assert (await Post.get(id=root.id)).deleted_at is None


async def test_who_may_read_changed_meanwhile(lea: Any) -> None:
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Idée").fill("Titre", "Un secret").fill("Votre texte", "Entre nous")
    for wrong in ({"promised": "community"}, {"audience": "everybody"}, {"audience": "me"}):
        page = await lea.post(
            "/c/fruitiers/new", kind="idea", title="Un secret", source="Entre nous", step="publish", **wrong
        )
        assert page.status == 422 and await Post.all().count() == 0


async def test_a_moderator_gives_a_title_to_what_came_without_one(lea: Any, clock: Any) -> None:
    gus = await make_stranger("gus", "mastodon.example")
    found = service.FoundPost(
        uri="https://mastodon.example/1",
        author=gus,
        community=lea.community,
        title="Salut tout le monde",
        title_derived=True,
        content="<p>Salut tout le monde</p><p>Faut-il bâcher ?</p>",
        published_at=clock.now(),
    )
    post = await received(found)
    assert post is not None
    await lea.get(f"/p/{post.id}")
    await lea.click("Lui donner un titre")
    lea.page.fill("Titre", "Faut-il bâcher ?")
    page = await lea.press("Enregistrer")
    assert page.h1 == "Faut-il bâcher ?"
    clock.advance(60)
    again = await received(replace(found, content="<p>Corrigé</p>", edited_at=clock.now()))
    assert again is not None and again.title == "Faut-il bâcher ?" and "Corrigé" in again.content
    assert (await lea.get(f"/p/{post.id}/title")).status == 404


async def test_the_list_of_drafts_tells_nothing_of_places_that_one_cannot_see(lea: Any, sign_in: SignIn) -> None:
    hidden = await communities.found(
        lea.actor,
        title="Cercle fermé",
        name="cercle",
        purpose="Entre nous",
        visibility="private",
        join_policy="invitation",
    )
    secret = await service.write(lea.actor, hidden, kind="question", title="Titre secret", source="Chut")
    noor, shown = await sign_in("noor"), await ask(lea)
    places = (f"reply:{secret.id}", f"edit:{secret.id}", f"community:{hidden.id}", "reply:9999999999999999999")
    for place, source in (
        *((place, "Que voit-on ?") for place in places),
        (f"reply:{shown.id}", "Ma réponse sans titre"),
    ):
        await noor.get("/settings")
        await noor.post("/drafts", place=place, source=source)
    page = await noor.get("/drafts")
    assert page.status == 200 and "Ma réponse sans titre" in page.text
    assert "secret" not in page.text and "Cercle" not in page.text and "Que voit-on" not in page.text


async def test_a_link_that_no_browser_opens_breaks_no_page(lea: Any) -> None:  # G21
    """As it came before such links were refused."""
    root = await ask(lea)
    await Post.filter(id=root.id).update(links=[{"href": "https://[x", "name": "", "media_type": ""}])
    for path in (f"/p/{root.id}", "/c/fruitiers", "/"):
        assert (await lea.get(path)).status == 200, path


async def test_numbers_beyond_all_measure_are_absent_and_odd_ways_back_lead_to_the_thread(lea: Any) -> None:
    root, beyond = await ask(lea), "9999999999999999999"
    await lea.get(f"/p/{root.id}")
    for path in (f"/p/{beyond}", f"/p/{beyond}/edit", f"/r/{beyond}", f"/settings/data/{beyond}.zip"):
        assert (await lea.get(path)).status == 404, path
    for path in (
        "/c/fruitiers/members",
        "/c/fruitiers/moderation",
        "/resources",
        "/people",
        "/notifications",
    ):
        assert (await lea.get(f"{path}?after={beyond}")).status == 200, path
    await lea.get(f"/p/{root.id}")
    assert (await lea.post("/c/fruitiers/new", media=beyond, step="files")).status == 200
    page = await lea.post(f"/p/{root.id}/react", **{"kind": "thanks", "from": "/une\tadresse"})
    assert page.status == 200 and page.h1 == root.title


async def test_whoever_may_not_speak_here_any_more_deletes_but_does_not_rewrite(lea: Any, sign_in: SignIn) -> None:
    inside = await communities.found(
        lea.actor, title="Cercle", name="cercle", purpose="Entre nous", visibility="private"
    )
    noor = await sign_in("noor")
    for community, title in ((lea.community, "Titre ouvert"), (inside, "Titre secret")):
        await communities.invite(lea.actor, community, noor.actor)
        await communities.accept_invitation(noor.actor, community)
        root = await service.write(lea.actor, community, kind="question", title=title, source="Qui sait ?")
        own = await service.reply(noor.actor, root, source="Moi")
        await communities.ban(lea.actor, community, noor.actor, "Pourriels")
        assert (await noor.get(f"/p/{own.id}/edit")).status == 403
        await noor.get("/settings")
        page = await noor.post(f"/p/{own.id}/edit", source="Achetez mes pruniers")
        assert page.status == 422 and "Achetez mes pruniers" in page.html
        assert (await Post.get(id=own.id)).source == "Moi"
        assert "secret" not in (await noor.get(f"/p/{own.id}/history")).text
        await noor.get("/settings")
        await noor.post(f"/p/{own.id}/delete")
        assert (await Post.get(id=own.id)).deleted_at is not None


async def test_each_page_says_in_a_sentence_what_it_is(lea: Any) -> None:
    thread, warned = await ask(lea, source='Du lin "blanc"'), await ask(lea, source="Le nu", warning="Corps")
    said = {}
    for path in ("/", "/c/fruitiers", f"/p/{thread.id}", f"/p/{warned.id}", "/u/lea", "/help"):
        said[path] = (await lea.get(path)).root.first("meta", name="description")["content"]
    assert said["/c/fruitiers"] == "Faire pousser ce qui tient l’hiver"
    assert said[f"/p/{thread.id}"] == 'Du lin "blanc"' and said[f"/p/{warned.id}"] == "Quelle toile ?"
    assert said["/u/lea"].startswith("lea") and said["/"] and said["/help"] == said["/"]


async def test_what_one_keeps_for_later_is_ones_own(lea: Any, sign_in: SignIn) -> None:
    post = await ask(lea)
    reply = await service.reply(lea.actor, post, source="La bleue, six mois.")
    noor = await sign_in("noor")
    await asyncio.gather(*(bookmarks.keep(noor.actor, post) for _ in range(3)))
    for one in (post, reply):
        await noor.get(f"/p/{post.id}")
        assert "Gardé" in (await noor.post(f"/p/{one.id}/keep")).messages[0].replace("C'est gardé", "Gardé")
    page = await noor.get("/saved")
    assert "La bleue" in page.main.text and page.main.text.count("Quelle toile ?") >= 2
    assert "Ne plus garder" in (await noor.get(f"/p/{post.id}")).main.text
    assert "Quelle toile" not in (await lea.get("/saved")).main.text
    await Post.filter(id=post.id).update(removed_at=clock.now())
    page = await noor.get("/saved")
    # Of what was removed, not the title either.
    assert "La bleue" in page.main.text and "Quelle toile" not in page.main.text
    await Post.filter(id=post.id).update(removed_at=None)
    await service.delete(lea.actor, reply)
    page = await noor.get("/saved")
    page = await noor.press("Ne plus garder")
    assert page.path == "/saved" and "Rien encore" in page.main.text
