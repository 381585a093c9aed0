"""What actors plug in: nothing reacts here; features above listen to these facts."""

from __future__ import annotations

from fedcop.actors.facts import ActorChanged, ActorGone
from fedcop.core.feature import Feature

FEATURE = Feature(name="actors", reacts={ActorChanged: (), ActorGone: ()})
