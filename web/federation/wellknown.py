"""How others find us: WebFinger, NodeInfo 2.0 and 2.1, host-meta. Always readable without a signature."""

from __future__ import annotations

import orjson
from aiohttp.web import HTTPBadRequest, HTTPNotFound, Request, Response

from activitypub import mime, wellknown
from activitypub.errors import BadUri
from activitypub.uris import Handle, same_address
from fedcop import __version__
from fedcop.accounts import instance
from fedcop.actors import queries as actors
from fedcop.actors import service
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.core import addresses
from fedcop.federation.documents import census
from web.keys import SITE
from web.shared.routing import machine

CAPABILITIES = ("fep-1b12", "fep-7888", "fep-f228", "fep-171b", "fep-8b32", "fep-db0e", "rfc9421", "private-groups")
INTENTS = {
    "https://w3id.org/fep/3b86/Object": "/search?q={object}",
    "https://w3id.org/fep/3b86/Follow": "/search?q={object}",
}


@machine("GET", "/.well-known/webfinger", kept=True)
async def get_webfinger(request: Request) -> Response:
    """Tell whose address a handle is, or whose handle an address has."""
    try:
        resource = wellknown.parse_resource(request.query.get("resource", ""))
    except BadUri:
        raise HTTPBadRequest from None
    actor = await _actor_of(resource)
    if (
        actor is None
        or actor.gone_at is not None
        or actor.suspended_at is not None
        or await communities.is_hidden(actor)
    ):
        raise HTTPNotFound
    origin = request.app[SITE].settings.origin
    document = wellknown.jrd(
        subject=Handle(actor.name, actor.host),
        actor=actor.uri,
        page=actor.url or actor.uri,
        actor_type=actor.kind,
        subscribe=f"{origin}/search?q={{uri}}",
        templates={relation: origin + path for relation, path in INTENTS.items()},
    )
    return _json(document, mime.JRD_JSON)


@machine("GET", "/.well-known/nodeinfo")
async def get_nodeinfo_links(request: Request) -> Response:
    """Tell where the two versions of our NodeInfo are."""
    origin = request.app[SITE].settings.origin
    return _json(wellknown.nodeinfo_links(origin, application=addresses.instance_actor_uri()), "application/json")


@machine("GET", "/nodeinfo/{version}")
async def get_nodeinfo(request: Request) -> Response:
    """Tell which software this is, what it can do and how many people use it."""
    version = request.match_info["version"]
    if version not in ("2.0", "2.1"):
        raise HTTPNotFound
    about, counted = await instance.read(), await census.count()
    facts = wellknown.NodeFacts(
        version=__version__,
        name=about.name,
        description=about.slogan,
        open_registrations=about.registration in ("open", "approval"),
        users=counted.people,
        active_month=counted.active_month,
        active_half_year=counted.active_half_year,
        local_posts=counted.posts,
        local_comments=counted.replies,
        capabilities=CAPABILITIES,
        upstream="mastodon",
    )
    document = wellknown.nodeinfo_20(facts) if version == "2.0" else wellknown.nodeinfo_21(facts)
    return _json(document, mime.NODEINFO_JSON.format(version=version))


@machine("GET", "/.well-known/host-meta")
async def get_host_meta(request: Request) -> Response:
    """Point old software to WebFinger."""
    text = wellknown.host_meta(request.app[SITE].settings.origin)
    return Response(body=text.encode(), headers={"Content-Type": mime.XRD_XML, "Access-Control-Allow-Origin": "*"})


async def _actor_of(resource: Handle | str) -> Actor | None:
    if isinstance(resource, Handle):
        if resource.host != _own_host():
            return None
        if resource.name.lower() == _own_host().lower():
            return await service.instance_actor()
        return await actors.local_by_name(resource.name)
    if same_address(resource, addresses.origin()):
        return await service.instance_actor()  # FEP-d556: the server itself
    found = await actors.by_uri(resource)
    return found if found is not None and found.local else None


def _own_host() -> str:
    return addresses.origin().partition("://")[2]


def _json(document: dict[str, object], content_type: str) -> Response:
    headers = {"Content-Type": content_type, "Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=600"}
    return Response(body=orjson.dumps(document), headers=headers)
