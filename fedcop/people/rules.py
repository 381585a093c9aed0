"""What people may do to each other, and what a profile may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from fedcop.actors.models import Actor
from fedcop.core.errors import Forbidden, Invalid, NotFound, too_long
from fedcop.core.i18n import N_
from fedcop.people import queries

MAX_FOLLOWING = 7500
MAX_ABOUT = 5000
MAX_LINKS = 8
LIMITS = {"display_name": 100, "profession": 150, "organisation": 150, "region": 150}
_PICTURES = ("icon_media_id", "header_media_id")
_CODE = re.compile(r"[a-z]{2,8}")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
_SWITCHES = ("approves_followers", "discoverable", "indexable", "hides_follows")
MAX_DOMAINS = 100
# Languages that a profile may name; codes are what other software shows as it likes.
LANGUAGES = (
    "fr", "en", "es", "pt", "ar", "zh", "de", "it", "ht", "iu", "cr", "moh", "mic", "innu", "vi", "ru", "uk", "pl", "ro", "nl",
    "el", "he", "fa", "hi", "ur", "pa", "ta", "tl", "ko", "ja", "sw", "wo", "ln", "rn", "rw", "am", "so", "tr", "ber", "ase",
)  # fmt: skip
MOST_LANGUAGES = 20
NO_LANGUAGE = N_("Choose languages by their codes, such as fr or en, 20 at most.")
TOO_MANY_LANGUAGES = N_("Choose 20 languages at most.")


async def may_reach(actor: Actor, target: Actor) -> None:
    """Raise NotFound for those who are gone, and where the other one blocked: it is not said which."""
    if target.gone_at is not None or target.suspended_at is not None or actor.suspended_at is not None:
        raise NotFound(code="no-actor")
    if await queries.blocks(target, actor):
        raise NotFound(code="no-actor")


async def may_follow(follower: Actor, target: Actor) -> None:
    """Raise unless `follower` may ask to follow `target`."""
    if follower.id == target.id:
        raise Forbidden(N_("Nobody follows themselves."), "follow-self")
    await may_reach(follower, target)
    if await queries.blocks(follower, target):
        raise Forbidden(N_("You blocked this person. Unblock them first."), "follow-blocked")
    if follower.local and await queries.blocks_server_of(follower, target):
        raise Forbidden(N_("You blocked this server. Unblock it first, in your settings."), "follow-blocked-server")
    if target.local and await queries.blocks_server_of(target, follower):
        raise NotFound(code="no-actor")
    if target.kind == "Application":
        raise Forbidden(N_("A server is not followed; its people and communities are."), "follow-application")
    if follower.local and follower.kind == "Person" and await queries.count_following(follower) >= MAX_FOLLOWING:
        raise Forbidden(N_("You follow too many already."), "follow-limit")


def may_block(actor: Actor, target: Actor) -> None:
    """Raise unless `actor` may block `target`."""
    if actor.id == target.id:
        raise Forbidden(N_("Nobody blocks themselves."), "block-self")
    if target.kind not in ("Person", "Service", "Organization"):
        raise Forbidden(N_("Only people can be blocked."), "block-kind")


def may_mute(actor: Actor, target: Actor) -> None:
    """Raise unless `actor` may mute `target`: a person, or a community, to which one belongs still."""
    if target.kind != "Group":
        may_block(actor, target)


def clean_profile(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the profile in the form we keep; raise Invalid naming every field that cannot be accepted."""
    cleaned: dict[str, Any] = {name: " ".join(str(values[name]).split()) for name in LIMITS if name in values}
    errors = {name: too_long(LIMITS[name]) for name, text in cleaned.items() if len(text) > LIMITS[name]}
    cleaned |= {name: bool(values[name]) for name in _SWITCHES if name in values}
    if "summary_source" in values:
        cleaned["summary_source"] = str(values["summary_source"]).strip()
        if len(cleaned["summary_source"]) > MAX_ABOUT:
            errors["summary_source"] = too_long(MAX_ABOUT)
    if "languages" in values:
        chosen = [code for code in LANGUAGES if code in values["languages"]]
        cleaned["languages"] = ",".join(chosen)
        if len(chosen) > MOST_LANGUAGES:
            errors["languages"] = TOO_MANY_LANGUAGES
    if "links" in values:
        cleaned["links"], wrong = _clean_links(values["links"])
        errors |= wrong
    if "attribution_domains" in values:
        cleaned["attribution_domains"], wrong = _clean_domains(values["attribution_domains"])
        errors |= wrong
    cleaned |= {name: values[name] for name in _PICTURES if name in values}
    if errors:
        raise Invalid(errors=errors)
    unknown = set(values) - set(cleaned)
    assert not unknown, f"a profile has no {unknown}"
    return cleaned


def clean_languages(codes: Iterable[str]) -> str:
    """Give in the form we keep the languages that somebody wants of whom they follow, without countries; none is all."""
    wanted = dict.fromkeys(code.strip().lower().replace("_", "-").partition("-")[0] for code in codes if code.strip())
    if len(wanted) > MOST_LANGUAGES or not all(_CODE.fullmatch(code) for code in wanted):
        raise Invalid(NO_LANGUAGE, errors={"languages": NO_LANGUAGE})
    return ",".join(wanted)


def _clean_links(links: Any) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Give the links to keep and what is wrong, by the number of the line as it was typed."""
    cleaned: list[dict[str, str]] = []
    errors: dict[str, str] = {}
    for number, link in enumerate(links):
        name, address = link["name"].strip(), link["value"].strip()
        if not name and not address:
            continue
        is_bare = "://" not in address
        if is_bare:
            address = f"https://{address}"
        if not _is_link(address) or (is_bare and "." not in address):  # a word is no website
            errors[f"link_{number}"] = N_("Enter a complete address, like https://example.org/page.")
            continue
        cleaned.append({"name": name[:60] or urlsplit(address).netloc, "value": address})
    if len(cleaned) > MAX_LINKS:
        errors["link_0"] = N_("Keep at most 8 links.")
    return cleaned, errors


def _clean_domains(said: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Give the names of websites to keep, each once, and what is wrong."""
    found: dict[str, None] = {}
    for text in said:
        name = text.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("*.").strip("/")
        if not name:
            continue
        try:
            name = name.encode("idna").decode()
        except UnicodeError:
            name = ""
        if len(name) > 253 or not _DOMAIN.fullmatch(name):
            return "", {"attribution_domains": N_("Enter names of websites, like example.org, a line each.")}
        found[name] = None
    if len(found) > MAX_DOMAINS:
        return "", {"attribution_domains": N_("Name at most 100 websites.")}
    return "\n".join(found), {}


def _is_link(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)  # reading the port refuses "javascript:alert(1)"
            and "@" not in parts.netloc
            and len(address) <= 500
            and not any(sign.isspace() for sign in address)
        )
    except ValueError:
        return False
