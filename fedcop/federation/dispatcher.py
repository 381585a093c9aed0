"""The table by which received activities reach their handlers: (class of the activity, class of its object).

The most specific class wins. Not for: authority (guards.py), or what a handler does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from activitypub.vocab import Activity, Object, Ref, Thing, Tombstone
from fedcop.core.site import Site
from fedcop.federation import known
from fedcop.federation.inbound import Ignore, Inbound, Outcome

Handle = Callable[[Inbound], Awaitable[Outcome]]


@dataclass(frozen=True)
class Route:
    """One line of a feature's table; `object` None is an activity that has none."""

    activity: type[Activity]
    object: type[Thing] | None
    handle: Handle


class Dispatcher:
    """All routes of all features. `site.part(Dispatcher)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        self._table = _table(route for feature in site.features for route in feature.receives)

    async def dispatch(self, inbound: Inbound) -> Outcome:
        """Hand an activity to its handler; Ignore if nobody takes such things."""
        kind = await _class_of(inbound.activity.object)
        handle = self.find(type(inbound.activity), kind)
        if handle is None:
            what = kind.__name__ if kind else "nothing"
            raise Ignore(f"nobody here takes {inbound.activity.type or 'an activity'} of {what}")
        return await handle(inbound)

    def find(self, activity: type[Thing], kind: type[Thing] | None) -> Handle | None:
        """Find the handler of a pair of classes: first by the activity's class tree, then by the object's."""
        for above in activity.__mro__:
            for object_class in kind.__mro__ if kind is not None else (None,):
                found = self._table.get((above, object_class))
                if found is not None:
                    return found
        return None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Name all routes; the README's table is compared with them."""
        return sorted((activity.__name__, kind.__name__ if kind else "-") for activity, kind in self._table)


def _table(routes: Iterable[Route]) -> dict[tuple[type, type | None], Handle]:
    table: dict[tuple[type, type | None], Handle] = {}
    for route in routes:
        pair = (route.activity, route.object)
        if pair in table:
            raise ValueError(f"two features take {pair[0].__name__} of {pair[1].__name__ if pair[1] else 'nothing'}")
        table[pair] = route.handle
    return table


async def _class_of(reference: Ref | None) -> type[Thing] | None:
    """The class of an object: its own if it says one, else what its id is known to mean."""
    if reference is None:
        return None
    uri = reference if isinstance(reference, str) else reference.id
    said = None if isinstance(reference, str) or type(reference) is Object else type(reference)
    # A Tombstone says only that it is gone; of what, we may know.
    if said is not None and said is not Tombstone:
        return said
    meant = await known.class_of(uri) if uri else None
    if meant is Tombstone or meant is None:
        return said or meant or Object
    return meant
