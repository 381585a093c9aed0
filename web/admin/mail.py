"""Whether our mail arrives: what other servers look up, what came back, what waits; and a trial to oneself."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp.web import Request, StreamResponse

from fedcop.accounts import bounces
from fedcop.core.i18n import N_, _
from fedcop.letterbox import health, letters, service
from web.keys import SITE, member
from web.shared.flash import flash, see_other
from web.shared.forms import read_form
from web.shared.routing import ADMIN, page
from web.shared.templating import render

WAIT = 15.0  # seconds that somebody waits for the answers
TITLES: Mapping[str, str] = {
    "spf": N_("Who may send for your domain (SPF)"),
    "dkim": N_("The signature under letters (DKIM)"),
    "dmarc": N_("What happens to forged letters (DMARC)"),
    "reverse": N_("The name of the server (reverse DNS)"),
}
STATES: Mapping[str, str] = {
    "good": N_("In order"),
    "missing": N_("Missing"),
    "wrong": N_("To be mended"),
    "unknown": N_("Unknown"),
}
WORDS: Mapping[tuple[str, str], str] = {
    ("spf", "good"): N_("Your domain says which servers may send its mail."),
    ("spf", "missing"): N_("Your domain does not say which servers may send its mail: many letters will be taken for unwanted mail."),
    ("spf", "wrong"): N_("There is more than one such record, or it lets the whole world send in your name. Keep one."),
    ("spf", "unknown"): N_("Your domain did not answer. Look again later."),
    ("dkim", "good"): N_("There is a key by which others can check our letters."),
    ("dkim", "wrong"): N_("The key was withdrawn: letters signed with it are not believed."),
    ("dkim", "unknown"): N_("We found no key under the usual names; it may have another one. Your mail provider gives you the record to copy. Send yourself a trial and look for “dkim=pass” in its source."),
    ("dmarc", "good"): N_("Your domain says what to do with letters that only claim to be yours."),
    ("dmarc", "missing"): N_("Your domain does not say what to do with forged letters. Large providers ask for this record."),
    ("dmarc", "wrong"): N_("There is more than one such record: none of them counts. Keep one."),
    ("dmarc", "unknown"): N_("Your domain did not answer. Look again later."),
    ("reverse", "good"): N_("The address of your mail server has a name, and the name has that address."),
    ("reverse", "missing"): N_("The address of your mail server has no name. Whoever rents it to you can set it."),
    ("reverse", "wrong"): N_("The name of the address leads to another address. Whoever rents it to you can set it."),
    ("reverse", "unknown"): N_("The mail server has no public address that we know, or there was no answer. If your letters go out by a provider, that is its affair."),
}  # fmt: skip


@page("GET", "/admin/mail", access=ADMIN)
async def show(request: Request) -> StreamResponse:
    """Show how mail fares."""
    waits, failed, why = await health.waiting()
    return await render(
        request,
        "admin/mail.html",
        health=await health.read(),
        titles=TITLES,
        states=STATES,
        words=WORDS,
        returned=await bounces.latest(),
        waits=waits,
        failed=failed,
        why=why,
        taken=await service.count_lately(),
    )


@page("POST", "/admin/mail/check", access=ADMIN, limit="search")
async def check(request: Request) -> StreamResponse:
    """Look again, and wait a little for what is found."""
    await read_form(request)
    done = await request.app[SITE].runner.wait_for(await health.ask(), WAIT)
    flash(request, _("Looked up just now.") if done else _("We are looking. Reload this page in a minute."))
    return see_other("/admin/mail")


@page("POST", "/admin/mail/trial", access=ADMIN, limit="mail")
async def trial(request: Request) -> StreamResponse:
    """Send a letter to who asks."""
    await read_form(request)
    account = member(request).account
    await letters.trial(account)
    flash(request, _("A trial is on its way to %(address)s.", address=account.email))
    return see_other("/admin/mail")
