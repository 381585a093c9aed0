"""The field of a form that names the communities in which a thread is shown too."""

from __future__ import annotations

from collections.abc import Iterable

from fedcop.communities.models import Community
from fedcop.core.ids import read_id
from web.shared.forms import FormData
from web.shared.templating import name_of


def also_of(form: FormData) -> list[int]:
    """Read which communities are ticked."""
    return [number for number in map(read_id, form.texts("also")) if number is not None]


def also_options(offered: Iterable[Community]) -> list[tuple[str, str]]:
    """Give the communities to tick."""
    return [(str(one.id), name_of(one.actor)) for one in offered]
