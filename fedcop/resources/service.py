"""Deposit a resource, correct its card, add a version. Its text, rights, thread and deletion are its post's (discussions)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core import addresses
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.core.sanitise import host_of, plain
from fedcop.discussions import rules as discussion_rules
from fedcop.discussions import service as discussions
from fedcop.discussions.facts import PostDeleted, ThreadMoved
from fedcop.discussions.models import Post
from fedcop.discussions.versions import Version
from fedcop.media import queries as media
from fedcop.media.models import Media
from fedcop.resources.kinds import KINDS, LICENCES, ROLES, guess_kind
from fedcop.resources.models import Resource, ResourceVersion

MOST_CREDITS = 30
MOST_VERSIONS = 50
MOST_FILES = 20


@dataclass(frozen=True)
class Card:
    """What somebody says of a resource beside its title and description."""

    kind: str = ""  # empty: guessed
    licence: str = ""
    link: str = ""
    credits: Sequence[Mapping[str, str]] = ()  # name, role, uri
    third_party: bool = False
    media: Sequence[int] = ()


@dataclass(frozen=True)
class FoundVersion:
    """An earlier version of a received resource: what was signed of its files, which we need not hold."""

    number: int
    note: str
    link: str
    published: datetime | None
    files: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class FoundCard:
    """The card of a received resource."""

    kind: str
    licence: str
    link: str
    credits: Sequence[Mapping[str, str]]
    third_party: bool
    version: int
    note: str = ""
    earlier: Sequence[FoundVersion] = ()


async def deposit(  # noqa: PLR0913 - the fields of a form, by name
    author: Actor,
    community: Community,
    card: Card,
    *,
    title: str,
    source: str = "",
    language: str = "",
    tags: Sequence[str] = (),
    versions: Sequence[Version] = (),
    form: str = "",
    audience: str = "",
    promised: str = "",
) -> Resource:
    """Put a link or files into the library of a community; the discussion about it begins with it."""
    files = await media.waiting_of(author.id, list(card.media))
    card = check(card, files, title)
    text = {"title": title, "source": source, "language": language, "tags": tags, "versions": versions}
    return await _deposit(author, community, card, **text, form=form, audience=audience, promised=promised)


@atomic
async def _deposit(author: Actor, community: Community, card: Card, **text: Any) -> Resource:
    resource_id = new_id()
    post = await discussions.write(
        author,
        community,
        kind="resource",
        uri=addresses.resource_uri(resource_id),
        media=card.media,
        links=_links(card.link),
        **text,
    )
    resource = await Resource.create(
        id=resource_id,
        post_id=post.id,
        community_id=community.id,
        kind=card.kind,
        link=card.link,
        licence=card.licence,
        credits=_credits(card.credits),
        third_party=card.third_party,
        created_at=post.published_at,
        changed_at=post.published_at,
    )
    await _keep_version(resource, post, card, note="")
    return resource


async def change(  # noqa: PLR0913 - the fields of a form, by name
    author: Actor,
    resource: Resource,
    card: Card,
    *,
    title: str,
    source: str = "",
    language: str = "",
    tags: Sequence[str] = (),
    versions: Sequence[Version] | None = None,
    note: str = "",
) -> Resource:
    """Correct the card and the text; other files or another link make a new version, and the old one stays readable."""
    post = await Post.get(id=resource.post_id)
    discussion_rules.may_edit(author, post)
    present = {m.id: m for m in (await media.of_posts([post.id]))[post.id]}
    found = await media.many(card.media)
    files = [found[media_id] for media_id in card.media if media_id in found]
    if any(m.owner_id != author.id or (m.post_id is not None and m.id not in present) for m in files):
        raise Invalid(errors={"files": N_("One of the files is no longer here. Please choose it again.")})
    card = check(card, files, title)
    text = {"title": title, "source": source, "language": language, "tags": tags, "versions": versions}
    return await _change(author, resource, post, card, note=note, **text)


@atomic
async def _change(author: Actor, resource: Resource, post: Post, card: Card, *, note: str, **text: Any) -> Resource:
    latest = await ResourceVersion.get(resource_id=resource.id, number=resource.version)
    new_version = list(card.media) != list(latest.media_ids) or card.link != latest.link
    resource.kind, resource.licence, resource.link = card.kind, card.licence, card.link
    resource.credits = await _credits_of(post, _credits(card.credits))
    resource.third_party = card.third_party
    resource.changed_at = now()
    resource.version += new_version
    await resource.save()
    post.links = _links(card.link)
    await post.save(update_fields=["links"])
    await discussions.edit(author, post, media=card.media, **text)
    if new_version:
        await ResourceVersion.filter(id=latest.id).update(audience=post.audience)
        await _keep_version(resource, post, card, note=note)
    return resource


async def _keep_version(resource: Resource, post: Post, card: Card, *, note: str) -> None:
    files = (await media.of_posts([post.id]))[post.id]
    await ResourceVersion.create(
        id=new_id(),
        resource_id=resource.id,
        number=resource.version,
        audience=post.audience,
        link=card.link,
        note=plain(note)[:500],
        media_ids=[m.id for m in files],
        files=[file_facts(m) for m in files],
        created_at=now(),
    )


def file_facts(file: Media) -> dict[str, Any]:
    """Say what is signed of a file."""
    return {
        "name": file.file_name,
        "url": addresses.media_url(file.token, file.file_name) if file.local else file.remote_url,
        "sha256": file.sha256 or file.signed_sha256,
        "size": file.size,
        "media_type": file.media_type,
    }


@atomic
async def record(post: Post, found: FoundCard) -> Resource:
    """Keep the card of a received resource; a later document of the same resource changes it, an older version does not."""
    resource = await Resource.get_or_none(post_id=post.id)
    if resource is None:
        resource = Resource(
            id=new_id(), post_id=post.id, community_id=post.community_id or 0, created_at=post.published_at, version=0
        )
    if found.version < resource.version:
        return resource
    resource.kind = found.kind if found.kind in KINDS else "sheet"
    resource.licence, resource.link = found.licence[:40], found.link[:2048]
    resource.credits, resource.third_party = await _credits_of(post, _credits(found.credits)), found.third_party
    resource.version = max(1, min(found.version, 10_000))
    resource.changed_at = post.edited_at or post.published_at
    await resource.save()
    await _record_versions(resource, post, found)
    return resource


async def _record_versions(resource: Resource, post: Post, found: FoundCard) -> None:
    files = (await media.of_posts([post.id]))[post.id]
    latest: dict[str, Any] = {
        "link": resource.link,
        "note": plain(found.note)[:500],
        "media_ids": [m.id for m in files],
        "files": [file_facts(m) for m in files],
    }
    if not await ResourceVersion.filter(resource_id=resource.id, number=resource.version).update(**latest):
        before = (
            await ResourceVersion.filter(resource_id=resource.id, number__lt=resource.version)
            .order_by("-number")
            .first()
        )
        if before is not None:
            await ResourceVersion.filter(id=before.id).update(audience=post.audience)
        await ResourceVersion.create(
            id=new_id(),
            resource_id=resource.id,
            number=resource.version,
            created_at=resource.changed_at,
            audience=post.audience,
            **latest,
        )
    known = {version.number for version in await ResourceVersion.filter(resource_id=resource.id).only("number")}
    for version in found.earlier[:MOST_VERSIONS]:
        if 0 < version.number < resource.version and version.number not in known:
            known.add(version.number)
            await ResourceVersion.create(
                id=new_id(),
                resource_id=resource.id,
                number=version.number,
                audience=post.audience,
                link=version.link[:2048],
                note=plain(version.note)[:500],
                files=[dict(file) for file in version.files[:MOST_FILES]],
                created_at=version.published or post.published_at,
            )
    # Each document may tell of others: of all together the newest stay, for the page shows them all.
    oldest = ResourceVersion.filter(resource_id=resource.id).order_by("-number").offset(MOST_VERSIONS)
    if extra := await oldest.values_list("id", flat=True):
        await ResourceVersion.filter(id__in=list(extra)).delete()


@atomic
async def forget(post_id: int) -> None:
    """Forget the card of a deleted post: its link, its credits, its versions."""
    resource = await Resource.get_or_none(post_id=post_id)
    if resource is None:
        return
    await ResourceVersion.filter(resource_id=resource.id).delete()
    resource.link, resource.credits, resource.licence, resource.third_party = "", [], "", False
    await resource.save()


async def forget_deleted(fact: PostDeleted) -> None:
    """The author deleted the post of a resource."""
    await forget(fact.post_id)


async def forget_name(post: Post, author: Actor) -> None:
    """The author of a resource took their name from it: the credits do not name them either (inside that transaction)."""
    resource = await Resource.get_or_none(post_id=post.id)
    if resource is not None:
        resource.credits = _without(resource.credits, author)
        await resource.save(update_fields=["credits"])


async def _credits_of(post: Post, credits: list[dict[str, str]]) -> list[dict[str, str]]:
    return credits if post.anonymised_at is None else _without(credits, await Actor.get(id=post.author_id))


def _without(credits: Sequence[Mapping[str, str]], author: Actor) -> list[dict[str, str]]:
    handle = f"{author.name}@{author.host}"
    names = {name.casefold() for name in (author.display_name, author.name, f"@{author.name}", handle, f"@{handle}")}
    addresses_of = {author.uri, author.url} - {""}
    return [
        dict(credit)
        for credit in credits
        if " ".join(credit["name"].split()).casefold() not in names and credit.get("uri") not in addresses_of
    ]


@atomic
async def follow_moved(fact: ThreadMoved) -> None:
    """The discussion about a resource is in another community: so is its card."""
    root = await Post.get_or_none(id=fact.root_id)
    if root is not None and root.community_id is not None:
        await Resource.filter(post_id=root.id).update(community_id=root.community_id)


def check(card: Card, files: Sequence[Media], title: str) -> Card:
    """Say all that is wrong at once, field by field; give the card with its kind guessed."""
    errors: dict[str, str] = {}
    if not title.strip():
        errors["title"] = N_("Enter a title.")
    link = card.link.strip()
    if link and (not host_of(link) or len(link) > 2048):
        errors["link"] = N_("Enter a whole address that begins with https://.")
    if not link and not files:
        errors["files"] = N_("Choose a file or enter a link.")
    if card.licence not in LICENCES:
        errors["licence"] = N_("Choose a licence, so that others know what they may do.")
    if card.kind and card.kind not in KINDS:
        errors["kind"] = N_("Choose a kind.")
    if errors:
        raise Invalid(errors=errors)
    kind = card.kind or guess_kind([m.media_type for m in files], link)
    return Card(kind, card.licence, link, card.credits, card.third_party, [m.id for m in files])


def _credits(named: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    kept = []
    for credit in list(named)[:MOST_CREDITS]:
        name = plain(str(credit.get("name") or "")).strip()[:200]
        role = str(credit.get("role") or "author")
        uri = str(credit.get("uri") or "")
        if name:
            kept.append(
                {
                    "name": name,
                    "role": role if role in ROLES else "author",
                    "uri": uri if uri.startswith(("https://", "http://")) else "",
                }
            )
    return kept


def _links(link: str) -> list[dict[str, str]]:
    return [{"href": link, "name": "", "media_type": ""}] if link else []
