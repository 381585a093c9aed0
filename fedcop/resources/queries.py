"""Read the library: cards with the rights of who looks, a fixed number of queries for any page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core import asked
from fedcop.core.asked import once
from fedcop.core.database import dialect, row_of, rows
from fedcop.core.errors import NotFound
from fedcop.core.i18n import _
from fedcop.core.selects import Select
from fedcop.discussions import queries as discussions
from fedcop.discussions.models import Post
from fedcop.discussions.seeing import shown_sql
from fedcop.discussions.versions import speaks_sql, words_sql
from fedcop.discussions.views import PostView, ThreadView
from fedcop.federation.peers import limited
from fedcop.media import queries as media
from fedcop.media.models import Media
from fedcop.resources.kinds import KINDS, Licence, licence_of
from fedcop.resources.models import Resource, ResourceVersion

_CARDS = Select(Resource)


@dataclass(frozen=True)
class CardView:
    """What a template shows of a resource beside its post."""

    resource: Resource
    licence: Licence

    @property
    def path(self) -> str:
        """The page of the resource on this instance."""
        return f"/r/{self.resource.id}"

    @property
    def kind_name(self) -> str:
        """What this kind is called (a msgid)."""
        return KINDS.get(self.resource.kind, KINDS["sheet"])

    @property
    def licence_name(self) -> str:
        """The short name of the licence, in words where it has none."""
        if self.resource.licence == "all-rights-reserved":
            return _("All rights reserved")
        return self.licence.name or _("not stated")


@dataclass(frozen=True)
class ResourceView:
    """A resource with its post, files and versions."""

    card: CardView
    post: PostView
    versions: Sequence[tuple[ResourceVersion, Sequence[Media]]] = ()


@dataclass(frozen=True)
class Filters:
    """What somebody wants to see of a library."""

    kind: str = ""
    language: str = ""
    tag: str = ""
    licence: str = ""
    words: str = ""

    def __bool__(self) -> bool:
        return bool(self.kind or self.language or self.tag or self.licence or self.words)


async def cards(post_ids: Iterable[int]) -> Mapping[int, CardView]:
    """Give the cards of posts, with one query."""
    ids = list(post_ids)
    found = [one for post_id in ids if (one := asked.recall(by_post, post_id)) is not None]
    if len(found) < len(ids):
        found = await _CARDS.where("resource.post_id IN (?)", ids)
    return {resource.post_id: CardView(resource, licence_of(resource.licence)) for resource in found}


async def names(post_ids: Iterable[int]) -> Mapping[int, Sequence[str]]:
    """Name whom the resources of posts credit, with one query."""
    found = await Resource.filter(post_id__in=list(post_ids)).only("id", "post_id", "credits")
    return {resource.post_id: [str(credit["name"]) for credit in resource.credits] for resource in found}


@once
async def by_post(post_id: int) -> Resource | None:
    """Give the card of a post, without rights: for jobs and activities."""
    return await Resource.get_or_none(post_id=post_id)


async def by_id(resource_id: int) -> Resource | None:
    """Give a card by its row, without rights: for jobs and activities."""
    return await Resource.get_or_none(id=resource_id)


async def visible_resource(viewer: Actor | None, resource_id: int) -> ResourceView:
    """Load a resource that this person may see, with all its versions; NotFound otherwise."""
    resource, versions = await _one(resource_id)
    views = await discussions.load_posts(viewer, [resource.post_id])
    if not views:
        raise NotFound()
    return await _with_versions(viewer, resource, versions, views[0])


async def visible_thread(
    viewer: Actor | None, resource_id: int, *, chosen: tuple[int, str] = (0, "")
) -> tuple[ResourceView, ThreadView]:
    """Load a resource that this person may see, and the discussion about it, with a post of it in a `chosen` language."""
    resource, versions = await _one(resource_id)
    thread = await discussions.thread_around(viewer, resource.post_id, chosen=chosen)
    return await _with_versions(viewer, resource, versions, thread.root), thread


async def _one(resource_id: int) -> tuple[Resource, list[ResourceVersion]]:
    versions = await ResourceVersion.filter(resource_id=resource_id).select_related("resource").order_by("-number")
    resource = versions[0].resource if versions else await Resource.get_or_none(id=resource_id)
    if resource is None:
        raise NotFound()
    asked.tell(by_post, resource, resource.post_id)
    return resource, versions


def was_for_fewer(version: ResourceVersion, post: Post) -> bool:
    """Tell whether an earlier version was for fewer people than read the resource now: opened later, what it is now was meant."""
    return access.reach(version.audience or post.audience) < access.reach(post.audience)


async def _with_versions(
    viewer: Actor | None, resource: Resource, found: Sequence[ResourceVersion], view: PostView
) -> ResourceView:
    earlier = {one.audience for one in found if one.number < resource.version and was_for_fewer(one, view.post)}
    closed = {one for one in earlier if not await access.may_see(viewer, discussions.as_if(view.post, one))}
    versions = [one for one in found if one.number == resource.version or one.audience not in closed]
    files = await media.many({media_id for version in versions for media_id in version.media_ids})
    return ResourceView(
        CardView(resource, licence_of(resource.licence)),
        view,
        [(version, [files[i] for i in version.media_ids if i in files]) for version in versions],
    )


async def library(
    viewer: Actor | None,
    community: Community | None,
    filters: Filters = Filters(),
    *,
    after: int | None = None,
    limit: int = 20,
) -> list[ResourceView]:
    """List resources, newest deposit first; `after` is the id of the last resource seen."""
    where, params = _library(viewer, community, filters, after, await _listed(viewer, community))
    found = await rows(f"SELECT r.* FROM {where} ORDER BY r.id DESC LIMIT ?", *params, limit)  # noqa: S608 - values are parameters
    resources = [row_of(Resource, row) for row in found]
    for one in resources:
        asked.tell(by_post, one, one.post_id)
    post_ids = [one.post_id for one in resources]
    views = {view.post.id: view for view in await discussions.load_posts(viewer, post_ids)}
    return [ResourceView(views[i].card, views[i]) for i in post_ids if i in views and views[i].card]


async def library_uris(
    viewer: Actor | None, community: Community, *, after: int | None = None, limit: int = 50
) -> list[tuple[int, str]]:
    """List (id, uri) of a library, newest deposit first: for machines."""
    where, params = _library(viewer, community, Filters(), after)
    found = await rows(f"SELECT r.id, p.uri FROM {where} ORDER BY r.id DESC LIMIT ?", *params, limit)  # noqa: S608 - values are parameters
    return [(int(row["id"]), str(row["uri"])) for row in found]


async def count(viewer: Actor | None, community: Community | None, filters: Filters = Filters()) -> int:
    """Count a library as this person sees it."""
    where, params = _library(viewer, community, filters, None, await _listed(viewer, community))
    return int((await rows(f"SELECT COUNT(*) AS n FROM {where}", *params))[0]["n"])  # noqa: S608 - values are parameters


async def _listed(viewer: Actor | None, community: Community | None) -> tuple[str, list[Any]]:
    if community is None:
        return await limited.posts_sql("p", viewer)
    return await limited.posts_of_sql("p", viewer, community.actor, community.id)


def _library(
    viewer: Actor | None,
    community: Community | None,
    filters: Filters,
    after: int | None,
    listed: tuple[str, list[Any]] = limited.EVERYTHING,
) -> tuple[str, list[Any]]:
    condition, params = shown_sql("p", viewer)
    params += listed[1]
    where: list[str] = [condition, listed[0], "p.deleted_at IS NULL", "p.removed_at IS NULL"]
    for clause, *values in _clauses(community, filters, after):
        where.append(clause)
        params.extend(values)
    # CROSS: SQLite shall begin with the resources, of which there are few, not with all posts that somebody may see.
    return f"resource r CROSS JOIN post p WHERE p.id = r.post_id AND {' AND '.join(where)}", params


def _clauses(community: Community | None, filters: Filters, after: int | None) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    if community is not None:
        found.append(("r.community_id = ?", community.id))
    if filters.kind:
        found.append(("r.kind = ?", filters.kind))
    if filters.licence:
        found.append(("r.licence = ?", filters.licence))
    if filters.language:
        speaks, values = speaks_sql("p", filters.language)
        found.append((speaks, *values))
    if filters.tag:
        if dialect() == "postgres":
            found.append(("p.tags::jsonb @> jsonb_build_array(?::text)", filters.tag))
        else:
            found.append(("EXISTS (SELECT 1 FROM json_each(p.tags) t WHERE t.value = ?)", filters.tag))
    for word in filters.words.split()[:8]:
        like = "%" + word.casefold().replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        said = f"p.title || ' ' || p.content || ' ' || {words_sql('p')} || ' ' || CAST(r.credits AS TEXT)"
        found.append((f"LOWER({said}) LIKE ? ESCAPE '!'", like))
    if after is not None:
        found.append(("r.id < ?", after))
    return found
