"""The fields of a form that speak of quotes: what a text quotes, and who may quote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcop.actors.models import Actor
from fedcop.core.errors import Invalid
from fedcop.core.i18n import _
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import keeping, policy, queries
from web.shared.forms import FormData


async def quoted_of(who: Actor, form: FormData) -> Post | None:
    """Load what a text quotes; Invalid where it is not there for who writes."""
    return await keeping.quoted_of(who, {keeping.QUOTED: form.text(keeping.QUOTED)})


async def beside_quote(who: Actor, form: FormData, preferences: Mapping[str, Any], present: str = "") -> dict[str, Any]:
    """What the template needs beside the form: the card of what is quoted, and between whom one chooses, the usual ones first."""
    try:
        quoted = await quoted_of(who, form)
    except Invalid:
        quoted = None
    usual = policy.chosen(present) or (policy.PUBLIC if present or not preferences else policy.usual(preferences))
    return {
        "quoting": await queries.card(who, quoted) if quoted is not None else None,
        "policies": policy_options(usual),
    }


def policy_options(first: str) -> list[tuple[str, str]]:
    """Give who may quote, to choose from."""
    return [(one, _(policy.LABELS[one])) for one in sorted(policy.CHOICES, key=lambda one: one != first)]
