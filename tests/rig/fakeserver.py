"""A scripted stranger: a server of some software with actors, documents, signed deliveries and an inbox that remembers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp.web import BaseRequest, Response

from activitypub.client.transport import HttpRequest, HttpResponse
from activitypub.signatures import Scheme, Signer, add_proof, generate_ed25519, sign_request
from tests.rig.clock import StandingClock
from tests.rig.fakeweb import FakeWeb, Recording
from tests.rig.manners import Manners
from tests.rig.thrift import rsa_pair

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
AS_JSON = "application/activity+json"

# Keys are slow to make: they are kept for the whole run and dealt out anew to each test.
_ed25519: list[tuple[str, str]] = []


def _ed25519_pair(number: int) -> tuple[str, str]:
    while len(_ed25519) <= number:
        _ed25519.append(generate_ed25519())
    return _ed25519[number]


@dataclass(frozen=True)
class Received:
    """A delivery that reached this server's inbox."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 202

    @property
    def activity(self) -> dict[str, Any]:
        """What was delivered."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def type(self) -> str:
        """Its type."""
        return str(self.activity.get("type"))


class FakeServer:
    """One host. `documents` maps paths to what is served there; `received` is what came into any inbox."""

    def __init__(
        self, host: str, manners: Manners, web: FakeWeb, *, clock: StandingClock, numbers: Iterator[int]
    ) -> None:
        self.host = host
        self.manners = manners
        self.web = web
        self.clock = clock
        self.numbers = numbers
        self.ids = count(1)
        self.documents: dict[str, Any] = {}
        self.content_types: dict[str, str] = {}
        self.statuses: dict[str, int] = {}  # path -> status that is answered instead
        self.redirects: dict[str, str] = {}
        self.received: list[Received] = []
        self.gets: list[tuple[str, Mapping[str, str]]] = []
        self.inbox_status = 202
        self.inbox_answer: Callable[[BaseRequest], Awaitable[Response]] | None = None  # instead of a mere status
        self.actors: dict[str, Stranger] = {}

    @property
    def origin(self) -> str:
        """https:// and the host."""
        return f"https://{self.host}"

    @property
    def transport(self) -> Recording:
        """What this server sends with."""
        if not hasattr(self, "_transport"):
            self._transport = self.web.transport()
        return self._transport

    def person(self, name: str, kind: str = "Person", **properties: Any) -> Stranger:
        """A person of this server, with keys and a document."""
        return self._actor(name, kind, self.manners.person, properties)

    def group(self, name: str, **properties: Any) -> Stranger:
        """A community of this server; its moderators are in `moderators`."""
        group = self._actor(name, "Group", self.manners.group, properties)
        group.moderators = []
        group.publish_moderators()
        return group

    def _actor(self, name: str, kind: str, pattern: str, properties: dict[str, Any]) -> Stranger:
        found = Stranger(self, name, kind, self.origin + pattern.format(name=name), dict(properties))
        found.publish()
        self.actors[found.uri] = found
        return found

    def put(self, uri: str, document: Any, *, content_type: str = AS_JSON) -> None:
        """Serve a document (dict or bytes) at its address."""
        path = _path(uri)
        self.documents[path] = document
        self.content_types[path] = content_type

    def took(self, kind: str) -> list[dict[str, Any]]:
        """The activities of one type that came in."""
        return [item.activity for item in self.received if item.type == kind]

    def kept(self) -> list[str]:
        """The ids of what came in and was not refused, in order."""
        return [str(item.activity["id"]) for item in self.received if item.status < 300]

    async def answer(self, request: BaseRequest) -> Response:
        """Answer whatever comes: inboxes, discovery, documents."""
        path = request.path_qs
        if request.method == "POST":
            body = await request.read()
            answer = await self.inbox_answer(request) if self.inbox_answer else Response(status=self.inbox_status)
            answer.headers.setdefault("Date", format_datetime(self.clock.now(), usegmt=True))
            self.received.append(Received(path, dict(request.headers), body, answer.status))
            return answer
        self.gets.append((path, dict(request.headers)))
        if path in self.redirects:
            return Response(status=302, headers={"Location": self.redirects[path]})
        if path in self.statuses:
            return Response(status=self.statuses[path])
        if path.startswith("/.well-known/webfinger"):
            return self._webfinger(path)
        if path in ("/.well-known/nodeinfo", "/nodeinfo/2.1"):
            return _json(self._nodeinfo(path), "application/json")
        if self.manners.signed_fetch and "Signature" not in request.headers:
            return Response(status=401)
        found = self.documents.get(path)
        if found is None:
            return Response(status=404)
        return _json(found, self.content_types[path])

    def _webfinger(self, path: str) -> Response:
        if "webfinger" in self.documents:
            return _json(self.documents["webfinger"], "application/jrd+json")
        wanted = parse_qs(urlsplit(path).query).get("resource", [""])[0]
        for actor in self.actors.values():
            if wanted in (f"acct:{actor.name}@{self.host}", actor.uri):
                link = {"rel": "self", "type": AS_JSON, "href": actor.uri}
                return _json({"subject": f"acct:{actor.name}@{self.host}", "links": [link]}, "application/jrd+json")
        return Response(status=404)

    def _nodeinfo(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/nodeinfo":
            schema = "http://nodeinfo.diaspora.software/ns/schema/2.1"
            return {"links": [{"rel": schema, "href": f"{self.origin}/nodeinfo/2.1"}]}
        return {
            "version": "2.1",
            "software": {"name": self.manners.software, "version": self.manners.version},
            "protocols": ["activitypub"],
            "usage": {"users": {"total": len(self.actors)}},
            "metadata": {"capabilities": list(self.manners.capabilities), "nodeName": self.host},
        }


@dataclass
class Stranger:
    """An actor of a scripted server. `await alice.creates(page, to=inbox)` signs and posts, and gives the answer's status."""

    server: FakeServer
    name: str
    kind: str
    uri: str
    properties: dict[str, Any]
    moderators: list[str] | None = None
    followers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        number = next(self.server.numbers)
        self.private_pem, self.public_pem = rsa_pair("strangers", number)
        self.private_ed, self.public_ed = _ed25519_pair(number)

    @property
    def key_id(self) -> str:
        """The id of the key that signs requests."""
        return self.uri + self.server.manners.key

    @property
    def proof_key_id(self) -> str:
        """The id of the key that signs documents."""
        return f"{self.uri}#ed25519-key"

    @property
    def inbox(self) -> str:
        """Where deliveries for this actor go."""
        return f"{self.uri}/inbox"

    @property
    def handle(self) -> str:
        """name@host."""
        return f"{self.name}@{self.server.host}"

    @property
    def signer(self) -> Signer:
        """What signs requests."""
        return Signer(self.key_id, self.private_pem)

    @property
    def document(self) -> dict[str, Any]:
        """The actor's document in its software's manner."""
        manners = self.server.manners
        found: dict[str, Any] = {
            "@context": _listed(manners.context),
            "id": self.uri,
            "type": self.kind,
            "preferredUsername": self.name,
            "name": self.name.capitalize(),
            "summary": f"<p>{self.name} writes from {self.server.host}</p>",
            "url": self.uri,
            "inbox": self.inbox,
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "manuallyApprovesFollowers": False,
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": self.public_pem},
            **manners.actor_extra,
        }
        if manners.shared_inbox:
            found["endpoints"] = {"sharedInbox": f"{self.server.origin}/inbox"}
        if manners.proofs:
            key = {
                "id": self.proof_key_id,
                "type": "Multikey",
                "controller": self.uri,
                "publicKeyMultibase": self.public_ed,
            }
            found["assertionMethod"] = [key]
        if self.kind == "Group":
            found |= {"attributedTo": f"{self.uri}/moderators", "postingRestrictedToMods": False}
        return found | self.properties

    def publish(self) -> None:
        """Serve the document as it is now, and the key where it lies apart."""
        self.server.put(self.uri, self.document)
        if not self.server.manners.key.startswith("#"):
            stub = {name: self.document[name] for name in ("@context", "id", "type", "preferredUsername", "publicKey")}
            self.server.put(self.key_id, stub)
        empty = {"@context": "https://www.w3.org/ns/activitystreams", "type": "OrderedCollection", "orderedItems": []}
        for part in ("outbox", "followers"):
            self.server.put(f"{self.uri}/{part}", {**empty, "id": f"{self.uri}/{part}", "totalItems": 0})

    def publish_moderators(self) -> None:
        """Serve who moderates this community."""
        uri = f"{self.uri}/moderators"
        context = "https://www.w3.org/ns/activitystreams"
        items = self.moderators or []
        self.server.put(
            uri,
            {
                "@context": context,
                "id": uri,
                "type": "OrderedCollection",
                "orderedItems": items,
                "totalItems": len(items),
            },
        )

    def change_keys(self) -> None:
        """Use new keys from now on, under the same id."""
        self.__post_init__()
        self.publish()

    def note(self, text: str = "<p>Hello</p>", **properties: Any) -> dict[str, Any]:
        """An object by this actor, served at its id."""
        number = next(self.server.ids)
        uri = self.server.origin + self.server.manners.post.format(id=number, author=self.name)
        found: dict[str, Any] = {
            "id": uri,
            "type": "Note",
            "attributedTo": self.uri,
            "content": text,
            "published": stamp(self.server.clock.now()),
            "to": [PUBLIC],
            "cc": [f"{self.uri}/followers"],
            **properties,
        }
        self.server.put(uri, {"@context": _listed(self.server.manners.context), **found})
        return found

    def root(
        self, group: str, title: str = "A question", text: str = "<p>Who knows?</p>", **properties: Any
    ) -> dict[str, Any]:
        """What starts a thread in a community, as this software writes it."""
        manners = self.server.manners
        found: dict[str, Any] = {"to": [group, PUBLIC], "cc": [], "type": manners.root, **properties}
        if manners.root != "Note":
            found["name"] = title
        if manners.addresses_group == "audience":
            found["audience"] = group
        elif manners.addresses_group == "mention":
            found |= {"to": [PUBLIC], "cc": [f"{self.uri}/followers", group]}
            found["tag"] = [{"type": "Mention", "href": group, "name": "@group"}]
            text = f"<p>{title}</p>{text}"
        elif manners.addresses_group == "owner":
            found |= {"cc": [f"{group}/members", f"{group}/followers"], "to": [PUBLIC]}
            found |= {"actor": self.uri, "attributedTo": group, "mediaType": "text/html", "draft": False}
        return self.note(text, **found | properties)

    def reply(
        self, parent: str, to: str, group: str, text: str = "<p>An answer</p>", **properties: Any
    ) -> dict[str, Any]:
        """An answer to a post of `to` in a community, as this software writes it."""
        manners = self.server.manners
        cc = [f"{self.uri}/followers", group, to]
        found: dict[str, Any] = {"inReplyTo": parent, "to": [PUBLIC], "cc": list(dict.fromkeys(cc))}
        found["tag"] = [{"type": "Mention", "href": to, "name": "@" + to.rpartition("/")[2]}]
        if manners.addresses_group == "audience":
            found |= {"audience": group, "cc": [group, to], "mediaType": "text/html", "distinguished": False}
        elif manners.addresses_group == "mention":
            found["tag"].append({"type": "Mention", "href": group, "name": "@" + group.rpartition("/")[2]})
        if manners.writes_source:
            found["source"] = {"content": text, "mediaType": "text/markdown"}
        return self.note(text, **found | properties)

    def activity(self, kind: str, thing: Any, **properties: Any) -> dict[str, Any]:
        """An activity of this actor, with a proof where its software makes them."""
        manners = self.server.manners
        number = next(self.server.ids)
        pattern = manners.ids.get(kind, manners.activity)
        about = _path(str(thing["id"] if isinstance(thing, dict) else thing)) if "{object}" in pattern else ""
        path = pattern.format(kind=kind.lower(), id=f"{kind.lower()}-{number}", author=self.name, object=about)
        found: dict[str, Any] = {
            "@context": _listed(manners.context),
            "id": self.server.origin + path,
            "type": kind,
            "actor": self.uri,
            "object": thing,
            **properties,
        }
        if isinstance(thing, dict) and "to" not in found and "to" in thing:
            found |= {"to": thing["to"], "cc": thing.get("cc", [])}
            if "audience" in thing:
                found["audience"] = thing["audience"]
        if kind not in manners.unaddressed:
            found.setdefault("to", [PUBLIC])
            found.setdefault("cc", [])
        if manners.collapses:
            found = _collapsed(found)
        return self.proves(found) if manners.proofs else found

    def proves(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with this actor's proof."""
        now = self.server.clock.now()
        return add_proof(document, private_pem=self.private_ed, verification_method=self.proof_key_id, created=now)

    def wraps(self, activity: dict[str, Any], **properties: Any) -> dict[str, Any]:
        """A community's Announce of somebody's activity (FEP-1b12)."""
        cc = [f"{self.uri}/followers"]
        return self.activity("Announce", activity, **{"to": [PUBLIC], "cc": cc, **properties})

    def signs(
        self, url: str, body: bytes, *, method: str = "POST", scheme: Scheme | None = None, now: datetime | None = None
    ) -> dict[str, str]:
        """The headers of a signed request, to be tampered with or sent."""
        given = body if method == "POST" else None
        at = now or self.server.clock.now()
        headers = sign_request(method, url, given, self.signer, scheme or self.server.manners.scheme, at)
        return headers if method == "POST" else headers | {"Accept": AS_JSON}

    async def sends(self, activity: dict[str, Any] | bytes, to: str, *, scheme: Scheme | None = None) -> int:
        """Deliver an activity to an inbox; gives the status."""
        return (await self.delivers(activity, to, scheme=scheme)).status

    async def delivers(
        self, activity: dict[str, Any] | bytes, to: str, *, scheme: Scheme | None = None
    ) -> HttpResponse:
        """Deliver an activity to an inbox; gives the whole answer."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity, ensure_ascii=False).encode()
        headers = self.signs(to, body, scheme=scheme)
        return await self.server.transport.send(HttpRequest("POST", to, headers, body))

    async def gets(self, url: str, *, scheme: Scheme | None = None) -> HttpResponse:
        """Ask for a document with a signed GET."""
        headers = self.signs(url, b"", method="GET", scheme=scheme)
        return await self.server.transport.send(HttpRequest("GET", url, headers))

    async def creates(self, thing: dict[str, Any], to: str) -> int:
        """Deliver a Create."""
        return await self.sends(self.activity("Create", thing), to)

    async def updates(self, thing: dict[str, Any], to: str) -> int:
        """Serve and deliver a changed object."""
        changed = {**thing, "updated": stamp(self.server.clock.now())}
        self.server.put(thing["id"], {"@context": _listed(self.server.manners.context), **changed})
        return await self.sends(self.activity("Update", changed), to)

    async def deletes(self, uri: str, to: str) -> int:
        """Take an object away and say so."""
        self.server.statuses[_path(uri)] = 410
        gone = {"id": uri, "type": "Tombstone"} if self.server.manners.tombstones else uri
        return await self.sends(self.activity("Delete", gone), to)

    async def follows(self, target: str, to: str) -> dict[str, Any]:
        """Deliver a Follow; gives the activity."""
        return await self._done("Follow", target, to, to=[target])

    async def joins(self, target: str, to: str, message: str = "") -> dict[str, Any]:
        """Deliver a Join; gives the activity."""
        more = {"content": message} if message else {}
        return await self._done("Join", target, to, **{"to": [target], **more})

    async def likes(self, uri: str, to: str) -> dict[str, Any]:
        """Deliver a Like; gives the activity."""
        return await self._done("Like", uri, to)

    async def announces(self, thing: Any, to: str) -> dict[str, Any]:
        """Deliver an Announce; gives the activity."""
        return await self._done("Announce", thing, to)

    async def accepts(self, activity: dict[str, Any], to: str) -> dict[str, Any]:
        """Deliver an Accept of what was received."""
        return await self._done("Accept", activity if self.server.manners.nested_accept else activity["id"], to)

    async def undoes(self, activity: dict[str, Any], to: str) -> dict[str, Any]:
        """Deliver an Undo."""
        inner = {name: value for name, value in activity.items() if name not in ("@context", "proof")}
        return await self._done("Undo", inner, to)

    async def _done(self, kind: str, thing: Any, inbox: str, **properties: Any) -> dict[str, Any]:
        activity = self.activity(kind, thing, **properties)
        status = await self.sends(activity, inbox)
        assert status == 202, f"{kind} was answered with {status}"
        return activity


def _collapsed(document: dict[str, Any]) -> dict[str, Any]:
    """Lists of one as that one, at every depth but in the context."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            value = _collapsed(value)
        elif isinstance(value, list) and name != "@context" and len(value) == 1:
            value = _collapsed(value[0]) if isinstance(value[0], dict) else value[0]
        found[name] = value
    return found


def stamp(moment: datetime) -> str:
    """A date as ActivityPub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _path(uri: str) -> str:
    parts = urlsplit(uri)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _listed(context: Any) -> Any:
    return list(context) if isinstance(context, tuple) else context


def _json(document: Any, content_type: str) -> Response:
    body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return Response(body=body, headers={"Content-Type": content_type})
