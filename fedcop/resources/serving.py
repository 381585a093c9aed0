"""Resources and libraries as other servers may read them. Rights are judged for each asker, by the post."""

from __future__ import annotations

from typing import Any

from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.core import addresses
from fedcop.discussions.activities.serving import document_of
from fedcop.federation.documents.serving import Asking, Collected, Document, Item, Listing
from fedcop.resources import queries


async def resource_document(asking: Asking) -> dict[str, Any] | bytes | None:
    """/r/ID: the document of its post, which has this address as its id."""
    return await document_of(asking, "/r/")


async def library(asking: Asking) -> Collected | None:
    """/c/NAME/resources: the ids of what a community of ours has in its library."""
    community = await communities.visible_community(asking.actor, asking.path["name"])
    if not community.actor.local or not await access.may_read(asking.actor, community):
        return None

    async def page(after: int | None, limit: int) -> tuple[list[Item], int | None]:
        found = await queries.library_uris(asking.actor, community, after=after, limit=limit + 1)
        shown = found[:limit]
        return [uri for _id, uri in shown], shown[-1][0] if len(found) > limit else None

    uri = addresses.group_uri(community.actor.name)
    return Collected(page=page, total=await queries.count(asking.actor, community), properties={"attributedTo": uri})


SERVES: dict[str, Document | Listing] = {
    "/r/{id}": Document(resource_document),
    "/c/{name}/resources": Listing(library),
}
