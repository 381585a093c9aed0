"""Bob of B writes in A's private community; D, where Dora belongs, is let in by B with the token that A's group gave it (FEP-db0e)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest

from activitypub.actor_tokens import header, in_header, make_token, read_token
from activitypub.client.transport import HttpResponse
from activitypub.errors import BadDocument, Missing
from activitypub.signatures import Scheme, Signer, sign_request
from fedcop.communities import moderation
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.site import Site
from fedcop.federation import keyring
from fedcop.federation.fetching import resolver
from fedcop.federation.fetching.tokens import Tokens
from fedcop.media.models import Media
from tests.rig.behind_doors import A, B, Doors, open_doors
from tests.rig.people import make_member
from tests.rig.world import World

D = "https://delta.example"


@dataclass
class Stage:
    """The doors, and a third server with a member of its own; what Bob wrote lies on B."""

    doors: Doors
    d: Site
    machine: Signer

    async def shows(self, url: str, *, token: str = "", signer: Signer | None = None) -> HttpResponse:
        """A signed GET in D's name, with a token or without."""
        now = self.doors.world.clock.now()
        headers = sign_request("GET", url, None, signer or self.machine, Scheme.CAVAGE, now)
        headers["Accept"] = "application/activity+json"
        return await self.doors.world.request("GET", url, headers | ({"Authorization": token} if token else {}))

    async def paper(self) -> str:
        """Where Bob's sheet has its PDF."""
        async with self.doors.b.entered():
            return f"{B}{(await Media.get(post_id=self.doors.sheet.post_id)).path}"


@pytest.fixture
async def stage(world: World) -> Stage:
    doors = await open_doors(world)
    d = await world.fedcop(D)
    await doors.community("invitation")
    async with d.entered():
        dora = await make_member("dora")
        machine = await keyring.instance_signer()
    async with doors.a.entered():
        await communities.invite(doors.ana.actor, doors.home, await resolver.handle("dora@delta.example"))
    await doors.settle()
    async with d.entered():
        seen = await Community.get(actor__uri=doors.home.actor.uri).select_related("actor")
        await communities.accept_invitation(dora.actor, seen)
    await doors.settle()
    await doors.life()
    return Stage(doors, d, machine)


async def test_a_third_server_is_let_in_by_the_groups_word_and_no_longer_than_it_belongs(stage: Stage) -> None:  # H17
    doors, own, paper = stage.doors, stage.doors.own.uri, await stage.paper()
    # D had Bob's PDF from B itself, not from the copy on A: it showed a token when B did not know it.
    to_b = [url for method, url in doors.world.web.asked if url == paper]
    assert len(to_b) >= 2 and not [url for _, url in doors.world.web.asked if "/c/zirconium/files/" in url]
    async with stage.d.entered():
        copy = await Media.get(remote_url=paper)
        assert copy.state == "verified" and copy.file_name == "fiche_obsidienne.pdf"

    assert (await stage.shows(own)).status == (await stage.shows(paper)).status == 404
    given = await stage.shows(f"{A}/c/zirconium/token")
    token = header(given.body)
    said = json.loads(given.body)
    assert (said["issuer"], said["actor"]) == (doors.home.actor.uri, f"{D}/actor")
    assert json.loads((await stage.shows(own, token=token)).body)["id"] == own
    assert (await stage.shows(paper, token=token)).status == 200
    # It opens nothing else, and nothing to anybody else; a token that says too much or comes twice is none.
    async with doors.b.entered():
        zoe, bobs = await keyring.signer_for(doors.zoe.actor), await keyring.signer_for(doors.bob.actor)
    assert (await stage.shows(f"{B}/p/{int(own.rpartition('/')[2]) + 1}", token=token)).status == 404
    assert (await stage.shows(own, token=token, signer=zoe)).status == 404
    assert (await stage.shows(own, token=header({**said, "actor": f"{D}/u/dora"}))).status == 404
    assert (await stage.shows(own, token=header(make_token(f"{B}/u/bob", f"{D}/actor", bobs, doors.world.clock.now())))).status == 404  # fmt: skip
    # Only those who may read are given one, and only where something is private.
    for path, signer in ((f"{A}/c/zirconium/token", zoe), (f"{A}/c/jamais/token", stage.machine)):
        assert (await stage.shows(path, signer=signer)).status == 404

    # D fetches what it is told of by its address, in the name of the group.
    async with stage.d.entered():
        with pytest.raises(Missing):
            await resolver.object_(own)
        stage.d.part(resolver.Recently).forget()
        assert (await resolver.object_(own, group=doors.home.actor.uri)).id == own

    # Dora is removed: within a minute the same token, which would hold for half an hour, opens nothing on B.
    async with doors.a.entered():
        dora = await resolver.actor(f"{D}/u/dora")

        await moderation.remove_member(doors.ana.actor, doors.home, dora, "Fin")
    doors.world.clock.advance(60)
    assert read_token(given.body).is_current(doors.world.clock.now())
    assert (await stage.shows(own, token=token)).status == (await stage.shows(paper, token=token)).status == 404
    assert (await stage.shows(f"{A}/c/zirconium/token")).status == 404
    async with stage.d.entered():
        stage.d.part(Tokens).keep(doors.home.actor.uri, token, doors.world.clock.now() + timedelta(minutes=9))
        stage.d.part(resolver.Recently).forget()
        with pytest.raises(Missing):
            await resolver.object_(own, group=doors.home.actor.uri)


def test_what_is_no_token() -> None:  # H17
    for text in ("", "{}", "[]", '{"issuer":"https://a.example"}', '{"issuer":"a","issuer":"b"}', "x" * 5000):
        with pytest.raises(BadDocument):
            read_token(text)
    assert in_header("Bearer x") is None and in_header("activitypubactortoken {}") == "{}"
