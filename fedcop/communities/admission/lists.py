"""Invite many at once, by a list: what each of its lines means, shown before anything is sent; then the sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fedcop.accounts.rules import clean_email
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import privacy, queries, rules
from fedcop.communities.admission import inviting, links, writing
from fedcop.communities.models import Community
from fedcop.core import sheets
from fedcop.core.errors import FedcopError, Invalid
from fedcop.core.i18n import N_
from fedcop.core.site import site

MOST = 500  # lines of one list
MAX_TEXT = 100_000
TOO_LONG = N_("This list is too long: 500 lines at most.")
MOST_LOOKED_FOR = 20  # people of other servers, each time that a list is read: every one is a question to a server
UNKNOWN = N_("We found nobody of this name. Check the spelling, or look at the list again: we look for 20 people elsewhere at a time.")  # fmt: skip
NEW, MEMBER, INVITED, UNREADABLE = "new", "member", "invited", "unreadable"
HEADINGS = {
    "address": ("address", "adresse", "e-mail", "email", "courriel", "mail"),
    "name": ("name", "nom"),
    "why": ("why", "pourquoi", "raison", "reason"),
}


@dataclass(frozen=True)
class Line:
    """One line of a list: whom it names and what would be done."""

    number: int
    address: str
    name: str = ""
    why: str = ""
    state: str = NEW
    reason: str = ""  # a msgid: why it cannot be read, or nothing is sent
    person: Actor | None = None  # None: an e-mail address


async def read(by: Actor, community: Community, text: str) -> list[Line]:
    """Read a list as it was pasted or uploaded, and say of each line what it means. Sends nothing."""
    await rules.may_invite(by, community)
    if len(text) > MAX_TEXT:
        raise Invalid(errors={"list": TOO_LONG})
    rows = _rows(text)
    if not rows:
        raise Invalid(errors={"list": N_("Write at least one address.")})
    if len(rows) > MOST:
        raise Invalid(errors={"list": TOO_LONG})
    waiting = {one.email: N_("Invited already.") for one in await writing.written(community)}
    waiting |= dict.fromkeys(await writing.resting(community), inviting.TOO_SOON)
    found, seen = [], set[str]()
    for number, cells in rows:
        line = await _judged(community, _line(number, cells), waiting)
        key = line.person.uri if line.person is not None else line.address
        if line.state == NEW and key in seen:
            line = _but(line, INVITED, N_("This address stands in the list twice."))
        seen.add(key)
        found.append(line)
    return found


def to_look_for(read: Sequence[Line]) -> list[str]:
    """Give the first addresses of a list that may be people of other servers whom we do not know yet."""
    elsewhere = [one.address for one in read if one.reason == UNKNOWN and "@" in one.address.removeprefix("@")]
    return list(dict.fromkeys(elsewhere))[:MOST_LOOKED_FOR]


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    """Give the cells of each line by what they are; the first line may name them."""
    names: Sequence[str] = tuple(HEADINGS)
    found: list[tuple[int, dict[str, str]]] = []
    for number, said in sheets.lines_of(text):
        heads = [next((name for name, words in HEADINGS.items() if cell.lower() in words), "") for cell in said]
        if not found and "address" in heads:
            names = heads
            continue
        found.append((number, {name: cell for name, cell in zip(names, said, strict=False) if name}))
    return found


def _line(number: int, cells: dict[str, str]) -> Line:
    line = Line(number, cells.get("address", ""), cells.get("name", "")[:100], cells.get("why", ""))
    try:
        links.checked_why(line.why)
    except Invalid as error:
        return _but(line, UNREADABLE, error.errors["why"])
    return line if line.address else _but(line, UNREADABLE, N_("There is no address in this line."))


async def _judged(community: Community, line: Line, waiting: Mapping[str, str]) -> Line:
    if line.state != NEW:
        return line
    if "@" in line.address and not line.address.startswith("@"):
        try:
            email = clean_email(line.address)
        except Invalid:
            return _but(line, UNREADABLE, N_("This is no address that we can read."))
        line = Line(line.number, email, line.name, line.why)
        return _but(line, INVITED, waiting[email]) if email in waiting else line
    person = await _person(line.address)
    if person is None:
        return _but(line, UNREADABLE, UNKNOWN)
    line = Line(line.number, line.address, line.name or person.display_name, line.why, person=person)
    known = await queries.membership(community, person)
    if known is not None and known.state == "active":
        return _but(line, MEMBER, N_("A member already."))
    if known is not None and known.state == "invited":
        return _but(line, INVITED, N_("Invited already."))
    if await queries.exclusion(community, person) is not None:
        return _but(line, UNREADABLE, N_("This person is banned. Lift the ban first."))
    if await inviting.is_too_soon(community, person):
        return _but(line, INVITED, inviting.TOO_SOON)
    if await privacy.known_refusal(person, community) is not None:
        return _but(line, UNREADABLE, N_("This person's server cannot keep a private community private, so they cannot be invited from there."))  # fmt: skip
    return line


async def _person(text: str) -> Actor | None:
    name, _, host = text.removeprefix("@").partition("@")
    here = not host or host.lower() == site().settings.netloc
    found = await (actors.local_by_name(name) if here else actors.by_handle(name, host.lower(), "Person"))
    gone = found is None or found.kind == "Group" or found.gone_at is not None or found.suspended_at is not None
    return None if gone else found


def _but(line: Line, state: str, reason: str) -> Line:
    return Line(line.number, line.address, line.name, line.why, state, reason, line.person)


@dataclass(frozen=True)
class Sent:
    """How many were invited, and how many letters have to wait for tomorrow."""

    invited: int
    left: int


async def send(by: Actor, community: Community, text: str, *, why: str = "", language: str = "") -> Sent:
    """Invite everybody on a list who is new; done twice, it sends nothing twice. `why` is for lines without their own."""
    why = links.checked_why(why)
    invited = left = 0
    for line in await read(by, community, text):
        if line.state != NEW:
            continue
        try:
            if line.person is not None:
                await inviting.invite(by, community, line.person, line.why or why)
            elif await writing.room(by):
                said = line.why or why
                await writing.write_to(by, community, line.address, name=line.name, why=said, language=language)
            else:
                left += 1
                continue
        except FedcopError:  # somebody was faster: joined, or was banned, since the list was read
            continue
        invited += 1
    return Sent(invited, left)
