"""Event, with what Mobilizon, Gancio and Friendica add to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from activitypub.vocab import terms
from activitypub.vocab.base import Object, Ref


@dataclass(frozen=True, kw_only=True, repr=False)
class Event(Object):
    """Something that happens at a time; where is in `location`."""

    TYPE: ClassVar[str] = "Event"
    ALWAYS: ClassVar[frozenset[str]] = frozenset({"to", "cc", "sensitive"})

    #: Mobilizon names the organiser here, and the group in `attributed_to`.
    actor: Ref | None = terms.one_reference("actor")
    organizers: Ref | None = terms.reference("organizers")
    participants: Ref | None = terms.reference("participants")
    display_end_time: bool | None = terms.flag("displayEndTime")
    timezone: str | None = terms.text("timezone")
    is_online: bool | None = terms.flag("isOnline")
    join_mode: str | None = terms.text("joinMode")
    external_participation_url: str | None = terms.identifier("externalParticipationUrl")
    maximum_attendee_capacity: int | None = terms.integer("maximumAttendeeCapacity")
    remaining_attendee_capacity: int | None = terms.integer("remainingAttendeeCapacity")
    participant_count: int | None = terms.integer("participantCount")
    event_status: str | None = terms.text("eventStatus")
    ical_status: str | None = terms.text("ical:status")
    status: str | None = terms.text("status")
    category: str | None = terms.text("category")
    replies_moderation_option: str | None = terms.text("repliesModerationOption")
    anonymous_participation_enabled: bool | None = terms.flag("anonymousParticipationEnabled")

    @property
    def actor_id(self) -> str | None:
        """The id of the organiser, where it is named apart from the author."""
        return self.actor if self.actor is None or isinstance(self.actor, str) else self.actor.id
