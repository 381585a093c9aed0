"""parse(): tolerant of how others write."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from activitypub import (
    PUBLIC,
    Activity,
    Actor,
    Announce,
    Article,
    Collection,
    Create,
    Document,
    Event,
    Flag,
    Group,
    Hashtag,
    Image,
    Link,
    Mention,
    Multikey,
    Note,
    Object,
    OrderedCollection,
    Page,
    Person,
    Place,
    PostalAddress,
    PublicKey,
    Question,
    Source,
    Vote,
    id_of,
    ids_of,
    parse,
    render,
)
from tests.activitypub.corpus import load

GROUP = "https://coop.example/c/soil"
ANA = "https://a.example/u/ana"


def read(name: str) -> object:
    return parse(load(name))


def note(**more: object) -> dict[str, object]:
    return {"id": "https://a.example/n/1", "type": "Note", "attributedTo": ANA, **more}


def test_a_mastodon_post_that_mentions_a_group() -> None:
    create = read("mastodon-4.5/create_post_mentioning_group.json")
    assert isinstance(create, Create)
    post = create.object
    assert isinstance(post, Note)
    assert create.actor_id == post.author == "https://mastodon.example/users/nora"
    assert create.object_id == post.id
    assert post.to == (PUBLIC,)
    assert GROUP in post.recipients
    assert post.language == "fr"
    assert post.content_map["fr"] == post.content
    assert post.published == datetime(2026, 10, 20, 14, 5, 11, tzinfo=UTC)
    assert post.in_reply_to is None
    assert post.summary is None
    assert post.sensitive is False
    mention, hashtag = post.tag
    assert isinstance(mention, Mention) and mention.href == GROUP and mention.name == "@soil@coop.example"
    assert isinstance(hashtag, Hashtag) and hashtag.name == "#solvivant"
    (picture,) = post.attachment
    assert isinstance(picture, Document)
    assert (picture.width, picture.focal_point, picture.media_type) == (1600, (0.0, -0.25), "image/jpeg")
    assert picture.url == picture.href == "https://files.mastodon.example/media/1.jpg"
    assert isinstance(post.replies, Collection) and id_of(post.replies) == f"{post.id}/replies"
    assert post.interaction_policy == {"canQuote": {"automaticApproval": [PUBLIC]}}
    assert "signature" in create.extra


def test_a_lemmy_page_and_its_group() -> None:
    create = read("lemmy-1.0/create_page.json")
    assert isinstance(create, Create)
    page = create.object
    assert isinstance(page, Page)
    assert page.audience == (GROUP,)
    assert page.name == "Cover crops after late potatoes?"
    assert page.source == Source(content="We lift ours on 20 September.")
    assert page.attachment[0].href == "https://guide.example/cover.html"  # type: ignore[attr-defined]
    assert page.image is not None and page.image.url == "https://lemmy-one.example/pictrs/image/t.webp"  # type: ignore[attr-defined]
    group = read("lemmy-1.0/group.json")
    assert isinstance(group, Group)
    assert group.moderators == "https://lemmy-one.example/c/gardens/moderators"
    assert group.languages == ("fr", "en")
    assert group.language == "fr"
    assert group.shared_inbox == "https://lemmy-one.example/inbox"
    assert group.public_keys[0].owner == group.id
    assert group.key(f"{group.id}#main-key") is group.public_keys[0]
    assert group.key("https://elsewhere.example/#main-key") is None
    assert group.posting_restricted_to_mods is False
    assert group.tag[0].color == "color01"  # type: ignore[attr-defined]


def test_a_peertube_channel_has_no_moderators_but_an_owner() -> None:
    channel = read("peertube-7/channel.json")
    assert isinstance(channel, Group)
    assert channel.moderators is None
    assert ids_of(channel.attributed_to) == ("https://peertube.example/accounts/pia",)
    assert channel.url == "https://peertube.example/video-channels/compost"
    assert len(channel.urls) == 3
    assert channel.icon is not None and channel.icon.width == 48  # type: ignore[attr-defined]
    assert len(render(channel)["icon"]) == 2


def test_a_peertube_video_has_two_authors() -> None:
    video = read("peertube-7/video.json")
    assert isinstance(video, Document)
    assert video.author is None
    assert len(video.attributed_to) == 2
    assert video.language == "fr"
    assert video.url == "https://peertube.example/videos/watch/v1"


def test_a_nodebb_link_says_url_where_others_say_href() -> None:
    create = read("nodebb-4/create_article.json")
    assert isinstance(create, Create) and isinstance(create.object, Article)
    link = create.object.attachment[1]
    assert isinstance(link, Link)
    assert link.href == "https://nodebb.example/assets/uploads/files/clay.pdf"


def test_a_discourse_group_has_its_shared_inbox_at_the_top() -> None:
    group = read("discourse-3/group.json")
    assert isinstance(group, Group)
    assert group.shared_inbox == "https://discourse.example/ap/users/inbox"


def test_a_mobilizon_event_has_a_group_as_author_and_a_person_as_actor() -> None:
    create = read("mobilizon-5/create_event.json")
    assert isinstance(create, Create)
    event = create.object
    assert isinstance(event, Event)
    assert event.author == "https://mobilizon.example/@orchard"
    assert event.actor_id == "https://mobilizon.example/@mona"
    assert event.start_time == datetime(2026, 11, 14, 9, tzinfo=timezone(timedelta(hours=-5)))
    assert event.maximum_attendee_capacity == 20
    place = event.location
    assert isinstance(place, Place) and isinstance(place.address, PostalAddress)
    assert place.address.address_locality == "Matane"
    assert place.latitude == 48.84


def test_a_wordpress_event_has_two_places_and_an_address_in_one_line() -> None:
    create = read("wordpress-7/create_event.json")
    assert isinstance(create, Create)
    event = create.object
    assert isinstance(event, Event) and isinstance(event.location, Place)
    assert event.location.address == "3 chemin du Champ, Redon"
    assert len(render(event)["location"]) == 2


def test_votes_polls_and_reports() -> None:
    vote = read("mastodon-4.5/create_vote.json")
    assert isinstance(vote, Create) and isinstance(vote.object, Vote)
    assert vote.object.name == "21 Nov"
    assert vote.object.type == "Note"
    assert "sensitive" not in render(vote.object)
    poll = read("mastodon-4.5/update_poll_closed.json")
    assert isinstance(poll, Activity) and isinstance(poll.object, Question)
    assert [choice.name for choice in poll.object.one_of] == ["14 nov.", "21 nov."]  # type: ignore[attr-defined]
    assert poll.object.voters_count == 12
    assert isinstance(poll.object.closed, datetime)
    assert parse(note(type="Question", closed=True)).closed is True  # type: ignore[attr-defined]
    report = read("mastodon-4.5/flag.json")
    assert isinstance(report, Flag)
    assert len(report.objects) == 2
    assert report.object_id is None
    assert report.object == "https://coop.example/u/spam"


@pytest.mark.parametrize(
    "change",
    [{"content": "<p>x</p>"}, {"contentMap": {"fr": "x"}}, {"inReplyTo": None}, {"name": ""}, {"type": "Page"}],
)
def test_what_is_not_a_ballot(change: dict[str, object]) -> None:
    assert not isinstance(parse(note(name="Blue", inReplyTo="https://a.example/q/1") | change), Vote)


def test_unknown_types_are_read_by_their_shape() -> None:
    request = read("gotosocial-0.20/announce_request.json")
    assert type(request) is Activity
    assert request.type == "AnnounceRequest"
    assert request.actor_id == GROUP
    assert request.object_id == "https://gts.example/users/gil/statuses/01JG0AT"
    assert id_of(request.instrument) == "https://coop.example/activities/21"
    feed = read("lemmy-1.0/feed.json")
    assert type(feed) is Actor and feed.type == "Feed"
    stub = read("jsonld-odd/bare_key.json")
    assert isinstance(stub, PublicKey) and stub.owner == "https://odd.example/u/o"
    assert type(parse({"type": "X", "orderedItems": [ANA]})) is OrderedCollection
    assert type(parse({"type": "X", "items": [ANA]})) is Collection
    assert type(parse({"type": "X", "href": "https://a.example/"})) is Link
    assert isinstance(parse({"type": "X", "publicKeyMultibase": "z6Mk"}), Multikey)
    anything = parse({"type": "X", "foo": [1, {"@type": "y"}]})
    assert (type(anything), anything.type, anything.extra) == (Object, "X", {"foo": [1, {"@type": "y"}]})


def test_several_types_and_keys() -> None:
    actor = read("jsonld-odd/assertion_methods.json")
    assert isinstance(actor, Person)
    assert (actor.type, actor.other_types) == ("Person", ("Organization",))
    assert [key.id for key in actor.public_keys] == ["https://odd.example/u/o#rsa", "https://odd.example/u/o#rsa2"]
    assert actor.assertion_method[0].public_key_multibase is not None
    assert actor.assertion_method[1] == Multikey(id="https://odd.example/u/o#ed2")
    odd = parse({"id": "https://a.example/", "type": ["foaf:Agent", "Person"]})
    assert isinstance(odd, Person) and odd.type == "Person"
    assert render(odd)["type"] == ["Person", "foaf:Agent"]


def test_json_ld_spellings_mean_the_same() -> None:
    create = read("jsonld-odd/keywords.json")
    assert isinstance(create, Create)
    assert create.actor_id == "https://odd.example/u/o"
    assert create.to == (PUBLIC,)
    assert isinstance(create.object, Note)
    assert create.object.content == "<p>Odd</p>"
    assert create.object.cc == ("https://odd.example/u/p",)
    assert create.object.published == datetime(2026, 10, 20, 14, tzinfo=UTC)
    like = read("jsonld-odd/full_addresses.json")
    assert isinstance(like, Activity) and like.type == "Like" and like.actor_id == "https://odd.example/u/o"


def test_language_maps_give_the_text() -> None:
    article = read("jsonld-odd/language_maps_only.json")
    assert isinstance(article, Article)
    assert (article.name, article.content, article.language) == ("Terre", "<p>Terre</p>", "fr")
    assert article.url == "https://odd.example/n/3.html"
    assert article.in_reply_to == "https://coop.example/p/112233445566"
    assert isinstance(article.icon, Image) and article.icon.url == "https://odd.example/i.png"
    assert parse(note(name={"en": "wrong place"})).name == "wrong place"  # type: ignore[attr-defined]
    assert parse(note(contentMap={"und": "x"})).language is None  # type: ignore[attr-defined]
    assert parse(note(contentMap={"en": "x", "fr": 3})).content_map == {"en": "x"}  # type: ignore[attr-defined]


def test_what_cannot_be_understood_survives() -> None:
    odd = read("jsonld-odd/unreadable_values.json")
    assert isinstance(odd, Note)
    assert odd.published is None and odd.updated is None and odd.replies is None and odd.language is None
    assert odd.sensitive is False
    assert odd.content == "<p>one</p>"
    assert odd.extra["published"] == "yesterday"
    again = render(odd)
    assert again["published"] == "yesterday"
    assert again["content"] == ["<p>one</p>", "<p>two</p>"]
    # Once we say something ourselves, the strange original is gone.
    ours = render(replace(odd, content="<p>new</p>", published=datetime(2026, 1, 1, tzinfo=UTC)))
    assert ours["content"] == "<p>new</p>"
    assert ours["published"] == "2026-01-01T00:00:00Z"


def test_a_piefed_batch() -> None:
    announce = read("piefed-1.2/announce_batch.json")
    assert isinstance(announce, Announce)
    assert [type(one).__name__ for one in announce.objects] == ["Like", "Dislike"]
    assert announce.object_id is None


def test_numbers_and_ids_in_collections() -> None:
    found = read("jsonld-odd/collection_with_numbers_as_texts.json")
    assert isinstance(found, OrderedCollection)
    assert found.total_items == 3
    assert len(found.items) == 2
    assert parse({"type": "Collection", "items": ["https://a.example/1", 7, None]}).items == (  # type: ignore[attr-defined]
        "https://a.example/1",
    )
    assert parse({"type": "Collection", "items": [7]}).extra == {"items": [7]}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Person", "language": ["fr", "en"]},
        {"type": "Person", "language": [{"identifier": "und"}]},
        {"type": "Person", "publicKey": 7},
        {"type": "Person", "publicKey": " "},
        {"type": "Person", "endpoints": "https://a.example/inbox"},
        {"type": "Person", "attributionDomains": ["a.example", {}]},
        {"type": "Image", "focalPoint": [1, "x"]},
        {"type": "Image", "width": -1},
        {"type": "Place", "address": 7},
        {"type": "Place", "address": {"type": "Person", "name": "x"}},
        {"type": "Place", "latitude": "north"},
        {"type": "Question", "closed": "soon"},
        {"language": [{"identifier": "fr"}, {"identifier": "en"}]},
        {"source": {"content": "x", "mediaType": 7, "more": 1}},
        {"tag": [7]},
        {"nameMap": "x"},
        {"proof": "z"},
        {"attachment": 7},
        {"orderedItems": {"x": 1}},
    ],
)
def test_a_strange_property_is_kept_and_written_as_it_came(change: dict[str, object]) -> None:
    written = render(parse(note(**change)))
    for key, value in change.items():
        if key == "source":
            assert written[key] == value
        elif key == "language" and change.get("type") == "Person" and value == ["fr", "en"]:
            assert [one["identifier"] for one in written[key]] == value
        else:
            assert written[key] == value


def test_a_source_may_be_a_bare_text() -> None:
    assert parse(note(source="x")).source == Source(content="x", media_type=None)  # type: ignore[attr-defined]
    assert render(Note(source=Source(content="x", media_type=None)))["source"] == {"content": "x"}


def test_extra_cannot_change_what_a_thing_is() -> None:
    written = render(Note(id="https://a.example/1", extra={"id": "https://evil.example/", "type": "Person", "x": 1}))
    assert (written["id"], written["type"], written["x"]) == ("https://a.example/1", "Note", 1)
