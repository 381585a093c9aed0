"""Stands where discussions stand: notes what reaches the storey above communities."""

from __future__ import annotations

from activitypub.vocab import Add, Announce, Create, Delete, EmojiReact, Like, Lock, Object, Undo, Update
from fedcop.communities.facts import ActivityAnnounced
from fedcop.core.feature import Feature
from fedcop.core.site import Site, site
from fedcop.federation.dispatcher import Route
from fedcop.federation.inbound import Inbound, Outcome


class Seen:
    """What came through. `site.part(Seen)`."""

    def __init__(self, _site: Site) -> None:
        self.inbounds: list[Inbound] = []
        self.receipts: list[ActivityAnnounced] = []

    @property
    def names(self) -> list[str]:
        """Types and objects, in order."""
        return [f"{one.activity.type} {one.object_id}" for one in self.inbounds]


async def note(inbound: Inbound) -> Outcome:
    """Note an activity."""
    site().part(Seen).inbounds.append(inbound)
    return Outcome.DONE


async def receipt(fact: ActivityAnnounced) -> None:
    """Note a receipt."""
    site().part(Seen).receipts.append(fact)


PROBE = Feature(
    name="probe",
    receives=tuple(
        Route(kind, Object, note) for kind in (Create, Update, Delete, Like, EmojiReact, Lock, Undo, Add, Announce)
    ),
    reacts={ActivityAnnounced: (receipt,)},
)
