"""What we say of posts, compared with files that a person has read: tests/golden/activities."""

from __future__ import annotations

from typing import Any

import pytest

from activitypub.jsonld.compose import with_context
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.activities import mapping, outgoing
from fedcop.discussions.facts import Reacted, Unreacted
from fedcop.discussions.models import Post
from fedcop.media.models import Media
from tests.rig.golden import Golden
from tests.rig.people import make_stranger
from tests.rig.villages import Village, make_village


async def document_of(post: Post) -> dict[str, Any]:
    """The document of a post as it goes out, but for the proof."""
    place = await outgoing.place_of(post.id)
    assert place is not None
    return with_context(mapping.to_object(await outgoing.telling_of(place)))


async def test_a_root(site: Site, village: Village, golden: Golden) -> None:
    await make_stranger("mia", "mastodon.example")
    root = await service.write(
        village.noor,
        village.community,
        kind="question",
        title="Comment protéger de jeunes pruniers ?",
        source="Demandez à @mia@mastodon.example.\n\n- la *paille*\n- les branches",
        tags=["Pruniers"],
        links=[{"href": "https://journal.example/pruniers"}],
    )
    golden("activities/page", await document_of(root))


async def test_a_reply(site: Site, village: Village, golden: Golden) -> None:
    root = await service.write(village.noor, village.community, kind="idea", title="Une idée", source="La voici")
    reply = await service.reply(village.sacha, root, source="Bonne **idée**")
    golden("activities/reply", await document_of(reply))


async def test_an_edit_with_a_warning(site: Site, village: Village, golden: Golden, clock: Any) -> None:
    root = await service.write(village.noor, village.community, kind="news", title="Grêle", source="Photos de dégâts")
    clock.advance(90)
    edited = await service.edit(village.noor, root, source="Photos de *gros* dégâts", warning="Images dures")
    golden("activities/page_with_warning", await document_of(edited))


async def test_a_private_root(site: Site, golden: Golden) -> None:
    village = await make_village("prive", visibility="private")
    root = await service.write(village.noor, village.community, kind="tip", title="Entre nous", source="Chut")
    document = await document_of(root)
    assert mapping.PUBLIC not in str(document)
    golden("activities/page_private", document)


async def test_a_tombstone(site: Site, village: Village, golden: Golden) -> None:
    root = await service.write(village.noor, village.community, kind="idea", title="Une idée", source="La voici")
    reply = await service.reply(village.sacha, root, source="À effacer")
    await service.delete(village.sacha, reply)
    document = await document_of(await Post.get(id=reply.id))
    assert "effacer" not in str(document)
    golden("activities/tombstone", document)


async def test_reactions(site: Site, village: Village, golden: Golden) -> None:
    root = await service.write(village.noor, village.community, kind="idea", title="Une idée", source="La voici")
    await site.runner.settle()
    place = await outgoing.place_of(root.id)
    assert place is not None
    for kind in ("thanks", "disagree"):
        golden(f"activities/reaction_{kind}", with_context(outgoing._reaction(place, village.sacha, kind)))


async def test_pictures_are_images_and_carry_their_digest(site: Site, village: Village) -> None:
    root = await service.write(village.noor, village.community, kind="idea", title="Une idée", source="La voici")
    await Media.create(
        token="jeton", owner_id=village.noor.id, post_id=root.id, media_type="image/webp", file_name="pruniers.webp", size=120,
        sha256="ab" * 32, width=40, height=30, description="Trois pruniers", audience="public", created_at=root.created_at,
    )  # fmt: skip
    document = await document_of(root)
    picture = document["attachment"][0]
    assert picture["type"] == "Image" and picture["name"] == "Trois pruniers"
    assert picture["url"] == "https://atelier.example/media/jeton/pruniers.webp" == document["image"]["url"]
    assert mapping.sha256_of(picture["digestMultibase"]) == "ab" * 32


@pytest.mark.parametrize("digest", [None, "", "z", "zzzz", "uAAAA", "z" + "1" * 300, "z0OIl"])
def test_what_is_no_digest_says_nothing(digest: str | None) -> None:
    assert mapping.sha256_of(digest) == ""


async def test_each_job_may_run_twice(site: Site, village: Village) -> None:
    root = await service.write(village.noor, village.community, kind="idea", title="Une idée", source="La voici")
    reaction = await service.react(village.sacha, root, "thanks")
    await site.runner.settle()
    fact = Reacted(
        post_id=root.id, root_id=root.id, activity_id=reaction.id, reaction_id=reaction.id, actor_id=village.sacha.id, kind="thanks"
    )
    for _again in range(2):
        await outgoing.publish_reacted(fact)
    gone = Unreacted(post_id=root.id, root_id=root.id, uri=reaction.uri, actor_id=village.sacha.id, kind="thanks")
    for _again in range(2):
        await outgoing.publish_unreacted(gone)
