"""A fact sheet deposited on one server stands in the libraries of three: the same bytes, licence and credits, and it says so when it is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from fedcop.accounts.signup import create_confirmed
from fedcop.actors.models import Actor
from fedcop.communities import remote
from fedcop.communities import service as community_service
from fedcop.communities.models import Community
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from fedcop.media import quota
from fedcop.media import service as media
from fedcop.media.models import Media
from fedcop.resources import queries, service
from fedcop.resources.models import Resource, ResourceVersion
from fedcop.resources.service import Card
from tests.rig.samples import pdf

PASSWORD = "une phrase de passe assez longue"
CREDITS = [
    {"name": "A. Tremblay", "role": "text", "uri": ""},
    {"name": "Fonds du verger", "role": "funding", "uri": ""},
]


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


@dataclass
class Three:
    """Coop has the community; Bob of Vallée and Cyr of Mont are members of it."""

    world: Any
    coop: Site
    vallee: Site
    mont: Site
    home: Community
    bob: Actor
    cyr: Actor
    at_vallee: Community
    at_mont: Community

    async def deposit(self, content: bytes, name: str = "Fiche prunier.pdf") -> Resource:
        """Bob deposits a file in the community, on his own server."""
        async with self.vallee.entered():
            file = await media.accept(self.bob, name, pieces(content))
            card = Card(licence="CC-BY-SA-4.0", credits=CREDITS, third_party=True, media=[file.id])
            return await service.deposit(
                self.bob,
                self.at_vallee,
                card,
                title="Fiche prunier",
                source="Pour *débuter*.",
                language="fr",
                tags=["Hiver"],
            )

    async def settle(self) -> None:
        """Until nothing is due, the second attempts included."""
        await self.world.settle()
        for _ in range(3):
            self.world.clock.advance(120)
            await self.world.settle()

    async def read(self, site: Site, uri: str) -> str:
        """The page of the resource as a stranger reads it there."""
        there, _files, _post = await self.seen(site, uri)
        answer = await self.world.get(f"{site.settings.origin}/r/{there.id}", "text/html")
        assert answer.status == 200
        return answer.body.decode()

    async def seen(self, site: Site, uri: str) -> tuple[Resource, list[Media], Post]:
        """The resource as one server has it."""
        async with site.entered():
            post = await Post.get(uri=uri)
            resource = await Resource.get(post_id=post.id)
            return resource, await Media.filter(post_id=post.id, position__gte=0).order_by("position"), post


async def gather(world: Any, visibility: str) -> Three:
    coop = await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await community_service.found(
        ana, title="Fruitiers", name="fruitiers", purpose="Cultiver", visibility=visibility, join_policy="open"
    )
    others = []
    for name, place in (("bob", "vallee"), ("cyr", "mont")):
        site = await world.fedcop(f"https://{place}.example")
        person = (await create_confirmed(name, f"{name}@{place}.example", PASSWORD)).actor
        seen = await remote.community_of(await resolver.handle("!fruitiers@coop.example"))
        await community_service.join(person, seen)
        await world.settle()
        others.append((site, person, seen))
    (vallee, bob, at_vallee), (mont, cyr, at_mont) = others
    return Three(world, coop, vallee, mont, home, bob, cyr, at_vallee, at_mont)


@pytest.fixture
async def three(world: Any) -> Three:
    return await gather(world, "public")


async def test_the_same_sheet_in_three_libraries(three: Three) -> None:
    content = pdf("prunier")
    made = await three.deposit(content)
    uri = f"https://vallee.example/r/{made.id}"
    await three.settle()
    mine, (original,), _ = await three.seen(three.vallee, uri)
    for site in (three.coop, three.mont):
        there, (copy,), post = await three.seen(site, uri)
        assert (there.kind, there.licence, there.credits, there.third_party) == (
            mine.kind,
            "CC-BY-SA-4.0",
            CREDITS,
            True,
        )
        assert (post.title, post.language, post.tags, post.state) == ("Fiche prunier", "fr", ["hiver"], "visible")
        assert (copy.state, copy.sha256, copy.size) == ("verified", original.sha256, len(content))
        assert (copy.pages, copy.media_type, copy.file_name) == (1, "application/pdf", "Fiche prunier.pdf")
        async with site.entered():
            assert b"".join([piece async for piece in site.storage.open(copy.key)]) == content
            library = await queries.library(None, await Community.get(id=there.community_id))
            assert [view.post.post.title for view in library] == ["Fiche prunier"]
        text = await three.read(site, uri)
        assert "copie vérifiée" in text and "vallee.example" in text and original.sha256 in text


async def test_a_private_sheet_reaches_members_elsewhere_and_nobody_else(world: Any) -> None:
    three = await gather(world, "private")
    content = pdf("secret")
    made = await three.deposit(content, "secret.pdf")
    uri = f"https://vallee.example/r/{made.id}"
    await three.settle()
    _, (original,), _ = await three.seen(three.vallee, uri)
    for site in (three.coop, three.mont):
        _, (copy,), post = await three.seen(site, uri)
        assert (post.audience, copy.state, copy.sha256) == ("community", "verified", original.sha256)
    curious = await world.stranger("gus@good.example")
    for url in (
        uri,
        f"https://vallee.example{original.path}",
        f"https://coop.example/c/fruitiers/files/{original.sha256}",
        "https://coop.example/c/fruitiers/resources",
    ):
        assert (await world.get(url)).status == 404, url
        assert (await curious.gets(url)).status == 404, url


async def test_a_file_that_changed_says_so(three: Three, monkeypatch: Any) -> None:  # J19
    made = await three.deposit(pdf("prunier"))
    uri = f"https://vallee.example/r/{made.id}"
    async with three.vallee.entered():
        file = await Media.get(owner_id=three.bob.id)
        await three.vallee.storage.put(file.key, pdf("mensonge"))
    await three.settle()
    there, (copy,), _ = await three.seen(three.mont, uri)
    assert copy.state == "changed" and copy.sha256 != copy.signed_sha256 == file.sha256
    text = await three.read(three.mont, uri)
    assert "modifié depuis sa signature" in text and "copie vérifiée" not in text


async def test_a_new_version_travels_and_the_old_one_stays(three: Three) -> None:
    made = await three.deposit(pdf("un"), "v1.pdf")
    uri = f"https://vallee.example/r/{made.id}"
    await three.settle()
    three.world.clock.advance(60)
    async with three.vallee.entered():
        file = await media.accept(three.bob, "v2.pdf", pieces(pdf("deux")))
        card = Card(licence="CC0-1.0", credits=CREDITS, media=[file.id])
        await service.change(
            three.bob, await Resource.get(id=made.id), card, title="Fiche prunier", source="Mieux.", note="Corrigée"
        )
    await three.settle()
    for site in (three.coop, three.mont):
        there, (copy,), post = await three.seen(site, uri)
        assert (there.version, there.licence, copy.file_name, copy.state) == (2, "CC0-1.0", "v2.pdf", "verified")
        async with site.entered():
            view = await queries.visible_resource(None, there.id)
            assert [(v.number, v.note, [f.file_name for f in files]) for v, files in view.versions] == [
                (2, "Corrigée", ["v2.pdf"]),
                (1, "", ["v1.pdf"]),
            ]
            assert await ResourceVersion.filter(resource_id=there.id).count() == 2


async def test_the_deletion_reaches_the_copies(three: Three) -> None:
    made = await three.deposit(pdf("un"))
    uri = f"https://vallee.example/r/{made.id}"
    await three.settle()
    async with three.vallee.entered():
        await discussions.delete(three.bob, await Post.get(uri=uri))
    await three.settle()
    for site in (three.vallee, three.coop, three.mont):
        there, files, post = await three.seen(site, uri)
        assert post.deleted_at is not None and files == [] and there.credits == []
        async with site.entered():
            assert await Media.all().count() == 0
            assert await queries.library(None, None) == []
            assert not [path for path in (site.settings.data / "files").rglob("*") if path.is_file()]


async def test_a_copy_that_had_no_room_comes_again_when_somebody_opens_it(three: Three) -> None:
    content = pdf("prunier")
    resource = await three.deposit(content)
    await three.settle()
    uri = f"https://vallee.example/r/{resource.id}"
    _there, (file,), _post = await three.seen(three.mont, uri)
    assert file.state == "verified"
    three.mont.settings = replace(three.mont.settings, remote_media=1)
    async with three.mont.entered():
        await quota.keep_within()
    await three.settle()
    _there, (away,), _post = await three.seen(three.mont, uri)
    assert away.state == "away" and not away.key and away.preview_key == file.preview_key
    assert three.mont.storage.path(file.key).is_file() is False  # type: ignore[union-attr]
    page = await three.read(three.mont, uri)
    assert "il sera rapporté de vallee.example quand vous l’ouvrirez" in page and file.path in page
    address = three.mont.settings.origin + file.path
    assert (await three.world.get(address, "*/*")).status == 503
    await three.world.settle()
    answer = await three.world.get(address, "*/*")
    assert answer.status == 200 and answer.body == content
    _there, (again,), _post = await three.seen(three.mont, uri)
    assert again.state == "verified" and again.used_at is not None
