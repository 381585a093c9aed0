"""Tags: looked at, followed, left."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.core import addresses
from fedcop.core.errors import NotFound
from fedcop.discussions.text import clean_tag
from fedcop.profiles import queries as profiles
from fedcop.timelines import tags
from web.keys import looker, member
from web.mastodon.answers import answer
from web.shared.routing import Asks, api


def tag_json(name: str, *, following: bool, featuring: bool) -> dict[str, Any]:
    """Write a tag, whether who asks follows it, and whether their profile shows it."""
    url = addresses.absolute(f"/tags/{name}")
    return {"id": name, "name": name, "url": url, "history": [], "following": following, "featuring": featuring}


async def tagged(request: Request, names: Collection[str]) -> list[dict[str, Any]]:
    """Write some tags for who asks."""
    who = looker(request)
    followed, shown = await tags.followed_among(who, names), await profiles.shown_among(who, names)
    return [tag_json(name, following=name in followed, featuring=name in shown) for name in names]


def _named(request: Request) -> str:
    name = clean_tag(request.match_info["tag"])
    if not name:
        raise NotFound
    return name


@api("GET", "/api/v1/tags/{tag}", asks=Asks.NOBODY, scope="read:statuses", communities=True, gives="Tag")
async def tag(request: Request) -> StreamResponse:
    """Give a tag."""
    return answer((await tagged(request, [_named(request)]))[0])


@api("POST", "/api/v1/tags/{tag}/follow", asks=Asks.PERSON, scope=("write:follows", "follow"), limit="write", gives="Tag")  # fmt: skip
async def follow(request: Request) -> StreamResponse:
    """Let the threads that bear a tag come home."""
    return answer((await tagged(request, [await tags.follow(member(request).actor, _named(request))]))[0])


@api("POST", "/api/v1/tags/{tag}/unfollow", asks=Asks.PERSON, scope=("write:follows", "follow"), limit="write", gives="Tag")  # fmt: skip
async def unfollow(request: Request) -> StreamResponse:
    """Let them come no longer."""
    name = _named(request)
    await tags.unfollow(member(request).actor, name)
    return answer((await tagged(request, [name]))[0])


@api("GET", "/api/v1/followed_tags", asks=Asks.PERSON, scope=("read:follows", "follow"), gives="[Tag]")
async def followed(request: Request) -> StreamResponse:
    """List the tags that one follows, all at once."""
    return answer(await tagged(request, [one.tag for one in await tags.followed(member(request).actor)]))
