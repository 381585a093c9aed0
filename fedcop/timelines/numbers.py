"""How much somebody wrote for everybody, and how many follow: what a profile says in numbers. The same for whoever looks, so that they tell nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from fedcop.core import clock
from fedcop.core.database import moment, rows
from fedcop.core.site import site

KEPT_FOR = 600.0
MOST = 5000
_PUBLIC = (
    "audience = 'public' AND state = 'visible' AND deleted_at IS NULL AND removed_at IS NULL AND anonymised_at IS NULL"
)


@dataclass(frozen=True)
class Numbers:
    """What is counted of one actor."""

    posts: int = 0
    followers: int = 0
    following: int = 0
    last_at: datetime | None = None


NONE = Numbers()


class _Kept:
    """What was counted in one running instance, the actors that were asked for last."""

    def __init__(self, _site: object) -> None:
        self.counted: OrderedDict[int, tuple[float, Numbers]] = OrderedDict()


async def lately(actor_ids: Iterable[int]) -> dict[int, Numbers]:
    """Give what was counted of many actors a few minutes ago: for lists of what they wrote, where it stands beside each thing."""
    kept, now = site().part(_Kept).counted, clock.now().timestamp()
    ids = set(actor_ids)
    missing = [id_ for id_ in ids if id_ not in kept or now - kept[id_][0] > KEPT_FOR]
    for id_, numbers in (await of(missing)).items():
        kept[id_] = (now, numbers)
        kept.move_to_end(id_)
    found = {id_: kept[id_][1] for id_ in ids}
    while len(kept) > MOST:
        kept.popitem(last=False)
    return found


async def of(actor_ids: Iterable[int]) -> dict[int, Numbers]:
    """Count for many actors at once, in one statement."""
    ids = sorted(set(actor_ids))
    if not ids:
        return {}
    found = await rows(
        f"SELECT 1 AS what, author_id AS id, COUNT(*) AS n, MAX(published_at) AS at FROM post WHERE author_id IN (?) AND {_PUBLIC}"  # noqa: S608 - our own words only, values are parameters
        " GROUP BY author_id UNION ALL SELECT 2, target_id, COUNT(*), NULL FROM follow WHERE target_id IN (?) AND state = 'accepted'"
        " GROUP BY target_id UNION ALL SELECT 3, follower_id, COUNT(*), NULL FROM follow WHERE follower_id IN (?)"
        " AND state = 'accepted' GROUP BY follower_id",
        ids,
        ids,
        ids,
    )
    counted = dict.fromkeys(ids, NONE)
    for row in found:
        before = counted[row["id"]]
        if row["what"] == 1:
            counted[row["id"]] = replace(before, posts=row["n"], last_at=moment(row["at"]))
        elif row["what"] == 2:
            counted[row["id"]] = replace(before, followers=row["n"])
        else:
            counted[row["id"]] = replace(before, following=row["n"])
    return counted
