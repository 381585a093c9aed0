"""Filters of apps: each with its words and single posts; and the older form, in which each word is a filter. The same as on the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.accounts.models import Account
from fedcop.core import clock
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from fedcop.discussions import queries as discussions
from fedcop.filters import service, words
from fedcop.filters.service import WordGiven
from fedcop.filters.words import Filter, Keyword, OnePost
from web.keys import member
from web.mastodon.answers import answer
from web.mastodon.entities.filter import filter_json, keyword_json, old_json, one_post_json
from web.mastodon.params import FALSE, Params, read
from web.shared.routing import Asks, api

SAID = "title context:texts filter_action:warn|hide|blur expires_in:number keywords_attributes:rows(id keyword whole_word _destroy)"
WORD, OLD = "keyword whole_word:flag", "phrase context:texts irreversible:flag whole_word:flag expires_in:number"
LONGEST = 100 * 365 * 86400
SEVERAL_WORDS = N_("This filter has several words: change where and how it filters in a newer app or on the pages.")


def _account(request: Request) -> Account:
    return member(request).account


def _number(request: Request) -> int:
    number = read_id(request.match_info["id"])
    if number is None:
        raise NotFound
    return number


def _expiring(given: Params) -> tuple[datetime | None] | None:
    """Read in how many seconds it ends; an empty word is never, none is as it was."""
    if "expires_in" not in given:
        return None
    seconds = given.number("expires_in")
    return (clock.now() + timedelta(seconds=min(seconds, LONGEST)) if seconds else None,)


def _words(given: Params) -> list[WordGiven]:
    return [
        WordGiven(
            keyword=row.get("keyword", ""),
            whole_word=row["whole_word"].lower() not in FALSE if "whole_word" in row else None,
            id=(read_id(row["id"]) or 0) if row.get("id") else None,
            drop=row.get("_destroy", "").lower() not in FALSE,
        )
        for row in given.rows("keywords_attributes")
    ]


def _shown(request: Request, filter_id: int) -> StreamResponse:
    return answer(filter_json(service.one(_account(request), filter_id)))


@api("GET", "/api/v2/filters", asks=Asks.PERSON, scope="read:filters", gives="[Filter]")
async def every(request: Request) -> StreamResponse:
    """List one's filters."""
    return answer([filter_json(one) for one in words.read(_account(request))])


@api("POST", "/api/v2/filters", asks=Asks.PERSON, scope="write:filters", limit="write", takes=SAID, gives="Filter")
async def make(request: Request) -> StreamResponse:
    """Make a filter."""
    given = await read(request)
    made = await service.make(
        _account(request),
        title=given.text("title"),
        contexts=given.texts("context"),
        action=given.text("filter_action") or "warn",
        expires_at=(_expiring(given) or (None,))[0],
        given=_words(given),
    )
    return answer(filter_json(made))


@api("GET", "/api/v2/filters/{id}", asks=Asks.PERSON, scope="read:filters", gives="Filter")
async def one(request: Request) -> StreamResponse:
    """Give one of them."""
    return _shown(request, _number(request))


@api("PUT", "/api/v2/filters/{id}", asks=Asks.PERSON, scope="write:filters", limit="write", takes=SAID, gives="Filter")
async def change(request: Request) -> StreamResponse:
    """Change a filter and its words."""
    given, number = await read(request), _number(request)
    await service.change(
        _account(request),
        number,
        title=given.text("title") if "title" in given else None,
        contexts=given.texts("context") if "context" in given else None,
        action=given.text("filter_action") or None,
        expiring=_expiring(given),
        given=_words(given),
    )
    return _shown(request, number)


@api("DELETE", "/api/v2/filters/{id}", asks=Asks.PERSON, scope="write:filters", limit="write", gives="Empty")
async def delete(request: Request) -> StreamResponse:
    """Delete a filter."""
    await service.delete(_account(request), _number(request))
    return answer({})


@api("GET", "/api/v2/filters/{id}/keywords", asks=Asks.PERSON, scope="read:filters", gives="[FilterKeyword]")
async def keywords(request: Request) -> StreamResponse:
    """List the words of a filter."""
    return answer([keyword_json(word) for word in service.one(_account(request), _number(request)).keywords])


@api("POST", "/api/v2/filters/{id}/keywords", asks=Asks.PERSON, scope="write:filters", limit="write", takes=WORD, gives="FilterKeyword")  # fmt: skip
async def add_keyword(request: Request) -> StreamResponse:
    """Add a word to a filter."""
    given, number = await read(request), _number(request)
    word = WordGiven(given.text("keyword"), given.flag("whole_word", default=True))
    await service.change(_account(request), number, given=[word])
    return answer(keyword_json(service.one(_account(request), number).keywords[-1]))


def _word(request: Request) -> tuple[Filter, Keyword]:
    found, inside = service.holding(_account(request), _number(request))
    if not isinstance(inside, Keyword):
        raise NotFound
    return found, inside


def _post(request: Request) -> OnePost:
    _found, inside = service.holding(_account(request), _number(request))
    if not isinstance(inside, OnePost):
        raise NotFound
    return inside


@api("GET", "/api/v2/filters/keywords/{id}", asks=Asks.PERSON, scope="read:filters", gives="FilterKeyword")
async def keyword(request: Request) -> StreamResponse:
    """Give one word."""
    return answer(keyword_json(_word(request)[1]))


@api("PUT", "/api/v2/filters/keywords/{id}", asks=Asks.PERSON, scope="write:filters", limit="write", takes=WORD, gives="FilterKeyword")  # fmt: skip
async def change_keyword(request: Request) -> StreamResponse:
    """Change one word."""
    given, (found, word) = await read(request), _word(request)
    whole = given.flag("whole_word") if "whole_word" in given else None
    await service.change(_account(request), found.id, given=[WordGiven(given.text("keyword"), whole, word.id)])
    return answer(keyword_json(_word(request)[1]))


@api("DELETE", "/api/v2/filters/keywords/{id}", asks=Asks.PERSON, scope="write:filters", limit="write", gives="Empty")
async def drop_keyword(request: Request) -> StreamResponse:
    """Take one word out of its filter."""
    await service.drop_inside(_account(request), _word(request)[1].id)
    return answer({})


@api("GET", "/api/v2/filters/{id}/statuses", asks=Asks.PERSON, scope="read:filters", gives="[FilterStatus]")
async def posts(request: Request) -> StreamResponse:
    """List the single posts of a filter."""
    return answer([one_post_json(post) for post in service.one(_account(request), _number(request)).posts])


@api("POST", "/api/v2/filters/{id}/statuses", asks=Asks.PERSON, scope="write:filters", limit="write", takes="status_id:id", gives="FilterStatus")  # fmt: skip
async def add_post(request: Request) -> StreamResponse:
    """Filter a single post that one may see."""
    given, number = await read(request), _number(request)
    service.one(_account(request), number)
    post = await discussions.visible_post(member(request).actor, given.number("status_id") or 0)
    return answer(one_post_json(await service.add_post(_account(request), number, post.id)))


@api("GET", "/api/v2/filters/statuses/{id}", asks=Asks.PERSON, scope="read:filters", gives="FilterStatus")
async def post(request: Request) -> StreamResponse:
    """Give one single post of a filter."""
    return answer(one_post_json(_post(request)))


@api("DELETE", "/api/v2/filters/statuses/{id}", asks=Asks.PERSON, scope="write:filters", limit="write", gives="Empty")
async def drop_post(request: Request) -> StreamResponse:
    """Filter a single post no longer."""
    await service.drop_inside(_account(request), _post(request).id)
    return answer({})


@api("GET", "/api/v1/filters", asks=Asks.PERSON, scope="read:filters", gives="[OldFilter]")
async def every_old(request: Request) -> StreamResponse:
    """List the words of one's filters."""
    return answer([old_json(one, word) for one in words.read(_account(request)) for word in one.keywords])


@api("POST", "/api/v1/filters", asks=Asks.PERSON, scope="write:filters", limit="write", takes=OLD, gives="OldFilter")
async def make_old(request: Request) -> StreamResponse:
    """Make a filter of one word."""
    given = await read(request)
    phrase = given.text("phrase")
    made = await service.make(
        _account(request),
        title=phrase,
        contexts=given.texts("context"),
        action="hide" if given.flag("irreversible") else "warn",
        expires_at=(_expiring(given) or (None,))[0],
        given=[WordGiven(phrase, given.flag("whole_word"))],
    )
    return answer(old_json(made, made.keywords[0]))


@api("GET", "/api/v1/filters/{id}", asks=Asks.PERSON, scope="read:filters", gives="OldFilter")
async def one_old(request: Request) -> StreamResponse:
    """Give one word with its filter."""
    return answer(old_json(*_word(request)))


@api("PUT", "/api/v1/filters/{id}", asks=Asks.PERSON, scope="write:filters", limit="write", takes=OLD, gives="OldFilter")  # fmt: skip
async def change_old(request: Request) -> StreamResponse:
    """Change one word, and its filter where it has no other."""
    given, (found, word) = await read(request), _word(request)
    said: dict[str, Any] = {
        "contexts": given.texts("context") if "context" in given else None,
        "action": ("hide" if given.flag("irreversible") else "warn") if "irreversible" in given else None,
        "expiring": _expiring(given),
    }
    if len(found.keywords) > 1 and any(value is not None for value in said.values()):
        raise Invalid(SEVERAL_WORDS, code="several-words")
    whole = given.flag("whole_word") if "whole_word" in given else None
    await service.change(_account(request), found.id, **said, given=[WordGiven(given.text("phrase"), whole, word.id)])
    return answer(old_json(*_word(request)))


@api("DELETE", "/api/v1/filters/{id}", asks=Asks.PERSON, scope="write:filters", limit="write", gives="Empty")
async def delete_old(request: Request) -> StreamResponse:
    """Delete one word, and its filter where nothing else is in it."""
    found, word = _word(request)
    if len(found.keywords) + len(found.posts) > 1:
        await service.drop_inside(_account(request), word.id)
    else:
        await service.delete(_account(request), found.id)
    return answer({})
