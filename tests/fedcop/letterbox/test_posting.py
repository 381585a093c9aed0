"""A letter to one's own address begins a discussion, under the composer's rules; what cannot be published is given back whole."""

from __future__ import annotations

import time
from email.message import EmailMessage
from typing import Any

import pytest

from fedcop.accounts import replying
from fedcop.accounts.models import Account
from fedcop.communities import queries as communities
from fedcop.communities import records
from fedcop.communities.models import Community, Membership
from fedcop.core import budgets
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.mail import Mail
from fedcop.core.site import Site
from fedcop.discussions import files, scheduling
from fedcop.discussions.models import Draft, Post
from fedcop.letterbox import bringing, exporting, posting, service
from fedcop.letterbox.cutting import cut, has_letter, unsigned
from fedcop.letterbox.models import BroughtFile, PostingAddress, ReceivedLetter
from fedcop.letterbox.reading import TINY, Unreadable, read
from fedcop.media import service as media
from fedcop.media.models import Media
from fedcop.media.queries import of_posts as media_of
from tests.rig.lmtp import deliver
from tests.rig.people import make_member, make_stranger
from tests.rig.samples import pdf, picture
from tests.rig.villages import Village, make_village

FORWARDED = "Voyez.\n\n---------- Forwarded message ---------\nDe : Ana <ana@exemple.test>\nSujet : x\n\nEntre nous."


def letter(to: str, subject: str, text: str, author: str, number: int = 1, **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = author, to
    made["Message-ID"] = f"<{number}@exemple.test>"
    if subject:
        made["Subject"] = subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


async def noor_of(village: Village) -> Account:
    return await Account.get(actor_id=village.noor.id).select_related("actor")


async def new_letters(site: Site, account: Account, seen: list[Mail]) -> list[Mail]:
    await site.runner.settle()
    new = [mail for mail in site.mailer.to(account.email) if mail not in seen]  # type: ignore[attr-defined]
    seen.extend(new)
    return new


async def test_a_letter_begins_a_discussion_once(site: Site, village: Village) -> None:
    noor, seen = await noor_of(village), list[Mail]()
    assert await posting.find(noor, village.community) == ""
    for _time in range(2):
        await posting.give(noor, village.community)
    address = await posting.find(noor, village.community)
    assert await posting.all_of(noor) == [(village.community, address)] and len(address.partition("@")[0]) <= 64
    said = letter(
        address.upper().replace("@ATELIER", "@atelier"),
        "Re: Quand tailler le prunier ?",
        f"Je le demande à @{village.lea.name}. #taille\n\n-- \nNoor, 514 555-0100\n",
        f"Noor <{noor.email.upper()}>",
    )
    for _time in range(2):
        assert await deliver(site, said) == "taken"
    (post,) = await Post.all()
    assert (post.author_id, post.kind, post.title) == (village.noor.id, "question", "Quand tailler le prunier ?")
    assert post.source == f"Je le demande à @{village.lea.name}. #taille" and post.tags == ["taille"]
    assert (post.audience, post.state, post.community_id) == ("public", "visible", village.community.id)
    (told,) = await new_letters(site, noor, seen)
    assert told.subject.startswith("Publié") and f"/p/{post.id}" in told.text and "/c/fruitiers/mail" in told.text
    # The same letter to two communities is two discussions; where first ones wait, it waits.
    other = (await make_village("voisins", holds="all")).community
    await Membership.create(community=other, actor=village.noor, state="active", created_at=site.clock.now())
    await posting.give(noor, other)
    assert await deliver(site, said, to=await posting.find(noor, other)) == "taken"
    assert (await Post.get(community_id=other.id)).state == "held"
    (told,) = await new_letters(site, noor, seen)
    assert told.subject.startswith("Reçu") and "modération" in told.text
    # In a community of another organisation, its server decides.
    group = await make_stranger("noyers", "coop.example", kind="Group")
    far = await records.record_remote(group, purpose="Des noix.", members_count=3, elsewhere_count=1)
    await Membership.create(community=far, actor=village.noor, state="active", created_at=site.clock.now())
    await posting.give(noor, far)
    assert await deliver(site, said, to=await posting.find(noor, far)) == "taken"
    assert (await Post.get(community_id=far.id)).state == "pending"
    await site.runner.settle(strict=False)  # that server is not there
    assert "en route" in site.mailer.to(noor.email)[-1].text  # type: ignore[attr-defined]
    exported = dict([one async for one in exporting.addresses(noor.actor_id)])
    assert [one["community"] for one in exported["addresses_by_mail.json"]] == [
        village.community.actor.uri,
        other.actor.uri,
        group.uri,
    ]
    assert address not in str(exported)


async def test_nobody_else_and_no_machine_begins_one(site: Site, village: Village) -> None:
    noor = await noor_of(village)
    await posting.give(noor, village.community)
    address, mine = await posting.find(noor, village.community), noor.email
    assert "5.7.1" in await deliver(site, letter(address, "Faux", "x", f"lea_fruitiers <x{mine}>"))
    assert "5.7.1" in await deliver(site, letter(address, "Faux", "x", f"{mine}, lea@exemple.test"))
    assert await deliver(site, letter(address, "Absente", "x", mine, Auto_Submitted="auto-replied")) == "taken"
    assert await deliver(site, letter(address, "Liste", "x", mine, List_Id="<l.exemple.test>")) == "taken"
    assert await deliver(site, letter(address, "Revenu", "x", mine), sender="") == "taken"
    for wrong in (address.replace("+n-", "+"), address.replace("@", "x@"), address.replace("+n-", "+n-1")):
        assert "5.1.1" in await deliver(site, letter(wrong, "Ici", "x", mine))
    await Account.filter(id=noor.id).update(deleting_at=site.clock.now())
    assert "5.7.1" in await deliver(site, letter(address, "Partie", "x", mine))
    await site.runner.settle()
    assert not await Post.exists() and not await ReceivedLetter.exists()
    assert not site.mailer.to(mine)  # type: ignore[attr-defined]


async def test_what_cannot_be_published_is_given_back_and_kept(site: Site, village: Village) -> None:
    noor, seen, community = await noor_of(village), list[Mail](), village.community
    await posting.give(noor, community)
    old, mine = await posting.find(noor, community), noor.email
    text = "Bonjour.\n\n-- \nNoor"
    for number, subject, said, why in (
        (1, "", text, "pas d’objet"),
        (2, "x" * 201, text, "trop long"),
        (3, "Rien", "", "Écrivez"),
        (4, "Tr: Entre nous", FORWARDED, "transmet"),
    ):
        for _time in range(2):
            assert await deliver(site, letter(old, subject, said, mine, number)) == "taken"
        (told,) = await new_letters(site, noor, seen)
        assert told.subject.startswith("Non publié") and why in told.text and not await Post.exists(), why
        draft = await Draft.all().order_by("-id").first()
        assert draft is not None and f"/c/fruitiers/new?later={draft.id}" in told.text and why in draft.trouble
        assert all(f"> {line}".rstrip() in told.text for line in said.splitlines())
    assert draft is not None and (draft.content["title"], draft.content["source"]) == ("Entre nous", FORWARDED)
    post = await scheduling.publish(noor.actor, draft.id)  # whoever finds that all may read it
    assert post.source == FORWARDED and await Draft.filter(author_id=noor.actor_id).count() == 3

    await posting.replace(noor, community)
    new = await posting.find(noor, community)
    assert new != old
    assert await deliver(site, letter(old, "Ici", text, mine, 5)) == "taken"
    (told,) = await new_letters(site, noor, seen)
    assert "une autre adresse" in told.text and "> Bonjour." in told.text and "brouillons" not in told.text
    await Community.filter(id=community.id).update(closed_at=site.clock.now())
    assert await deliver(site, letter(new, "Ici", text, mine, 6)) == "taken"
    (told,) = await new_letters(site, noor, seen)
    assert "archivée" in told.text and "> Bonjour." in told.text and "brouillons" not in told.text
    # One that has become private: its texts do not go through the mail again.
    await Community.filter(id=community.id).update(closed_at=None, visibility="private")
    assert await deliver(site, letter(new, "Ici", text, mine, 7)) == "taken"
    (told,) = await new_letters(site, noor, seen)
    assert "ne voyage pas" in told.text and "Bonjour." not in told.text and "brouillons" in told.text
    await Membership.filter(actor_id=noor.actor_id).delete()
    assert await deliver(site, letter(new, "Ici", text, mine, 8)) == "taken"
    (told,) = await new_letters(site, noor, seen)
    assert "Bonjour." not in told.text and "brouillons" not in told.text
    assert await Post.all().count() == 1 and await Draft.filter(author_id=noor.actor_id).count() == 4


async def test_addresses_are_for_who_may_publish_where_all_may_read(
    site: Site, village: Village, monkeypatch: Any
) -> None:
    noor = await noor_of(village)
    closed = (await make_village("entre_nous", visibility="private")).community
    await Membership.create(community=closed, actor=village.noor, state="active", created_at=site.clock.now())
    with pytest.raises(Forbidden):
        await posting.give(noor, closed)
    led = (await make_village("annonces", posting="moderators")).community
    with pytest.raises(Forbidden):
        await posting.give(noor, led)
    with pytest.raises(NotFound):
        await posting.replace(noor, village.community)
    # Of a community that became hidden after they had left, its page of letters tells them nothing.
    nic = await make_member("nic")
    await PostingAddress.create(account=nic, community=village.community, made_at=site.clock.now())
    assert [place.id for place, _address in await posting.all_of(nic)] == [village.community.id]
    await Community.filter(id=village.community.id).update(visibility="private", join_policy="invitation")
    assert await posting.all_of(nic) == []
    monkeypatch.setattr(replying, "is_on", lambda: False)
    with pytest.raises(NotFound):
        await posting.give(noor, village.community)
    assert await posting.all_of(noor) == []


async def test_files_wait_for_their_author_alone(site: Site, village: Village) -> None:
    noor, seen = await noor_of(village), list[Mail]()
    await posting.give(noor, village.community)
    address = await posting.find(noor, village.community)
    said = letter(address, "La taille", "Voici.", noor.email)
    said.add_attachment(picture("PNG"), maintype="image", subtype="png", filename="arbre.png", cid="<f_1>")
    said.add_attachment(picture("PNG"), maintype="image", subtype="png", filename="encore.png")  # the same bytes
    said.add_attachment(pdf(), maintype="application", subtype="pdf", filename="plan.pdf")
    said.add_attachment(b"\xff\xd8\xff", maintype="image", subtype="jpeg", filename="rompue.jpg")
    for _time in range(2):
        assert await deliver(site, said) == "taken"
    (post,) = await Post.all()
    assert [one.file_name for one in await bringing.waiting(noor.actor, post)] == ["arbre.png", "plan.pdf"]
    (told,) = await new_letters(site, noor, seen)
    assert "2 fichiers" in told.text and f"/p/{post.id}/files" in told.text and "rompue.jpg – Cette image" in told.text
    drawn, plan = await Media.all().order_by("id")
    assert await files.visible_file(noor.actor, drawn.token) == drawn
    with pytest.raises(NotFound):
        await files.visible_file(village.lea, drawn.token)
    assert not await bringing.waiting(village.lea, post) and not (await media_of([post.id]))[post.id]
    assert await bringing.where_some_wait(noor.actor) == [(post, 2)] and not await bringing.where_some_wait(village.lea)
    await bringing.show(noor.actor, post, [drawn])
    await bringing.forget_decided(post)
    assert (await media_of([post.id]))[post.id] == [drawn] and await bringing.waiting(noor.actor, post) == [plan]
    assert (await Post.get(id=post.id)).source == "Voici." and await BroughtFile.all().count() == 1
    # What is refused with a text goes along into the draft.
    kept = letter(address, "", "Sans objet.", noor.email, 2)
    kept.add_attachment(pdf("Autre"), maintype="application", subtype="pdf", filename="autre.pdf")
    assert await deliver(site, kept) == "taken"
    draft = await Draft.get(author_id=noor.actor_id)
    site.clock.advance(days=13)  # type: ignore[attr-defined]
    await media.drop_forgotten()
    assert draft.content["media"] == [str(one.id) for one in await Media.filter(file_name="autre.pdf")]
    assert await bringing.waiting(noor.actor, post) == [plan]
    site.clock.advance(days=1, seconds=1)  # type: ignore[attr-defined]
    await media.drop_forgotten()
    assert await Media.all() == [drawn] and not await BroughtFile.exists()


async def test_who_writes_very_much_is_put_off(site: Site, village: Village, monkeypatch: Any) -> None:
    monkeypatch.setattr(service, "MOST_A_DAY", 1)
    noor = await noor_of(village)
    await posting.give(noor, village.community)
    address = await posting.find(noor, village.community)
    assert await deliver(site, letter(address, "Un", "x", noor.email)) == "taken"
    assert await deliver(site, letter(address, "Un", "x", noor.email)) == "taken"  # the same again
    assert "4.7.1" in await deliver(site, letter(address, "Deux", "x", noor.email, 2))
    site.clock.advance(days=1, seconds=1)  # type: ignore[attr-defined]
    assert await deliver(site, letter(address, "Deux", "x", noor.email, 2)) == "taken"
    assert await Post.all().count() == 2 and await communities.by_id(village.community.id)


def test_what_programs_add_is_no_file_and_a_divided_text_is_whole() -> None:
    made = EmailMessage()
    made.set_content("Avant.")
    made.add_alternative('<p>Avant.</p><img src="cid:logo@x"><img src="cid:photo@x">', subtype="html")
    html = made.get_payload()[1]  # type: ignore[index]
    html.add_related(b"logo", "image", "png", cid="<logo@x>", filename="logo.png")  # type: ignore[union-attr,call-arg]
    html.add_related(b"x" * TINY, "image", "jpeg", cid="<photo@x>", disposition="inline")  # type: ignore[union-attr,call-arg]
    made.add_attachment(b"s", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    passed_on = EmailMessage()
    passed_on.set_content("Entre nous.")
    passed_on.add_attachment(b"y", maintype="application", subtype="pdf", filename="inner.pdf")
    made.add_attachment(passed_on)
    found = read(made.as_bytes())
    assert found.text.strip() == "Avant."
    assert [(one.name, len(one.content)) for one in found.files[:1]] == [("image.jpg", TINY)]
    assert [one.name for one in found.files] == ["image.jpg", "message.eml"]
    divided = EmailMessage()
    divided.set_content("Avant.")
    divided.add_attachment(b"x", maintype="image", subtype="png", disposition="inline")
    divided.add_attachment("Après.", disposition="inline")
    odd = read(b"Subject: a\x00b\xff\r\nFrom: x\r\n\r\nc\x00d\xfe\r\n-- \r\ne")
    assert (odd.subject, unsigned(odd.text)) == ("ab\ufffd", "cd\ufffd")  # no database takes what is left out
    assert read(divided.as_bytes()).text.split() == ["Avant.", "Après."] and not read(divided.as_bytes()).files


def in_boxes(html: str) -> str:
    return read(f"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n{html}".encode()).text


def test_no_letter_is_read_for_minutes() -> None:
    started = time.process_time()
    for worst in ("--" + " " * 20_000 + "x", "aaa<" + "@" * 40_000, "Le aaa\n" * 3000):
        assert not has_letter(worst, ["Au-dessus"]) and cut(worst, ["Au-dessus"]) == worst.strip()
    odd = b"From: a@b.example\r\nContent-Type: text/plain; " + b'a"=' * 5000 + b"\r\n\r\nx"
    assert read(odd).author == "a@b.example"
    for endless in (b"From: " + b"(" * 9000, b"\r\n--x" * 2000):
        with pytest.raises(Unreadable):
            read(endless + b"\r\n\r\nx")
    assert time.process_time() - started < 1


HEAD = b"From: a@b.example\r\n"


def deep(levels: int) -> bytes:
    """Parts in parts."""
    return HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels)
    )


@pytest.mark.parametrize(
    "letter",
    [
        deep(400) + b"\r\n" * 100_000,
        HEAD + b"Content-Type: message/delivery-status\r\n\r\n" + b"\r\n" * 100_000,
        HEAD + b"Content-Type: message/delivery-status\r\n\r\n" + b"A: b\r\n\r\n" * 100_000,
        HEAD + b"X-A: b\r\n" * 600_000 + b"\r\nx",
    ],
    ids=["parts in parts", "an empty report", "a long report", "headers"],
)
def test_what_takes_long_to_take_apart_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, letter: bytes
) -> None:  # F21
    """Of the size that letters may have, each would keep a processor busy for many minutes."""
    monkeypatch.setattr("fedcop.core.budgets.LETTER_SECONDS", 0.3)
    started = time.process_time()
    with pytest.raises(Unreadable):
        read(letter)
    assert time.process_time() - started < 2


def test_a_large_letter_of_many_files_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fedcop.core.budgets.LETTER_SECONDS", budgets.LETTER_SECONDS / 4)  # machines differ
    made = EmailMessage()
    made.set_content("Voici.\n" * 1000)
    for number in range(20):
        made.add_attachment(bytes([number]) * 900_000, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    found = read(made.as_bytes())
    assert (len(found.files), len(found.text.splitlines())) == (20, 1000)


def test_a_letter_within_a_letter_is_seen_and_a_signature_is_not_text() -> None:
    assert unsigned("Bonjour\n\n\n\nOui\n-- \nNoor\nAtelier") == "Bonjour\n\nOui"
    assert unsigned("Oui\n\nEnvoyé de mon iPhone\n") == "Oui"
    divided = "Envoyé de Gaspé par la poste.\n--\n" + "ligne\n" * 12
    assert unsigned(divided + "-- \nNoor") == divided.strip()
    for one in (
        FORWARDED,
        "Oui.\n\nLe 2 mars 2026, Ana a écrit :\n> Bonjour",
        "From: Ana <a@b.example>\nSent: Monday\nx",
        "Voyez.\n\n> De: Ana <a@b.example>\n> Objet: x\n>\n> Entre nous.",
        "Voyez.\n\nDébut du message réexpédié :\n\nEntre nous.",
        in_boxes(
            "<div>Voyez.</div><div>Le 2 mars 2026, Ana &lt;a@b.example&gt; a écrit :</div><blockquote>Non.</blockquote>"
        ),
        in_boxes(
            "Voyez.<blockquote type='cite'><div><b>De : </b>Ana</div><div><b>Objet : </b>x</div>Non.</blockquote>"
        ),
    ):
        assert has_letter(one, []), one
    assert in_boxes("<div>Un</div><div>deux</div><div><br></div><div>trois</div>") == "Un\ndeux\n\ntrois"
    assert not has_letter("Bonjour,\n\n> une ligne citée\n\nDe : partout\n__________\nOui.\n-- \nNoor", [])
