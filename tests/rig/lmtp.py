"""The door for letters at a port of this machine, and a mail server that hands one over."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

from fedcop.core.site import Site
from fedcop.letterbox import door


@asynccontextmanager
async def taking_letters(site: Site) -> AsyncIterator[None]:
    """Let an instance take letters."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    site.settings = replace(site.settings, reply_address="reply@atelier.example", lmtp=place)
    stop = asyncio.Event()
    listening = asyncio.get_running_loop().create_task(door.listen(stop))
    yield
    stop.set()
    await listening


async def deliver(site: Site, letter: EmailMessage, to: str = "", sender: str = "lea@exemple.test") -> str:
    """Hand a letter over as a mail server does; the answer's code and words."""

    def talk() -> str:
        host, _colon, port = site.settings.lmtp.rpartition(":")
        with smtplib.LMTP(host, int(port), local_hostname="mx.exemple.test") as server:
            try:
                server.sendmail(sender, [to or str(letter["To"])], letter.as_bytes(policy=SMTP))
            except smtplib.SMTPRecipientsRefused as error:
                return str(next(iter(error.recipients.values())))
            except smtplib.SMTPDataError as error:
                return str(error.smtp_code) + str(error.smtp_error)
        return "taken"

    return await asyncio.to_thread(talk)
