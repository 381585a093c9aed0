"""Refuses what cannot be published, at its field: a text without a title, half a translation, readers that are not offered any more. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.discussions import rules
from fedcop.discussions import text as texts
from fedcop.discussions.versions import Version, short

MAX_TITLE = 200


def check_text(
    title: str,
    source: str,
    *,
    is_root: bool,
    has_more: bool = False,
    links: Sequence[dict[str, str]] = (),
    language: str = "",
    others: Sequence[Version] = (),
) -> None:
    """Refuse what cannot be published, saying at which field."""
    errors: dict[str, str] = {}
    if any(not _is_web_address(link["href"]) for link in links):
        errors["link"] = N_("Enter a whole web address, for example https://journal.example/article.")
    if is_root and not title:
        errors["title"] = N_("Enter a title.")
    elif len(title) > MAX_TITLE:
        errors["title"] = N_("The title is too long: 200 characters at most.")
    if not source and not has_more:
        errors["source"] = N_("Write something.")
    elif len(source) > texts.MAX_SOURCE:
        errors["source"] = N_("The text is too long: 60,000 characters at most.")
    for version in others:
        errors |= _wrong_with(version, language, has_title=bool(title), has_text=bool(source))
    if errors:
        raise Invalid(errors=errors)


def _wrong_with(version: Version, first: str, *, has_title: bool, has_text: bool) -> dict[str, str]:
    """Nothing is published half translated."""
    errors: dict[str, str] = {}
    if not version.language or short(version.language) == short(first):
        errors["language2"] = N_("Choose another language than that of the first version.")
    if has_title and not version.title:
        errors["title2"] = N_("Enter the title in this language too.")
    elif len(version.title) > MAX_TITLE:
        errors["title2"] = N_("The title is too long: 200 characters at most.")
    if has_text and not version.source:
        errors["source2"] = N_("Write the text in this language too.")
    elif len(version.source) > texts.MAX_SOURCE:
        errors["source2"] = N_("The text is too long: 60,000 characters at most.")
    return errors


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        return False


def check_audience(community: Community, audience: str, promised: str) -> None:
    """Refuse an audience that the community does not offer (any more)."""
    changed = promised and promised != access.default_of(community)
    if changed or (audience and audience not in rules.choices_of(community)):
        raise Invalid(errors={"audience": N_("Who can read this community has changed. Check it, then publish again.")})
