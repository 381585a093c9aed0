"""What the owner says of this instance in the interface: name, slogan, who may sign up, rules. Settings files give the first values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fedcop.accounts.models import Account
from fedcop.accounts.rules import LANGUAGES, REGISTRATION, may_administer
from fedcop.core import colours, retention
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid, too_long
from fedcop.core.i18n import N_
from fedcop.core.models import InstanceSetting
from fedcop.core.siblings import Siblings, forget_everywhere
from fedcop.core.site import Site, site

MAX_RULES = 20
_TOPIC = "instance"
_IS = "is"  # Tortoise takes a bare text in a JSON column for JSON, so that each value lies in an object
_LIMITS = {"name": 100, "slogan": 200, "about": 10_000, "contact": 254, "sign_up_question": 300, "privacy": 10_000}


@dataclass(frozen=True)
class Instance:
    """This instance in words."""

    name: str
    slogan: str
    registration: str  # open, approval, invitation, closed
    language: str
    contact: str
    about: str = ""  # Markdown
    privacy: str = ""  # Markdown
    rules: tuple[str, ...] = ()
    sign_up_question: str = ""  # asked of those who sign up on approval
    invited_by: str = "moderator"  # the lowest role that may invite: member or moderator
    founded_by: str = "member"  # the lowest role that may found communities: member, moderator or admin
    accent: str = ""  # "#rrggbb"; "" for ours
    band: str = ""  # at the top of every page
    logo: str = ""  # the path of a picture, see people/logo.py


class _Kept:
    """The values of one running instance, read once and after each change."""

    def __init__(self, site: Site) -> None:
        self.value: Instance | None = None
        self.read_at = 0.0
        site.part(Siblings).hear(_TOPIC, lambda _: self.forget())

    def forget(self) -> None:
        self.value = None


# Another process may change a value, and we not be told: a page is this many seconds behind at most.
_STALE_AFTER = 10.0


async def read() -> Instance:
    """Give what is said of this instance."""
    kept, now = site().part(_Kept), site().clock.now().timestamp()
    if kept.value is None or now - kept.read_at > _STALE_AFTER:
        kept.value, kept.read_at = await _load(), now
    return kept.value


async def _load() -> Instance:
    settings = site().settings
    first = Instance(
        name=settings.name or settings.netloc,
        slogan=settings.slogan,
        registration=settings.registration,
        language=settings.language,
        contact=settings.contact,
    )
    names = list(Instance.__dataclass_fields__)
    rows = await InstanceSetting.filter(key__in=names).values_list("key", "value")
    found: dict[str, Any] = {key: value[_IS] for key, value in rows}
    if "rules" in found:
        found["rules"] = tuple(found["rules"])
    return replace(first, **{name: value for name, value in found.items() if value is not None})


@atomic
async def change(by: Account, **values: Any) -> Instance:
    """Change what is said of this instance; raise Invalid with the field that cannot be accepted."""
    may_administer(by, "admin")
    cleaned = _checked(values)
    for key, value in cleaned.items():
        await InstanceSetting.update_or_create(key=key, defaults={"value": {_IS: value}})
    await forget_everywhere(_TOPIC, site().part(_Kept).forget)
    return await _load()


@atomic
async def keep_for(by: Account, days: Mapping[str, int | None]) -> None:
    """Choose how long what is over is kept; raise Invalid with the periods that cannot be so."""
    may_administer(by, "admin")
    await retention.choose(days)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    errors: dict[str, str] = {}
    for key, limit in _LIMITS.items():
        if len(values.get(key) or "") > limit:
            errors[key] = too_long(limit)
    if "name" in values and not values["name"].strip():
        errors["name"] = N_("Give your instance a name.")
    if values.get("registration", "open") not in REGISTRATION:
        errors["registration"] = N_("Choose who may sign up.")
    if values.get("language", "fr-CA") not in LANGUAGES:
        errors["language"] = N_("Choose a language.")
    if values.get("invited_by", "member") not in ("member", "moderator"):
        errors["invited_by"] = N_("Choose who may invite.")
    if values.get("founded_by", "member") not in ("member", "moderator", "admin"):
        errors["founded_by"] = N_("Choose who may found communities.")
    typed = {key: values[key] for key in ("accent", "band") if key in values}
    errors |= {key: said for key, text in typed.items() if (said := colours.complaint(text))}
    rules = [rule.strip()[:500] for rule in values.get("rules", ()) if rule.strip()]
    if len(rules) > MAX_RULES:
        errors["rules"] = N_("Write at most 20 rules.")
    if errors:
        raise Invalid(errors=errors)
    unknown = set(values) - set(Instance.__dataclass_fields__)
    assert not unknown, f"no such setting: {unknown}"
    values = values | {key: colours.read(text) for key, text in typed.items()}
    return {**values, "rules": rules} if "rules" in values else values
