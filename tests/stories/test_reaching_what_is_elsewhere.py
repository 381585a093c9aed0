"""A member pastes an address of another server into the search and is led to it; to strangers and to what is private nothing is told."""

from __future__ import annotations

from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from tests.rig.browser import Browser
from tests.rig.people import make_member
from tests.rig.world import World
from web.app import create_app


async def search(site: Site, who: Any, text: str) -> Any:
    async with TestServer(create_app(site)) as running, TestClient(running) as client:
        browser = await Browser(client, "fr-CA").log_in(who) if who else Browser(client, "fr-CA")
        return await browser.get(f"/search?q={text}")


async def test_a_pasted_address_leads_to_a_community_a_person_and_a_post(world: World) -> None:
    a, b = await world.fedcop("https://coop.example"), await world.fedcop("https://atelier.example")
    async with a.entered():
        ana = (await make_member("ana")).actor
        soil = await communities.found(ana, title="Sols", name="sols", purpose="Des sols vivants")
        post = await discussions.write(ana, soil, kind="question", title="Quel paillis ?", source="Pour l’hiver.")
        secret = await communities.found(ana, title="Cellule", name="cellule", purpose="En petit", visibility="private")
        hidden = await discussions.write(ana, secret, kind="idea", title="Zibeline", source="Le plan.")
    await world.settle()
    async with b.entered():
        ben = await make_member("ben")
        assert (await search(b, ben, "!sols@coop.example")).path == "/c/sols@coop.example"
        # The actor may be known a moment before the community is.
        await Community.filter(actor__uri=soil.actor.uri).delete()
        assert (await search(b, ben, "!sols@coop.example")).path == "/c/sols@coop.example"
        assert (await search(b, ben, "https://coop.example/u/ana")).path == "/u/ana@coop.example"
        page = await search(b, ben, post.uri)
        assert page.h1 == "Quel paillis ?"
        page = await search(b, ben, hidden.uri)
        assert "Nous n’avons rien trouvé" in page.main.text and "Zibeline" not in page.html
        page = await search(b, None, "@nobody@coop.example")
        assert "Les membres peuvent la chercher" in page.main.text
    await world.settle()
