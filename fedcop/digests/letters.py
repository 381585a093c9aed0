"""Writes the letters that communities send to their members, in the member's language. Sends nothing, judges no rights.

What not everybody may read leaves the house as a title only: no text, no names (decisions/0015-letters-of-communities.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from textwrap import shorten

from fedcop.accounts import replying
from fedcop.accounts.letters import Item, Letter, Section, address, speaking
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core import addresses
from fedcop.core.i18n import _, format_date, ngettext, set_time_zone
from fedcop.core.mail import Mail
from fedcop.core.sanitise import excerpt
from fedcop.core.site import site
from fedcop.digests.gathering import News
from fedcop.discussions.models import Post
from fedcop.discussions.versions import best
from fedcop.discussions.views import PostView
from fedcop.notifications import outgoing, unsubscribing, wording
from fedcop.notifications.models import Notification

IN_SUBJECT = 70


def is_confidential(community: Community) -> bool:
    """Tell whether letters say nothing of a community but titles and numbers: it is read by members only."""
    return community.visibility != access.PUBLIC


async def summary(  # noqa: PLR0913 - what a letter is made of
    account: Account, community: Community, news: News, people: Mapping[int, Actor], since: datetime, key: str
) -> Mail:
    """Make the summary of a time; `key` names it, so that a mail program shows it once should it come twice."""
    with speaking(account.language):
        set_time_zone(account.time_zone)
        name = _name(community.actor)
        first = news.posts[0] if news.posts else None
        if first is None:
            subject = _("Summary of %(community)s", community=name)
        else:
            subject = _(
                "Summary of %(community)s: %(title)s",
                community=name,
                title=shorten(_title(first.post), IN_SUBJECT, placeholder="…"),
            )
        before = _("New in %(community)s since %(date)s:", community=name, date=format_date(since, "day"))
        letter = Letter(
            subject,
            (_("Hello,"), before),
            (_("See the community"), addresses.absolute(_path(community.actor))),
            sections=tuple(_sections(community, news, {actor.id: _name(actor) for actor in people.values()})),
        )
        return await _leaving(account, community, letter, key)


def _sections(community: Community, news: News, known: Mapping[int, str]) -> list[Section]:
    closed = is_confidential(community)
    listed = [
        (_("About you"), [_about_me(one, {} if closed else known) for one in news.about_me]),
        (_("Not to be missed"), [_item(news.best, worth=True)] if news.best is not None else []),
        (_("Questions that you could answer"), [_item(view) for view in news.questions]),
        (_("Discussions"), [_item(view) for view in news.discussions]),
        (_("New in the library"), [_item(view) for view in news.resources]),
        (_("Thanks"), _thanks(news, closed=closed)),
        (_("New members"), _newcomers(news.newcomers, closed=closed)),
    ]
    return [Section(title, tuple(items)) for title, items in listed if items]


def _about_me(one: Notification, known: Mapping[int, str]) -> Item:
    said = wording.sentence(one.kind, [wording.name_of(one.kind, one.from_actor_id, known)], [one.detail])
    title = outgoing.title_of(one)
    url = addresses.absolute(f"/p/{one.post_id}")
    return Item(f"{said} – {title}" if title else said, url, str(one.detail.get("text") or ""))


def _item(view: PostView, *, worth: bool = False) -> Item:
    post = view.post
    note = ""
    if post.audience == access.PUBLIC:
        note = _("%(kind)s, by %(who)s", kind=_(view.label), who=_name(view.author))
        note += f" · {_('with a poll')}" if post.has_poll else ""
    if worth:
        counted = _counted(post)
        note = f"{note} · {counted}" if note and counted else note or counted
    return Item(_title(post), addresses.absolute(f"/p/{post.id}"), note, best(post).language if post.title else "")


def _counted(post: Post) -> str:
    if post.useful_count:
        return ngettext("%(count)s person uses it", "%(count)s people use it", post.useful_count)
    if post.thanks_count:
        return ngettext("%(count)s thank you", "%(count)s thank-yous", post.thanks_count)
    return ""


def _title(post: Post) -> str:
    """What may be said of a post: a title made of its first words is text, which does not leave a closed place."""
    if post.title and (post.audience == access.PUBLIC or not post.title_derived):
        return best(post).title
    return _("A discussion without a title")


def _thanks(news: News, *, closed: bool) -> list[Item]:
    told = [one for one in news.thanks if not closed and one.post.audience == access.PUBLIC]
    items = [
        Item(
            _("%(giver)s thanks %(receiver)s", giver=_name(one.giver), receiver=_name(one.receiver)),
            addresses.absolute(f"/p/{one.post.id}"),
        )
        for one in told
    ]
    rest = len(news.thanks) - len(told)
    return [*items, *([Item(ngettext("%(count)s thank you", "%(count)s thank-yous", rest))] if rest else [])]


def _newcomers(people: Sequence[Actor], *, closed: bool) -> list[Item]:
    if not people:
        return []
    if closed:
        return [Item(ngettext("%(count)s new member", "%(count)s new members", len(people)))]
    return [Item(wording.people([_name(one) for one in people]))]


async def publication(account: Account, community: Community, posts: Sequence[tuple[Post, Actor]], root: Post) -> Mail:
    """Make the letter of a new discussion, or of new answers in one, oldest first."""
    with speaking(account.language):
        begins = posts[0][0].id == root.id
        answers = len(posts) - begins
        if begins:
            said = _("New discussion in %(community)s", community=_name(community.actor))
        else:
            said = ngettext(
                "%(count)s new answer in %(community)s",
                "%(count)s new answers in %(community)s",
                answers,
                community=_name(community.actor),
            )
        title = _title(root)
        parts = [_("Hello,"), f"{said}.", _("“%(text)s”", text=title)]
        for post, author in posts:
            if post.audience == access.PUBLIC and not post.warning:
                parts.append(_("%(who)s: “%(text)s”", who=_name(author), text=excerpt(best(post).content)))
        if any(post.has_poll for post, _author in posts):
            parts.append(_("There is a poll in it: you can vote on its page."))
        link = (_("Read and reply"), addresses.absolute(f"/p/{posts[0][0].id}"))
        letter = Letter(f"{said} – {title}", tuple(parts), link)
        last = posts[-1][0].id
        mail = await _leaving(account, community, replying.marked(letter, last), f"{last}")
    return replace(mail, headers=mail.headers | await replying.headers(account, last))


async def _leaving(account: Account, community: Community, letter: Letter, key: str) -> Mail:
    """Address a letter, with the ways to get fewer of them: of this community alone."""
    stop = await unsubscribing.address_for_community(account, community.id)
    less = (
        (_("Switch to a monthly summary of this community, or to nothing"), stop),
        (_("Choose what you receive"), addresses.absolute("/settings/notifications")),
    )
    mail = await address(replace(letter, small=less), to=account.email, code=account.language)
    domain = site().settings.mail_from.rpartition("@")[2]
    return replace(
        mail,
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Message-ID": f"<{account.id}.{community.id}.{key}@{domain}>",
        },
    )


def _name(actor: Actor) -> str:
    return actor.display_name or actor.name


def _path(group: Actor) -> str:
    return f"/c/{group.name}" if group.local else f"/c/{group.name}@{group.host}"
