"""Mail: what a letter is, and three ways to send it. Letters go out by a job, never from a request."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from dataclasses import asdict, dataclass, field, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from fedcop.core import facts, signing
from fedcop.core.clock import now
from fedcop.core.current import surroundings
from fedcop.core.database import atomic, from_json, rows, to_json
from fedcop.core.ids import new_token
from fedcop.core.jobs import Retry, enqueue
from fedcop.core.settings import Settings
from fedcop.core.transactions import refuse_in_transaction
from fedcop.core.words import Words

TIMEOUT = 30.0
BOUNCES = "b-"
"""Begins the word in the address that letters return to; the rest signs whom they were for."""
ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mail:
    """One letter to one person."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    language: str = ""
    returns_to: str = ""  # the envelope's sender, where it goes when nobody takes it; empty: the address in From


@dataclass(frozen=True, kw_only=True)
class MailRefused(facts.Fact):
    """A mail server said for good that it does not take letters for an address."""

    address: Words
    said: Words


class Mailer(Protocol):
    """What sends letters."""

    async def send(self, mail: Mail) -> None:
        """Send one; raises OSError or aiosmtplib.SMTPException when that fails."""
        ...


async def post_mail(mail: Mail) -> int:
    """Promise a letter; inside a transaction it goes out only if that commits."""
    return await enqueue(deliver_mail, {"letter": to_json(asdict(mail))})


async def deliver_mail(letter: Words) -> None:
    """Job: hand over a letter that was promised."""
    await hand_over(Mail(**from_json(letter)))


async def hand_over(mail: Mail) -> None:
    """Hand a letter over, within a job: raises Retry where that may succeed later."""
    if await _is_paused(mail):
        return
    try:
        await surroundings().mailer.send(replace(mail, returns_to=await _return_address(mail.to)))
    except ValueError as error:
        # An address or a header that no letter may bear: trying again does not change it.
        log.warning("a letter cannot be written: %s", type(error).__name__)
    except aiosmtplib.SMTPRecipientsRefused as error:
        if all(refused.code >= 500 for refused in error.recipients):
            log.warning("mail refused for good: %s", _without_addresses(error.recipients[0].message))
            await _note(MailRefused(address=mail.to, said=_without_addresses(error.recipients[0].message)))
            return
        raise Retry(f"mail: {_without_addresses(error.recipients[0].message)}") from error
    except aiosmtplib.SMTPResponseException as error:
        raise Retry(f"mail: {error.code} {_without_addresses(error.message)}") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Retry(f"mail: {_without_addresses(str(error))}") from error


@atomic
async def _note(fact: MailRefused) -> None:
    await facts.record(fact)


async def _is_paused(mail: Mail) -> bool:
    """Whether letters that one may leave come back from there; `accounts` stands above us, its table does not."""
    if "List-Unsubscribe" not in mail.headers:
        return False
    return bool(await rows("SELECT 1 AS yes FROM account WHERE email = ? AND mail_paused_at IS NOT NULL", mail.to))


async def _return_address(to: str) -> str:
    name, _at, domain = surroundings().settings.reply_address.partition("@")
    return f"{name}+{BOUNCES}{await signing.sign(BOUNCES, to.lower())}@{domain}" if domain else ""


def _without_addresses(text: str) -> str:
    """What a mail server says, without whom it was about: logs and lists of jobs do not tell who gets letters."""
    return ADDRESS.sub("…", text)


def compose(mail: Mail, settings: Settings) -> EmailMessage:
    """Write a letter as it travels. Line breaks in a subject or address cannot add headers: EmailMessage refuses them."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(settings.name, addr_spec=settings.mail_from)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(idstring=new_token(9), domain=settings.mail_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers.items():
        del message[name]
        message[name] = value
    message.set_content(mail.text, charset="utf-8")
    if mail.html:
        message.add_alternative(mail.html, subtype="html", charset="utf-8")
    if mail.language:  # last: set_content() drops headers of this kind
        message["Content-Language"] = mail.language
    return message


class SmtpMailer:
    """Sends through the operator's mail server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def send(self, mail: Mail) -> None:
        """Send one letter on a connection of its own."""
        refuse_in_transaction()
        server = urlsplit(self.settings.smtp)
        implicit = server.scheme == "smtps"
        await aiosmtplib.send(
            compose(mail, self.settings),
            sender=mail.returns_to or None,
            hostname=server.hostname,
            port=server.port or (465 if implicit else 587),
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=implicit,
            start_tls=None,  # whenever the server offers it
            tls_context=ssl.create_default_context(cafile=self.settings.ca_file),
            timeout=TIMEOUT,
        )


class OutboxMailer:
    """Remembers letters instead of sending them. For tests."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        """Remember one."""
        refuse_in_transaction()
        self.sent.append(mail)

    def to(self, address: str) -> list[Mail]:
        """The letters that somebody got."""
        return [mail for mail in self.sent if mail.to == address]


class LogMailer:
    """Writes letters into `mail/` of the data folder and says so: a machine without a mail server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def send(self, mail: Mail) -> None:
        """Write one."""
        refuse_in_transaction()
        path = self.settings.data / "mail" / f"{now():%Y%m%d-%H%M%S}-{new_token(4)}.eml"
        await asyncio.to_thread(_write, path, compose(mail, self.settings).as_bytes())
        log.info("mail written to %s", path)


def _write(path: Path, letter: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(letter)
