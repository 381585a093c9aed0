"""render(): strict, as every peer needs it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from activitypub import (
    PUBLIC,
    Accept,
    Block,
    Create,
    Endpoints,
    Flag,
    Follow,
    Group,
    Join,
    Link,
    Mention,
    Multikey,
    Note,
    OrderedCollection,
    OrderedCollectionPage,
    Page,
    Person,
    PropertyValue,
    PublicKey,
    Source,
    Tombstone,
    parse,
    render,
)

GROUP = "https://coop.example/c/soil"
ANA = "https://a.example/u/ana"


def test_a_post_is_written_strictly() -> None:
    page = Page(
        id="https://a.example/post/41",
        attributed_to=(ANA,),
        to=(GROUP, PUBLIC),
        audience=(GROUP,),
        name="Cover crops?",
        content="<p>x</p>",
        media_type="text/html",
        source=Source(content="x"),
        url="https://coop.example/p/41",
        language="fr",
        attachment=(Link(href="https://fao.example/guide.pdf", media_type="application/pdf"),),
        tag=(Mention(href=GROUP, name="@soil@coop.example"),),
        bto=("https://secret.example/",),
        published=datetime(2026, 10, 20, 10, 0, tzinfo=timezone(timedelta(hours=-4))),
        updated=datetime(2026, 10, 20, 14, 0, tzinfo=UTC),
    )
    assert render(page) == {
        "@context": [
            "https://www.w3.org/ns/activitystreams",
            "https://join-lemmy.org/context.json",
        ],
        "id": "https://a.example/post/41",
        "type": "Page",
        "name": "Cover crops?",
        "content": "<p>x</p>",
        "mediaType": "text/html",
        "source": {"content": "x", "mediaType": "text/markdown"},
        "language": {"identifier": "fr", "name": "Français"},
        "url": "https://coop.example/p/41",
        "attributedTo": ANA,
        "to": [GROUP, PUBLIC],
        "cc": [],
        "audience": GROUP,
        "attachment": [{"type": "Link", "href": "https://fao.example/guide.pdf", "mediaType": "application/pdf"}],
        "tag": [{"type": "Mention", "href": GROUP, "name": "@soil@coop.example"}],
        "published": "2026-10-20T10:00:00-04:00",
        "updated": "2026-10-20T14:00:00Z",
        "sensitive": False,
    }
    assert "@context" not in render(page, context=False)
    assert parse(render(page)) == replace(page, bto=())


def test_a_date_without_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="time zone"):
        render(Note(published=datetime(2026, 1, 1)))


def test_a_group_is_written_as_every_peer_needs_it() -> None:
    group = Group(
        id=GROUP,
        preferred_username="soil",
        inbox=f"{GROUP}/inbox",
        moderators=f"{GROUP}/moderators",
        languages=("fr", "iu-Cans", "tlh"),
        endpoints=Endpoints(shared_inbox="https://coop.example/inbox", extra={"members": f"{GROUP}/members"}),
        public_keys=(PublicKey(id=f"{GROUP}#main-key", owner=GROUP, public_key_pem="PEM"),),
        assertion_method=(Multikey(id=f"{GROUP}#ed25519-key", controller=GROUP, public_key_multibase="z6Mk"),),
        attachment=(PropertyValue(name="Where", value="Here"),),
        openness="moderated",
    )
    written = render(group)
    assert written["attributedTo"] == written["moderators"] == f"{GROUP}/moderators"
    assert written["publicKey"] == {"id": f"{GROUP}#main-key", "owner": GROUP, "publicKeyPem": "PEM"}
    assert written["assertionMethod"][0]["type"] == "Multikey"
    assert written["endpoints"] == {"members": f"{GROUP}/members", "sharedInbox": "https://coop.example/inbox"}
    assert written["postingRestrictedToMods"] is written["manuallyApprovesFollowers"] is written["sensitive"] is False
    assert [one["name"] for one in written["language"]] == ["Français", "ᐃᓄᒃᑎᑐᑦ", "tlh"]
    assert [one for one in written["@context"] if isinstance(one, str)] == [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        "https://w3id.org/security/multikey/v1",
        "https://join-lemmy.org/context.json",
    ]
    assert parse(written) == group
    assert group.fields[0].value == "Here"
    assert "endpoints" not in render(Person(endpoints=Endpoints()))
    assert Person(language="fr").languages == ("fr",)


def test_a_follow_needs_only_the_core_context() -> None:
    follow = Follow(id="https://a.example/1", actor=ANA, object=GROUP, to=(GROUP,))
    assert render(follow)["@context"] == "https://www.w3.org/ns/activitystreams"
    accept = render(Accept(actor=GROUP, object=follow, to=(ANA,)))
    assert accept["object"] == render(follow, context=False)
    assert "id" not in accept


def test_activities_keep_one_and_many_objects_in_step() -> None:
    one = Follow(actor=ANA, object=GROUP)
    assert one.objects == (GROUP,)
    assert replace(one, object=ANA).objects == (ANA,)
    many = Flag(actor=ANA, objects=(GROUP, ANA))
    assert many.object == GROUP
    assert render(many)["object"] == [GROUP, ANA]
    assert repr(many) == f"Flag(actor='{ANA}', objects=('{GROUP}', '{ANA}'))"
    assert repr(one) == f"Follow(actor='{ANA}', object='{GROUP}')"


def test_addresses_keep_one_and_many_in_step() -> None:
    page = Page(urls=(Link(href="mailto:x@a.example"), Link(href="https://a.example/x")))
    assert page.url == "https://a.example/x"
    assert replace(page, url="https://a.example/y").urls == ("https://a.example/y",)
    assert Page(urls=("ftp://a.example/",)).url is None


def test_ban_and_join() -> None:
    ban = Block(
        actor=ANA, object="https://x.example/u/spam", target=GROUP, summary="spam", remove_data=True,
        end_time=datetime(2026, 12, 1, tzinfo=UTC), expires=datetime(2026, 12, 1, tzinfo=UTC),
    )  # fmt: skip
    written = render(ban)
    assert written["expires"] == written["endTime"] == "2026-12-01T00:00:00Z"
    assert written["removeData"] is True
    assert ban.target_id == GROUP
    assert render(Join(actor=ANA, object=GROUP, participation_message="2"))["participationMessage"] == "2"


@pytest.mark.parametrize(
    ("collection", "says_empty"),
    [
        (OrderedCollection(), True),
        (OrderedCollection(total_items=0), True),
        (OrderedCollection(total_items=3), False),
        (OrderedCollection(first="https://a.example/?page=1"), False),
        (OrderedCollectionPage(total_items=3), True),
    ],
)
def test_an_empty_collection_says_so_unless_items_are_elsewhere(
    collection: OrderedCollection, says_empty: bool
) -> None:
    assert ("orderedItems" in render(collection)) is says_empty


def test_our_own_terms_bring_their_definition() -> None:
    ns = {"own": "https://w3id.org/fedcop#"}
    page = Page(id="https://a.example/p/1", extra={"own:resource": {"type": "Document"}}, ld_context=ns)
    written = render(page)
    assert written["@context"][-1]["own"] == ns["own"]
    assert written["own:resource"] == {"type": "Document"}
    assert "ld_context" not in repr(page)
    # Embedded, the definition comes along with the part that needs it.
    assert render(Create(actor=ANA, object=page))["object"]["@context"] == ns
    # A known term keeps our meaning, whatever a document came with.
    stubborn = replace(
        page, stickied=True, ld_context=[{"stickied": "https://evil.example/", "x": "https://x.example/"}]
    )
    assert "https://evil.example/" not in json.dumps(render(stubborn)["@context"])
    assert render(replace(page, ld_context="https://ctx.example/"))["@context"][1] == "https://ctx.example/"
    assert "own" not in str(render(replace(page, ld_context=None))["@context"])


def test_a_tombstone_has_no_readers() -> None:
    assert render(
        Tombstone(id="https://a.example/1", former_type="Page", deleted=datetime(2026, 1, 1, tzinfo=UTC))
    ) == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "https://a.example/1",
        "type": "Tombstone",
        "formerType": "Page",
        "deleted": "2026-01-01T00:00:00Z",
    }
