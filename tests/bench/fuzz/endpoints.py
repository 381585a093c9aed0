"""The endpoints of an instance with a life of its own, as strangers, members, administrators, apps, servers and mail servers reach them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application
from yarl import URL

from activitypub.client.transport import HttpRequest
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.core.mail import OutboxMailer
from fedcop.core.settings import load_settings
from fedcop.core.site import Site, open_site
from fedcop.discussions.models import Post
from fedcop.features import FEATURES
from fedcop.federation.models import InboxItem
from fedcop.federation.sending import sender
from fedcop.letterbox import posting, service
from fedcop.media.models import Media
from fedcop.notifications.models import Notification
from tests.bench.fuzz.mutating import HTML, MARKDOWN, Mutator
from tests.bench.fuzz.parsers import letter
from tests.browser.town import PARAMETER, Town, addresses, settle
from tests.rig import apps, manners
from tests.rig.browser import Element, parse
from tests.rig.clock import StandingClock
from tests.rig.fakeserver import Stranger
from tests.rig.world import World
from web.app import create_app
from web.middleware.limits import LIMITS, Limit, Limiter
from web.routes import all_routes
from web.shared.routing import Family

HERE = "https://atelier.example"
DOCUMENT = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
ENDLESS = ("/api/v1/streaming",)
OUTSIDE = ("/admin/mail",)  # asks name servers
LEAVING = (
    *OUTSIDE,
    "/logout",
    "/settings/security/sessions",
    "/settings/account/delete",
)  # else who tries is soon a stranger
LINES = (b"bytes=0-9,5-", b'W/"a", "b"', b"fr-CA;q=0.8, *;q=x", b"Bearer a", b"Mon, 02 Mar 2026 14:00:00 GMT", b"session=a; b")  # fmt: skip
KINDS = ("Follow", "Like", "Announce", "Undo", "Delete", "Update", "Create", "Join", "Leave", "Flag", "Block", "Move", "Accept", "Reject", "Add", "Remove", "Offer", "Invite", "QuoteRequest", "EmojiReact", "Dislike", "Lock")  # fmt: skip


@dataclass
class Found:
    """A form as a page shows it: where it goes, and what stands in it."""

    path: str
    fields: list[tuple[str, str]]
    multipart: bool


@dataclass
class House:
    """An instance, the people and apps that ask it, and strangers that write to it."""

    world: World
    site: Site
    town: Town
    base: str
    session: ClientSession
    strangers: list[Stranger] = field(default_factory=list)
    forms: dict[str, list[Found]] = field(default_factory=dict)
    csrf: dict[str, str] = field(default_factory=dict)
    apps: dict[str, str] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    uris: list[str] = field(default_factory=list)
    letterbox: str = ""
    answers: Counter[int] = field(default_factory=Counter)

    async def ask(self, method: str, path: str, role: str = "", body: Any = None, **headers: str) -> tuple[int, bytes]:
        """Send any request, as somebody."""
        sent = {"Accept-Language": "fr-CA", "Host": "atelier.example"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if self.town.tokens.get(role):
            sent["Cookie"] = f"__Host-session={self.town.tokens[role]}"
        url = URL(self.base + path, encoded=True)
        async with self.session.request(method, url, data=body, headers=sent, allow_redirects=False) as answer:
            self.answers[answer.status] += 1
            return answer.status, await answer.read()

    async def settle(self) -> None:
        """Let what follows happen."""
        async with self.site.entered():
            await self.site.runner.settle(strict=False)
            await sender.settle()

    async def look_around(self) -> None:
        """See which forms there are, and which ids."""
        found, _unknown = addresses(self.town)
        for role in self.town.tokens:
            self.forms[role] = []
            for path in found:
                status, body = await self.ask("GET", path, role)
                if status == 200:
                    text = body.decode()
                    self.csrf.setdefault(role, next(iter(TOKEN.findall(text)), ""))
                    self.forms[role] += [_form(one, path) for one in parse(text).all("form") if one["method"] == "post"]
            self.forms[role] = [one for one in self.forms[role] if not one.path.startswith(LEAVING)]
        async with self.site.entered():
            for model in (Actor, Post, Media, Notification):
                self.ids += [str(one) for one in await model.all().order_by("id").limit(8).values_list("id", flat=True)]
            self.uris = [one.uri for one in await Actor.filter(local=True)] + [one.uri for one in await Post.all()]
            async with TestClient(TestServer(Application())) as nowhere:
                for name, scopes in (("sam", "read write follow push profile"), ("awa", "read write follow push profile admin:read admin:write")):  # fmt: skip
                    account = await Account.get(actor__name=name, actor__local=True).select_related("actor")
                    self.apps[name] = (await apps.connect(nowhere, account, scopes)).token
            sam = await Account.get(actor__name="sam", actor__local=True).select_related("actor")
            self.letterbox = (await posting.all_of(sam))[0][1]


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """Open it in a folder; nothing of it leaves the machine."""
    clock = StandingClock()

    @asynccontextmanager
    async def make_site(url: str, *, transport: Any = None, **settings: Any) -> AsyncIterator[Site]:
        given = load_settings({}, url=url, data=folder, **settings)
        async with open_site(given, FEATURES, clock=clock, mailer=OutboxMailer(), transport=transport) as opened:
            opened.runner.inline = True
            yield opened

    async with AsyncExitStack() as stack:
        world = World(make_site, clock)
        stack.push_async_callback(world.close)
        site = await world.fedcop(HERE, name="Réseau Verger", contact="bonjour@verger.example", reply_address="reply@atelier.example", lmtp="127.0.0.1:1")  # fmt: skip
        town = Town(HERE)
        await settle(town, site)
        limiter = Limiter({name: Limit(1_000_000, 1_000_000) for name in LIMITS})
        server = await stack.enter_async_context(TestServer(create_app(site, limiter=limiter)))
        session = await stack.enter_async_context(ClientSession())
        house = House(world, site, town, str(server.make_url("/")).rstrip("/"), session)
        for number, how in enumerate(manners.ALL):
            stranger = await world.stranger(f"gus@s{number}.example", how)
            house.strangers += [stranger, stranger.server.group("club")]
        await house.look_around()
        yield house


def _form(one: Element, page: str) -> Found:
    fields = [(box["name"], box["value"] or box.text) for box in one.walk() if box["name"] and box.tag in ("input", "textarea", "button")]  # fmt: skip
    for box in one.all("select"):
        fields.append((box["name"], next((option["value"] for option in box.all("option")), "")))
    return Found(one["action"] or page, [pair for pair in fields if pair[0] != "csrf"], "multipart" in one["enctype"])


def _odd(draw: Mutator, house: House, old: str = "") -> str:
    return str(
        draw.one(
            draw.text,
            lambda: draw.markup(MARKDOWN)[:30_000],
            lambda: draw.markup(HTML)[:30_000],
            lambda: draw.luck.choice(house.ids),
            lambda: draw.luck.choice(house.uris),
            lambda: old + draw.text()[:200],
            lambda: str(draw.luck.choice((-1, 0, 1, 2**31, 2**63 - 1, 2**63, 2**64, 10**30))),
        )
    )


def _bytes(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


async def deliveries(house: House, luck: Random) -> None:
    """Activities of servers of all kinds, signed well and said badly."""
    draw, stranger = Mutator(luck), luck.choice(house.strangers)
    said = dict(luck.choice(draw.documents))
    if luck.random() < 0.6:
        thing: Any = stranger.note(f"<p>{draw.markup(HTML)[:2000]}</p>", to=[luck.choice(house.uris)], inReplyTo=luck.choice([None, *house.uris]))  # fmt: skip
        kind = luck.choice(KINDS)
        if kind not in ("Create", "Update"):
            thing = luck.choice([*house.uris, thing, stranger.activity("Like", luck.choice(house.uris))])
        said = stranger.activity(kind, thing, to=[luck.choice(house.uris)])
    else:
        text = json.dumps(said)
        for host in {URL(uri).host for uri in re.findall(r'"(https://[^"/]+/[^"]*)"', text)} - {
            "www.w3.org",
            "w3id.org",
            None,
        }:
            text = text.replace(f"https://{host}/", f"{stranger.server.origin}/" if luck.random() < 0.7 else f"{HERE}/")
        said = json.loads(text)
        if "actor" in said:
            said |= {"actor": stranger.uri, "id": f"{stranger.server.origin}/a/{luck.getrandbits(60)}"}
    whole, said = said, draw.spoilt(said) if luck.random() < 0.9 else said
    if luck.random() < 0.8:  # else it ends at the first question: whose it is
        said |= {name: whole[name] for name in ("@context", "id", "type", "actor") if name in whole}
    if luck.random() < 0.2:
        try:
            said = stranger.proves(said)
        except (ValueError, TypeError, RecursionError):
            return
    inbox = luck.choice(("/inbox", "/inbox", "/actor/inbox", "/u/sam/inbox", "/c/fruitiers/inbox", "/c/nothing/inbox"))
    body = draw.raw(said) if luck.random() < 0.3 else json.dumps(said).encode()
    sent = stranger.signs(HERE + inbox, body)
    answer = await stranger.server.transport.send(HttpRequest("POST", HERE + inbox, sent, body))
    house.answers[answer.status] += 1
    await house.settle()
    async with house.site.entered():
        for item in await InboxItem.filter(outcome="failed"):
            await item.delete()
            raise AssertionError(f"failed inside: {item.reason}")


async def fetches(house: House, luck: Random) -> None:
    """Documents that somebody asks us to fetch."""
    draw, stranger = Mutator(luck), luck.choice(house.strangers)
    base = draw.one(lambda: stranger.document, stranger.note, lambda: luck.choice(draw.documents))
    uri = f"{stranger.server.origin}/fetched/{luck.getrandbits(60)}"
    wrong = draw.spoilt({**base, "id": uri, "attributedTo": stranger.uri} if luck.random() < 0.8 else dict(base))
    stranger.server.put(uri, draw.raw(wrong))
    await house.ask("GET", "/search?q=" + quote(uri), "member", Accept="text/html")
    await house.settle()


async def requests(house: House, luck: Random) -> None:
    """Any route by any method, with odd names, queries and headers."""
    draw, route = Mutator(luck), luck.choice(all_routes())
    if route.path.startswith((*ENDLESS, *LEAVING)):
        return
    path = PARAMETER.sub(lambda hole: _part(draw, house, route.path, hole), route.path)
    if luck.random() < 0.6:
        names = [word.name for word in route.takes] or ["q", "page", "since", "next", "sort", "kind", "before", "lang", "theme", "resource", "uri", "id", "whose", "cursor", "max_id", "limit"]  # fmt: skip
        pairs = [(luck.choice(names), _odd(draw, house)[:1500]) for _ in range(luck.choice((1, 2, 5)))]
        path += "?" + (urlencode(pairs, errors="surrogatepass") if luck.random() < 0.8 else _target(draw.text()[:500]))
    extra = {"Accept": luck.choice(("text/html", DOCUMENT, "application/json", "*/*", _line(draw.text())))}
    for name in luck.sample(("Accept_Language", "Range", "If_None_Match", "If_Modified_Since", "Referer", "User_Agent", "Authorization", "X_Forwarded_For", "Origin", "Signature", "Signature_Input", "Content_Type", "Cookie"), luck.choice((0, 0, 1, 2))):  # fmt: skip
        extra[name] = _line(draw.damaged(luck.choice(LINES)).decode("latin-1"))[:4000]
    method = (
        route.method
        if luck.random() < 0.8
        else luck.choice(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
    )
    await house.ask(method, path, luck.choice(list(house.town.tokens)), **extra)


def _part(draw: Mutator, house: House, whole: str, hole: re.Match[str]) -> str:
    known = house.town.values.get(whole[: hole.end()], ())
    if known and draw.luck.random() < 0.6:
        return draw.luck.choice(known)
    odd = draw.luck.choice(house.ids) if draw.luck.random() < 0.4 else draw.text()[:300]
    return quote(odd.encode("utf-8", "surrogatepass"), safe="") or "a"


def _target(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="&=%+;/?:@!$'()*,")


def _line(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", "", text.encode("utf-8", "replace").decode("latin-1"))


async def forms(house: House, luck: Random) -> None:
    """Forms of our pages, filled in by somebody odd, as text or in parts."""
    draw, role = Mutator(luck), luck.choice([role for role in house.forms if house.forms[role]])
    found = luck.choice(house.forms[role])
    fields = list(found.fields)
    for _ in range(luck.choice((1, 1, 2, 4))):
        if fields and luck.random() < 0.85:
            at = luck.randrange(len(fields))
            fields[at] = (fields[at][0], _odd(draw, house, fields[at][1]))
        else:
            fields.append((luck.choice(("csrf", "step", "place", "once", draw.text()[:40] or "a")), _odd(draw, house)))
    fields = [("csrf", house.csrf[role]), *fields]
    if found.multipart or luck.random() < 0.15:
        body, kind = _multipart(draw, fields), "multipart/form-data; boundary=edge"
    else:
        body = urlencode(fields, errors="surrogatepass").encode()
        kind = "application/x-www-form-urlencoded"
        if luck.random() < 0.1:
            body = draw.damaged(body)
    path = found.path.partition("#")[0]
    await house.ask("POST", path if path.startswith("/") else "/", role, body, Content_Type=kind, Origin=HERE)
    await house.settle()


def _multipart(draw: Mutator, fields: list[tuple[str, str]]) -> bytes:
    parts = []
    for name, value in fields:
        head = f'Content-Disposition: form-data; name="{name}"'.encode("utf-8", "surrogatepass")
        if name in ("file", "files", "avatar", "header", "picture", "attachment") or draw.luck.random() < 0.1:
            head += (
                b'; filename="' + draw.text()[:200].encode("utf-8", "surrogatepass") + b'"\r\nContent-Type: image/png'
            )
            value = draw.luck.choice(("", "\x89PNG\r\n\x1a\n" + value, "GIF89a" + value, "%PDF-1.4 " + value, value))
        parts.append(head + b"\r\n\r\n" + value.encode("utf-8", "surrogatepass"))
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return draw.damaged(body) if draw.luck.random() < 0.25 else body


async def api(house: House, luck: Random) -> None:
    """The client API, with what each route reads and something else."""
    draw = Mutator(luck)
    route = luck.choice([one for one in all_routes() if one.family is Family.API and not one.path.startswith(ENDLESS)])
    path = PARAMETER.sub(lambda hole: _part(draw, house, route.path, hole), route.path)
    said = {word.name: _word(draw, house) for word in route.takes if luck.random() < 0.6}
    said |= {
        luck.choice(("limit", "max_id", "status", "id[]", "media_ids[]", "poll[options][]", "a[b][c]")): _word(
            draw, house
        )
    }
    extra = {"Authorization": f"Bearer {luck.choice(list(house.apps.values()))}"} if luck.random() < 0.9 else {}
    body: Any = None
    if route.method == "GET":
        path += "?" + urlencode([(name, _text(value)) for name, value in said.items()], errors="surrogatepass")
    elif luck.random() < 0.5:
        body, extra["Content_Type"] = draw.raw(said), "application/json"
    else:
        pairs = [(name, _text(value)) for name, value in said.items()]
        body, extra["Content_Type"] = (
            urlencode(pairs, errors="surrogatepass").encode(),
            "application/x-www-form-urlencoded",
        )
        if luck.random() < 0.2:
            body, extra["Content_Type"] = _multipart(draw, pairs), "multipart/form-data; boundary=edge"
    await house.ask(route.method, path, "", body, **extra)
    await house.settle()


def _word(draw: Mutator, house: House) -> Any:
    return draw.one(lambda: _odd(draw, house)[:5000], draw.value, lambda: draw.luck.choice(house.ids), lambda: "true")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


async def discovery(house: House, luck: Random) -> None:
    """WebFinger and what else machines ask before they speak."""
    draw = Mutator(luck)
    who = luck.choice((*house.uris, "acct:sam@atelier.example", "acct:!fruitiers@atelier.example", f"acct:{draw.text()}@{draw.text()}", draw.text(), luck.choice(house.uris) + draw.text()))  # fmt: skip
    said = quote(
        draw.damaged(who.encode("utf-8", "surrogatepass"))[:4000]
        if luck.random() < 0.5
        else who.encode("utf-8", "surrogatepass")
    )
    paths = ("/.well-known/webfinger?resource=", "/.well-known/webfinger?rel=a&resource=", "/.well-known/host-meta?a=", "/.well-known/nodeinfo?a=", "/nodeinfo/2.1?a=", "/authorize_interaction?uri=", "/share?text=")  # fmt: skip
    await house.ask(
        "GET",
        luck.choice(paths[:2] if luck.random() < 0.7 else paths) + said,
        Accept=luck.choice(("application/jrd+json", "*/*", _line(draw.text()))),
    )


async def letterbox(house: House, luck: Random) -> None:
    """Letters for an address that is somebody's."""
    raw = letter(luck)
    async with house.site.entered():
        account = await Account.get(actor__name="sam", actor__local=True)
        raw = raw.replace(b"sam@atelier.example", account.email.encode())
        house.answers[int((await service.take(house.letterbox, account.email, raw))[:3])] += 1
    await house.settle()


Try = Callable[[House, Random], Awaitable[None]]
ENDPOINTS: dict[str, Try] = {
    one.__name__: one for one in (deliveries, fetches, requests, forms, api, discovery, letterbox)
}
