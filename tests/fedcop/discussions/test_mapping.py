"""What we say of posts, compared with files that a person has read: tests/golden/activities."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activitypub.jsonld.compose import with_context
from activitypub.vocab import parse
from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.addresses import context_uri
from fedcop.core.clock import now
from fedcop.core.markup import to_html
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.activities import attaching, mapping, outgoing, polling, reacting, reading
from fedcop.discussions.facts import Reacted, Unreacted
from fedcop.discussions.models import Post
from fedcop.discussions.polls.models import Ballot, Poll
from fedcop.discussions.polls.queries import PollView
from fedcop.media.models import Media
from tests.rig.golden import Golden
from tests.rig.villages import Village

AT = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
HERE = "https://atelier.example"


def actor(name: str, number: int, kind: str = "Person", host: str = "atelier.example") -> Actor:
    """An actor that is in no table."""
    uri = f"https://{host}/{'c' if kind == 'Group' else 'u'}/{name}"
    return Actor(
        id=number,
        uri=uri,
        kind=kind,
        name=name,
        host=host,
        followers_uri=f"{uri}/followers",
        local=host == "atelier.example",
    )


GROUP, NOOR, SACHA = actor("fruitiers", 1, "Group"), actor("noor", 2), actor("sacha", 3)
MIA = actor("mia", 4, host="mastodon.example")


def post(number: int, source: str, **columns: Any) -> Post:
    """A post that is in no table."""
    uri = f"{HERE}/p/{number}"
    found: dict[str, Any] = {
        "id": number,
        "uri": uri,
        "url": uri,
        "root_id": number,
        "community_id": 1,
        "author_id": NOOR.id,
        "source": source,
        "content": to_html(source),
        "language": "fr",
        "published_at": AT,
        "local": True,
        "context_uri": context_uri(GROUP.uri, f"{HERE}/p/41"),
    }
    return Post(**{**found, **columns})


def document(telling: mapping.Telling) -> dict[str, Any]:
    """The document as it goes out, but for the proof."""
    return with_context(mapping.to_object(telling))


async def test_a_root(site: Site, golden: Golden) -> None:
    root = post(
        41,
        "Qui a essayé la *paille* ?\n\n- la paille\n- les branches",
        title="Comment protéger de jeunes pruniers ?",
        tags=["pruniers"],
        links=[{"href": "https://journal.example/pruniers"}],
    )
    golden("activities/page", document(mapping.Telling(root, NOOR, GROUP, mentioned=[MIA])))


async def test_a_reply(site: Site, golden: Golden) -> None:
    answer = post(42, "Bonne **idée**", kind="reply", root_id=41, parent_id=41, parent_uri=f"{HERE}/p/41", depth=1)
    golden("activities/reply", document(mapping.Telling(answer, SACHA, GROUP, parent_author=MIA)))


async def test_a_poll(site: Site, golden: Golden) -> None:
    """As it is read everywhere, and for servers that know none; with an end, and as an answer whose result waits."""
    asked = Poll(options=["14 nov.", "<21> nov."], counts=[3, 9], voters_count=12, ends_at=AT + timedelta(days=7))
    root = post(41, "Dites-le **ici**", title="Quand plantons-nous ?", published_at=now(), has_poll=True)
    telling = mapping.Telling(root, NOOR, GROUP, poll=PollView(asked))
    golden("activities/poll", document(telling))
    golden("activities/poll_listed", with_context(mapping.listed(telling)))
    beside = Poll(options=["Oui", "Non"], multiple=True, hides_totals=True, counts=[1, 0], voters_count=1)
    answer = post(42, "Et vous ?", kind="reply", root_id=41, parent_uri=f"{HERE}/p/41", depth=1)
    ballot = Ballot(id=77, uri=f"{SACHA.uri}#votes/77", choice=1, cast_at=AT)
    golden("activities/vote", with_context(polling.vote(SACHA, NOOR, root, ballot, "<21> nov.")))
    golden("activities/poll_reply", document(mapping.Telling(answer, SACHA, GROUP, poll=PollView(beside))))


async def test_an_edit_with_a_warning(site: Site, golden: Golden) -> None:
    edited = post(
        41,
        "Photos de *gros* dégâts",
        kind="news",
        title="Grêle",
        warning="Images dures",
        sensitive=True,
        edited_at=AT + timedelta(seconds=90),
    )
    golden("activities/page_with_warning", document(mapping.Telling(edited, NOOR, GROUP)))


async def test_a_private_root(site: Site, golden: Golden) -> None:
    written = document(
        mapping.Telling(
            post(41, "Chut", kind="tip", title="Entre nous", audience="community"), NOOR, GROUP, private=True
        )
    )
    assert mapping.PUBLIC not in str(written)
    golden("activities/page_private", written)


async def test_a_tombstone(site: Site, golden: Golden) -> None:
    gone = post(
        42, "", kind="reply", root_id=41, parent_uri=f"{HERE}/p/41", depth=1, deleted_at=AT + timedelta(minutes=2)
    )
    golden("activities/tombstone", document(mapping.Telling(gone, SACHA, GROUP)))


async def test_nothing_of_a_deleted_post_is_said(site: Site, village: Village) -> None:
    root = await service.write(
        village.noor, village.community, kind="idea", title="Une idée", source="À effacer", tags=["effacer"]
    )
    await service.delete(village.noor, root)
    place = await outgoing.place_of(root.id)
    assert place is not None
    assert "effacer" not in str(mapping.to_object(await outgoing.telling_of(place))).lower()


async def test_reactions(site: Site, golden: Golden) -> None:
    GROUP._saved_in_db = True  # Tortoise wants to know, and nothing is asked of the database
    community = Community(id=1, actor=GROUP)
    place = outgoing.Place(post(41, "Une idée", title="Une idée"), NOOR, community, None)
    for kind in ("thanks", "disagree"):
        golden(f"activities/reaction_{kind}", with_context(reacting._reaction(place, SACHA, kind)))


async def test_pictures_are_images_and_carry_their_digest(site: Site, village: Village) -> None:
    root = await service.write(village.noor, village.community, kind="idea", title="Une idée", source="La voici")
    await Media.create(
        token="jeton", owner_id=village.noor.id, post_id=root.id, media_type="image/webp", file_name="pruniers.webp", size=120,
        sha256="ab" * 32, width=40, height=30, description="Trois pruniers", audience="public", created_at=root.created_at,
        blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj", focus_x=-0.25, focus_y=0.5,
    )  # fmt: skip
    await Media.create(
        token="film", owner_id=village.noor.id, post_id=root.id, position=1, media_type="video/mp4", file_name="taille.mp4", audience="public",
        key="k", preview_key="p", duration=61.5, captions="Voilà", created_at=root.created_at,
    )  # fmt: skip
    place = await outgoing.place_of(root.id)
    assert place is not None
    written = mapping.to_object(await outgoing.telling_of(place))
    picture, film = written["attachment"]
    assert (film["type"], film["duration"], film["fc:captions"]) == ("Video", "PT61.500S", "Voilà")
    assert film["icon"]["type"] == "Image" and "/media/film/preview/" in film["icon"]["url"]
    assert picture["type"] == "Image" and picture["name"] == "Trois pruniers"
    # Proxies log addresses: the file's own name is in none.
    assert picture["fc:fileName"] == "pruniers.webp"
    assert picture["url"] == "https://atelier.example/media/jeton/file.webp" == written["image"]["url"]
    assert attaching.sha256_of(picture["digestMultibase"]) == "ab" * 32
    assert (picture["blurhash"], picture["focalPoint"]) == ("LEHV6nWB2yk8pyo0adR*.7kCMdnj", [-0.25, 0.5])
    found = reading.read(parse(written))  # type: ignore[arg-type]
    assert found is not None
    assert [(file.blurhash, file.focus, file.duration, file.captions) for file in found.files] == [
        (picture["blurhash"], (-0.25, 0.5), None, ""),
        ("", None, 61.5, "Voilà"),
    ]


@pytest.mark.parametrize("digest", [None, "", "z", "zzzz", "uAAAA", "z" + "1" * 300, "z0OIl"])
def test_what_is_no_digest_says_nothing(digest: str | None) -> None:
    assert attaching.sha256_of(digest) == ""


async def test_each_job_may_run_twice(site: Site, village: Village) -> None:
    root = await service.write(village.noor, village.community, kind="idea", title="Une idée", source="La voici")
    reaction = await service.react(village.sacha, root, "thanks")
    await site.runner.settle()
    fact = Reacted(
        post_id=root.id,
        root_id=root.id,
        activity_id=reaction.id,
        reaction_id=reaction.id,
        actor_id=village.sacha.id,
        kind="thanks",
    )
    for _again in range(2):
        await reacting.publish_reacted(fact)
    gone = Unreacted(post_id=root.id, root_id=root.id, uri=reaction.uri, actor_id=village.sacha.id, kind="thanks")
    for _again in range(2):
        await reacting.publish_unreacted(gone)
