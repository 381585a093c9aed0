"""Communities as ActivityPub documents and back, and every activity that communities send. Pure: no database, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any

from activitypub.jsonld.normalise import read_date, write_date
from activitypub.uris import PUBLIC
from activitypub.vocab import Activity, Group
from fedcop.accounts.letters import speaking
from fedcop.actors.models import Actor
from fedcop.communities import onward, rules, stages
from fedcop.communities.admission import questions
from fedcop.communities.charter import mapping as charters
from fedcop.communities.charter.models import CharterVersion
from fedcop.communities.charter.versions import words_of
from fedcop.communities.charter.words import as_markdown
from fedcop.communities.models import Community, InvitationLink
from fedcop.communities.participation import criterion
from fedcop.communities.roles import COMMITTEE, MODERATOR, PRESIDENT, ROLES, Position
from fedcop.core.markup import to_html
from fedcop.core.sanitise import excerpt, plain

Json = dict[str, Any]

OPENNESS = {"open": "open", "request": "moderated", "invitation": "invite_only"}
_POLICIES = {"open": "open", "moderated": "request", "invite_only": "invitation", "closed": "invitation"}
_LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
# They understand Join; everywhere else one joins by following.
JOINING_SOFTWARE = frozenset({"fedcop", "mobilizon", "smithereen"})
MAX_PURPOSE = 500
MAX_COUNT = 2**31 - 1
MAX_ROLES = 100
MAX_FIELD = 120


def members_uri(group: Actor) -> str:
    """Give the address of the collection of members."""
    return f"{group.uri}/members"


def group_properties(community: Community, charter: CharterVersion | None = None) -> Json:
    """Give what a Group's document says beyond that of any actor (federation.md 1.1.1)."""
    group, private = community.actor, community.visibility == "private"
    # Software that knows no charter shows the summary: the purpose, then the charter.
    with speaking(community.language):
        words = as_markdown(words_of(charter)) if charter is not None else ""
    summary = onward.words(community) + to_html(community.purpose) + (to_html(words) if words else "")
    source = community.purpose + (f"\n\n{words}" if words else "")
    found: Json = {
        "summary": summary,
        "source": {"content": source, "mediaType": "text/markdown"},
        "description": community.purpose,
        # A string: in an array Lemmy looks for PeerTube's people and not for the moderators.
        "attributedTo": group.moderators_uri,
        "moderators": group.moderators_uri,
        "members": members_uri(group),
        "resources": f"{group.uri}/resources",
        "endpoints": {
            "sharedInbox": group.shared_inbox,
            "members": members_uri(group),
            "resources": f"{group.uri}/resources",
            **({"actorToken": f"{group.uri}/token"} if private else {}),
        },
        "postingRestrictedToMods": community.posting == "moderators" or community.closed_at is not None,
        # Lemmy reads exactly this as "private".
        "manuallyApprovesFollowers": private,
        "openness": OPENNESS[community.join_policy],
        "capabilities": {"acceptsJoins": True},
        "sensitive": False,
        "language": [
            {"identifier": community.language, "name": _LANGUAGE_NAMES.get(community.language, community.language)}
        ],
        "fc:kind": community.kind,
        "fc:stage": stages.of(community),
        "fc:posting": community.posting,
        "fc:audience": {
            "members": community.members_count,
            "elsewhere": community.elsewhere_count,
            "organisations": community.organisations_count,
        },
    }
    if community.launch_date is not None:
        found["fc:launch"] = community.launch_date.isoformat()
    if charter is not None:
        found["fc:charter"] = charters.served(charter, community.charter_binding)
    if community.capacity is not None:
        found["fc:maximum"] = community.capacity
    if community.questions:
        found["fc:questions"] = questions.served(community)
    found |= criterion.served(community)
    if community.answer_hours is not None:
        found["fc:answerHours"] = community.answer_hours
    if community.closed_at is not None:
        found["fc:closed"] = write_date(community.closed_at)
    if community.closed_at is not None and community.heirs:
        found["fc:heirs"] = list(community.heirs)
    return found


def read_group(document: Group, software: str = "") -> Json:
    """Read another server's Group into the columns of a community; what is missing or odd gets the careful meaning."""
    extra = document.extra
    private = document.manually_approves_followers
    columns: Json = {
        "visibility": "private" if private else "public",
        "join_policy": _POLICIES.get((document.openness or "").lower(), "request" if private else "open"),
        "posting": _posting(document, private),
        "purpose": _purpose(document),
        "language": (document.languages[0] if document.languages else "")[:10],
        "kind": next((kind for kind in rules.KINDS if kind == extra.get("fc:kind")), ""),
        "accepts_joins": accepts_joins(document, software),
        **_life(extra),
        "heirs": onward.read(document),
        "questions": questions.read(extra.get("fc:questions")) or None,
        "capacity": _number(extra.get("fc:maximum")) or None,
        "answer_hours": _number(extra.get("fc:answerHours")),
        **criterion.columns(criterion.read(extra.get("fc:participation"))),
    }
    columns |= _audience(
        extra.get("fc:audience") or {"members": extra.get("memberCount")}
    )  # Mobilizon says memberCount
    return columns


def _life(extra: Mapping[str, Any]) -> Json:
    """Read the stage of a community elsewhere; who says none is taken for active."""
    said, closed = extra.get("fc:stage"), read_date(extra.get("fc:closed"))
    try:
        launch = date.fromisoformat(str(extra.get("fc:launch")))
    except ValueError:
        launch = None
    known = said if isinstance(said, str) and said in stages.STAGES and said != stages.ARCHIVED else stages.ACTIVE
    # What knows no stages says nothing of an end either: that its moderators deleted it came as an activity.
    knows = said is not None or closed is not None
    return {"stage": known, "launch_date": launch, **({"closed_at": closed} if knows else {})}


def _number(said: Any) -> int | None:
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= MAX_COUNT else None


def read_roles(document: Group) -> dict[str, Position] | None:
    """Read who has which role, by uri; only a fedcop says so, and of a private community only to those who may read it."""
    said = document.extra.get("fc:roles")
    if not isinstance(said, list | tuple):
        return None
    entries = [one for one in said[:MAX_ROLES] if isinstance(one, Mapping) and isinstance(one.get("actor"), str)]
    return {one["actor"]: position for one in entries if (position := read_position(one, None)) is not None}


def read_position(said: Mapping[str, Any], otherwise: Position | None, ends: datetime | None = None) -> Position | None:
    """Read a role in our own terms; `otherwise` if none of ours is said."""
    role = said.get("fc:role")
    if role not in ROLES:
        return otherwise
    duties, field = said.get("fc:duties"), said.get("fc:field")
    found = Position.made(
        str(role),
        [str(duty) for duty in duties] if isinstance(duties, list | tuple) else [],
        plain(field)[:MAX_FIELD] if isinstance(field, str) else "",
        ends or read_date(said.get("endTime")),
    )
    return MODERATOR if found.role == COMMITTEE and not found.duties else found


def accepts_joins(document: Group, software: str) -> bool:
    """Tell whether one becomes a member by Join; if not, by following."""
    said = document.extra.get("capabilities")
    if isinstance(said, Mapping) and said.get("acceptsJoins") is not None:
        return said["acceptsJoins"] is True
    return software in JOINING_SOFTWARE


def _posting(document: Group, private: bool) -> str:
    said = document.extra.get("fc:posting")
    if isinstance(said, str) and said in rules.POSTING:
        return said
    if document.posting_restricted_to_mods:
        return "moderators"
    return "members" if private else "followers"


def _purpose(document: Group) -> str:
    one_line = " ".join(plain(document.description or "").split())
    return (one_line or excerpt(document.summary or "", MAX_PURPOSE))[:MAX_PURPOSE]


def _audience(said: Any) -> Json:
    names = {"members": "members_count", "elsewhere": "elsewhere_count", "organisations": "organisations_count"}
    if not isinstance(said, Mapping):
        return {}
    numbers = {column: said.get(name) for name, column in names.items()}
    good = {
        column: number for column, number in numbers.items() if isinstance(number, int) and 0 <= number <= MAX_COUNT
    }
    return good if "members_count" in good else {}


# What is sent. Every builder gives a document without @context and proof: the outbox adds both.


def follow_like(kind: str, uri: str, actor: str, group: str, **more: Any) -> Json:
    """Build a Join, Leave or Follow: somebody and a group."""
    return {"id": uri, "type": kind, "actor": actor, "to": [group], "object": group, **more}


def join(
    uri: str,
    actor: Actor,
    group: Actor,
    message: str = "",
    answers: Sequence[questions.Answer] = (),
    *,
    code: str = "",
    accepted: int = 0,
) -> Json:
    """Build a request to become a member; Mobilizon reads the message where people who join an event write theirs."""
    more: Json = {"fc:invitation": code} if code else {}
    if said := questions.as_text(message, answers):
        more["participationMessage"] = said
    if answers:
        more["fc:message"] = message
        more["fc:answers"] = [
            {"fc:key": one["key"], "name": one["question"], "content": one["answer"]} for one in answers
        ]
    more |= charters.accepted(accepted)
    return follow_like("Join", uri, actor.uri, group.uri, **more)


def read_answers(activity: Activity) -> dict[str, str] | None:
    """Read the answers in a Join by the keys of their questions; None if its software knows no questions."""
    said = activity.extra.get("fc:answers")
    if not isinstance(said, list | tuple):
        return None
    return {
        str(one.get("fc:key")): plain(str(one.get("content") or ""))[: questions.MAX_ANSWER]
        for one in said[: questions.MOST]
        if isinstance(one, Mapping)
    }


def more_said(uri: str, asked: Json, text: str) -> Json:
    """Build what an applicant adds to a Join that waits."""
    about = {**asked, "content": text}
    return {"id": uri, "type": "Update", "actor": asked["actor"], "to": asked["to"], "object": about}


def acceptance(uri: str, asked: Json) -> Json:
    """Build the word that a member accepted a newer charter: the Join that made them one, with that version."""
    return {"id": uri, "type": "Update", "actor": asked["actor"], "to": asked["to"], "object": asked}


def leave(uri: str, actor: Actor, group: Actor) -> Json:
    """Build the end of a membership, said by the member."""
    return follow_like("Leave", uri, actor.uri, group.uri)


def answer(
    kind: str, uri: str, *, by: Actor, to: Actor, asked: Json, reason: str = "", result: Json | None = None
) -> Json:
    """Build an Accept or Reject of a Join or Invite, with the whole of what was asked inside, and what came of it."""
    told: Json = {"summary": reason, "content": reason} if reason else {}
    if result is not None:
        told["result"] = result
    return {"id": uri, "type": kind, "actor": by.uri, "to": [to.uri], "object": asked, **told}


def explanation(group: Actor, to: Actor, reason: str, *, uri: str, language: str, at: datetime) -> Json:
    """Build a direct message by a group: why somebody is not let in, where their software shows nothing of a Reject."""
    link = f'<a href="{escape(group.url or group.uri, quote=True)}">{escape(group.name)}</a>'
    mention = f'<a href="{escape(to.url or to.uri, quote=True)}" class="u-url mention">@{escape(to.name)}</a>'
    content = f"<p>{mention} {link}</p><p>{escape(reason)}</p>"
    note = {
        "id": f"{uri}/note",
        "type": "Note",
        "attributedTo": group.uri,
        "to": [to.uri],
        "cc": [],
        "content": content,
        "contentMap": {language: content},
        "published": write_date(at),
        "tag": [{"type": "Mention", "href": to.uri, "name": f"@{to.name}@{to.host}"}],
    }
    return {"id": uri, "type": "Create", "actor": group.uri, "to": [to.uri], "cc": [], "object": note}


def invite(uri: str, by: str, person: str, group: str, why: str = "") -> Json:
    """Build an invitation of a person to a group, with the sentence that says why."""
    told = {"content": why} if why else {}
    return {"id": uri, "type": "Invite", "actor": by, "to": [person], "object": person, "target": group, **told}


def link(community: Community, link: InvitationLink) -> Json:
    """Build the invitation that a link is: for whoever holds it, until when, by whom."""
    group, by = community.actor, link.by.uri if link.by is not None else community.actor.uri
    told = {"content": link.why} if link.why else {}
    ends = write_date(link.expires_at)
    uri = f"{group.uri}/i/{link.code}"
    return {
        "id": uri,
        "type": "Invite",
        "actor": by,
        "target": group.uri,
        "fc:kind": link.kind,
        "endTime": ends,
        **told,
    }


def undo(uri: str, activity: Json, *, reason: str = "") -> Json:
    """Build the taking back of an activity, to whom it went."""
    told = {"summary": reason} if reason else {}
    kept: Json = {key: activity[key] for key in ("actor", "to", "cc", "audience") if key in activity}
    return {"id": uri, "type": "Undo", **kept, "object": activity, **told}


def act_of_moderation(kind: str, uri: str, by: str, community: Community, **more: Any) -> Json:
    """Build what a moderator does to a community: addressed to it, to be announced by it."""
    group = community.actor
    public = community.visibility == "public"
    return {
        "id": uri,
        "type": kind,
        "actor": by,
        "to": [PUBLIC] if public else [group.uri, group.followers_uri],
        # Lemmy needs `cc`, and wants to find the community in it.
        "cc": [group.uri] if public else [],
        "audience": group.uri,
        **more,
    }


def ban(
    uri: str,
    by: str,
    community: Community,
    person: str,
    *,
    reason: str,
    until: datetime | None,
    suspends: bool = False,
) -> Json:
    """Build a ban: Lemmy reads `endTime`, Mbin `expires`. Who does not know suspensions keeps the person out so long, which is safe."""
    ends = {"endTime": write_date(until), "expires": write_date(until)} if until is not None else {}
    told: Json = {"summary": reason} if reason else {}
    if suspends:
        told["fc:suspension"] = True
    return act_of_moderation(
        "Block", uri, by, community, object=person, target=community.actor.uri, removeData=False, **told, **ends
    )


def warning(uri: str, by: str, community: Community, person: str, *, reason: str) -> Json:
    """Build a warning: for the warned person and the community's server, nobody else."""
    group = community.actor.uri
    return {
        "id": uri,
        "type": "Warn",
        "actor": by,
        "to": [person],
        "cc": [group],
        "audience": group,
        "object": person,
        "target": group,
        "summary": reason,
    }


def removal(uri: str, by: str, community: Community, person: str, *, reason: str) -> Json:
    """Build the end of a membership, said by a moderator."""
    told = {"summary": reason} if reason else {}
    return act_of_moderation("Remove", uri, by, community, object=person, target=members_uri(community.actor), **told)


def role(uri: str, by: str, community: Community, person: str, position: Position, *, moderated: bool) -> Json:
    """Build what a role is now: for all others the naming of a moderator or its end, for a fedcop also which role it is."""
    group = community.actor
    kind = "Remove" if moderated and not position.moderates else "Add"
    target = group.moderators_uri if moderated or position.moderates else members_uri(group)
    return act_of_moderation(kind, uri, by, community, object=person, target=target, **_said_of(position))


def _said_of(position: Position) -> Json:
    found: Json = {"fc:role": position.role}
    if position.duties:
        found["fc:duties"] = position.duties.split()
    if position.field:
        found["fc:field"] = position.field
    if position.until is not None:
        found["endTime"] = write_date(position.until)
    return found


def update(uri: str, by: str, community: Community, document: Json) -> Json:
    """Build the news of what a group says of itself now."""
    return act_of_moderation("Update", uri, by, community, object=document)


def member(community: Community, actor: str, position: Position, *, uri: str = "") -> Json:
    """Build an entry of the members' collection, in Mobilizon's manner; to it a Join and the membership have one id, `uri`."""
    name = "administrator" if position.role == PRESIDENT else "moderator" if position.moderates else "member"
    return {
        "type": "Member",
        "id": uri or f"{community.actor.uri}/members#{actor}",
        "actor": actor,
        "object": community.actor.uri,
        "role": name,
        **_said_of(position),
    }
