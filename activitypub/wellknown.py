"""The documents by which a server is found, as we write them: WebFinger, NodeInfo, host-meta. Pure; asks nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activitypub import mime
from activitypub.errors import BadUri
from activitypub.uris import Handle, parse_handle, split

SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
TYPE_PROPERTY = "https://www.w3.org/ns/activitystreams#type"
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
APPLICATION_ACTOR = "https://www.w3.org/ns/activitystreams#Application"


@dataclass(frozen=True)
class NodeFacts:
    """What we say of ourselves."""

    version: str
    name: str = ""
    description: str = ""
    repository: str | None = None
    homepage: str | None = None
    open_registrations: bool = False
    users: int = 0
    active_month: int = 0
    active_half_year: int = 0
    local_posts: int = 0
    local_comments: int = 0
    capabilities: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    software: str = "fedcop"
    upstream: str = ""  # whose client API is spoken: some apps know only a few names, and look here for one of them


def nodeinfo_links(origin: str, *, application: str | None = None) -> dict[str, Any]:
    """Build our /.well-known/nodeinfo: both versions, because some readers know only one."""
    links = [{"rel": SCHEMA + version, "href": f"{origin}/nodeinfo/{version}"} for version in ("2.0", "2.1")]
    if application:
        links.append({"rel": APPLICATION_ACTOR, "href": application})
    return {"links": links}


def nodeinfo_20(facts: NodeFacts) -> dict[str, Any]:
    """Build our NodeInfo 2.0 document."""
    return {
        "version": "2.0",
        "software": {"name": facts.software, "version": facts.version},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": facts.open_registrations,
        "usage": {
            "users": {
                "total": facts.users,
                "activeMonth": facts.active_month,
                "activeHalfyear": facts.active_half_year,
            },
            "localPosts": facts.local_posts,
            "localComments": facts.local_comments,
        },
        "metadata": {
            "nodeName": facts.name,
            "nodeDescription": facts.description,
            "capabilities": list(facts.capabilities),
            "staffAccounts": list(facts.staff),
            **({"upstream": {"name": facts.upstream}} if facts.upstream else {}),
        },
    }


def nodeinfo_21(facts: NodeFacts) -> dict[str, Any]:
    """Build our NodeInfo 2.1 document, which also names repository and homepage."""
    document = nodeinfo_20(facts) | {"version": "2.1"}
    places = {"repository": facts.repository, "homepage": facts.homepage}
    document["software"] |= {name: place for name, place in places.items() if place}
    return document


def parse_resource(text: str) -> Handle | str:
    """Read the `resource` of a WebFinger query: a handle (acct: or bare) or the address of an actor."""
    if text[:8].lower().startswith(("https://", "http://")):
        split(text)
        return text
    if text.startswith("!"):
        raise BadUri("a resource is a handle or an address")
    return parse_handle(text)


def jrd(
    *,
    subject: Handle,
    actor: str,
    page: str | None = None,
    actor_type: str | None = None,
    subscribe: str | None = None,
    aliases: Sequence[str] = (),
    templates: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Build our answer: `subscribe` and `templates` (FEP-3b86: relation to template) contain `{uri}` or `{object}`."""
    link: dict[str, Any] = {"rel": "self", "type": mime.ACTIVITY_JSON, "href": actor}
    if actor_type:
        # Lemmy tells a community from a person by this.
        link["properties"] = {TYPE_PROPERTY: actor_type}
    links = [link]
    if page:
        links.append({"rel": PROFILE_PAGE, "type": "text/html", "href": page})
    if subscribe:
        links.append({"rel": SUBSCRIBE, "template": subscribe})
    links += [{"rel": relation, "template": template} for relation, template in (templates or {}).items()]
    known_as = list(dict.fromkeys([actor, *([page] if page else []), *aliases]))
    return {"subject": f"acct:{subject}", "aliases": known_as, "links": links}


def host_meta(origin: str) -> str:
    """Build the old host-meta document, which points to WebFinger."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{origin}/.well-known/webfinger?resource={{uri}}"/>\n'
        "</XRD>\n"
    )
