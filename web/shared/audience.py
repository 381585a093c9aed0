"""Where does it go? Says in words who will read, before one publishes. Counts only; rights are judged in communities/access.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fedcop.accounts import instance
from fedcop.accounts import queries as accounts
from fedcop.actors.models import Actor
from fedcop.alliances import queries as alliances
from fedcop.communities import access, queries
from fedcop.communities.models import Community
from fedcop.core.i18n import N_, _, ngettext
from fedcop.core.site import site
from fedcop.discussions.models import Post

NAMES = {
    access.ONLY_ME: N_("Me"),
    access.COMMUNITY: N_("My community"),
    access.ORGANISATION: N_("My organisation"),
    access.ALLIES: N_("Allied organisations"),
    access.PUBLIC: N_("Public"),
}
MOST_NAMED = 8  # allies


@dataclass(frozen=True)
class AudienceLine:
    """Who will read, in words, and whether everybody can."""

    text: str
    public: bool
    value: str = ""

    @property
    def name(self) -> str:
        """What such an audience is called (a msgid)."""
        return NAMES.get(self.value, "")


async def audience_line(community: Community, audience: str = "", organisation: str = "") -> AudienceLine:
    """Say who will read what is published in a community: its usual readers, or those of an audience."""
    audience = audience or access.default_of(community)
    return AudienceLine(
        await _in_words(community, audience, organisation or site().settings.netloc),
        public=audience == access.PUBLIC,
        value=audience,
    )


async def audience_of(community: Community, post: Post) -> AudienceLine:
    """Say who reads a post, and will read what answers it."""
    return await audience_line(community, post.audience, post.organisation)


async def audience_choices(
    author: Actor, community: Community, audiences: Iterable[str], *, now: str = "", organisation: str = ""
) -> list[AudienceLine]:
    """Say of each audience that an author may choose who would read; allies only where there are any, or it is so now."""
    allied = bool(await alliances.allied_hosts())
    shown = [one for one in audiences if one != access.ALLIES or allied or one == now]
    return [await audience_line(community, one, organisation or author.host) for one in shown]


async def _in_words(community: Community, audience: str, organisation: str) -> str:
    if audience == access.ONLY_ME:
        return _("Nobody but you.")
    readers = await _members(community)
    if audience == access.COMMUNITY:
        return _("Visible to %(readers)s. Not public.", readers=readers)
    if audience == access.PUBLIC:
        if community.visibility == access.PUBLIC:
            return _(
                "Public, including on Mastodon. Read by %(readers)s. It cannot be fully erased later.", readers=readers
            )
        return _("Public: anybody can read it, members or not. It cannot be fully erased later.")
    people = await _accounts_at(organisation)
    if audience == access.ORGANISATION:
        return _("Visible to %(readers)s, and to %(people)s. Not public.", readers=readers, people=people)
    return _(
        "Visible to %(readers)s, to %(people)s, and to all at %(allies)s. Not public.",
        readers=readers,
        people=people,
        allies=await _allies_of(organisation),
    )


async def steps_between(community: Community, low: str, high: str, organisation: str) -> list[str]:
    """Say, step by step, who reads what is opened from one audience to a wider one."""
    host = organisation or site().settings.netloc
    found = []
    for step in access.LADDER[access.reach(low) + 1 : access.reach(high) + 1]:
        if step == access.COMMUNITY:
            found.append(await _members(community))
        elif step == access.ORGANISATION:
            found.append(await _accounts_at(host))
        elif step == access.PUBLIC:
            found.append(_("everybody else, with an account or without"))
        elif host != site().settings.netloc or await alliances.allied_hosts():
            found.append(_("all at %(allies)s", allies=await _allies_of(host)))
    return found


async def _members(community: Community) -> str:
    members, elsewhere, organisations = await queries.audience_numbers(community)
    readers = ngettext("%(count)s member", "%(count)s members", members)
    if not elsewhere:
        return readers
    return _(
        "%(members)s, %(elsewhere)s of them on %(organisations)s",
        members=readers,
        elsewhere=elsewhere,
        organisations=ngettext("%(count)s other organisation", "%(count)s other organisations", organisations),
    )


async def _accounts_at(host: str) -> str:
    if host != site().settings.netloc:
        return _("everybody who has an account at %(place)s", place=host)
    people = await accounts.count_members()
    return ngettext(
        "the %(count)s person who has an account at %(place)s",
        "the %(count)s people who have an account at %(place)s",
        people,
        place=(await instance.read()).name,
    )


async def _allies_of(host: str) -> str:
    """Name our allies; whom another organisation is allied with is not for us to say."""
    if host != site().settings.netloc:
        return _("the organisations allied with %(place)s", place=host)
    hosts = sorted(await alliances.allied_hosts())
    count = ngettext("%(count)s allied organisation", "%(count)s allied organisations", len(hosts))
    if not hosts:
        return count
    named = ", ".join([*hosts[:MOST_NAMED], *(["…"] if len(hosts) > MOST_NAMED else [])])
    return f"{count} ({named})"
