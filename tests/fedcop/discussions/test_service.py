"""What people do with posts, by the promised functions."""

from __future__ import annotations

import asyncio

import pytest

from fedcop.communities import service as communities
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.ids import new_id
from fedcop.core.site import Site
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post, Revision
from tests.rig.people import make_member
from tests.rig.villages import Village, make_village


async def ask(
    village: Village, title: str = "Comment protéger de jeunes pruniers ?", source: str = "Qui a essayé la *paille* ?"
) -> Post:
    return await service.write(village.noor, village.community, kind="question", title=title, source=source)


async def test_a_question_gets_an_answer_that_is_accepted(site: Site, village: Village) -> None:
    root = await ask(village)
    answer = await service.reply(village.sacha, root, source="Des branches d'épinette.")
    await service.accept_answer(village.noor, root, answer)

    view = await queries.thread(village.reader, root)
    assert view.root.post.title == "Comment protéger de jeunes pruniers ?"
    assert "<em>paille</em>" in view.root.post.content
    assert [reply.post.id for reply in view.replies] == [answer.id]
    assert view.accepted is not None and view.accepted.post.id == answer.id
    assert view.root.post.replies_count == 1


async def test_html_is_shown_as_text(site: Site, village: Village) -> None:
    root = await ask(village, source="<script>alert(1)</script> & <b>gras</b>")
    assert "<script>" not in root.content and "<b>" not in root.content
    assert "&lt;b&gt;" in root.content


async def test_a_title_and_a_text_are_wanted_each_at_its_field(site: Site, village: Village) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(village, title="  ", source="")
    assert set(refused.value.errors) == {"title", "source"}
    assert await Post.all().count() == 0


async def test_who_only_reads_cannot_begin_a_thread(site: Site, village: Village) -> None:
    with pytest.raises(Forbidden):
        await service.write(village.reader, village.community, kind="idea", title="T", source="x")


async def test_an_edit_keeps_what_was_said(site: Site, village: Village, clock: object) -> None:
    root = await ask(village, source="Première version")
    clock.advance(60)  # type: ignore[attr-defined]
    root = await service.edit(village.noor, root, source="Deuxième version", title="Mieux")
    assert root.edited_at is not None
    earlier = await queries.revisions(None, root)
    assert [(one.title, one.source) for one in earlier] == [
        ("Comment protéger de jeunes pruniers ?", "Première version")
    ]
    with pytest.raises(Forbidden):
        await service.edit(village.sacha, root, source="Pas la mienne")


async def test_a_deleted_post_leaves_a_tombstone_and_its_replies(site: Site, village: Village) -> None:
    root = await ask(village)
    first = await service.reply(village.sacha, root, source="Une réponse")
    second = await service.reply(village.noor, first, source="Une suite")
    await service.edit(village.sacha, first, source="Une réponse, corrigée")
    await service.delete(village.sacha, await Post.get(id=first.id))

    view = await queries.thread(None, root)
    assert [(reply.post.id, reply.gone) for reply in view.replies] == [(first.id, True), (second.id, False)]
    assert view.replies[0].post.content == "" and view.replies[0].post.source == ""
    assert await Revision.filter(post_id=first.id).count() == 0
    assert view.root.post.replies_count == 1


async def test_a_moderator_removes_with_a_reason_and_restores(site: Site, village: Village) -> None:
    root = await ask(village)
    answer = await service.reply(village.sacha, root, source="Publicité !")
    with pytest.raises(Forbidden):
        await service.remove(village.noor, answer, "je n'aime pas")
    with pytest.raises(Invalid):
        await service.remove(village.lea, answer, "  ")
    await service.remove(village.lea, answer, "Publicité")
    view = await queries.thread(village.noor, root)
    assert view.replies[0].gone and view.replies[0].post.removed_reason == "Publicité"
    assert (await Post.get(id=root.id)).replies_count == 0
    await service.restore(village.lea, await Post.get(id=answer.id))
    assert not (await queries.thread(village.noor, root)).replies[0].gone


async def test_a_locked_thread_takes_no_replies_but_thanks(site: Site, village: Village) -> None:  # D43
    root = await ask(village)
    await service.lock(village.lea, root, "Réglé")
    root = await Post.get(id=root.id)
    with pytest.raises(Forbidden):
        await service.reply(village.sacha, root, source="Encore")
    await service.react(village.sacha, root, "thanks")
    assert (await Post.get(id=root.id)).thanks_count == 1


async def test_reactions_are_one_of_each_kind(site: Site, village: Village) -> None:
    root = await ask(village)
    for _again in range(2):
        await service.react(village.sacha, root, "useful")
    await service.react(village.sacha, root, "thanks")
    fresh = await Post.get(id=root.id)
    assert (fresh.useful_count, fresh.thanks_count) == (1, 1)
    await service.unreact(village.sacha, root, "useful")
    assert (await Post.get(id=root.id)).useful_count == 0
    with pytest.raises(Invalid):
        await service.react(village.sacha, root, "love")


async def test_what_is_private_is_not_there_for_others(site: Site) -> None:
    village = await make_village("prive", visibility="private")
    root = await ask(village)
    assert root.audience == "community"
    with pytest.raises(NotFound):
        await queries.visible_post(village.reader, root.id)
    with pytest.raises(NotFound):
        await queries.visible_post(None, root.id)
    assert (await queries.visible_post(village.sacha, root.id)).id == root.id
    with pytest.raises(Invalid):
        await service.share(village.sacha, root)


async def test_mentions_and_tags_are_found(site: Site, village: Village) -> None:
    root = await ask(village, source=f"Demandez à @{village.sacha.name}, merci. #Pruniers #2026 #pruniers")
    assert [actor.id for actor in await queries.mentioned_in(root)] == [village.sacha.id]
    assert root.tags == ["pruniers"]
    assert village.sacha.uri in root.content or (village.sacha.url or "?") in root.content


async def test_unread_since_my_last_visit(site: Site, village: Village, clock: object) -> None:
    root = await ask(village)
    await service.reply(village.noor, root, source="un")
    view = await queries.thread(village.sacha, root)
    assert view.unread == 0
    await service.visit(village.sacha, root)
    clock.advance(5)  # type: ignore[attr-defined]
    await service.reply(village.noor, root, source="deux")
    await service.reply(village.sacha, root, source="le mien")
    view = await queries.thread(village.sacha, root)
    assert view.unread == 1 and view.first_unread is not None and view.first_unread.post.source == "deux"


async def test_only_a_reply_of_the_thread_can_be_accepted(site: Site, village: Village) -> None:
    root, other = await ask(village), await ask(village, title="Une autre question ?")
    stray = await service.reply(village.sacha, other, source="ailleurs")
    with pytest.raises(Conflict):
        await service.accept_answer(village.noor, root, stray)
    with pytest.raises(Forbidden):
        answer = await service.reply(village.sacha, root, source="ici")
        await service.accept_answer(village.sacha, root, answer)


async def test_who_presses_twice_at_the_same_moment_reacts_and_shares_once(village: Village) -> None:
    post = await service.write(village.lea, village.community, kind="tip", title="Un gel", source="Tardif.")
    await asyncio.gather(*(service.react(village.noor, post, "thanks") for _ in range(3)))
    await asyncio.gather(*(service.share(village.noor, post) for _ in range(3)))
    post = await Post.get(id=post.id)
    assert (post.thanks_count, post.shares_count) == (1, 1)


async def test_who_left_answers_nothing_that_only_members_read(site: Site) -> None:  # D41
    """Where anybody may write: below their own post, which they see as before."""
    ana, ben = (await make_member("ana")).actor, (await make_member("ben")).actor
    place = await communities.found(ana, title="Sols", name="sols", purpose="x", posting="anyone")
    await communities.join(ben, place)
    root = await service.write(ben, place, kind="question", title="Oui ?", source="Entre nous", audience="community")
    await communities.leave(ben, place)
    own = await queries.visible_post(ben, root.id)
    with pytest.raises(Forbidden):
        await service.reply(ben, own, source="Encore moi")
    with pytest.raises(Forbidden):
        await service.edit(ben, own, source="Encore moi")
    await communities.join(ben, place)
    await service.reply(ben, own, source="Me revoilà")


async def test_a_row_of_answers_without_end_keeps_nothing_open(village: Village) -> None:  # D53
    """Anybody may answer themselves as often as they like below what somebody wrote, who then wants fewer people to read it."""
    root = await service.write(village.lea, village.community, kind="tip", title="La paille", source="Au pied.")
    first = await service.reply(village.noor, root, source="Oui.")
    columns = {
        name: getattr(first, name) for name in first._meta.db_fields if name not in ("id", "uri", "parent_id", "depth")
    }
    row, above = list[Post](), first.id
    for depth in range(2, 400):
        row.append(Post(**columns, id=new_id(), uri=f"{first.uri}{depth}", parent_id=above, depth=depth))
        above = row[-1].id
    await Post.bulk_create(row)
    beside = await service.reply(village.sacha, await Post.get(id=first.id), source="Non.")
    await Post.filter(id=beside.id).update(audience="community")
    await service.change_audience(village.lea, await Post.get(id=root.id), "community", seen="public")
    assert await Post.filter(root_id=root.id).exclude(audience="community").count() == 0
    counted = dict(await Post.filter(root_id=root.id, replies_count__gt=0).values_list("id", "replies_count"))
    assert counted[first.id] == 2 and counted[row[0].id] == 1
