"""Documents of communities: what we write (golden), what we read of others' Groups (corpus)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from activitypub.vocab import Group, parse
from fedcop.actors.models import Actor
from fedcop.communities import mapping
from fedcop.communities.charter import mapping as charters
from fedcop.communities.charter.models import CharterVersion
from fedcop.communities.charter.versions import words_of
from fedcop.communities.models import Community
from fedcop.communities.participation import criterion
from fedcop.communities.participation.criterion import Criterion
from fedcop.communities.roles import MODERATOR, Position
from fedcop.core.site import Site
from tests.activitypub.corpus import load
from tests.rig.golden import Golden

GROUP = Actor(
    uri="https://coop.example/c/soil",
    kind="Group",
    local=True,
    name="soil",
    host="coop.example",
    display_name="Santé des sols",
    followers_uri="https://coop.example/c/soil/followers",
    moderators_uri="https://coop.example/c/soil/moderators",
    shared_inbox="https://coop.example/inbox",
)
ANA = Actor(uri="https://coop.example/u/ana", kind="Person", local=True, name="ana", host="coop.example")
BEN = Actor(uri="https://atelier.example/u/ben", kind="Person", name="ben", host="atelier.example")
NAMES = [
    "accept_invite",
    "accept_join",
    "add_moderator",
    "block",
    "block_in_private",
    "invite",
    "join",
    "leave",
    "reject_join",
    "remove_member",
    "remove_moderator",
    "undo_block",
    "undo_invite",
    "update_group",
]
ID = "https://coop.example/activities/12"
OTHER = "https://atelier.example/activities/7"


@pytest.fixture(autouse=True)
def models_are_known(site: Site) -> None:
    """Rows are only made, never stored; but Tortoise has to know them."""


ASKED = {"participation_count": 2, "participation_months": 12}


def community(**columns: Any) -> Community:
    found = Community(
        kind="practice",
        purpose="Des sols vivants.",
        language="fr",
        join_policy="request",
        visibility="public",
        posting="followers",
        members_count=12,
        elsewhere_count=4,
        organisations_count=2,
    )
    found.update_from_dict(columns)
    found.actor = GROUP
    return found


def charter() -> CharterVersion:
    return CharterVersion(
        number=3,
        may=["Dire ce qu’on a essayé"],
        may_not=["Vendre"],
        expected="Une contribution par an.",
        text="Soyons *bienveillants*.",
        changed="On ne vend plus.",
        binding=False,
        created_at=datetime(2026, 2, 1, tzinfo=UTC),
    )


def sent() -> dict[str, dict[str, Any]]:
    """Every activity that communities send."""
    until = datetime(2026, 12, 1, tzinfo=UTC)
    join = mapping.join(OTHER, BEN, GROUP, "Je cultive des patates.")
    asked = mapping.join(OTHER, BEN, GROUP)
    invite = mapping.invite(ID, ANA.uri, BEN.uri, GROUP.uri)
    ban = mapping.ban(ID, ANA.uri, community(), BEN.uri, reason="Insultes.", until=until)
    return {
        "join": join,
        "leave": mapping.leave(OTHER, BEN, GROUP),
        "accept_join": mapping.answer("Accept", ID, by=GROUP, to=BEN, asked=asked),
        "reject_join": mapping.answer("Reject", ID, by=GROUP, to=BEN, asked=asked, reason="Revenez au printemps."),
        "invite": invite,
        "accept_invite": mapping.answer("Accept", OTHER, by=BEN, to=GROUP, asked=invite),
        "undo_invite": mapping.undo("https://coop.example/activities/13", invite),
        "block": ban,
        "block_in_private": mapping.ban(ID, ANA.uri, community(visibility="private"), BEN.uri, reason="", until=None),
        "undo_block": mapping.undo("https://coop.example/activities/13", ban, reason="C'était une erreur."),
        "remove_member": mapping.removal(ID, ANA.uri, community(), BEN.uri, reason="Hors sujet."),
        "add_moderator": mapping.role(ID, ANA.uri, community(), BEN.uri, MODERATOR, moderated=False),
        "remove_moderator": mapping.role(ID, ANA.uri, community(), BEN.uri, Position("member"), moderated=True),
        "update_group": mapping.update(ID, ANA.uri, community(), {"id": GROUP.uri, "type": "Group"}),
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_we_send(name: str, golden: Golden) -> None:
    golden(f"activities/{name}", sent()[name])


def test_no_activity_is_left_out() -> None:
    assert sorted(sent()) == sorted(NAMES)


def test_the_group_itself(golden: Golden) -> None:
    golden("documents/group", mapping.group_properties(community(charter_binding=2, **ASKED), charter()))
    private = community(
        visibility="private", posting="members", join_policy="invitation", closed_at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    golden("documents/private_group", mapping.group_properties(private))


@pytest.mark.parametrize(
    "name", ["join", "accept_join", "reject_join", "invite", "block", "add_moderator", "undo_block"]
)
def test_lemmy_needs_to_and_cc_in_acts_of_moderation_and_nothing_is_public_in_private(name: str) -> None:
    activity = sent()[name]
    assert activity["to"]
    if name in ("block", "add_moderator"):
        assert activity["cc"] == [GROUP.uri] and activity["audience"] == GROUP.uri
    assert "Public" not in str(sent()["block_in_private"])


def test_what_we_write_we_read_back() -> None:
    document = parse({"id": GROUP.uri, "type": "Group", **mapping.group_properties(community(**ASKED), charter())})
    assert isinstance(document, Group)
    said = charters.read(document)
    assert said is not None and (said.number, said.binding, said.changed) == (3, 0, "On ne vend plus.")
    assert (said.words, said.at) == (words_of(charter()), charter().created_at)
    columns = mapping.read_group(document, "fedcop")
    for name in (
        "kind",
        "purpose",
        "language",
        "join_policy",
        "visibility",
        "posting",
        "members_count",
        "elsewhere_count",
        "participation_count",
        "participation_months",
    ):
        assert columns[name] == getattr(community(**ASKED), name)


CASES = {
    "lemmy-0.19": ("public", "open", "followers", False),
    "lemmy-1.0": ("public", "open", "followers", False),
    "piefed-1.2": ("public", "open", "followers", False),
    "mbin-1.8": ("public", "open", "followers", False),
    "nodebb-4": ("public", "open", "followers", False),
    "discourse-3": ("public", "open", "followers", False),
    "friendica-2026": ("public", "open", "followers", False),
    "mobilizon-5": ("private", "request", "members", True),
}


@pytest.mark.parametrize("source", sorted(CASES))
def test_others_groups(source: str) -> None:
    document = parse(load(f"{source}/group.json"))
    assert isinstance(document, Group)
    columns = mapping.read_group(document, source.partition("-")[0])
    read = (columns["visibility"], columns["join_policy"], columns["posting"], columns["accepts_joins"])
    assert read == CASES[source]
    assert columns["kind"] == "" and "<" not in columns["purpose"]


def test_a_mobilizon_says_how_many_belong() -> None:
    document = parse(load("mobilizon-5/group.json"))
    assert isinstance(document, Group)
    assert mapping.read_group(document, "mobilizon")["members_count"] == 14


@pytest.mark.parametrize("said", [{"members": -1}, {"members": "9"}, {"members": 10**12}, {"elsewhere": 3}, [], "x", 3])
def test_odd_numbers_count_for_nothing(said: object) -> None:
    document = parse(
        {
            "id": GROUP.uri,
            "type": "Group",
            "fc:audience": said,
            "fc:posting": ["x"],
            "fc:kind": {"a": 1},
            "fc:charter": {"fc:version": said, "fc:binding": 0, "content": "x"},
        }
    )
    assert isinstance(document, Group)
    assert "members_count" not in mapping.read_group(document)


@pytest.mark.parametrize("odd", [{"fc:months": 0}, {"fc:months": True}, {"fc:contributions": 51}, 5, None])
def test_an_odd_criterion_counts_nothing(odd: object) -> None:
    assert criterion.read({"fc:contributions": 1, "fc:months": 6}) == Criterion(1, 6)
    assert criterion.read({"fc:contributions": 1, "fc:months": 6, **odd} if isinstance(odd, dict) else odd) is None


@pytest.mark.parametrize(
    "odd", [{"fc:version": 0}, {"fc:version": True}, {"fc:binding": 4}, {"fc:may": 3}, 5, "Soyons polis."]
)
def test_an_odd_charter_counts_for_nothing(odd: object) -> None:
    said = {"fc:version": 3, "fc:binding": 3, "fc:may": [], **odd} if isinstance(odd, dict) else odd
    document = parse({"id": GROUP.uri, "type": "Group", "fc:charter": said})
    assert isinstance(document, Group) and charters.read(document) is None


def test_of_a_charter_from_elsewhere_the_first_lines_are_read_and_only_texts() -> None:
    said = {"fc:version": 3, "fc:binding": 3, "fc:may": [{"a": 1}, 5, None, "Rire", *map(str, range(50_000))]}
    document = parse({"id": GROUP.uri, "type": "Group", "fc:charter": said})
    assert isinstance(document, Group)
    found = charters.read(document)
    assert found is not None and found.words.may == ("Rire", *map(str, range(9)))
