"""Cards of resources as others write them: what is malformed is left out, what is old changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from activitypub.vocab import Object, parse
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.resources import activities, queries
from fedcop.resources.models import Resource, ResourceVersion
from fedcop.resources.service import MOST_VERSIONS
from tests.rig.people import make_member


@pytest.fixture
async def post(site: Site) -> Post:
    """A post as it stands when its card is read."""
    lea = (await make_member("lea")).actor
    community = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Cultiver")
    return await discussions.write(lea, community, kind="resource", title="Fiche", source="x")


def page(card: Any, **more: Any) -> Any:
    return parse({"id": "https://b.example/r/1", "type": "Page", "name": "Fiche", "fc:resource": card, **more})


@pytest.mark.parametrize("card", [None, "x", 3, [], ["a"]])
def test_what_is_no_card_is_not_claimed(card: Any) -> None:
    assert not activities.claims(page(card))


async def test_a_hostile_card_leaves_only_what_is_sound(post: Post) -> None:
    await activities.read_object(
        page(
            {
                "type": "<script>",
                "license": {"a": 1},
                "link": "javascript:alert(1)",
                "credits": [
                    "x",
                    None,
                    {"name": 7, "role": "king", "uri": "javascript:x"},
                    {"name": "\u202eAna", "role": "photo"},
                    {"name": " "},
                ],
                "thirdParty": "yes",
                "version": -4,
                "note": ["x"],
                "previousVersions": [
                    "x",
                    {"version": "1"},
                    {"version": 0},
                    {"version": 1, "files": [3, {"url": "javascript:x", "size": -1}]},
                ],
            }
        ),
        post,
    )
    resource = await Resource.get(post_id=post.id)
    assert (resource.kind, resource.licence, resource.link, resource.third_party, resource.version) == (
        "sheet",
        "",
        "",
        False,
        1,
    )
    assert resource.credits == [{"name": "7", "role": "author", "uri": ""}, {"name": "Ana", "role": "photo", "uri": ""}]
    assert await ResourceVersion.filter(resource_id=resource.id).count() == 1
    assert queries.CardView(resource, queries.licence_of("")).licence.words


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://[x", "ftp://b.example/1"])
async def test_a_link_that_is_attached_is_one_of_the_web(post: Post, address: str) -> None:  # G03, G21
    for card in ({"type": "sheet", "version": 1}, {"type": "sheet", "version": 1, "link": address}):
        thing = parse(
            {
                "id": "https://b.example/r/1",
                "type": "Page",
                "fc:resource": card,
                "attachment": [{"type": "Link", "href": address}],
            }
        )
        assert isinstance(thing, Object)
        await activities.read_object(thing, post)
        assert (await Resource.get()).link == ""


async def test_a_moment_that_no_zone_knows_is_none(post: Post) -> None:  # F07
    for moment in ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"):
        card = {"type": "sheet", "version": 2, "previousVersions": [{"version": 1, "published": moment}]}
        await ResourceVersion.all().delete()
        await activities.read_object(page(card), post)
        assert (await ResourceVersion.get(number=1)).created_at == post.published_at


async def test_earlier_versions_are_told_though_their_bytes_are_not_here(post: Post) -> None:
    file = {"name": "v1.pdf", "url": "https://b.example/media/x/v1.pdf", "sha256": "ab" * 32, "size": 12}
    await activities.read_object(
        page(
            {
                "type": "guide",
                "license": "CC0-1.0",
                "version": 2,
                "note": "Corrigée",
                "previousVersions": [{"version": 1, "published": "2026-03-01T10:00:00+00:00", "files": [file]}],
            }
        ),
        post,
    )
    view = await queries.visible_resource(None, (await Resource.get()).id)
    (second, _), (first, held) = view.versions
    assert (second.number, second.note, first.number, list(held)) == (2, "Corrigée", 1, [])
    assert first.files[0]["name"] == "v1.pdf" and first.files[0]["size"] == 12


async def test_of_thousands_of_versions_the_newest_are_kept(post: Post) -> None:  # E20
    """The page of a resource shows all that there are."""
    for last in range(100, 400, 50):
        earlier = [{"version": number} for number in range(last - 50, last)]
        await activities.read_object(page({"type": "guide", "version": last, "previousVersions": earlier}), post)
    kept = await ResourceVersion.all().order_by("-number").values_list("number", flat=True)
    assert (len(kept), kept[0]) == (MOST_VERSIONS, 350) and min(kept) == 301


async def test_an_older_version_changes_nothing(post: Post) -> None:
    await activities.read_object(page({"type": "guide", "license": "CC0-1.0", "version": 3}), post)
    await activities.read_object(page({"type": "case", "license": "CC-BY-4.0", "version": 2}), post)
    resource = await Resource.get()
    assert (resource.kind, resource.licence, resource.version) == ("guide", "CC0-1.0", 3)


async def test_an_unknown_licence_is_shown_as_written(post: Post) -> None:
    await activities.read_object(page({"type": "guide", "license": "Etalab-2.0", "version": 1}), post)
    card = (await queries.cards([post.id]))[post.id]
    assert card.licence_name == "Etalab-2.0" and not card.licence.url
