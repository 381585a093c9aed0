"""What profiles plug in: who is told of their tags, what is read of others', and what goes with whom it is of."""

from __future__ import annotations

from activitypub.vocab import Add, Hashtag, Remove
from fedcop.actors.facts import ActorChanged, ActorGone
from fedcop.core.feature import Feature
from fedcop.federation.dispatcher import Route
from fedcop.people.facts import FollowAccepted
from fedcop.profiles import departures
from fedcop.profiles.activities import incoming, outgoing
from fedcop.profiles.facts import TagShown

FEATURE = Feature(
    name="profiles",
    receives=(
        Route(Add, Hashtag, incoming.receive_shown),
        Route(Remove, Hashtag, incoming.receive_hidden),
    ),
    reacts={
        TagShown: (outgoing.publish_tag,),
        ActorChanged: (incoming.look_at_changed,),
        FollowAccepted: (incoming.look_at_followed,),
        ActorGone: (departures.forget,),
    },
    jobs=(incoming.read_tags,),
    serves=outgoing.SERVES,
    exports=(departures.shown_by,),
)
