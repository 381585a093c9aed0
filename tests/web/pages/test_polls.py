"""Polls as people ask and answer them in a browser without scripts."""

from __future__ import annotations

from fedcop.communities import service as communities
from fedcop.core.clock import now
from fedcop.discussions import scheduling, service
from fedcop.discussions.models import Post
from fedcop.discussions.polls.models import Poll
from tests.web.conftest import SignIn


async def test_ask_answer_and_end_a_poll(sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    home = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Fruits", posting="members")
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Question").fill("Choix 1", "14 novembre").fill("Titre", "Quand plantons-nous ?")
    page = await lea.press("Publier")
    assert page.status == 422 and any("deux choix" in text for text in page.problems)
    lea.page.fill("Choix 2", "21 novembre")
    page = await lea.press("Plus de choix")
    lea.page.fill("Choix 6", "<28> novembre")
    await lea.press("Enregistrer le brouillon")
    page = await lea.get("/c/fruitiers/new")
    assert "14 novembre" in page.html and "28&gt; novembre" in page.html
    page = await lea.press("Publier")
    post = await Post.get()
    assert page.h1 == "Quand plantons-nous ?" and (await Poll.get(post_id=post.id)).options[2] == "<28> novembre"
    assert "Sondage" in (await lea.get("/c/fruitiers")).main.text

    await lea.get(f"/p/{post.id}/edit")
    lea.page.fill("Choix 3", "28 novembre")
    await lea.press("Publier la correction")
    assert (await Poll.get(post_id=post.id)).options[2] == "28 novembre"

    noor, sacha = await sign_in("noor"), await sign_in("sacha")
    await communities.join(noor.actor, home)
    await noor.get(f"/p/{post.id}")
    noor.page.choose("21 novembre")
    page = await noor.press("Voter")
    assert "Votre vote compte" in page.messages[0]
    assert "votre choix" in page.main.text and "1 vote" in page.main.text and "Voter" not in page.main.text
    assert "1 personne a voté" in page.main.text.replace("\xa0", " ")
    page = await noor.post(f"/p/{post.id}/vote", choices="0")
    assert "Un vote ne se change pas" in page.messages[0]
    page = await sacha.get(f"/p/{post.id}")
    assert "Voter" not in page.main.text and "1 vote" in page.main.text
    assert "ne peuvent plus changer" in (await lea.get(f"/p/{post.id}/edit")).text

    await lea.get(f"/p/{post.id}")
    page = await lea.press("Terminer le sondage maintenant")
    assert "Vote terminé" in page.main.text and "Voter" not in page.main.text


async def test_a_scheduled_text_keeps_its_poll(sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    home = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Fruits")
    content = {"kind": "idea", "title": "Plus tard", "option": ["Oui", "Non"], "poll_days": "3", "poll_hides": "1"}
    draft = await scheduling.schedule(lea.actor, home, content, now().replace(year=now().year + 1, day=1, month=1))
    post = await scheduling.publish(lea.actor, draft.id)
    poll = await Poll.get(post_id=post.id)
    assert (poll.options, poll.hides_totals) == (["Oui", "Non"], True) and poll.ends_at is not None
    assert (poll.ends_at - post.published_at).days == 3
    await service.reply(lea.actor, post, source="Et voilà")
    await lea.get(f"/p/{post.id}")
    lea.page.fill("Choix 1", "Aussi").fill("Choix 2", "Pas")
    await lea.press("Enregistrer le brouillon")
    assert "Aussi" in (await lea.get("/drafts")).main.text
    await lea.get(f"/p/{post.id}")
    page = await lea.press("Publier la réponse")
    assert await Poll.all().count() == 2 and "Le résultat se montre à la fin" in page.main.text
