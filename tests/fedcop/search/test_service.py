"""Search finds what one may read, titles first, then the newest; and follows edits and deletions."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import service as communities
from fedcop.core import transactions
from fedcop.core.database import dialect, rows
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.people import service as people_service
from fedcop.people.hiding import unhidden_sql
from fedcop.search import service as search
from fedcop.search.words import mark_of
from tests.fedcop.discussions.conftest import Village, make_village
from tests.rig.people import make_member
from tests.rig.queries import counted


@pytest.fixture
async def village(site: Site) -> Village:
    """A public community with its people."""
    return await make_village()


async def find(words: str, viewer: Actor | None = None, **more: Any) -> list[search.Hit]:
    return await search.query(words, visible=access.visible_sql("e", viewer), **more)


async def ids(words: str, viewer: Actor | None = None, **more: Any) -> list[int]:
    return [hit.id for hit in await find(words, viewer, **more)]


async def test_french_and_english_whatever_the_spelling(site: Site, village: Village) -> None:
    one = await discussions.write(
        village.lea,
        village.community,
        kind="question",
        title="La préparation aux litiges au GC",
        source="Pour les participant·e·s.",
        language="fr",
    )
    await site.runner.settle()
    for words in (
        "litiges",
        "la préparation aux litiges au GC",
        "preparation litige",
        "LITIG",
        "participants",
        "l'litige",
        "d’préparation",
    ):
        assert await ids(words) == [one.id], words
    assert await ids("préparations budget") == []


async def test_titles_first_then_the_newest(site: Site, village: Village, clock: Any) -> None:
    told = []
    for title, source in [
        ("Pruniers et gel", "Un."),
        ("Une toile", "Pour les pruniers."),
        ("Le gel", "Mes pruniers."),
        ("Prunier malade", "Deux."),
    ]:
        told.append(
            (await discussions.write(village.lea, village.community, kind="question", title=title, source=source)).id
        )
        clock.advance(60)
    await site.runner.settle()
    assert await ids("prunier") == [told[3], told[0], told[2], told[1]]
    first = await find("prunier", limit=2)
    assert [hit.id for hit in first] == [told[3], told[0], told[2]]
    assert await ids("prunier", after=first[1].mark) == [told[2], told[1]]
    assert await ids("prunier", after="9-x") == await ids("prunier")


async def test_edits_and_deletions_are_followed(site: Site, village: Village) -> None:
    post = await discussions.write(
        village.lea, village.community, kind="idea", title="Une chambre froide", source="Entre six fermes."
    )
    reply = await discussions.reply(village.noor, post, source="Avec un thermomètre.")
    await site.runner.settle()
    assert await ids("froid") == [post.id]
    assert await ids("thermometre") == [reply.id]
    await discussions.edit(village.lea, post, source="Entre sept jardins.", title="Une glacière")
    await site.runner.settle()
    assert await ids("chambre") == [] == await ids("fermes")
    assert await ids("glaciere jardin") == [post.id]
    await discussions.remove(village.lea, reply, "Hors sujet")
    await discussions.delete(village.lea, post)
    await site.runner.settle()
    assert await ids("glaciere") == [] == await ids("thermometre")
    await discussions.restore(village.lea, reply)
    await site.runner.settle()
    assert await ids("thermometre") == [reply.id]


async def test_private_things_are_found_by_members_only(site: Site) -> None:
    village = await make_village("cellule", visibility="private")
    post = await discussions.write(village.lea, village.community, kind="idea", title="Plan secret", source="Zibeline.")
    await site.runner.settle()
    assert await ids("zibeline", village.noor) == [post.id]
    assert await ids("zibeline", village.reader) == [] == await ids("zibeline")
    assert await ids("zibeline", village.reader, community_id=village.community.id) == []
    await communities.leave(village.noor, village.community)
    assert await ids("zibeline", village.noor) == []


async def test_hidden_communities_are_found_by_members_only(site: Site) -> None:
    lea, reader = (await make_member("lea")).actor, (await make_member("reader")).actor
    community = await communities.found(
        lea, title="Ombres", name="ombres", purpose="Se cacher", visibility="private", join_policy="invitation"
    )
    await site.runner.settle()
    kind = {"kinds": ["community"]}
    assert await ids("ombre", lea, **kind) == [community.id]
    assert await ids("ombre", reader, **kind) == [] == await ids("ombre", **kind)


async def test_only_people_who_agreed_are_found(site: Site) -> None:
    ines = (await make_member("ines", display_name="Inès Côté", profession="Arboricultrice", discoverable=True)).actor
    await site.runner.settle()
    assert await ids("ines cote") == [ines.id] == await ids("arboricultrices")
    await people_service.change_profile(ines, discoverable=False)
    await site.runner.settle()
    assert await ids("ines cote") == []


async def test_blocked_people_and_their_words_are_left_out(site: Site, village: Village) -> None:
    post = await discussions.write(village.lea, village.community, kind="idea", title="Une idée rare", source="Oui.")
    await site.runner.settle()
    await people_service.block(village.noor, village.lea)
    assert await ids("rare", village.noor, seen=unhidden_sql("e.author_id", village.noor)) == []
    assert await ids("rare", village.sacha, seen=unhidden_sql("e.author_id", village.sacha)) == [post.id]


async def test_signs_that_mean_something_to_a_database_do_nothing(site: Site, village: Village) -> None:
    post = await discussions.write(
        village.lea,
        village.community,
        kind="idea",
        title='Le "NEAR" d\'Anna: a OR b*',
        source="Prix 1e5 et 3.5 (x) & y | z ! été_2026",
    )
    await site.runner.settle()
    for words in (
        '"near"',
        "near(",
        "anna:*",
        "1e5",
        "folded_title : near",
        "y | z",
        "' OR 1=1 --",
        "ete_2026",
        "\\",
        "*",
        "a*",
        "NOT",
        "<->",
        "\U0001f600",
        "\x00",
    ):
        assert set(await ids(words)) <= {post.id}, words
    assert await ids("near anna") == [post.id]
    assert await ids("2026") == [post.id]


async def test_search_asks_one_question(site: Site, village: Village) -> None:
    for number in range(5):
        await discussions.write(village.lea, village.community, kind="idea", title=f"Tuteur {number}", source="Oui.")
    await site.runner.settle()
    with counted() as statements:
        assert len(await ids("tuteur", village.noor)) == 5
    statements.at_most(1)


async def test_search_looks_no_further_than_what_it_shows(site: Site, village: Village) -> None:
    if dialect() == "postgres":
        pytest.skip("with as few rows PostgreSQL prefers to read them all")
    with counted() as statements:
        await ids("tuteur", village.noor)
    plan = await rows(f"EXPLAIN QUERY PLAN {statements[0]}", *[1] * statements[0].count("?"))
    looked = [step["parent"] for step in plan if "VIRTUAL TABLE" in step["detail"]]
    assert len(looked) == 3  # for people and places, titles, texts
    # What the index gives newest first is cut off after a page, and sorted only then.
    assert not {step["parent"] for step in plan if "TEMP B-TREE" in step["detail"]} & set(looked), plan


async def test_people_and_places_are_found_among_texts(site: Site, village: Village) -> None:
    ines = (await make_member("ines", display_name="Inès Côté", discoverable=True)).actor
    for number in range(3):
        text = {"title": f"Inès a dit {number}", "source": "Inès le sait."}
        await discussions.write(village.lea, village.community, kind="idea", **text)
    await site.runner.settle()
    found = await ids("ines")
    assert found[0] == ines.id and len(found) == 4
    assert await ids("ines", kinds=("person",)) == [ines.id]
    assert await ids("ines", kinds=("post", "person")) == found
    assert await ids("ines", kinds=("community", "resource")) == []
    for kind in ("person", "community", "resource"):
        for typed in (kind, mark_of(kind), mark_of(kind)[:2], "\ufb01"):
            assert await ids(typed) == [], "nobody can look for the word that is kept with all of a kind"


async def test_everything_can_be_read_anew(site: Site, village: Village) -> None:
    post = await discussions.write(village.lea, village.community, kind="idea", title="Compost chaud", source="Oui.")
    gone = await discussions.write(village.lea, village.community, kind="idea", title="Compost froid", source="Non.")
    await site.runner.settle()
    before = await rows("SELECT id, title, folded FROM search_entry ORDER BY id")
    await search.forget(post.id)
    await discussions.delete(village.lea, gone)  # its job has not run
    steps: list[int] = []
    count = await search.reindex(steps.append)
    assert count == sum(steps) == len(before) - 1
    assert await ids("compost") == [post.id]
    await site.runner.settle()


async def test_reading_all_anew_does_not_wait_for_the_disk_with_each_text(
    site: Site, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        await discussions.write(village.lea, village.community, kind="idea", title=f"Paille {number}", source="Oui.")
    await site.runner.settle()
    begun: list[str] = []
    begin = transactions.tortoise_transaction
    monkeypatch.setattr(transactions, "tortoise_transaction", lambda name: begun.append(name) or begin(name))
    monkeypatch.setattr(search, "BATCH", 10)
    assert await search.reindex() > 12
    assert len(begun) <= 5, "one for each ten of a source, not one for each text"
