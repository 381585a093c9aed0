"""Who is let in reads the past, with its files; who is put out reads nothing within a minute, wherever a copy of it may lie."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest

from activitypub.client.transport import HttpResponse
from activitypub.signatures import Scheme, sign_request
from fedcop.communities.models import Community
from fedcop.core.mail import OutboxMailer
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation import keyring
from fedcop.federation.models import InboxItem
from fedcop.media.models import Media
from fedcop.notifications.models import Notification
from tests.rig.behind_doors import NAME, A, B, Doors, open_doors
from tests.rig.samples import pdf
from tests.rig.world import World

MONTH = 30 * 86400
GROUP = f"/c/{NAME}@coop.example"


@dataclass
class Bob:
    """Bob at his browser on B."""

    doors: Doors
    cookie: str
    root: str
    files: list[Media]

    async def opens(self, path: str, **headers: str) -> HttpResponse:
        sent = {"Accept": "text/html", "Accept-Language": "fr-CA", "Cookie": self.cookie, **headers}
        return await self.doors.world.request("GET", B + path, {k.replace("_", "-"): v for k, v in sent.items()})

    def places(self) -> list[str]:
        files = [one.path for one in self.files] + [one.preview_path for one in self.files if one.preview_key]
        return [self.root, f"{self.root}/history", f"{GROUP}/members", f"{GROUP}/resources", *files]


@pytest.fixture
async def doors(world: World) -> Doors:
    """A community with a thread of last month, before anybody of B belonged to it."""
    found = await open_doors(world)
    await found.community_alone("invitation")
    await found.thread()
    world.clock.advance(MONTH)
    await found.settle()
    return found


async def welcome(doors: Doors) -> Bob:
    await doors.let_in(doors.bob)
    for _ in range(3):
        await doors.settle()
    cookie = await doors.cookie(doors.b, doors.bob)
    async with doors.b.entered():
        root = await Post.get(uri=doors.root.uri)
        return Bob(doors, cookie, f"/p/{root.id}", await Media.filter(post_id=root.id).order_by("position"))


async def test_a_newcomer_reads_last_months_thread_with_its_files(doors: Doors) -> None:
    bob = await welcome(doors)
    assert "La Mirabelle cachée" in (await bob.opens(GROUP)).body.decode()
    page = (await bob.opens(bob.root)).body.decode()
    assert "Où est la Mirabelle" in page and "obsidienne" in page
    assert [(one.state, one.media_type) for one in bob.files] == [
        ("verified", "application/pdf"),
        ("verified", "image/jpeg"),
    ]
    paper = await bob.opens(bob.files[0].path)
    assert paper.body == pdf("obsidienne") and hashlib.sha256(paper.body).hexdigest() == bob.files[0].signed_sha256
    for place in bob.places():
        answer = await bob.opens(place)
        assert answer.status == 200, place
        # Whatever lies in a cache is asked for again each time: rights may have ended.
        assert "private" in answer.headers["cache-control"] and "max-age" not in answer.headers["cache-control"], place


async def test_who_is_removed_reads_nothing_a_minute_later(doors: Doors) -> None:
    bob = await welcome(doors)
    world, tags = doors.world, {}
    async with doors.b.entered():
        await discussions.reply(doors.bob.actor, await Post.get(uri=doors.root.uri), source="Merci pour la Mirabelle")
    await doors.settle()
    async with doors.a.entered():  # Bob is told of it, by a letter that waits five minutes
        await discussions.reply(doors.ana.actor, doors.root, source="Encore une Mirabelle")
    await world.settle()
    async with doors.b.entered():
        assert await Notification.filter(account_id=doors.bob.id, kind="reply").count() == 1
    for place in bob.places():
        tags[place] = (await bob.opens(place)).headers.get("etag", "*")
    world.web.down.add("vallee.example")  # what is said now waits for B
    async with doors.a.entered():
        await discussions.write(
            doors.ana.actor, doors.home, kind="tip", title="Mirabelle de la fin", source="Pour les membres"
        )
    await world.settle()
    await doors.remove_bob()
    await world.settle()
    world.web.down.clear()
    world.clock.advance(59)
    await world.settle()
    await _reads_nothing(bob, tags)
    await _b_gets_nothing_from_a(doors)
    async with doors.b.entered():
        assert not await Post.filter(title="Mirabelle de la fin").exists()
        assert not [one for one in await InboxItem.all() if b"Mirabelle de la fin" in bytes(one.body)]
    world.clock.advance(600)
    await world.settle()
    assert isinstance(doors.b.mailer, OutboxMailer)
    letters = doors.b.mailer.to(doors.bob.email)
    assert not [one for one in letters if "Mirabelle" in one.subject + one.text + one.html]


async def _reads_nothing(bob: Bob, tags: dict[str, str]) -> None:
    for place in bob.places():
        assert (await bob.opens(place)).status == 404, place
        assert (await bob.opens(place, If_None_Match=tags[place])).status == 404, f"a copy of {place} is still good"
        assert (await bob.opens(place, Range="bytes=0-9")).status == 404, place
    for place in (
        "/",
        "/?whose=all",
        "/notifications",
        "/search?q=mirabelle",
        "/resources",
        "/tags/obsidienne",
        "/me",
        GROUP,
    ):
        answer = await bob.opens(place)
        said = answer.body.decode().replace("q=mirabelle", "").replace('value="mirabelle"', "").lower()
        assert "la mirabelle" not in said and "serpentine" not in said, place


async def _b_gets_nothing_from_a(doors: Doors) -> None:
    places = await doors.places_of_root(doors.a)
    async with doors.b.entered():
        signers = [await keyring.instance_signer(), await keyring.signer_for(doors.bob.actor)]
        assert await Community.filter(actor__name=NAME).exists()
    for signer in signers:
        for path in (f"/p/{places['root']}", f"/c/{NAME}/outbox", f"/c/{NAME}/members", f"/media/{places['paper']}"):
            headers = sign_request("GET", A + path, None, signer, Scheme.CAVAGE, doors.world.clock.now())
            answer = await doors.world.request("GET", A + path, {**headers, "Accept": "application/activity+json"})
            assert answer.status == 404, (path, signer.key_id)
