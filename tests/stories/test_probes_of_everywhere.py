"""What everybody may look at says the same before and after a private community lived: pages, numbers, lists, exports."""

from __future__ import annotations

import re

from tests.rig.behind_doors import SECRETS, Doors, open_doors
from tests.rig.probes import TOKEN, first_difference
from tests.rig.world import World

PLACES = [
    "/",
    "/communities",
    "/communities?where=all",
    "/communities?where=elsewhere",
    "/people",
    "/resources",
    "/search?q=fruit",
    "/about",
    "/u/ana",
    "/u/bob",
    "/u/bob@vallee.example",
    "/u/ana@coop.example",
    "/u/ana/followers",
    "/u/ana/following",
    "/tags/fruit",
    "/nodeinfo/2.0",
    "/nodeinfo/2.1",
    "/.well-known/nodeinfo",
    "/robots.txt",
    "/help",
    "/login",
    "/signup",
    "/?kind=question",
    "/resources?kind=sheet",
]
OWN = [
    "/notifications",
    "/me",
    "/drafts",
    "/settings/data",
    "/settings/followers",
    "/welcome",
    "/welcome/communities",
    "/welcome/letters",
    "/communities?where=mine",
]
DOCUMENTS = ["/u/ana", "/u/bob", "/u/ana/outbox", "/u/bob/outbox", "/u/ana/followers", "/u/bob/following", "/actor"]

# A proof is made anew for each answer, at another time.
PROOF = re.compile(rb'"proof":\{.*?\}')


async def look(doors: Doors) -> dict[str, bytes]:
    """All that a stranger and those who are no members see, on both servers."""
    found: dict[str, bytes] = {}
    cookies = {
        "Nic": (doors.a, await doors.cookie(doors.a, doors.nic)),
        "Zoe": (doors.b, await doors.cookie(doors.b, doors.zoe)),
    }
    for site in (doors.a, doors.b):
        for path in PLACES:
            found[f"nobody at {site.settings.netloc}{path}"] = await fetch(doors, site.settings.origin + path)
        for path in DOCUMENTS:
            address = site.settings.origin + path
            found[f"nobody for {address}"] = await fetch(doors, address, accept="application/activity+json")
    for name, (site, cookie) in cookies.items():
        for path in (*PLACES, *OWN):
            found[f"{name} at {path}"] = await fetch(doors, site.settings.origin + path, cookie=cookie)
    return found


async def fetch(doors: Doors, url: str, *, accept: str = "text/html", cookie: str = "") -> bytes:
    headers = {"Accept": accept, "Accept-Language": "fr-CA"} | ({"Cookie": cookie} if cookie else {})
    answer = await doors.world.request("GET", url, headers)
    said = {
        name: value
        for name, value in answer.headers.items()
        if name not in ("date", "set-cookie", "etag", "content-length")
    }
    return TOKEN.sub(b"", b"%d %r " % (answer.status, sorted(said.items())) + PROOF.sub(b"", answer.body))


async def test_nothing_anywhere_tells_of_it(world: World) -> None:  # H02, H05, H09
    doors = await open_doors(world)
    before = await look(doors)
    await doors.community("invitation")
    await doors.life()
    after = await look(doors)
    for place, said in after.items():
        assert not [secret for secret in SECRETS if secret.encode() in said], place
    changed = [place for place in before if before[place] != after[place]]
    assert not changed, "\n".join(f"{one}\n{first_difference(before[one], after[one])}" for one in changed)
