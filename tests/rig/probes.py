"""How somebody knocks who has no business here: the addresses, as data, and who stands at the door.

A probe is sent twice, to the real thing and to its twin which never was (see `behind_doors.twin`); the answers must be one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from activitypub.client.transport import HttpResponse
from activitypub.signatures import Scheme, Signer, sign_request
from tests.rig.behind_doors import Doors, twin
from tests.rig.queries import counted

PAGE = "text/html,application/xhtml+xml"
DOCUMENT = "application/activity+json"
NEVER_SAME = ("date", "set-cookie")
# The token of a form is another one for each guest, and masked anew on each page.
TOKEN = re.compile(rb"\b(?:[0-9a-f]{64}){1,2}\b")

FORM = {"source": "Bonjour", "reason": "Non", "text": "Non", "audience": "public", "do": "remove", "step": "publish"}
"""What is filled in wherever a form is sent: no more than looks right in one place or another."""


@dataclass(frozen=True)
class Probe:
    """One knock. `at` is the server: a is the community's, b the one of a member."""

    at: str
    path: str
    method: str = "GET"
    accept: str = PAGE
    headers: Mapping[str, str] = field(default_factory=dict)
    opens: bool = True  # for a member

    def __str__(self) -> str:
        more = "".join(f" {name}={value[:12]}" for name, value in self.headers.items())
        return f"{self.method} {self.at}{self.path} {'doc' if self.accept == DOCUMENT else 'page'}{more}"


@dataclass(frozen=True)
class Knocker:
    """Who asks: with a session here or there, with a signature, with neither."""

    name: str
    cookie: Mapping[str, str] = field(default_factory=dict)  # by "a" and "b"
    signer: Signer | None = None
    scheme: Scheme = Scheme.CAVAGE
    spoils: Callable[[dict[str, str]], dict[str, str]] = lambda headers: headers


@dataclass(frozen=True)
class Answered:
    """What came back, and what it cost."""

    response: HttpResponse
    statements: int
    asked: int

    def told(self, *names: str) -> tuple[int, dict[str, str], bytes]:
        """All that means something, with nothing left of the names that were asked for."""
        body = TOKEN.sub(b"", self.response.body)
        headers = {key: value for key, value in self.response.headers.items() if key not in NEVER_SAME}
        for name in sorted((name for name in names if name), key=len, reverse=True):
            body = body.replace(name.encode(), b"#")
            headers = {key: value.replace(name, "#") for key, value in headers.items()}
        return self.response.status, headers, body


def pages(at: str) -> list[Probe]:
    """What people open."""
    paths = [
        "/c/{name}",
        "/c/{name}/about",
        "/c/{name}/members",
        "/c/{name}/resources",
        "/c/{name}/moderation",
        "/c/{name}/join",
        "/c/{name}/leave",
        "/c/{name}/mute",
        "/c/{name}/note",
        "/c/{name}/new",
        "/c/{name}/resources/new",
        "/c/{name}/mail",
        "/c/{name}/requests",
        "/c/{name}/apps",
        "/c/{name}/settings",
        "/c/{name}/held",
        "/c/{name}/invite",
        "/c/{name}/named?q=a",
        "/p/{root}",
        "/p/{reply}",
        "/p/{own}",
        "/p/{root}/history",
        "/p/{root}/fresh?since=2000-01-01T00:00:00Z",
        "/p/{root}/edit",
        "/p/{root}/delete",
        "/p/{root}/files",
        "/p/{root}/remove",
        "/p/{sheet_post}",
        "/r/{sheet}",
        "/r/{sheet}/edit",
    ]
    only_here = (
        "/new",
        "/mail",
        "/requests",
        "/apps",
        "/settings",
        "/held",
        "/invite",
        "/edit",
        "/delete",
        "/files",
        "/remove",
        "/join",
        "/leave",
        "/mute",
        "/note",
    )
    return [Probe(at, path, opens=not path.endswith(only_here)) for path in paths]


def files(at: str) -> list[Probe]:
    """Bytes by addresses that somebody once knew, whole and in part."""
    paper, preview = "/media/{paper}/fichier.pdf", "/media/{paper}/preview/{paper_id}.webp"
    whole = [
        "/media/{paper}", paper, preview, "/media/{photo}", "/media/{photo}/fichier.jpg",
        "/media/{photo}/preview/{photo_id}.webp", "/c/{name}/files/{digest}",
    ]  # fmt: skip
    found = [Probe(at, path) for path in whole]
    found += [Probe(at, path, "HEAD") for path in (paper, preview, "/p/{root}")]
    tag, never = '"{digest}"', {"If-Range": '"never"', "Range": "bytes=0-9"}
    found += [
        Probe(at, paper, headers={"Range": "bytes=0-99"}),
        Probe(at, paper, headers={"Range": "bytes=99999999-"}, opens=False),
        Probe(at, paper, headers={"If-None-Match": tag}),
        Probe(at, paper, headers={"If-None-Match": f"W/{tag}, *"}),
        Probe(at, preview, headers={"If-None-Match": '"p-{digest}"'}),
        Probe(at, paper, headers=never),
        Probe(at, paper, accept=DOCUMENT),
        Probe(at, "/media/{photo}/../{paper}/fichier.pdf", opens=False),
    ]
    return found


def documents(at: str) -> list[Probe]:
    """What other servers fetch: things of the server's own, and its rows of what others wrote."""
    paths = ["/p/{root}", "/p/{root}/replies", "/p/{root}/likes", "/p/{root}/shares", "/p/{root}/answers"]
    if at == "b":
        paths = [path.replace("{root}", "{own}") for path in paths] + ["/p/{reply}", "/p/{reply}/replies"]
        paths += ["/r/{sheet}", "/r/{sheet}/replies", "/r/{sheet}/likes"]
    found = [Probe(at, path, accept=DOCUMENT) for path in paths]
    tagged = {"If-None-Match": "*"}
    found += [
        Probe(at, "/activities/{activity}", accept=DOCUMENT, opens=False),
        Probe(at, "/activities/{sent}", accept=DOCUMENT, opens=False),
        Probe(at, paths[0], "HEAD", DOCUMENT),
        Probe(at, paths[0], accept='application/ld+json; profile="https://www.w3.org/ns/activitystreams"'),
        Probe(at, paths[0], accept=DOCUMENT, headers=tagged),
        Probe(at, "/media/{photo}", accept=DOCUMENT),
    ]
    if at == "a":
        found += [Probe(at, path, accept=DOCUMENT) for path in COLLECTIONS]
        found.append(Probe(at, "/c/{bare}/t/{context}/history", "HEAD", DOCUMENT))
        found.append(Probe(at, "/c/{bare}", accept=DOCUMENT))
        asked = "/c/{bare}/followers?is_follower=https%3A%2F%2Fvallee.example%2Fu%2Fbob"
        found.append(Probe(at, asked, accept=DOCUMENT))
        found.append(Probe(at, asked.replace("bob", "zoe"), accept=DOCUMENT, opens=False))
    return found


COLLECTIONS = [
    "/c/{bare}/outbox",
    "/c/{bare}/outbox?page=1",
    "/c/{bare}/followers",
    "/c/{bare}/members",
    "/c/{bare}/members?page=1",
    "/c/{bare}/moderators",
    "/c/{bare}/featured",
    "/c/{bare}/following",
    "/c/{bare}/resources",
    "/c/{bare}/t/{context}/context",
    "/c/{bare}/t/{context}/history",
    "/c/{bare}/t/{context}/history?page=1",
]


def wordy(at: str) -> list[Probe]:
    """Asking by a name, a word or an address, and what older software asks for."""
    address = "https%3A%2F%2Fcoop.example%2Fp%2F{root}" if at == "b" else "https%3A%2F%2Fvallee.example%2Fp%2F{own}"
    found = [
        "/search?q={word}", "/search?q={tag}&kind=resource", "/search?q={bare}", "/search?q={bare}&kind=community",
        f"/search?q={address}", "/search?q=!{bare}%40coop.example", "/tags/{tag}", "/communities?q={bare}",
    ]  # fmt: skip
    asked = "/.well-known/webfinger?resource="
    finger = [asked + "acct:{bare}@coop.example", asked + "acct:%21{bare}@coop.example"]
    finger += [asked + "https://coop.example/c/{bare}", asked + "https://coop.example/p/{root}"]
    old = ["/c/{bare}.rss", "/c/{bare}/feed.atom", "/feeds/c/{bare}.xml", "/api/v1/statuses/{root}"]
    old += ["/api/v1/search?q={word}", "/api/v3/community?name={bare}", "/nodeinfo/{bare}"]
    return [Probe(at, path, opens=False) for path in found] + [
        Probe(at, path, accept="application/json", opens=False) for path in finger + old
    ]


TABLE = [probe for at in ("a", "b") for make in (pages, files, documents, wordy) for probe in make(at)]
"""All of them."""


#: Where a private, but not a hidden community shows that it is there, how to ask, and what is not for one's role.
SHOWN = frozenset(
    [
        f"/c/{{name}}{part}"
        for part in (
            "",
            *[
                "/about",
                "/join",
                "/leave",
                "/mute",
                "/note",
                "/resources",
                "/requests",
                "/apps",
                "/settings",
                "/held",
                "/invite",
            ],
        )
    ]
    + ["/c/{bare}", "/c/{bare}/following"]
    + [probe.path for probe in wordy("a") if "{bare}" in probe.path]
)


def knocks_at(by: Knocker) -> list[Probe]:
    """The probes that mean something for who asks: a page knows sessions only, a document signatures only."""
    if by.cookie:
        return [probe for probe in TABLE if probe.at in by.cookie and probe.accept != DOCUMENT]
    if by.signer is not None:
        return [probe for probe in TABLE if probe.accept == DOCUMENT or probe.path.startswith("/media/")]
    return TABLE


class Door:
    """Sends probes in the name of a knocker."""

    def __init__(self, doors: Doors, places: Mapping[str, Mapping[str, str]]) -> None:
        self.doors = doors
        self.places = places

    async def knock(self, probe: Probe, by: Knocker, *, real: bool) -> Answered:
        """Ask for the real thing or for its twin."""
        places = self.places[probe.at]
        at = places if real else {name: twin(value) for name, value in places.items()}
        origin = (self.doors.a if probe.at == "a" else self.doors.b).settings.origin
        url = origin + probe.path.format_map(at)
        # Packed, the length says what the token is, which is another one each time.
        headers = {"Accept": probe.accept, "Accept-Language": "fr-CA", "Accept-Encoding": "identity"}
        headers |= {name: value.format_map(at) for name, value in probe.headers.items()}
        if probe.at in by.cookie:
            headers["Cookie"] = by.cookie[probe.at]
        elif by.signer is not None:
            now = self.doors.world.clock.now()
            signed = sign_request(probe.method, url, None, by.signer, by.scheme, now)
            headers = by.spoils({**signed, **headers})
        body = b""
        if probe.method == "POST":
            token = TOKEN.search((await self.doors.world.request("GET", f"{origin}/settings/account", headers)).body)
            body = urlencode(FORM | {"csrf": token[0].decode() if token else ""}).encode()
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        asked = len(self.doors.world.web.asked)
        with counted() as statements:
            response = await self.doors.world.request(probe.method, url, headers, body)
        return Answered(response, len(statements), len(self.doors.world.web.asked) - asked)

    async def differs(self, probe: Probe, by: Knocker) -> str:
        """Say how the answers of a thing and of its twin differ; "" if they are one."""
        real, absent = await self.knock(probe, by, real=True), await self.knock(probe, by, real=False)
        names = self.places[probe.at].values()
        told, expected = real.told(*names), absent.told(*(twin(name) for name in names))
        for what, one, other in zip(("status", "headers", "body"), told, expected, strict=True):
            if one != other:
                return f"{probe} by {by.name}: {what} {first_difference(one, other)}"
        if real.asked != absent.asked:
            return f"{probe} by {by.name}: {real.asked} requests left, {absent.asked} for its twin"
        if abs(real.statements - absent.statements) > NEAR:
            return f"{probe} by {by.name}: {real.statements} statements, {absent.statements} for its twin"
        return ""


NEAR = 10
"""Statements, each some tens of microseconds: finding a row and judging it, where its twin is not found."""


def first_difference(one: object, other: object) -> str:
    """Show where two things begin to differ."""
    if isinstance(one, bytes) and isinstance(other, bytes):
        at = next((n for n, (x, y) in enumerate(zip(one, other, strict=False)) if x != y), min(len(one), len(other)))
        return f"{one[max(0, at - 80) : at + 80]!r} / {other[max(0, at - 80) : at + 80]!r}"
    if isinstance(one, dict) and isinstance(other, dict):
        return str({key: (one.get(key), other.get(key)) for key in {*one, *other} if one.get(key) != other.get(key)})
    return f"{one} / {other}"
