"""How people call other servers ("chez TIESS"), kept in memory for a moment since every page shows some. Never fetches.

A name is what a server says about itself: one that another server or we already bear, or that looks like an address,
is not believed, and its host is shown instead.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping

from fedcop.core.site import Site, site
from fedcop.federation.models import Server

KEPT = 60.0  # seconds that a new name may take to show
LONGEST = 60
LIKE_AN_ADDRESS = re.compile(r"[\w-]\.[\w-]|[:/@]")


class Names:
    """Host to name. `site.part(Names)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        self.known: Mapping[str, str] = {}
        self.read_at = float("-inf")


async def server_names(own: str) -> Mapping[str, str]:
    """Give the name of every server that has one to be believed; `own` is ours. One query a minute."""
    names = site().part(Names)
    if time.monotonic() - names.read_at >= KEPT:
        found = await Server.exclude(name="").values_list("host", "name")
        names.known = believed(((str(host), str(name)) for host, name in found), own)
        names.read_at = time.monotonic()
    return names.known


def believed(said: Iterable[tuple[str, str]], own: str) -> dict[str, str]:
    """Keep the names that mistake nobody for somebody else."""
    pairs = list(said)
    bearers = Counter(name.casefold() for _host, name in pairs)
    bearers[own.casefold()] += 1
    return {
        host: name
        for host, name in pairs
        if bearers[name.casefold()] == 1 and len(name) <= LONGEST and not LIKE_AN_ADDRESS.search(name)
    }
