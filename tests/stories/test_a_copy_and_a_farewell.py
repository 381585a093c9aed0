"""A member takes a copy of everything and deletes the account: what is in the copy, and what is left afterwards."""

from __future__ import annotations

import io
import json
import zipfile

from fedcop.communities import queries as communities
from fedcop.communities import service as community_service
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.people import departure, export
from tests.rig.people import PASSWORD, make_member


async def test_a_copy_and_a_farewell(site: Site) -> None:
    lea, sam = await make_member("lea"), await make_member("sam")
    soil = await community_service.found(
        sam.actor, name="sols", title="Sols", purpose="Des sols vivants", language="fr"
    )
    await community_service.join(lea.actor, soil)
    root = await discussions.write(
        lea.actor, soil, kind="question", title="Qui chaule?", source="Et **quand**?", language="fr"
    )
    asked = await export.ask(lea)
    await site.runner.settle()
    made = await export.ready(lea, asked.id)
    body = b"".join([chunk async for chunk in site.storage.open(made.key)])
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = set(archive.namelist())
        posts, mine = json.loads(archive.read("posts-1.json")), json.loads(archive.read("communities.json"))
    assert {"account.json", "reactions.json", "files.json", "notifications.json", "bans.json"} <= names
    assert [(post["title"], post["source"]) for post in posts] == [("Qui chaule?", "Et **quand**?")]
    assert [(one["community"], one["state"]) for one in mine] == [(soil.actor.uri, "active")]

    await departure.delete_account(lea, PASSWORD)
    await site.runner.settle()
    assert not await communities.is_member(soil, lea.actor)
    kept = await Post.get(id=root.id)
    assert kept.deleted_at is not None
    assert (kept.title, kept.source, kept.content) == ("", "", "")
    assert not await site.storage.exists(made.key)
