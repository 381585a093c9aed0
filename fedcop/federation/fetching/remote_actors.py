"""A stranger's actor document becomes a row and its keys; refreshed when stale, buried when gone.

Content comes only from the address that is the actor's id. Not for: what actors do to each other (people, communities).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from activitypub import uris
from activitypub.client.fetch import Budget, Fetched, fetch_object
from activitypub.errors import BadDocument, BadSignature, BadUri, FetchFailed, Gone
from activitypub.signatures import load_public
from activitypub.vocab import Actor as Document
from activitypub.vocab import Application, Group, Organization, Person, Service, Thing, parse
from fedcop.actors import queries as actors
from fedcop.actors import service
from fedcop.actors.models import Actor
from fedcop.actors.service import RemoteActor
from fedcop.core import addresses, budgets, clock
from fedcop.core.database import atomic
from fedcop.core.sanitise import clean_html, plain
from fedcop.core.site import Site, site
from fedcop.core.together import Together
from fedcop.federation import keyring
from fedcop.federation.fetching import tokens
from fedcop.federation.inbound import Refuse
from fedcop.federation.peers import presence, servers
from fedcop.federation.peers.policies import is_wanted_scheme

STALE = timedelta(hours=24)
KINDS: tuple[type[Document], ...] = (Person, Group, Service, Application, Organization)
MAX_KEYS = budgets.KEYS_OF_AN_ACTOR
MAX_FIELDS = 50
MAX_SUMMARY = 20_000
MAX_ADDRESS = 2048

_NAME = re.compile(r"[\w.~+:-]{1,100}", re.ASCII)


async def fetch_document(
    url: str, budget: Budget | None = None, *, same_origin_only: bool = False, group: str = ""
) -> Fetched:
    """Fetch an ActivityPub document, signed by the instance actor; never from ourselves or a blocked server.

    `group` is the community in which it is said to be: its token is shown where we are not let in (FEP-db0e).
    """
    if addresses.is_ours(url):
        raise Refuse("this address is ours")
    if not is_wanted_scheme(url):
        raise Refuse("this address is not https")
    try:
        host = uris.host_of(url)
    except BadUri as error:
        raise Refuse(str(error)) from error
    if not await servers.may_talk(host):
        raise Refuse("we do not talk to this server")
    try:
        fetched = await _fetch(url, budget, same_origin_only)
    except FetchFailed as error:
        shown = await tokens.header_for(group, url, budget) if error.status in tokens.REFUSALS else ""
        if not shown:
            raise
        fetched = await _fetch(url, budget, same_origin_only, shown)
    # A redirect may have led elsewhere: what is decided about that server counts too.
    if not await servers.may_talk(uris.host_of(fetched.url)) or addresses.is_ours(fetched.url):
        raise Refuse("we do not talk to the server that this leads to")
    return fetched


async def _fetch(url: str, budget: Budget | None, same_origin_only: bool, shown: str = "") -> Fetched:
    return await fetch_object(
        site().transport,
        url,
        signer=await keyring.instance_signer(),
        now=clock.now,
        budget=budget,
        memory=site().part(servers.Schemes),
        same_origin_only=same_origin_only,
        authorization=shown,
    )


async def refresh(uri: str, budget: Budget | None = None) -> Actor:
    """Fetch an actor by its id and remember it as it is now."""
    known = await actors.by_uri(uri)
    try:
        fetched = await fetch_document(uri, budget, same_origin_only=True)
        return await remember(fetched)
    except Gone:
        if known is not None:
            await service.mark_gone(known)
        raise
    except FetchFailed:
        if known is not None:
            await service.note_failed_fetch(known)
        raise


async def remember(fetched: Fetched) -> Actor:
    """Store what an actor's own server says about it."""
    try:
        document = parse(fetched.body)
    except BadDocument as error:
        raise Refuse(str(error)) from error
    if document.type == "Tombstone":
        raise Gone("the other server says that the account was deleted")
    if not isinstance(document, Document) or not uris.same_address(document.id or "", fetched.url):
        raise Refuse("what is at this address is no actor")
    found = read(document)
    await _check_kind(found)
    return await site().part(Met).keep(found)


class Met:
    """Those who are met at one moment are put away together. `site().part(Met)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        self.keep = Together[RemoteActor, Actor](site, "people who were met", lambda found: _keep(found), most=30)


@atomic
async def _keep(found: list[RemoteActor]) -> list[Actor]:
    kept = [await presence.remember(one) for one in found]
    for host in sorted({actor.host for actor in kept}):
        await servers.meet(host)
    return kept


async def refresh_key(key_id: str, budget: Budget | None = None) -> Actor:
    """Fetch the owner of a key; the owner's own document must name the key (attacks A19, A22, A23)."""
    fetched = await fetch_document(uris.strip_fragment(key_id), budget, same_origin_only=True)
    owner = fetched.data.get("owner")
    if isinstance(owner, str) and "publicKeyPem" in fetched.data:
        # A key that lies apart from its actor: only the actor's own document says that it is the actor's.
        if not uris.same_origin(owner, key_id):
            raise Refuse("the key names an owner on another server")
        actor = await refresh(owner, budget)
    else:
        actor = await remember(fetched)
    known = await keyring.key_of(key_id)
    if known is None or known.owner != actor.uri:
        raise Refuse("the actor's document does not name this key")
    return actor


async def check_gone(actor: Actor, budget: Budget | None = None) -> bool:
    """Ask an actor's server whether the actor is gone, and bury it if so; silence is no answer."""
    try:
        await refresh(actor.uri, budget)
    except Gone:
        return True
    except FetchFailed:
        return False
    return False


async def check_move(actor: Actor, target_uri: str, budget: Budget | None = None) -> Actor:
    """Give the new account of an actor who moved, if each of the two names the other (attacks D33)."""
    old = await refresh(actor.uri, budget) if not actor.local else actor
    local = await actors.by_uri(target_uri) if addresses.is_ours(target_uri) else None
    new = local or await refresh(target_uri, budget)
    if old.moved_to_uri != new.uri or old.uri not in new.also_known_as or new.moved_to_uri:
        raise Refuse("the two accounts do not name each other")
    return new


def is_stale(actor: Actor) -> bool:
    """Tell whether it is time to look at a stranger again."""
    return not actor.local and (actor.fetched_at is None or clock.now() - actor.fetched_at > STALE)


async def _check_kind(found: RemoteActor) -> None:
    """A person does not become a community, nor the other way round (attacks B19)."""
    known = await actors.by_uri(found.uri)
    if known is not None and (known.local or (known.kind == "Group") != (found.kind == "Group")):
        raise Refuse("an actor cannot become another kind of actor")


def read(document: Document) -> RemoteActor:
    """Read an actor's document, checked and cleaned; nothing in it may point to another server's inbox or keys."""
    uri = document.id or ""
    if not isinstance(document, KINDS) or not is_wanted_scheme(uri) or "#" in uri:
        raise Refuse("this is no actor that we know how to treat")
    name = document.preferred_username or (uris.host_of(uri) if isinstance(document, Application) else "")
    if not _NAME.fullmatch(name):
        raise Refuse("the actor has no usable name")
    if not document.inbox or not uris.same_origin(document.inbox, uri):
        raise Refuse("the actor's inbox is not on its own server")
    return RemoteActor(
        uri=uri,
        kind=document.type,
        name=name,
        host=uris.host_of(uri),
        display_name=plain(document.name or "").strip()[:300] or name,
        summary=clean_html((document.summary or "")[:MAX_SUMMARY]),
        url=_own(document.url, uri) or uri,
        icon_url=_picture(document.icon),
        header_url=_picture(document.image),
        inbox=document.inbox,
        shared_inbox=_own(document.shared_inbox, uri),
        outbox=_own(document.outbox, uri),
        followers_uri=_own(document.followers, uri),
        featured_uri=_own(document.featured, uri),
        featured_tags_uri=_own(document.featured_tags, uri),
        moderators_uri=_own(document.moderators, uri) if isinstance(document, Group) else "",
        approves_followers=document.manually_approves_followers,
        discoverable=document.discoverable is not False,
        indexable=document.indexable is not False,
        moved_to_uri=document.moved_to or "",
        also_known_as=tuple(alias for alias in document.also_known_as[:20] if _is_address(alias)),
        links=_links(document),
        published=document.published,
        rsa=tuple(_rsa_keys(document)),
        ed25519=tuple(_ed25519_keys(document)),
        **_profession(document),
    )


def _own(address: str | None, uri: str) -> str:
    """An address, if it lies on the actor's own server."""
    return address if address and uris.same_origin(address, uri) else ""


def _is_address(text: str) -> bool:
    try:
        uris.split(text)
    except BadUri:
        return False
    return True


def _picture(shown: Thing | None) -> str:
    url = getattr(shown, "url", None) or getattr(shown, "href", None)
    return url if isinstance(url, str) and len(url) <= MAX_ADDRESS and _is_address(url) else ""


def _links(document: Document) -> tuple[dict[str, str], ...]:
    pairs = []
    for item in document.fields[:MAX_FIELDS]:
        name, value = getattr(item, "name", None), getattr(item, "value", None)
        if isinstance(name, str) and isinstance(value, str):
            pairs.append({"name": plain(name)[:255], "value": clean_html(value[:2000])})
    return tuple(pairs)


def _profession(document: Document) -> dict[str, str]:
    """What a fedcop says of a person's work; others have no such terms."""
    terms = {"profession": "fc:profession", "organisation": "fc:organisation", "region": "fc:region"}
    values = {name: document.extra.get(term) for name, term in terms.items()}
    return {name: plain(value).strip()[:200] for name, value in values.items() if isinstance(value, str)}


def _rsa_keys(document: Document) -> Iterable[tuple[str, str]]:
    for key in document.public_keys[:MAX_KEYS]:
        if key.id and key.owner == document.id and _is_usable(key.id, key.public_key_pem, document.id):
            yield key.id, key.public_key_pem or ""


def _ed25519_keys(document: Document) -> Iterable[tuple[str, str]]:
    for key in document.assertion_method[:MAX_KEYS]:
        expired = key.expires is not None and key.expires < clock.now()
        if (
            key.id
            and key.controller == document.id
            and not expired
            and _is_usable(key.id, key.public_key_multibase, document.id)
        ):
            yield key.id, key.public_key_multibase or ""


def _is_usable(key_id: str, public: str | None, uri: str | None) -> bool:
    """A key counts if it lives on its owner's server and is strong enough."""
    if not public or not uri or not uris.same_origin(key_id, uri):
        return False
    try:
        load_public(public)
    except BadSignature:
        return False
    return True
