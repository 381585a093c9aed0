"""The card of a community as its form has it: what is checked, and which row keeps which field."""

from __future__ import annotations

from typing import Any

from fedcop.communities import rules, stages, types
from fedcop.communities.models import Community
from fedcop.core import colours
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.markup import to_html
from fedcop.core.sanitise import plain

MAX_TITLE = 120
MAX_PURPOSE = 500
MAX_SPONSOR = 500

_CHOICES = {
    "kind": rules.KINDS,
    "join_policy": rules.JOINING,
    "visibility": rules.VISIBILITY,
    "posting": rules.POSTING,
    "holds": rules.HOLDS,
    "language": rules.LANGUAGES,
    "calls_a_month": rules.CALLS,
}


def of(community: Community) -> dict[str, Any]:
    """Give the fields of a community as its form shows them."""
    return {
        "title": community.actor.display_name,
        "purpose": community.purpose,
        "tabs": community.tabs,
        "accent": community.accent,
        "sponsor": community.sponsor,
        **{name: getattr(community, name) for name in _CHOICES},
    }


def defaults(visibility: str = "public", kind: str = "practice") -> dict[str, Any]:
    """Give what a new community is unless somebody chooses otherwise."""
    begins = types.of(kind)
    return {
        "purpose": "",
        "tabs": "",
        "accent": "",
        "sponsor": "",
        "stage": stages.PILOT,
        "kind": kind,
        "join_policy": begins.join_policy,
        "visibility": "public",
        "posting": "members" if visibility == "private" and begins.posting == "followers" else begins.posting,
        "holds": "none",
        "language": "fr",
        "calls_a_month": "2",
    }


def check(**fields: Any) -> dict[str, Any]:
    """Give the fields back clean, or raise Invalid with an error per field."""
    errors: dict[str, str] = {}
    checked = {name: str(value) for name, value in fields.items()}
    checked["title"] = " ".join(plain(checked["title"]).split())
    checked["purpose"] = " ".join(plain(checked["purpose"]).split())
    if not checked["title"]:
        errors["title"] = N_("Enter a title.")
    elif len(checked["title"]) > MAX_TITLE:
        errors["title"] = N_("This title is too long: 120 characters at most.")
    if not checked["purpose"]:
        errors["purpose"] = N_("Say in one sentence what this community is for.")
    elif len(checked["purpose"]) > MAX_PURPOSE:
        errors["purpose"] = N_("This purpose is too long: 500 characters at most.")
    _check_looks(checked, errors)
    if checked.get("stage", stages.PILOT) not in stages.BEGINNINGS:
        errors["stage"] = N_("Choose one of the options.")
    for name, choices in _CHOICES.items():
        if checked[name] not in choices:
            errors[name] = N_("Choose one of the options.")
    if checked["visibility"] == "private" and checked["posting"] == "followers":
        checked["posting"] = "members"  # nobody follows what only members read: it is what a new form has chosen
    if checked["visibility"] == "private" and checked["posting"] == "anyone":
        errors.setdefault("posting", N_("In a private community only members or moderators can publish."))
    if errors:
        raise Invalid(errors=errors)
    return checked


def _check_looks(checked: dict[str, str], errors: dict[str, str]) -> None:
    checked["sponsor"] = plain(checked["sponsor"], lines=True).strip()
    if len(checked["sponsor"]) > MAX_SPONSOR:
        errors["sponsor"] = N_("This text is too long: 500 characters at most.")
    if said := colours.complaint(checked["accent"]):
        errors["accent"] = said
    checked["accent"] = colours.read(checked["accent"])


def actor_columns(fields: dict[str, Any]) -> dict[str, Any]:
    """Pick what the actor's row keeps: the title, and the purpose as the summary all software shows."""
    return {
        "display_name": fields["title"],
        "summary": to_html(fields["purpose"]),
        "summary_source": fields["purpose"],
        "languages": fields["language"],
    }


def community_columns(fields: dict[str, Any]) -> dict[str, Any]:
    """Pick what the community's row keeps."""
    columns = {name: fields[name] for name in ("purpose", "tabs", "accent", "sponsor", *_CHOICES)}
    return {**columns, "calls_a_month": int(columns["calls_a_month"])} | (
        {"stage": fields["stage"]} if "stage" in fields else {}
    )
