"""The checks that every received activity must pass before its handler sees it, in one ordered table.

They look at who and where, never at what the activity means: rights inside a community are the features' to judge.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from activitypub.client.fetch import Budget
from activitypub.uris import host_of
from activitypub.vocab import Activity, Create, Update
from fedcop.actors.models import Actor
from fedcop.federation import known
from fedcop.federation.inbound import Ignore, Refuse
from fedcop.federation.peers import servers
from fedcop.federation.receiving.authority import Established, check_may_act, establish
from fedcop.federation.shape import SHAPE


@dataclass
class Case:
    """One activity on its way through the table; `established` is set by the check of authority."""

    activity: Activity
    signer: Actor
    body: bytes
    budget: Budget = field(default_factory=Budget)
    established: Established | None = None
    kinds: dict[str, str] | None = None

    @property
    def actor(self) -> Actor:
        """Whose activity it is; known once authority is settled."""
        return self.established.actor if self.established else self.signer

    async def kind_of(self, uri: str | None) -> str | None:
        """Tell what the activity's own id, or its object's, means here already; both are looked up at once."""
        if self.kinds is None:
            self.kinds = await known.kinds_of_two(self.activity.id or "", self.activity.object_id or "")
        return self.kinds.get(uri or "")


async def is_well_formed(case: Case) -> None:
    """All checks of SHAPE; once more, since an activity may not have come through the inbox."""
    for check in SHAPE:
        check(case.activity)


async def comes_from_servers_we_talk_to(case: Case) -> None:
    """A blocked server gets nothing in, not even carried by another (attacks D45)."""
    for uri in (case.signer.uri, case.activity.actor_id or ""):
        if not await servers.may_talk(host_of(uri)):
            raise Refuse("we do not talk to this server")


async def has_an_id_of_its_own(case: Case) -> None:
    """An activity does not bear the id of an actor or a post (attacks B14)."""
    kind = await case.kind_of(case.activity.id)
    if kind is not None and not issubclass(known.KINDS.get(kind, Activity), Activity):
        raise Refuse("the activity bears the id of something else")


async def is_not_about_the_deleted(case: Case) -> None:
    """What was deleted does not come back by an older copy (attacks A10, C11)."""
    if isinstance(case.activity, Create | Update) and await case.kind_of(case.activity.object_id) == known.TOMBSTONE:
        raise Ignore("the object has been deleted")


async def is_vouched_for(case: Case) -> None:
    """The signer is the actor, or the actor's proof or server vouches for what was carried here."""
    case.established = await establish(case.activity, signer=case.signer, body=case.body, budget=case.budget)


async def is_by_somebody_who_may_act(case: Case) -> None:
    """The gone and the suspended do nothing any more; their going away itself is still heard."""
    check_may_act(case.actor, case.activity)


GUARDS: tuple[Callable[[Case], Awaitable[None]], ...] = (
    is_well_formed,
    comes_from_servers_we_talk_to,
    has_an_id_of_its_own,
    is_not_about_the_deleted,
    is_vouched_for,
    is_by_somebody_who_may_act,
)


async def check(case: Case) -> Established:
    """Run the whole table; Refuse, Ignore or TryAgain end it."""
    for guard in GUARDS:
        await guard(case)
    assert case.established is not None, "no guard settled who vouches for this"
    return case.established
