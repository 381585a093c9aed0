"""Push for apps: what an app subscribes to with its token, and ends with it. How it leaves is `fedcop.push`."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.push import sealing, service, vapid
from fedcop.push.models import PushSubscription
from web.keys import HOLDER
from web.mastodon.answers import answer
from web.mastodon.entities.push import ALERTS, subscription_json
from web.mastodon.params import Params, read
from web.middleware.bearer import shown_token
from web.shared.routing import Asks, api

HERE = "/api/v1/push/subscription"
CHOICE = " ".join(
    [*(f"data[alerts][{name}]:flag" for name in ALERTS), "data[policy]:all|followed|follower|none", "policy"]
)
SUBSCRIPTION = "subscription[endpoint] subscription[keys][p256dh] subscription[keys][auth] subscription[standard]:flag"


def _alerts(given: Params) -> list[str] | None:
    """Read which kinds an app wants to hear of; None where it says nothing of them."""
    said = [name for name in ALERTS if f"data[alerts][{name}]" in given]
    return [name for name in said if given.flag(f"data[alerts][{name}]")] if said else None


def _policy(given: Params) -> str:
    """Some apps say it beside what else they choose."""
    return given.text("data[policy]") or given.text("policy")


async def _written(one: PushSubscription) -> StreamResponse:
    return answer(subscription_json(one, await vapid.public_key()))


@api(
    "POST",
    HERE,
    asks=Asks.PERSON,
    scope="push",
    limit="write",
    takes=f"{SUBSCRIPTION} {CHOICE}",
    gives="WebPushSubscription",
)
async def subscribe(request: Request) -> StreamResponse:
    """Tell an app, from now on, what its person is told; what it subscribed to before ends."""
    given = await read(request)
    made = await service.subscribe_app(
        request[HOLDER],
        shown_token(request),
        endpoint=given.text("subscription[endpoint]"),
        p256dh=given.text("subscription[keys][p256dh]"),
        auth=given.text("subscription[keys][auth]"),
        encoding=sealing.STANDARD if given.flag("subscription[standard]") else sealing.LEGACY,
        alerts=_alerts(given) or [],
        policy=_policy(given) or "all",
    )
    return await _written(made)


@api("GET", HERE, asks=Asks.PERSON, scope="push", gives="WebPushSubscription")
async def show(request: Request) -> StreamResponse:
    """Give what an app subscribed to."""
    return await _written(await service.of_app(request[HOLDER]))


@api("PUT", HERE, asks=Asks.PERSON, scope="push", limit="write", takes=CHOICE, gives="WebPushSubscription")
async def choose(request: Request) -> StreamResponse:
    """Choose of what, and of whom, an app is told."""
    given = await read(request)
    return await _written(await service.choose_for_app(request[HOLDER], _alerts(given), _policy(given)))


@api("DELETE", HERE, asks=Asks.PERSON, scope="push", limit="write", gives="Empty")
async def end(request: Request) -> StreamResponse:
    """Tell an app nothing any more."""
    await service.end_for_app(request[HOLDER])
    return answer({})
