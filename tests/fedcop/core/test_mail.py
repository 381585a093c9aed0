"""Letters: promised in the transaction, written properly, sent over real SMTP, tried again, never a way to add headers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from fedcop.core.database import atomic, rows
from fedcop.core.mail import LogMailer, Mail, SmtpMailer, compose, hand_over, post_mail
from fedcop.core.settings import Settings, load_settings
from fedcop.core.site import Site
from tests.rig.clock import StandingClock

LETTER = Mail(
    to="lea@b.example",
    subject="Réunion : « mardi »",
    text="Bonjour Léa,\n\nÀ mardi !\n",
    html="<p>Bonjour Léa,</p><p>À mardi !</p>",
    headers={"List-Unsubscribe": "<https://atelier.example/leave>", "Reply-To": "equipe@atelier.example"},
    language="fr-CA",
)


class Post:
    """A mail server that remembers, or refuses."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuse = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.recipients += envelope.rcpt_tos
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def post() -> Iterator[Post]:
    handler = Post()
    controller = Controller(handler, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True)
    # The controller asks the system for port 0 and then wants to connect to it: tell it the real one.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    handler.port = controller.port  # type: ignore[attr-defined]
    yield handler
    controller.stop()


def settings(port: int) -> Settings:
    return load_settings({}, url="https://atelier.example", smtp=f"smtp://127.0.0.1:{port}", name="L'Atelier")


async def test_a_letter_over_smtp_says_what_was_written(post: Post) -> None:
    await SmtpMailer(settings(post.port)).send(LETTER)  # type: ignore[attr-defined]
    (letter,) = post.letters
    assert post.recipients == ["lea@b.example"]
    assert letter["Subject"] == "Réunion : « mardi »"
    assert letter["From"] == "L'Atelier <fedcop@atelier.example>"
    assert letter["Message-ID"].endswith("@atelier.example>")
    assert letter["List-Unsubscribe"] == "<https://atelier.example/leave>"
    assert letter["Reply-To"] == "equipe@atelier.example"
    assert letter["Content-Language"] == "fr-CA" and letter["Auto-Submitted"] == "auto-generated" and letter["Date"]
    plain = letter.get_body(("plain",))
    assert plain is not None and plain.get_content().replace("\r\n", "\n") == LETTER.text
    assert letter.get_body(("html",)).get_content().strip() == LETTER.html  # type: ignore[union-attr]


@pytest.mark.parametrize("subject", ["x\r\nBcc: all@evil.example", "x\nBcc: all@evil.example", "x\r\n\r\nbody"])
def test_a_subject_cannot_add_headers(subject: str) -> None:  # G14, J24
    letter = compose(Mail(to="a@b.example", subject=subject, text="x"), settings(1))
    assert letter["Bcc"] is None
    assert "\n" not in letter["Subject"]
    assert b"\nBcc:" not in letter.as_bytes()


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "a@b.example\n"])
def test_an_address_is_one_address(to: str) -> None:  # G14
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever email's own parser raises
        compose(Mail(to=to, subject="x", text="x"), settings(1))


def test_a_header_cannot_add_headers() -> None:  # G14
    with pytest.raises(ValueError, match="linefeed|newline|carriage"):
        compose(Mail(to="a@b.example", subject="x", text="x", headers={"X-A": "b\r\nBcc: c@d.example"}), settings(1))


async def test_a_letter_goes_out_when_the_transaction_commits(site: Site) -> None:
    @atomic
    async def write(fail: bool) -> None:
        await post_mail(LETTER)
        if fail:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write(True)
    await site.runner.settle()
    assert site.mailer.sent == []  # type: ignore[attr-defined]
    await write(False)
    assert site.mailer.sent == []  # type: ignore[attr-defined]
    await site.runner.settle()
    assert site.mailer.sent == [LETTER]  # type: ignore[attr-defined]
    assert site.mailer.to("lea@b.example") == [LETTER]  # type: ignore[attr-defined]


async def test_no_letter_is_sent_inside_a_transaction(site: Site) -> None:
    @atomic
    async def careless() -> None:
        await hand_over(LETTER)

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await careless()


async def test_a_silent_or_busy_mail_server_is_asked_again(site: Site, post: Post, clock: StandingClock) -> None:
    site.mailer = SmtpMailer(settings(post.port))  # type: ignore[attr-defined]
    post.refuse = "451 try again later"
    await post_mail(LETTER)
    await site.runner.settle()
    (job,) = await rows("SELECT * FROM job")
    assert "451" in job["error"] or "try again" in job["error"]
    post.refuse = ""
    clock.advance(20)
    await site.runner.settle()
    assert len(post.letters) == 1
    assert await rows("SELECT * FROM job") == []
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        site.mailer = SmtpMailer(settings(closed.getsockname()[1]))
        await post_mail(LETTER)
        await site.runner.settle()
    assert len(await rows("SELECT * FROM job")) == 1


async def test_an_address_that_is_refused_for_good_is_not_asked_again(site: Site, post: Post) -> None:
    site.mailer = SmtpMailer(settings(post.port))  # type: ignore[attr-defined]
    post.refuse = "550 no such person"
    await post_mail(LETTER)
    await site.runner.settle()
    assert await rows("SELECT * FROM job") == []
    assert post.letters == []


async def test_a_letter_that_cannot_be_written_is_dropped(site: Site) -> None:
    site.mailer = LogMailer(site.settings)
    await post_mail(Mail(to="nobody\r\nBcc: x@y.example", subject="x", text="x"))
    assert await site.runner.settle() == 1
    assert await rows("SELECT * FROM job") == []


async def test_without_a_mail_server_letters_are_files(tmp_path: Path) -> None:
    mailer = LogMailer(load_settings({}, data=tmp_path))
    await asyncio.gather(mailer.send(LETTER), mailer.send(LETTER))
    found = list((tmp_path / "mail").glob("*.eml"))
    assert len(found) == 2
    assert message_from_bytes(found[0].read_bytes(), policy=default)["Subject"] == LETTER.subject
