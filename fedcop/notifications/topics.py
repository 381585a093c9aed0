"""What one can be told about, and by which way: in the notification centre always, by e-mail as each member chooses. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fedcop.core.i18n import N_

NOW = "now"
SOON = "soon"  # in two hours, if one has not seen it by then
DIGEST = "digest"  # with the next summary of its community
NEVER = "never"
PATIENT: Mapping[str, str] = {
    NOW: N_("At once"),
    SOON: N_("After two hours, if I have not seen it"),
    DIGEST: N_("With the next summary"),
    NEVER: N_("Not by e-mail"),
}


@dataclass(frozen=True)
class Topic:
    """Kinds of notifications between which members do not choose one by one."""

    key: str
    label: str  # a msgid
    kinds: tuple[str, ...]
    mailed: bool  # unless the member chooses otherwise
    talk: bool = False  # of discussions: it can wait, and what waits of one thread is one letter

    @property
    def ways(self) -> tuple[str, ...]:
        """Between what members choose."""
        return tuple(PATIENT) if self.talk else (NOW, NEVER)

    @property
    def by_default(self) -> str:
        """What holds for who has chosen nothing."""
        return NOW if self.mailed else NEVER


TOPICS = (
    Topic("mention", N_("Somebody mentions me"), ("mention",), True, talk=True),
    Topic("reply", N_("Somebody replies to me, or in a discussion I take part in"), ("reply",), True, talk=True),
    Topic("quote", N_("Somebody quotes me, or changes what I quoted"), ("quote", "quoted_update"), False, talk=True),
    Topic("answer", N_("My answer is accepted"), ("answer_accepted",), True, talk=True),
    Topic(
        "publication", N_("A new discussion where I asked to be told of each one"), ("publication",), False, talk=True
    ),
    Topic("poll", N_("A poll in which I voted, or that I asked, is over"), ("poll_ended",), False, talk=True),
    Topic(
        "membership",
        N_("An invitation, or the answer to my request to join"),
        ("accepted", "refused", "invited", "asked_back", "waiting", "turn", "place_doubted"),
        True,
    ),
    Topic(
        "community",
        N_("One of my communities changes its charter, or one that I wait for opens"),
        ("charter", "charter_accept", "opened", "succeeded", "called_off"),
        True,
    ),
    Topic("participation", N_("One of my communities hopes to hear from me"), ("participation",), True),
    Topic(
        "request",
        N_("Somebody asks to join, a post or a report waits, where I moderate"),
        ("join_asked", "answered_back", "members_held", "held", "report", "merge_asked", "appeal"),
        True,
    ),
    Topic(
        "moderation",
        N_("Moderators decide about my posts, my reports, my role or my membership"),
        (
            "moderation",
            "merge_agreed",
            "merge_refused",
            "report_resolved",
            "report_dismissed",
            "appeal_upheld",
            "appeal_changed",
        ),
        True,
    ),
    Topic(
        "alliance",
        N_("An agreement with another organisation is proposed, answered or ends, where I am in charge"),
        ("alliance_proposed", "alliance_accepted", "alliance_declined", "alliance_ended"),
        True,
    ),
    Topic("given_back", N_("A text that I scheduled could not be published"), ("given_back",), True),
    Topic("follow", N_("Somebody follows me, or asks to"), ("follow", "follow_asked"), False),
    Topic("reaction", N_("Somebody reacts to my posts"), ("reaction",), False, talk=True),
)
#: Our kinds, and what apps call them. The others are about communities and their moderators: no app has words for those.
APPS: Mapping[str, str] = {
    "mention": "mention",
    "reply": "mention",
    "answer_accepted": "favourite",
    "reaction": "favourite",
    "publication": "status",
    "quote": "quote",
    "quoted_update": "quoted_update",
    "poll_ended": "poll",
    "follow": "follow",
    "follow_asked": "follow_request",
}
BY_KEY: Mapping[str, Topic] = {topic.key: topic for topic in TOPICS}
BY_KIND: Mapping[str, Topic] = {kind: topic for topic in TOPICS for kind in topic.kinds}


def choices(preferences: Mapping[str, object] | None) -> dict[str, str]:
    """Give the way of each topic, as chosen or by default."""
    chosen = (preferences or {}).get("mail")
    known = chosen if isinstance(chosen, Mapping) else {}
    ways = {topic.key: str(known.get(topic.key)) for topic in TOPICS}
    return {topic.key: ways[topic.key] if ways[topic.key] in topic.ways else topic.by_default for topic in TOPICS}


def way_of(kind: str, preferences: Mapping[str, object] | None) -> str:
    """Tell by which way a member wants to hear of a kind of notification."""
    topic = BY_KIND.get(kind)
    return choices(preferences)[topic.key] if topic is not None else NEVER


def kinds_by(way: str, preferences: Mapping[str, object] | None) -> list[str]:
    """Name the kinds of notifications of discussions that go by a way."""
    return [kind for topic in TOPICS if topic.talk and choices(preferences)[topic.key] == way for kind in topic.kinds]
