"""The community that an application is signed in as: its account, what it says of itself, how far one has read in it."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.apps import marks
from fedcop.apps.models import ReadingMark
from fedcop.communities import desks, service
from fedcop.communities.roles import Act
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.notifications import service as notifications
from web.keys import HOLDER, SITE, account, desk
from web.mastodon.answers import answer
from web.mastodon.desk.told import kinds_for
from web.mastodon.entities.account import own_community_json, profile_json
from web.mastodon.entities.app import mark_json
from web.mastodon.params import Params, read
from web.shared.routing import for_community

TEXTS = {"display_name": "title", "note": "purpose"}
SAYS = "display_name note avatar:file header:file"
NO_PICTURE = N_("A community shows no picture of its own here.")


async def _own(request: Request) -> dict[str, Any]:
    at = desk(request)
    return own_community_json(
        at.looker,
        request.app[SITE].settings.origin,
        at.community,
        asking=await desks.count_asking(at.community) if at.may(Act.ADMIT) else 0,
        judges=at.may(Act.DECIDE_REPORTS),
    )


@for_community("GET", "/api/v1/accounts/verify_credentials")
async def who_am_i(request: Request) -> StreamResponse:
    """Tell an app for which community it speaks."""
    return answer(await _own(request))


@for_community("PATCH", "/api/v1/accounts/update_credentials", takes=SAYS)
async def change(request: Request) -> StreamResponse:
    """Change its title and what it is for, by who may change its page; what is not sent stays."""
    await _change(request)
    return answer(await _own(request))


async def _change(request: Request) -> None:
    given, at = await read(request), desk(request)
    for name in ("avatar", "header"):
        if given.upload(name) is not None:
            raise Invalid(errors={name: NO_PICTURE})
    values = {ours: given.text(name) for name, ours in TEXTS.items() if name in given}
    if values:
        await service.change(at.person, at.community, **values)


@for_community("GET", "/api/v1/profile")
async def profile(request: Request) -> StreamResponse:
    """Give what it says of itself, as it was typed."""
    at = desk(request)
    return answer(profile_json(at.looker, request.app[SITE].settings.origin, []))


@for_community("PATCH", "/api/v1/profile", takes=SAYS)
@for_community("PUT", "/api/v1/profile", takes=SAYS)
async def change_profile(request: Request) -> StreamResponse:
    """Change it; what is not sent stays."""
    await _change(request)
    return await profile(request)


@for_community("GET", "/api/v1/preferences")
async def preferences(request: Request) -> StreamResponse:
    """Give what apps begin a text with: the community's language, and all its readers."""
    return answer(
        {
            "posting:default:visibility": "public",
            "posting:default:sensitive": False,
            "posting:default:quote_policy": "public",
            "posting:default:language": desk(request).community.language,
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
        }
    )


@for_community("GET", "/api/v1/markers", takes="timeline:texts")
async def show_marks(request: Request) -> StreamResponse:
    """Give the marks of the lists asked for, of this application alone."""
    wanted = (await read(request)).texts("timeline")
    return _marked(marks.of_token(request[HOLDER].token, wanted))


@for_community("POST", "/api/v1/markers", takes="home[last_read_id]:id notifications[last_read_id]:id")
async def move_marks(request: Request) -> StreamResponse:
    """Set marks."""
    to = _places(await read(request))
    who, at = account(request), desk(request)
    if "notifications" in to and who is not None:
        await notifications.saw_up_to(who, kinds_for(at), to["notifications"], at.community.id)
    return _marked(await marks.move_of_token(request[HOLDER].token.id, to))


def _places(given: Params) -> dict[str, int]:
    numbers = {name: given.number(f"{name}[last_read_id]") for name in marks.TIMELINES}
    return {name: number for name, number in numbers.items() if number is not None}


def _marked(found: list[ReadingMark]) -> StreamResponse:
    return answer({mark.timeline: mark_json(mark.last_read_id, mark.version, mark.updated_at) for mark in found})
