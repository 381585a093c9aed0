"""A private community with a life of its own on A and B, and all the addresses at which somebody could knock.

Everything it says bears one of `SECRETS`; every address has a twin of the same length at which nothing ever was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fedcop.accounts import sessions
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import moderation
from fedcop.communities import service as communities
from fedcop.communities.models import Community, ThreadActivity
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from fedcop.media import service as media
from fedcop.media.models import Media
from fedcop.resources import service as resources
from fedcop.resources.models import Resource
from fedcop.resources.service import Card
from tests.rig.people import make_member
from tests.rig.samples import pdf, picture
from tests.rig.world import World

A, B, C = "https://coop.example", "https://vallee.example", "https://evil.example"
NAME, TITLE, PURPOSE = "zirconium", "Cercle Zirconium", "Parler de chrysolithe"
SECRETS = (NAME, TITLE, PURPOSE, "Mirabelle", "mirabelle", "obsidienne", "Serpentine")


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """A file as it is uploaded."""
    yield content


@dataclass
class Doors:
    """The stage. Ana (responsible) and Nic (no member) live on A, Bob (member) and Zoe (no member) on B."""

    world: World
    a: Site
    b: Site
    ana: Account = field(init=False)
    nic: Account = field(init=False)
    bob: Account = field(init=False)
    zoe: Account = field(init=False)
    home: Community = field(init=False)
    there: Community = field(init=False)
    root: Post = field(init=False)
    own: Post = field(init=False)
    sheet: Resource = field(init=False)

    async def people(self) -> None:
        """Everybody has an account, Ana and Bob know each other; there is no community yet."""
        async with self.a.entered():
            self.ana, self.nic = await make_member("ana"), await make_member("nic")
        async with self.b.entered():
            self.bob, self.zoe = await make_member("bob"), await make_member("zoe")
            await resolver.handle("ana@coop.example")
        async with self.a.entered():
            await resolver.handle("bob@vallee.example")
        await self.world.settle()

    async def community(self, join_policy: str) -> None:
        """Ana founds, Bob is let in."""
        await self.community_alone(join_policy)
        await self.let_in(self.bob)
        async with self.b.entered():
            self.there = await Community.get(actor__uri=self.home.actor.uri).select_related("actor")

    async def community_alone(self, join_policy: str) -> None:
        """Ana founds; nobody of B belongs to it."""
        async with self.a.entered():
            self.home = await communities.found(
                self.ana.actor,
                title=TITLE,
                name=NAME,
                purpose=PURPOSE,
                visibility="private",
                posting="members",
                join_policy=join_policy,
            )

    async def let_in(self, person: Account) -> None:
        """Somebody of B becomes a member, by invitation."""
        async with self.a.entered():
            guest = await resolver.handle(f"{person.actor.name}@vallee.example")
            await communities.invite(self.ana.actor, self.home, guest)
        await self.settle()
        async with self.b.entered():
            seen = await Community.get(actor__uri=self.home.actor.uri).select_related("actor")
            await communities.accept_invitation(person.actor, seen)
        await self.settle()

    async def thread(self) -> None:
        """Ana starts a thread, with a PDF and a picture."""
        async with self.a.entered():
            files = [await self._file(self.ana.actor, "obsidienne.pdf", pdf("obsidienne"))]
            files.append(await self._file(self.ana.actor, "obsidienne.jpg", picture()))
            self.root = await discussions.write(
                self.ana.actor,
                self.home,
                kind="question",
                title="La Mirabelle cachée",
                source="Où est la Mirabelle ? @bob@vallee.example",
                media=[one.id for one in files],
                tags=["obsidienne"],
            )
        await self.settle()

    async def life(self) -> None:
        """Ana's thread, an answer by Bob with a picture, a thread and a sheet of Bob's own."""
        await self.thread()
        async with self.b.entered():
            seen = await Post.get(uri=self.root.uri)
            mine = await self._file(self.bob.actor, "chez_bob_obsidienne.png", picture("PNG", (90, 70)))
            await discussions.reply(self.bob.actor, seen, source="Dans la Mirabelle du nord", media=[mine.id])
            sheet = await self._file(self.bob.actor, "fiche_obsidienne.pdf", pdf("fiche obsidienne"))
            self.own = await discussions.write(
                self.bob.actor,
                self.there,
                kind="idea",
                title="Une Mirabelle à moi",
                source="Serpentine",
                tags=["obsidienne"],
            )
            card = Card(licence="CC0-1.0", credits=[{"name": "B.", "role": "text", "uri": ""}], media=[sheet.id])
            self.sheet = await resources.deposit(
                self.bob.actor, self.there, card, title="Fiche Mirabelle", source="Serpentine"
            )
        await self.settle()
        async with self.a.entered():
            await discussions.react(self.ana.actor, await Post.get(uri=self.own.uri), "thanks")
            await discussions.edit(self.ana.actor, self.root, source="Où est donc la Mirabelle ?")
            await discussions.pin(self.ana.actor, await Post.get(id=self.root.id))
        await self.settle()

    async def _file(self, owner: Actor, name: str, content: bytes) -> Media:
        return await media.accept(owner, name, pieces(content))

    async def settle(self) -> None:
        """Until nothing is due, the second attempts included; then a second passes."""
        await self.world.settle()
        self.world.clock.advance(120)
        await self.world.settle()

    async def remove_bob(self) -> None:
        """Ana removes Bob."""
        async with self.a.entered():
            bob = await Actor.get(uri=self.bob.actor.uri)
            await moderation.remove_member(self.ana.actor, self.home, bob, "Fin")

    async def places_of_root(self, site: Site) -> dict[str, str]:
        """The addresses of Ana's thread and its PDF on one server."""
        async with site.entered():
            root = await Post.get(uri=self.root.uri)
            return {"root": str(root.id), "paper": (await Media.get(post_id=root.id, position=0)).token}

    async def places(self, site: Site) -> dict[str, str]:
        """What stands at the blanks of an address on one server: its own row ids, tokens and digests."""
        async with site.entered():
            root, own = await Post.get(uri=self.root.uri), await Post.get(uri=self.own.uri)
            reply = await Post.get(root_id=root.id, depth=1)
            sheet = await Resource.get(post__uri=f"{B}/r/{self.sheet.id}")
            pictures = {one.media_type: one for one in await Media.filter(post_id=root.id)}
            paper, photo = pictures["application/pdf"], pictures["image/jpeg"]
            kept = await ThreadActivity.filter(post_id=root.id, kind="Create").order_by("id").first()
        assert kept is not None and paper.preview_key
        group = NAME if site is self.a else f"{NAME}@coop.example"
        return {
            "name": group,
            "bare": NAME,
            "root": str(root.id),
            "reply": str(reply.id),
            "own": str(own.id),
            "sheet": str(sheet.id),
            "sheet_post": str(sheet.post_id),
            "paper": paper.token,
            "paper_id": str(paper.id),
            "photo": photo.token,
            "photo_id": str(photo.id),
            "digest": paper.sha256,
            "context": root.context_uri.rpartition("/t/")[2].partition("/")[0],
            "activity": str(kept.id),
            "sent": kept.uri.rpartition("/")[2],
            "tag": "obsidienne",
            "word": "mirabelle",
        }

    async def cookie(self, site: Site, account: Account) -> str:
        """The cookie of somebody who is signed in."""
        async with site.entered():
            return f"__Host-session={await sessions.open_session(account, 'test', '127.0.0.1')}"


def twin(real: str) -> str:
    """What was never there: as long as the real thing, and as likely."""
    name, at, host = real.partition("@")
    if name.isdigit():
        return name[:-4] + f"{(int(name[-4:]) + 4321) % 10000:04}"
    return name[::-1] + at + host


async def open_doors(world: World) -> Doors:
    """Two servers and their people."""
    doors = Doors(world, await world.fedcop(A), await world.fedcop(B))
    await doors.people()
    return doors
