"""What a list of members would change, line by line. Changes nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fedcop.accounts import rules
from fedcop.accounts.models import Account, Invite, SignUp
from fedcop.core import clock, sheets
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.people.models import Listed, ListHeading, UploadedList
from fedcop.people.rules import LIMITS

MOST = 5_000
MAX_BYTES = 2_000_000
TOO_LONG = N_("This list is too long: 5,000 lines at most.")
PROFILE = ("profession", "organisation", "region")
MEANINGS: Mapping[str, str] = {
    "email": N_("E-mail"),
    "name": N_("Name"),
    "given": N_("Given name"),
    "family": N_("Family name"),
    "profession": N_("Profession"),
    "organisation": N_("Organisation"),
    "region": N_("Region"),
    "cohort": N_("Cohort"),
}
WORDS: Mapping[str, str] = {
    **dict.fromkeys(("email", "e-mail", "courriel", "mail", "adresse", "address", "adresse courriel"), "email"),
    **dict.fromkeys(("name", "full name", "nom complet", "display name"), "name"),
    **dict.fromkeys(("prénom", "prenom", "given name", "first name", "firstname"), "given"),
    **dict.fromkeys(("nom", "nom de famille", "family name", "last name", "lastname", "surname"), "family"),
    **dict.fromkeys(("profession", "métier", "metier", "titre", "fonction", "poste", "job", "job title"), "profession"),
    **dict.fromkeys(("organisation", "organization", "organisme", "employeur", "employer", "company"), "organisation"),
    **dict.fromkeys(("région", "region", "province"), "region"),
    **dict.fromkeys(("cohorte", "cohort", "promo", "promotion", "class"), "cohort"),
}
NEW, CHANGED, SAME, ASKED, WRONG = "new", "changed", "same", "asked", "wrong"


@dataclass(frozen=True)
class Line:
    """One person of a list: what it says of them, and what that would change."""

    number: int
    email: str
    name: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    state: str = NEW
    reason: str = ""  # a msgid: what is wrong
    changes: Mapping[str, str] = field(default_factory=dict)  # of the profile
    kept: Sequence[str] = ()  # fields that they changed themselves
    account: Account | None = None


@dataclass(frozen=True)
class Reading:
    """A whole list, with who is not on it any more."""

    columns: Sequence[tuple[str, str]]  # heading and what it means
    lines: Sequence[Line]
    gone: Sequence[Listed]

    def count(self, state: str) -> int:
        """Count the lines of a state."""
        return sum(line.state == state for line in self.lines)

    @property
    def readable(self) -> bool:
        """Whether a column holds addresses."""
        return any(means == "email" for _heading, means in self.columns)


async def pending(by: Account) -> UploadedList | None:
    """The list that somebody is looking at."""
    return await UploadedList.get_or_none(by_id=by.id)


async def read(text: str) -> Reading:
    """Say of each line of a list what it would change, and who is gone from it."""
    rows = sheets.lines_of(text)
    if len(rows) > MOST + 1:
        raise Invalid(errors={"file": TOO_LONG})
    if len(rows) < 2 or any("@" in cell for cell in rows[0][1]):
        raise Invalid(errors={"file": N_("The first line has to name the columns, and each other line is one person.")})
    columns = await _columns(rows[0][1])
    lines = [_line(number, columns, cells) for number, cells in rows[1:]]
    if not any(means == "email" for _heading, means in columns):
        return Reading(columns, (), ())
    known = _Known(
        {account.email: account for account in await Account.filter(deleting_at=None).select_related("actor")},
        {one.email: one for one in await Listed.all().select_related("account__actor")},
        {one.email for one in await Invite.filter(uses_left__gt=0, expires_at__gt=clock.now())}
        | {one.email for one in await SignUp.all()},
    )
    judged, seen = [], set[str]()
    for line in lines:
        judged.append(_judged(line, known, seen))
        seen.add(line.email)
    listed = {line.email for line in lines if line.email}
    gone = [one for one in known.listed.values() if one.email not in listed]
    return Reading(columns, judged, sorted(gone, key=lambda one: (one.name, one.email)))


@dataclass(frozen=True)
class _Known:
    accounts: Mapping[str, Account]
    listed: Mapping[str, Listed]
    asked: set[str]


async def _columns(headings: Sequence[str]) -> list[tuple[str, str]]:
    remembered = {one.heading: one.means for one in await ListHeading.all()}
    found: list[tuple[str, str]] = []
    for heading in headings:
        means = remembered.get(heading.lower()[:100], WORDS.get(heading.lower(), ""))
        taken = means in [one for _heading, one in found]
        found.append((heading, "" if taken else means))
    whole = [means for _heading, means in found]
    if "family" in whole and "given" not in whole and "name" not in whole:  # "Nom" alone is the whole name
        found = [(heading, "name" if means == "family" else means) for heading, means in found]
    return found


def _line(number: int, columns: Sequence[tuple[str, str]], cells: Sequence[str]) -> Line:
    said = {means: cell for (_heading, means), cell in zip(columns, cells, strict=False) if means}
    name = said.get("name") or " ".join(filter(None, (said.get("given"), said.get("family"))))
    kept = {key: said[key] for key in (*PROFILE, "cohort") if said.get(key)}
    line = Line(number, said.get("email", "").lower(), name[:100], kept)
    if not line.email:
        return _but(line, WRONG, N_("There is no address in this line."))
    try:
        email = rules.clean_email(line.email)
    except Invalid:
        return _but(line, WRONG, N_("This is no address that we can read."))
    if any(len(text) > LIMITS.get(key, 150) for key, text in kept.items()):
        return _but(line, WRONG, N_("Something in this line is too long: 150 characters at most."))
    return Line(number, email, line.name, kept)


def _judged(line: Line, known: _Known, seen: set[str]) -> Line:
    if line.state == WRONG:
        return line
    if line.email in seen:
        return _but(line, WRONG, N_("This address stands in the list twice."))
    before = known.listed.get(line.email)
    account = before.account if before is not None and before.account is not None else known.accounts.get(line.email)
    if account is None:
        asked = line.email in known.asked or (before is not None and before.invited_at is not None)
        return _but(line, ASKED) if asked else line
    changes, kept = profile_changes(account, line.said, before.said if before is not None else {})
    ends = before is not None and before.ends_at is not None
    return Line(
        line.number, line.email, line.name, line.said, CHANGED if changes or ends else SAME, "", changes, kept, account
    )


def profile_changes(
    account: Account, said: Mapping[str, str], before: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Give what a list changes of a profile, and the fields that stay as their owner wrote them."""
    changes: dict[str, str] = {}
    kept: list[str] = []
    for name in PROFILE:
        now, new = getattr(account.actor, name), said.get(name, "")
        if not new or new == now:
            continue
        if not now or now == before.get(name):
            changes[name] = new
        else:
            kept.append(name)
    return changes, kept


def _but(line: Line, state: str, reason: str = "") -> Line:
    return Line(line.number, line.email, line.name, line.said, state, reason, line.changes, line.kept, line.account)
