"""Where an archived community goes on, as its Group document says it: `fc:heirs`, and words for software that shows only the summary. Pure."""

from __future__ import annotations

from html import escape

from activitypub.uris import same_origin
from activitypub.vocab import Group
from fedcop.accounts.letters import speaking
from fedcop.communities.models import Community
from fedcop.core.i18n import _

MOST_HEIRS = 10


def words(community: Community) -> str:
    """Say where an archived community goes on, for software that shows only the summary."""
    if community.closed_at is None or not community.heirs:
        return ""
    links = ", ".join(f'<a href="{escape(uri)}">{escape(uri)}</a>' for uri in map(str, community.heirs))
    with speaking(community.language):
        return f"<p>{_('This community is archived. It goes on here:')} {links}</p>"


def read(document: Group) -> list[str] | None:
    """Read where a community of another server goes on: on that server only."""
    said = document.extra.get("fc:heirs")
    uris = [one for one in said if isinstance(one, str)] if isinstance(said, list | tuple) else []
    return [uri for uri in uris if same_origin(uri, document.id or "")][:MOST_HEIRS] or None
