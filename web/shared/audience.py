"""The sentence that says who will read, before one publishes. Counts only; rights are judged in communities/access.py."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.communities import queries
from fedcop.communities.models import Community
from fedcop.core.i18n import _, ngettext


@dataclass(frozen=True)
class AudienceLine:
    """Who will read, in words, and whether everybody can."""

    text: str
    public: bool


async def audience_line(community: Community) -> AudienceLine:
    """Say who will read what is published in a community."""
    members, elsewhere, organisations = await queries.audience_numbers(community)
    readers = ngettext("%(count)s member", "%(count)s members", members)
    if elsewhere:
        readers = _(
            "%(members)s, %(elsewhere)s of them on %(organisations)s",
            members=readers,
            elsewhere=elsewhere,
            organisations=ngettext("%(count)s other organisation", "%(count)s other organisations", organisations),
        )
    if community.visibility == "public":
        text = _(
            "Public, including on Mastodon. Read by %(readers)s. It cannot be fully erased later.", readers=readers
        )
        return AudienceLine(text, public=True)
    return AudienceLine(_("Visible to %(readers)s. Not public.", readers=readers), public=False)
