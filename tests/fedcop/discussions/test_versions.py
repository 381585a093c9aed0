"""One text in two languages: written, corrected, found, told to the network, read from it."""

from __future__ import annotations

from typing import Any

import pytest

from activitypub.vocab import Object, parse
from fedcop.accounts.models import Account
from fedcop.communities import access
from fedcop.core.errors import Invalid
from fedcop.core.i18n import set_language
from fedcop.core.site import Site
from fedcop.discussions import queries, service, versions
from fedcop.discussions.activities import mapping, outgoing, reading
from fedcop.discussions.models import Post
from fedcop.discussions.versions import Version
from fedcop.notifications.models import Notification
from fedcop.resources import queries as resources
from fedcop.resources import service as library
from fedcop.search import service as search
from fedcop.timelines import queries as timelines
from tests.rig.villages import Village

ENGLISH = (Version("en", "Pruning plum trees", "In winter, with @sacha_fruitiers #orchard"),)


async def write(village: Village, **more: Any) -> Post:
    text = {"title": "Tailler les pruniers", "source": "En hiver. #verger", "language": "fr", "versions": ENGLISH}
    return await service.write(village.lea, village.community, kind="tip", **{**text, **more})


async def test_a_text_lives_in_both_languages(site: Site, village: Village) -> None:
    await Account.filter(actor_id=village.sacha.id).update(language="en-CA")
    post = await write(village)
    await site.runner.settle()
    assert post.tags == ["verger", "orchard"]
    assert [one.id for one in await queries.mentioned_in(post)] == [village.sacha.id]
    for words in ("tailler", "pruning", "hiver", "winter"):
        found = await search.query(words, visible=access.visible_sql("e", None), kinds=["post"])
        assert [hit.id for hit in found] == [post.id], words
    for language in ("fr", "en", "es"):
        page = await timelines.community(None, village.community, filters=timelines.Filters(language=language))
        assert page.ids == (() if language == "es" else (post.id,)), language

    told = await Notification.get(kind="mention")
    assert told.detail["title"] == "Pruning plum trees" and "winter" in told.detail["text"], "in Sacha's language"

    view = (await queries.load_posts(None, [post.id]))[0]
    set_language("en-CA")
    assert view.said.title == "Pruning plum trees" and "winter" in view.excerpt
    set_language("fr-CA")
    assert view.said.title == "Tailler les pruniers" and [one.language for one in view.others] == ["en"]

    await service.edit(village.lea, post, source="Au printemps.", title="Tailler", versions=())
    assert versions.beside(await Post.get(id=post.id)) == [] and (await queries.mentioned_in(post)) == []
    before = (await queries.revisions(None, post))[0]
    assert [one.title for one in versions.beside(before)] == ["Pruning plum trees"]
    await service.delete(village.lea, await service.edit(village.lea, post, source="Non.", versions=ENGLISH))
    assert (await Post.get(id=post.id)).versions is None


async def test_nothing_is_published_half_translated(site: Site, village: Village) -> None:
    for version, field in (
        (Version("en", "", "In winter."), "title2"),
        (Version("en", "Pruning", " "), "source2"),
        (Version("fr-CA", "Tailler", "Oui."), "language2"),
    ):
        with pytest.raises(Invalid) as refused:
            await write(village, versions=(version,))
        assert set(refused.value.errors) == {field}


async def test_a_resource_is_found_in_the_library_by_either(site: Site, village: Village) -> None:
    card = library.Card(licence="CC0-1.0", link="https://pruniers.example/taille")
    made = await library.deposit(
        village.lea, village.community, card, title="Fiche", source="Un guide.", language="fr",
        versions=(Version("en", "Sheet", "A guide."),),
    )  # fmt: skip
    for filters, count in (
        ({"language": "en"}, 1),
        ({"language": "es"}, 0),
        ({"words": "sheet"}, 1),
        ({"words": "source"}, 0),
    ):
        found = await resources.library(None, village.community, resources.Filters(**filters))
        assert len(found) == count, filters
    await library.change(village.lea, made, card, title="Fiche", source="Un guide.")
    assert len(versions.all_of(await Post.get(id=made.post_id))) == 2


async def test_the_network_gets_both_and_the_first_where_it_knows_one(site: Site, village: Village) -> None:
    post = await write(village, source="En hiver.", versions=(Version("en", "Pruning", "In winter."),))
    place = await outgoing.place_of(post.id)
    assert place is not None
    document = mapping.to_object(await outgoing.telling_of(place))
    assert document["name"] == "Tailler les pruniers" and document["content"] == "<p>En hiver.</p>"
    assert list(document["contentMap"].items()) == [("fr", "<p>En hiver.</p>"), ("en", "<p>In winter.</p>")]
    assert document["nameMap"] == {"fr": "Tailler les pruniers", "en": "Pruning"}

    thing = parse(document)
    assert isinstance(thing, Object)
    claimed = reading.read(thing)
    assert claimed is not None and claimed.versions == (Version("en", "Pruning", "", "<p>In winter.</p>"),)
    strange = {
        "und": "<p>Quoi</p>",
        "fr-CA": "<p>Hiver</p>",
        "de": "<p>Im Winter</p>",
        "x" * 40: "<p>x</p>",
        "en": "<p>In <script>x</script>winter.</p>",
    }
    claimed = reading.read(parse({**document, "contentMap": {"fr": document["content"], **strange}}))  # type: ignore[arg-type]
    assert claimed is not None and claimed.versions == (Version("en", "Pruning", "", "<p>In winter.</p>"),)
