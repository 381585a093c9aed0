"""Inbound: the value that every handler of a received activity gets, and the ways in which a handler ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from activitypub.client.fetch import Budget
from activitypub.vocab import Activity, Ref
from fedcop.actors.models import Actor
from fedcop.federation.verdicts import Forget, Ignore, Outcome, Refuse, TryAgain, Verdict

__all__ = ["Forget", "Ignore", "Inbound", "Outcome", "Refuse", "TryAgain", "Verdict"]


@dataclass(frozen=True)
class Inbound:
    """One activity whose authority is settled: `actor` did it, whoever carried it here."""

    activity: Activity
    actor: Actor
    body: bytes  # of this activity as it came
    signer: Actor  # who signed the request; another than `actor` when forwarded or wrapped
    received_at: datetime
    via: Actor | None = None  # the group that announced it
    proven: bool = True  # False: only attested by `via`, as votes are
    budget: Budget = field(default_factory=Budget, compare=False)
    kept_as: str = ""  # what its bytes are kept under, if its id came before with other words

    @property
    def id(self) -> str:
        """The activity's uri."""
        return self.activity.id or ""

    @property
    def object(self) -> Ref | None:
        """What it was done to, as an id or embedded."""
        return self.activity.object

    @property
    def object_id(self) -> str | None:
        """The id of what it was done to, if that is exactly one thing."""
        return self.activity.object_id

    @property
    def host(self) -> str:
        """The server of whoever did it."""
        return self.actor.host

    def counts_in(self, group: Actor) -> bool:
        """Tell whether somebody did it in a community for all we know: by their own word, or by that of this very community.

        In one of ours nobody else brings it: who acts there tells us, and a true word that is old could be brought any time.
        """
        if group.local:
            return self.proven and self.via is None
        return self.proven or (self.via is not None and self.via.id == group.id)

    def inner(self, activity: Activity, *, actor: Actor, body: bytes, proven: bool) -> Inbound:
        """Give the activity that this one announces; `via` is who announced it."""
        return replace(self, activity=activity, actor=actor, body=body, proven=proven, via=self.actor)
