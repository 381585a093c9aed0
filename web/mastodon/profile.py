"""One's own profile, changed from an app."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.media import service as files
from fedcop.people import portraits, service
from web.keys import member
from web.mastodon.accounts import own
from web.mastodon.params import Params, read
from web.shared.routing import UPLOADS, Asks, api

TEXTS = {"display_name": "display_name", "note": "summary_source"}
SWITCHES = {"locked": "approves_followers", "discoverable": "discoverable", "indexable": "indexable"}
NO_HEADER = N_("Profiles have no picture at their top here.")


@api(
    "PATCH",
    "/api/v1/accounts/update_credentials",
    asks=Asks.PERSON,
    scope="write:accounts",
    limit="upload",
    max_body=UPLOADS,
    takes="display_name note locked:flag discoverable:flag indexable:flag avatar:file header:file fields_attributes:rows(name value)",
    gives="OwnAccount",
)
async def change(request: Request) -> StreamResponse:
    """Change what one says of oneself, and one's picture; what is not sent stays."""
    given, who = await read(request), member(request).actor
    if given.upload("header") is not None:
        raise Invalid(errors={"header": NO_HEADER})
    values: dict[str, Any] = {ours: given.text(name) for name, ours in TEXTS.items() if name in given}
    values |= {ours: given.flag(name) for name, ours in SWITCHES.items() if name in given}
    if (links := _links(given)) is not None:
        values["links"] = links
    if values:
        await service.change_profile(who, **values)
    if (picture := given.upload("avatar")) is not None:
        taken = await files.accept(who, picture.file_name, picture.chunks(), largest=portraits.LARGEST)
        await portraits.choose(who, taken)
    await who.refresh_from_db()
    return await own(request)


@api("DELETE", "/api/v1/profile/avatar", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="OwnAccount")
@api("DELETE", "/api/v1/profile/header", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="OwnAccount")
async def bare(request: Request) -> StreamResponse:
    """Show no portrait any more; there is no other picture to take away."""
    who = member(request).actor
    if request.path.rstrip("/").endswith("avatar"):
        await portraits.remove(who)
        await who.refresh_from_db()
    return await own(request)


def _links(given: Params) -> list[dict[str, str]] | None:
    """Read the lines of a profile, numbered or one after the other; None if there are none in the request."""
    rows = given.rows("fields_attributes")
    return [{"name": row["name"], "value": row["value"]} for row in rows if {"name", "value"} <= row.keys()] or None
