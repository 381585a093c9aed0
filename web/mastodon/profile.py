"""One's own profile, changed from an app."""

from __future__ import annotations

from functools import cache
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.accounts import service as accounts
from fedcop.core.errors import Invalid
from fedcop.core.i18n import LOCALES, catalogue
from fedcop.discussions.quotes import policy
from fedcop.media import service as files
from fedcop.people import portraits, service
from web.keys import SITE, member
from web.mastodon import quotes
from web.mastodon.accounts import own
from web.mastodon.answers import answer
from web.mastodon.entities.account import ABOUT, SAID, profile_json
from web.mastodon.params import Params, read
from web.mastodon.shown import written as shown_tags
from web.shared.routing import UPLOADS, Asks, api

TEXTS = {"display_name": "display_name", "note": "summary_source"}
SWITCHES = {
    "locked": "approves_followers",
    "discoverable": "discoverable",
    "indexable": "indexable",
    "hide_collections": "hides_follows",
}
SAYS = "display_name note locked:flag discoverable:flag indexable:flag hide_collections:flag attribution_domains:texts avatar:file header:file fields_attributes:rows(name value)"
QUOTING = "source[quote_policy]"
FRAMES = {"avatar": portraits.PORTRAIT, "header": portraits.HEADER}


@api("PATCH", "/api/v1/accounts/update_credentials", asks=Asks.PERSON, scope="write:accounts", limit="upload", max_body=UPLOADS, takes=f"{SAYS} {QUOTING}", gives="OwnAccount")  # fmt: skip
async def change(request: Request) -> StreamResponse:
    """Change what one says of oneself, one's pictures, and who may quote what one writes; what is not sent stays."""
    given = await _change(request)
    if QUOTING in given:
        if not (said := policy.chosen(given.text(QUOTING))):
            raise Invalid(errors={QUOTING: quotes.NO_SUCH})
        await accounts.change_preferences(member(request).account, quote_policy=said)
    return await own(request)


@api("GET", "/api/v1/profile", asks=Asks.PERSON, scope=("profile", "read:accounts"), gives="Profile")
async def show(request: Request) -> StreamResponse:
    """Give what one says of oneself, as one typed it."""
    who = member(request).actor
    return answer(profile_json(who, request.app[SITE].settings.origin, await shown_tags(request, who)))


@api("PATCH", "/api/v1/profile", asks=Asks.PERSON, scope="write:accounts", limit="upload", max_body=UPLOADS, takes=SAYS, gives="Profile")  # fmt: skip
@api("PUT", "/api/v1/profile", asks=Asks.PERSON, scope="write:accounts", limit="upload", max_body=UPLOADS, takes=SAYS, gives="Profile")  # fmt: skip
async def change_profile(request: Request) -> StreamResponse:
    """Change it; what is not sent stays."""
    await _change(request)
    return await show(request)


async def _change(request: Request) -> Params:
    given, who = await read(request), member(request).actor
    values: dict[str, Any] = {ours: given.text(name) for name, ours in TEXTS.items() if name in given}
    values |= {ours: given.flag(name) for name, ours in SWITCHES.items() if name in given}
    if given.said("attribution_domains"):
        values["attribution_domains"] = given.texts("attribution_domains")
    if rows := _rows(given):
        said = _no_links()
        values |= {said[row["name"]]: row["value"] for row in rows if row["name"] in said}
        values["links"] = [row for row in rows if row["name"] not in said]
    if values:
        await service.change_profile(who, **values)
    for name, frame in FRAMES.items():
        if (picture := given.upload(name)) is not None:
            taken = await files.accept(who, picture.file_name, picture.chunks(), largest=frame.largest)
            await portraits.choose(who, taken, frame)
    await who.refresh_from_db()
    return given


@api("DELETE", "/api/v1/profile/{which:avatar|header}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="OwnAccount")  # fmt: skip
async def bare(request: Request) -> StreamResponse:
    """Show no portrait, or no wide picture, any more."""
    who = member(request).actor
    await portraits.remove(who, FRAMES[request.match_info["which"]])
    await who.refresh_from_db()
    return await own(request)


@cache
def _no_links() -> dict[str, str]:
    """Give what lines of a profile say that are no links, by their names in any language: some apps give back all that they show."""
    names = list(zip(SAID, ABOUT, strict=True))
    spoken = ((catalogue(locale).get(line, (line,))[0], column) for locale in LOCALES for line, column in names)
    return dict([*names, *spoken])


def _rows(given: Params) -> list[dict[str, str]]:
    """Read the lines of a profile, numbered or one after the other."""
    rows = ({name: text.strip() for name, text in row.items()} for row in given.rows("fields_attributes"))
    return [{"name": row["name"], "value": row["value"]} for row in rows if {"name", "value"} <= row.keys()]
