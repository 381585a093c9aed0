"""Reports from apps: to the responsible people of the community where it was written, else to the moderators of this instance."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.core.errors import NotFound
from fedcop.core.i18n import N_, _
from fedcop.discussions import queries as discussions
from fedcop.discussions.models import Post
from fedcop.reports import rules, service
from web.keys import member
from web.mastodon import loading
from web.mastodon.answers import answer
from web.mastodon.entities.report import report_json
from web.mastodon.params import Params, read
from web.shared.routing import Asks, api

#: What an app lets one choose where it asks for no words.
CATEGORIES = {
    "spam": N_("This is spam."),
    "legal": N_("This may be against the law."),
    "violation": N_("This is against the rules."),
    "other": "",
}


@api(
    "POST",
    "/api/v1/reports",
    asks=Asks.PERSON,
    scope="write:reports",
    limit="report",
    takes="account_id:id status_ids:ids comment category:spam|legal|violation|other forward:flag",
    gives="Report",
)
async def report(request: Request) -> StreamResponse:
    """Report a person, or what they wrote."""
    given, who = await read(request), member(request).actor
    post = await _post(request, given)
    if post is not None:
        target = await actors.by_id(post.author_id)
    else:
        target, _community = await loading.visible_account(request, given.text("account_id"))
    if target is None or target.kind == "Group":
        raise NotFound
    category = given.text("category") if given.text("category") in CATEGORIES else "other"
    said = given.text("comment").strip() or (_(CATEGORIES[category]) if CATEGORIES[category] else "")
    forward = given.flag("forward")
    # What nobody wants forwarded leaves this organisation neither to its target's server nor to that of a community.
    places = [one for one in await rules.places(who, target, post) if one.actor.local or forward]
    made = await service.report(
        who,
        target,
        comment=said,
        post=post,
        community_id=places[0].id if places else None,
        pass_on=forward and not target.local,
    )
    # Whose it is that bears no name is not told by reporting it.
    shown = (await loading.post(request, post))["account"] if post is not None else None
    account = shown or await loading.account(request, target, None)
    return answer(report_json(made, account, category, post.id if post is not None else None))


async def _post(request: Request, given: Params) -> Post | None:
    """Load the post that is reported: one report is about one, the first of those chosen."""
    wanted = given.ids("status_ids")
    if not wanted:
        return None
    post = await discussions.visible_post(member(request).actor, wanted[0])
    named = given.number("account_id")
    if named not in (None, 0, post.author_id) or (named == post.author_id and post.anonymised_at is not None):
        raise NotFound
    return post
