"""What this instance is, for apps: both forms of the document, its rules, and lists that are truly empty here."""

from __future__ import annotations

from aiohttp.web import Request, Response, StreamResponse

from fedcop import __version__
from fedcop.accounts import instance
from fedcop.core.errors import NotFound
from fedcop.core.markup import to_html
from fedcop.discussions.quotes import policy
from fedcop.discussions.text import MAX_SOURCE
from fedcop.federation.documents import census
from fedcop.push import vapid
from web.keys import SITE, language, member
from web.mastodon.answers import answer
from web.mastodon.entities.instance import LANGUAGES, Numbers, instance_json, old_instance_json, rules_json
from web.shared.attachments import MOST
from web.shared.routing import Asks, api, machine

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


async def _numbers() -> Numbers:
    counted = await census.count()
    return Numbers(counted.people, counted.active_month, counted.posts + counted.replies, 0, MAX_SOURCE, MOST)


@api("GET", "/api/v2/instance", asks=Asks.NOBODY, gives="Instance", kept=True)
async def about_us(request: Request) -> StreamResponse:
    """Say what this instance is and can."""
    settings = request.app[SITE].settings
    key = await vapid.public_key()
    return answer(instance_json(await instance.read(), settings, __version__, await _numbers(), key))


@api("GET", "/api/v1/instance", asks=Asks.NOBODY, gives="OldInstance", kept=True)
async def about_us_before(request: Request) -> StreamResponse:
    """Say it in the older form."""
    settings = request.app[SITE].settings
    return answer(old_instance_json(await instance.read(), settings, __version__, await _numbers()))


@api("GET", "/api/v1/instance/rules", asks=Asks.NOBODY, gives="[Rule]")
async def rules(request: Request) -> StreamResponse:
    """List the rules of this instance."""
    return answer(rules_json((await instance.read()).rules))


@api("GET", "/api/v1/instance/extended_description", asks=Asks.NOBODY, gives="ExtendedDescription")
async def longer(request: Request) -> StreamResponse:
    """Say at length what this instance is."""
    about = (await instance.read()).about
    return answer({"updated_at": None, "content": to_html(about)})


@api("GET", "/api/v1/custom_emojis", asks=Asks.NOBODY, gives="[]")
@api("GET", "/api/v1/instance/activity", asks=Asks.NOBODY, gives="[]")
async def nothing_for_all(request: Request) -> StreamResponse:
    """Give an empty list: there is no such thing here."""
    return answer([])


@api("GET", "/api/v1/instance/peers", asks=Asks.NOBODY, gives="[]")
async def nothing_of_it(request: Request) -> StreamResponse:
    """Give an empty list: with which servers we speak is not told."""
    return answer([])


@api("GET", "/api/v1/instance/domain_blocks", asks=Asks.NOBODY, gives="Empty")
@api("GET", "/api/v1/instance/terms_of_service", asks=Asks.NOBODY, gives="Empty")
@api("GET", "/api/v1/instance/terms_of_service/{date}", asks=Asks.NOBODY, gives="Empty")
async def not_told(request: Request) -> StreamResponse:
    """Give nothing, as Mastodon does where it is not published: which servers are refused is for those in charge, terms there are none."""
    raise NotFound


@api("GET", "/api/v1/instance/languages", asks=Asks.NOBODY, gives="[Language]")
async def languages(request: Request) -> StreamResponse:
    """List the languages of the pages."""
    return answer([{"code": code, "name": LANGUAGE_NAMES[code]} for code in LANGUAGES])


@api("GET", "/api/v1/instance/translation_languages", asks=Asks.NOBODY, gives="Empty")
async def translated(request: Request) -> StreamResponse:
    """Say that nothing is translated by machines."""
    return answer({})


@api("GET", "/api/v1/instance/privacy_policy", asks=Asks.NOBODY, gives="PrivacyPolicy")
async def privacy(request: Request) -> StreamResponse:
    """Say what this organisation says of privacy; the rest stands on the page."""
    content = to_html((await instance.read()).privacy)
    return answer({"updated_at": None, "content": content})


@api("GET", "/api/v1/timelines/direct", asks=Asks.PERSON, scope="read:statuses", communities=True, gives="[]")
@api("GET", "/api/v1/announcements", asks=Asks.PERSON, communities=True, gives="[]")
@api("GET", "/api/v1/conversations", asks=Asks.PERSON, scope="read:statuses", communities=True, gives="[]")
async def nothing(request: Request) -> StreamResponse:
    """Give an empty list: nobody here has any of this."""
    return answer([])


@api("GET", "/api/v1/annual_reports", asks=Asks.PERSON, scope="read:accounts", communities=True, gives="AnnualReports")
async def years(request: Request) -> StreamResponse:
    """Give no account of anybody's year."""
    return answer({"annual_reports": [], "accounts": [], "statuses": []})


@api("GET", "/api/v1/preferences", asks=Asks.PERSON, scope="read:accounts", gives="Preferences")
async def preferences(request: Request) -> StreamResponse:
    """Give what apps let one choose and we have: the language; the rest is the same for all."""
    return answer(
        {
            "posting:default:visibility": "public",
            "posting:default:sensitive": False,
            "posting:default:quote_policy": policy.usual(member(request).account.preferences),
            "posting:default:language": (member(request).language or language(request)).split("-")[0],
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
        }
    )


@machine("GET", "/health", limit="read")
async def health(request: Request) -> StreamResponse:
    """Say that this process answers."""
    return Response(text="OK")
