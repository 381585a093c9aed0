"""Answers by mail land once, under the right name, and only theirs; letters that come back pause an address. Over real LMTP.

Letters that begin discussions: test_posting.py.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import pytest

from fedcop.accounts import bounces, replying
from fedcop.accounts.models import Account
from fedcop.core.errors import Unavailable
from fedcop.core.mail import Mail, hand_over
from fedcop.core.settings import SettingsError, load_settings
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.letterbox import bringing, door, service
from fedcop.letterbox.cutting import cut
from fedcop.media.models import Media
from tests.rig.lmtp import deliver
from tests.rig.villages import Village, make_village

MARK = "Répondez au-dessus de cette ligne pour répondre dans la discussion."


async def letter_about(site: Site, village: Village) -> Mail:
    """The letter that tells Léa of an answer, as she has it."""
    post = await discussions.write(village.lea, village.community, kind="question", title="Quand tailler ?", source="?")
    await discussions.reply(village.noor, post, source="En mars.")
    await site.runner.settle()
    site.clock.advance(3600)  # type: ignore[attr-defined]
    await site.runner.settle()
    return next(mail for mail in site.mailer.to(f"{village.lea.name}@atelier.example") if "Reply-To" in mail.headers)  # type: ignore[attr-defined]


def answer(mail: Mail, text: str, author: str = "", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = author or f"Léa <{mail.to}>"
    made["To"] = mail.headers.get("Reply-To", "")
    made["Message-ID"] = "<1@exemple.test>"
    for name, value in headers.items():
        del made[name.replace("_", "-")]
        made[name.replace("_", "-")] = value
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    made.set_content(
        f"{text}\n\nLe lun. 2 mars 2026 à 09:00, Atelier <fedcop@atelier.example>\na écrit :\n\n{quoted}\n"
    )
    return made


async def by_mail() -> list[Post]:
    return list(await Post.filter(depth=2).order_by("id"))


async def test_an_answer_lands_once_under_the_right_name(site: Site, village: Village) -> None:
    mail = await letter_about(site, village)
    assert MARK in mail.text and mail.headers["Reply-To"].startswith("reply+")
    assert len(mail.headers["Reply-To"].partition("@")[0]) <= 64
    said = answer(mail, "Merci, *beaucoup*.\n\nLéa\n-- \nLéa Tremblay, 514 555-0100")
    said.add_attachment(b"x", maintype="application", subtype="pdf", filename="plan.pdf")
    for _time in range(2):  # a mail server that did not hear the answer tries again
        assert await deliver(site, said, to=str(said["To"]).upper().replace("@ATELIER", "@atelier")) == "taken"
    (post,) = await by_mail()
    assert (post.author_id, post.source) == (village.lea.id, "Merci, *beaucoup*.\n\nLéa")
    await site.runner.settle()
    about_files = [mail for mail in site.mailer.sent if "fichiers vous attendent" in mail.subject]  # type: ignore[attr-defined]
    assert len(about_files) == 1 and f"/p/{post.id}/files" in about_files[0].text
    (file,) = await bringing.waiting(village.lea, post)
    assert file.file_name == "plan.pdf" and await Media.all().count() == 1


async def test_a_database_that_is_busy_refuses_no_letter(site: Site, village: Village, monkeypatch: Any) -> None:
    said, reply = answer(await letter_about(site, village), "Merci."), discussions.reply
    said.add_attachment(b"x", maintype="application", subtype="pdf", filename="plan.pdf")

    async def busy(*_args: Any, **_options: Any) -> None:
        raise Unavailable(code="database-busy")

    monkeypatch.setattr(discussions, "reply", busy)
    assert (await deliver(site, said)).startswith("451")
    assert not await by_mail() and not await Media.all().count()
    monkeypatch.setattr(discussions, "reply", reply)
    assert await deliver(site, said) == "taken"
    assert [post.source for post in await by_mail()] == ["Merci."]


async def test_what_is_not_theirs_or_no_persons_does_not_land(site: Site, village: Village, clock: Any) -> None:
    mail = await letter_about(site, village)
    sent = len(site.mailer.sent)  # type: ignore[attr-defined]
    assert "5.7.1" in await deliver(site, answer(mail, "Faux.", f"Noor <{village.noor.name}@atelier.example>"))
    assert "5.7.1" in await deliver(site, answer(mail, "Faux.", f"{mail.to}, noor@exemple.test"))
    for headers in ({"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X_Autoreply": "yes"}):
        assert await deliver(site, answer(mail, "Absente.", **headers)) == "taken"
        assert not await by_mail(), headers
    assert await deliver(site, answer(mail, "Absente."), sender="") == "taken"
    assert not await by_mail()
    word = str(mail.headers["Reply-To"])
    for wrong in (
        word.replace("@", "x@"),
        word.replace("+", "+1"),
        "reply@atelier.example",
        "reply+b-x@atelier.example",
    ):
        assert "5.1.1" in await deliver(site, answer(mail, "Ici."), to=wrong)
    clock.advance(days=61)
    assert "5.7.1" in await deliver(site, answer(mail, "Trop tard."))
    await site.runner.settle()
    assert not await by_mail() and len(site.mailer.sent) == sent  # type: ignore[attr-defined]


async def test_what_cannot_be_published_is_said_in_a_sentence_once(site: Site, village: Village) -> None:
    mail = await letter_about(site, village)
    root = await Post.get(depth=0)
    await discussions.lock(village.lea, root)
    for _time in range(2):
        assert await deliver(site, answer(mail, "Encore.")) == "taken"
    alone = answer(mail, "", Message_ID="<2@exemple.test>")
    alone.add_attachment(b"x", maintype="application", subtype="pdf", filename="plan.pdf")
    assert await deliver(site, alone) == "taken"
    await site.runner.settle()
    told = [mail for mail in site.mailer.sent if "n’a pas été publiée" in mail.subject]  # type: ignore[attr-defined]
    assert len(told) == 2 and not await by_mail()
    assert "verrouillé" in told[0].text and "> Encore." in told[0].text
    assert "aucun texte" in told[1].text and "joints n’ont pas été gardés" in told[1].text
    assert not await Media.exists()


def returned(status: str, action: str = "failed") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "MAILER-DAEMON@mx.exemple.test"
    report = (
        f"Reporting-MTA: dns; mx.exemple.test\n\nFinal-Recipient: rfc822; x@exemple.test\nAction: {action}\n"
        f"Status: {status}\nDiagnostic-Code: smtp; 550 no such user\n"
    )
    made["Content-Type"] = 'multipart/report; report-type=delivery-status; boundary="b"'
    made.set_payload(
        f"--b\nContent-Type: text/plain\n\nSorry\n\n--b\nContent-Type: message/delivery-status\n\n{report}\n--b--\n"
    )
    return made


async def test_letters_that_come_back_pause_an_address(site: Site, village: Village, monkeypatch: Any) -> None:
    account = await Account.get(actor_id=village.noor.id)
    leaving = Mail(to=account.email, subject="x", text="x", headers={"List-Unsubscribe": "<https://atelier.example/>"})
    await hand_over(leaving)
    address = site.mailer.sent[-1].returns_to  # type: ignore[attr-defined]
    assert address.startswith("reply+b-") and len(address.partition("@")[0]) <= 64
    for status, action in (("4.2.2", "delayed"), ("5.1.1", "failed")):
        assert await deliver(site, returned(status, action), to=address, sender="") == "taken"
    account = await Account.get(id=account.id)
    assert account.bounces == 1 and account.mail_paused_at is None and "no such user" in account.bounce_said

    async def refuse(mail: Mail) -> None:
        raise aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(550, f"no {mail.to}", mail.to)])

    with monkeypatch.context() as patched:
        patched.setattr(site.mailer, "send", refuse)
        await hand_over(leaving)
    await site.runner.settle()
    account = await Account.get(id=account.id)
    assert account.mail_paused_at is not None and account.email not in account.bounce_said
    count = len(site.mailer.sent)  # type: ignore[attr-defined]
    await hand_over(leaving)
    assert len(site.mailer.sent) == count  # type: ignore[attr-defined]
    await hand_over(replace(leaving, headers={}))  # a new password still goes there
    assert len(site.mailer.sent) == count + 1  # type: ignore[attr-defined]
    assert await bounces.latest() == [account]
    await bounces.confirm(account)
    await hand_over(leaving)
    assert len(site.mailer.sent) == count + 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "quote",
    [
        "Le lun. 2 mars 2026 à 09:00, Atelier <a@b.example> a écrit :\n> Bonjour",
        "On Mon, 2 Mar 2026 at 09:00, Atelier <a@b.example>\nwrote:\n\n> Hello",
        "-----Message d'origine-----\nDe : Atelier\nBonjour",
        "________________________________\nDe : Atelier <a@b.example>\nEnvoyé : lundi 2 mars\nÀ : Léa\nBonjour",
        "From: Atelier <a@b.example>\nSent: Monday\nTo: Léa\nSubject: x\nHello",
        f"2 mars 2026, 09:00, de a@b.example:\n\n> {MARK}\n> Bonjour",
        "Envoyé de mon iPhone\n\n> Le 2 mars 2026 à 09:00, Atelier a écrit :\n> Bonjour",
        "-- \nLéa",
        "> Bonjour",
    ],
)
def test_what_was_quoted_is_cut(quote: str) -> None:
    written = "Bonjour,\n\n> une ligne citée\n\nOui : le lin. On y va\u00a0?"
    found = cut(f"{written}\n\n{quote}\n", [MARK]).replace("\u00a0", " ")
    assert found.startswith(written.replace("\u00a0", " ")) and len(found) < len(written) + 40
    assert "Bonjour,\n" in found and "Atelier" not in found and "Hello" not in found


def test_who_answers_below_is_understood() -> None:
    assert cut("Le 2 mars 2026, Atelier a écrit :\n> Bonjour\n\nOui.\n", [MARK]) == "Oui."
    assert cut(f"> {MARK}\n> Bonjour\n", [MARK]) == "" and cut("", [MARK]) == ""


async def test_off_unless_configured(site: Site) -> None:
    village = await make_village()
    assert await replying.headers(await Account.get(actor_id=village.lea.id), 5) == {}
    assert not await service.knows("reply+x@atelier.example")
    await door.listen(asyncio.Event())
    for wrong in (
        {"reply_address": "reply@a.example"},
        {"lmtp": "127.0.0.1:24"},
        {"reply_address": "an_address_too_long@a.example", "lmtp": "/run/x.sock"},
        {"reply_address": "reply@a.example", "lmtp": "0.0.0.0:24"},
    ):
        with pytest.raises(SettingsError):
            load_settings({}, url="https://a.example", **wrong)
