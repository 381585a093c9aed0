"""Writes the letters that accounts need, in the language of the person: text and HTML from the same sentences. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import quote

from fedcop.accounts import instance
from fedcop.accounts.instance import Instance
from fedcop.core import addresses
from fedcop.core.i18n import _, format_date, language, set_language
from fedcop.core.mail import Mail


@dataclass(frozen=True)
class Item:
    """One line of a list: what it is, where it leads, a word beside it, and the language of what it is."""

    text: str
    url: str = ""
    note: str = ""
    language: str = ""


@dataclass(frozen=True)
class Section:
    """A list under a heading."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Letter:
    """What a letter says: paragraphs, lists, one link with its label, paragraphs after it, and a text given back as it came."""

    subject: str
    before: tuple[str, ...]
    link: tuple[str, str] | None = None  # (label, address)
    after: tuple[str, ...] = ()
    small: tuple[tuple[str, str], ...] = ()  # links under the line, each (label, address)
    sections: tuple[Section, ...] = ()
    quoted: str = ""


# A letter is as wide as the screen, and dark where the reader's screen is: only the button has colours of its own.
HEAD = (
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark">'
)
BODY = (
    "margin:0 auto;padding:20px 16px;max-width:36em;font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;"
    "overflow-wrap:anywhere"
)
NAME = "margin:0 0 1.5em;padding:0 0 0.6em;border-bottom:3px solid {accent};font-weight:bold"
BUTTON = (
    "display:inline-block;margin:0.4em 0;padding:12px 20px;border-radius:8px;background-color:{accent};color:#ffffff;"
    "font-weight:bold;line-height:1.3;text-decoration:none"
)
FOOT = "margin:2em 0 0;padding:1em 0 0;border-top:1px solid #8a8a97;font-size:14px;line-height:1.7"
ACCENT = "#1f6f4a"  # as in web/static/css/base.css


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Write in a person's language for a while."""
    previous = language()
    set_language(code)
    try:
        yield
    finally:
        set_language(previous)


async def address(letter: Letter, *, to: str, code: str) -> Mail:
    """Make the mail of a letter; call it inside `speaking`."""
    said = await instance.read()
    name = said.name
    foot = _(
        "You get this message because your address was given on %(name)s (%(url)s).", name=name, url=addresses.origin()
    )
    if said.contact:
        foot += " " + _("Questions? Write to %(address)s.", address=said.contact)
    return Mail(
        to=to,
        subject=f"{letter.subject} – {name}",
        text=_as_text(letter, foot),
        html=_as_html(letter, foot, code, said),
        language=code,
    )


def _as_text(letter: Letter, foot: str) -> str:
    parts = [*letter.before, *(_list_as_text(section) for section in letter.sections)]
    if letter.link:
        parts.append(f"{letter.link[0]}\n{letter.link[1]}")
    small = [f"{label}\n{url}" for label, url in letter.small]
    quoted = ["\n".join(f"> {line}".rstrip() for line in letter.quoted.splitlines())] if letter.quoted else []
    return "\n\n".join([*parts, *letter.after, *quoted, f"-- \n{foot}", *small]) + "\n"


def _as_html(letter: Letter, foot: str, code: str, said: Instance) -> str:
    accent = said.accent or ACCENT
    parts = [f"<p>{escape(paragraph)}</p>" for paragraph in letter.before]
    parts += [_list_as_html(section) for section in letter.sections]
    if letter.link:
        label, url = escape(letter.link[0]), escape(letter.link[1], quote=True)
        parts.append(
            f'<p><a href="{url}" style="{BUTTON.format(accent=accent)}">{label}</a><br><small>{url}</small></p>'
        )
    parts += [f"<p>{escape(paragraph)}</p>" for paragraph in letter.after]
    if letter.quoted:
        parts.append(f'<blockquote style="white-space:pre-wrap">{escape(letter.quoted)}</blockquote>')
    body = "\n".join(parts)
    small = "".join(f'<br><a href="{escape(url, quote=True)}">{escape(label)}</a>' for label, url in letter.small)
    return (
        f'<!doctype html>\n<html lang="{code}">\n<head>{HEAD}<title>{escape(letter.subject)}</title></head>\n'
        f'<body style="{BODY}">\n<p style="{NAME.format(accent=accent)}">{escape(said.name)}</p>\n{body}\n'
        f'<p style="{FOOT}">{escape(foot)}{small}</p>\n</body>\n</html>\n'
    )


def _list_as_text(section: Section) -> str:
    lines = [section.title.upper()]
    for item in section.items:
        lines.append("\n".join([f"* {item.text}", *(f"  {more}" for more in (item.note, item.url) if more)]))
    return "\n\n".join(lines)


def _list_as_html(section: Section) -> str:
    rows = []
    for item in section.items:
        said = escape(item.text)
        if item.url:
            said = f'<a href="{escape(item.url, quote=True)}" style="font-weight:bold">{said}</a>'
        spoken = f' lang="{escape(item.language, quote=True)}"' if item.language else ""
        note = f"<br><small>{escape(item.note)}</small>" if item.note else ""
        rows.append(f'<li style="margin:0 0 0.7em"><span{spoken}>{said}</span>{note}</li>')
    listed = "\n".join(rows)
    return (
        f'<h2 style="font-size:1.1em;margin:1.6em 0 0.5em">{escape(section.title)}</h2>\n'
        f'<ul style="padding-left:1.2em;margin:0">\n{listed}\n</ul>'
    )


def confirm(token: str) -> Letter:
    """Ask to confirm the address of a new account."""
    return Letter(
        _("Confirm your address"),
        (
            _("Hello,"),
            _("Somebody, probably you, asked for an account with this address. Open this link to confirm it:"),
        ),
        (_("Confirm my address"), addresses.absolute(f"/confirm/{token}")),
        (_("The link works for 3 days. If you did not ask for anything, do nothing: no account will be made."),),
    )


def known_address() -> Letter:
    """Tell somebody who has an account that the address was used to ask for another one."""
    return Letter(
        _("You have an account already"),
        (
            _("Hello,"),
            _(
                "Somebody asked for a new account with this address, but you have one already. If it was you, just log in:"
            ),
        ),
        (_("Log in"), addresses.absolute("/login")),
        (
            _(
                "If you forgot your password, the log-in page helps you to choose a new one. If it was not you, do nothing."
            ),
        ),
    )


def invitation(code: str, from_name: str, days: int) -> Letter:
    """Invite somebody to this instance."""
    return Letter(
        _("%(name)s invites you", name=from_name),
        (_("Hello,"), _("%(name)s invites you to make an account. Nothing starts until you accept.", name=from_name)),
        (_("Accept the invitation"), addresses.absolute(f"/invite/{code}")),
        (_("The invitation is valid for %(days)s days.", days=days),),
    )


def welcome(name: str, back: str = "") -> Letter:
    """Say that the door is open, and lead back to where somebody came from."""
    return Letter(
        _("Welcome"),
        (_("Hello,"), _("Your account is open. Your name here is %(name)s.", name=f"@{name}")),
        (_("Log in"), addresses.absolute(f"/login?next={quote(back)}" if back else "/login")),
    )


def account_made(name: str, token: str) -> Letter:
    """Tell somebody that an account was made for them."""
    return Letter(
        _("Your account is ready"),
        (_("Hello,"), _("An account was made for you. Your name is %(name)s. Choose your password:", name=f"@{name}")),
        (_("Choose my password"), addresses.absolute(f"/reset/{token}")),
        (_("The link works for 14 days. After that, ask for a new password on the log-in page."),),
    )


def declined(reason: str) -> Letter:
    """Say that a request for an account was declined, kindly."""
    why = (_("This is the reason that was given: %(reason)s", reason=reason),) if reason else ()
    return Letter(
        _("Your request for an account"),
        (_("Hello,"), _("Thank you for your interest. Your request for an account was not accepted."), *why),
        None,
        (_("What you wrote with your request has been deleted."),),
    )


def somebody_asks(name: str, reason: str, number: int) -> Letter:
    """Tell people in charge that somebody waits for an account."""
    said = (_("They wrote: %(reason)s", reason=reason),) if reason else ()
    return Letter(
        _("%(name)s asks for an account", name=name),
        (_("Hello,"), _("%(name)s asks for an account.", name=name), *said),
        (_("Read and answer"), addresses.absolute(f"/admin/requests/{number}")),
    )


def reset(token: str) -> Letter:
    """Help somebody to a new password."""
    return Letter(
        _("Choose a new password"),
        (_("Hello,"), _("Somebody, probably you, asked for a new password. Open this link to choose it:")),
        (_("Choose a new password"), addresses.absolute(f"/reset/{token}")),
        (_("The link works once, for 2 hours. If you did not ask for it, do nothing: your password stays as it is."),),
    )


def password_changed() -> Letter:
    """Tell somebody that the password is a new one."""
    return Letter(
        _("Your password was changed"),
        (_("Hello,"), _("The password of your account was changed, and your other devices were logged out.")),
        (_("I did not do that: choose a new password"), addresses.absolute("/reset")),
    )


def new_address(token: str) -> Letter:
    """Ask to confirm a changed address."""
    return Letter(
        _("Confirm your new address"),
        (_("Hello,"), _("You asked to use this address for your account. Open this link to confirm it:")),
        (_("Use this address"), addresses.absolute(f"/confirm-address/{token}")),
        (_("The link works for 24 hours."),),
    )


def address_leaves(new: str) -> Letter:
    """Warn the old address before it is replaced."""
    return Letter(
        _("Your address is about to change"),
        (_("Hello,"), _("Somebody, probably you, asked to replace this address of your account by %(new)s.", new=new)),
        (_("I did not do that: choose a new password"), addresses.absolute("/reset")),
    )


def suspended(reason: str) -> Letter:
    """Tell somebody that their account is closed for now."""
    why = (_("This is the reason that was given: %(reason)s", reason=reason),) if reason else ()
    return Letter(
        _("Your account is suspended"),
        (_("Hello,"), _("Your account was suspended by the people in charge of this instance."), *why),
        None,
        (_("You may write to them to ask for a review."),),
    )


def access_ends(at: datetime) -> Letter:
    """Tell somebody who is not on their organisation's list any more until when they have access."""
    return Letter(
        _("Your access ends %(date)s", date=format_date(at, "full")),
        (
            _("Hello,"),
            _("You are no longer on your organisation's list of members. Your account stays open until then."),
            _("If this is a mistake, tell the people in charge. Until then you can take a copy of all that is yours."),
        ),
        (_("Take a copy of my data"), addresses.absolute("/settings/data")),
    )


def restored() -> Letter:
    """Tell somebody that the suspension ended."""
    return Letter(
        _("Your account is open again"),
        (_("Hello,"), _("The suspension of your account has ended.")),
        (_("Log in"), addresses.absolute("/login")),
    )


def export_ready() -> Letter:
    """Tell somebody that their data can be fetched."""
    return Letter(
        _("Your data is ready"),
        (_("Hello,"), _("The copy of your data that you asked for is ready. You can download it for 7 days:")),
        (_("Download my data"), addresses.absolute("/settings/data")),
    )


def deleted(name: str) -> Letter:
    """Confirm that an account was deleted."""
    return Letter(
        _("Your account is deleted"),
        (
            _("Hello,"),
            _(
                "Your account %(name)s was deleted here. The servers that hold a copy of it were asked to delete it too.",
                name=f"@{name}",
            ),
        ),
    )
