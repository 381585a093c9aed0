"""Says in a sentence what a notification is about: the same in the notification centre and in letters. Pure but for the language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fedcop.core.i18n import N_, _, format_date, ngettext

REACTIONS: Mapping[str, str] = {
    "thanks": N_("Thanks"),
    "useful": N_("Useful, I use it"),
    "experience": N_("I have experience with this"),
    "disagree": N_("I disagree, here is why"),
}
ROLES: Mapping[str, str] = {
    "president": N_("president"),
    "committee": N_("member of the committee"),
    "permanence": N_("permanent office"),
    "facilitator": N_("facilitator"),
    "expert": N_("expert"),
    "sponsor": N_("sponsor"),
    "member": N_("member"),
    "responsible": N_("president"),  # what was told before there were these roles
    "moderator": N_("member of the committee"),
}
SENTENCES: Mapping[str, str] = {
    "mention": N_("%(who)s mentions you"),
    "reply": N_("Reply by %(who)s"),
    "quote": N_("%(who)s quotes you"),
    "quoted_update": N_("%(who)s corrected what you quoted"),
    "reaction": N_("Reaction by %(who)s: %(what)s"),
    "answer_accepted": N_("%(who)s accepted your answer"),
    "publication": N_("New discussion by %(who)s"),
    "poll_ended": N_("A poll is over: see the result"),
    "join_asked": N_("Request to join %(community)s: %(who)s"),
    "asked_back": N_("%(community)s asks you something about your request"),
    "waiting": N_("%(community)s is full: you are on the waiting list"),
    "turn": N_("A place is free in %(community)s: the moderators decide about your request now"),
    "answered_back": N_("%(who)s answered about the request to join %(community)s"),
    "members_held": N_(
        "%(server)s came back after a long silence and does not prove that it is the same: its people are no members of %(community)s until you confirm them"
    ),
    "place_doubted": N_(
        "%(server)s came back after a long silence and does not prove that it is the same: you are no member of %(community)s any more, unless you ask again"
    ),
    "held": N_("A post by %(who)s waits for a moderator"),
    "given_back": N_("Your text for %(community)s could not be published: it is among your drafts"),
    "report": N_("A report waits for you"),
    "report_resolved": N_("Your report was acted upon"),
    "report_dismissed": N_("Your report was read and led to no action"),
    "appeal": N_("An appeal in %(community)s waits for you"),
    "appeal_upheld": N_("Your appeal in %(community)s was read: the decision stands"),
    "appeal_changed": N_("Your appeal in %(community)s was read: the decision was changed"),
    "accepted": N_("You are a member of %(community)s now"),
    "refused": N_("%(community)s did not accept your request"),
    "invited": N_("%(who)s invites you to %(community)s"),
    "opened": N_("%(community)s is open now"),
    "charter": N_("The charter of %(community)s has changed"),
    "charter_accept": N_("The charter of %(community)s has changed: please accept it before you write there again"),
    "participation": N_("%(community)s hopes to hear from you"),
    "merge_asked": N_("%(who)s proposes to merge another community into %(community)s"),
    "merge_agreed": N_("%(community)s agrees to the merger that you proposed"),
    "merge_refused": N_("%(community)s does not agree to the merger that you proposed"),
    "succeeded": N_("%(community)s is archived and goes on in other communities"),
    "called_off": N_("%(community)s stays as it is: it is neither split nor merged"),
    "follow": N_("New follower: %(who)s"),
    "follow_asked": N_("Request to follow you: %(who)s"),
    "alliance_proposed": N_("%(host)s proposes an agreement between your organisations"),
    "alliance_accepted": N_("%(host)s accepted your agreement"),
    "alliance_declined": N_("%(host)s declined your agreement"),
    "alliance_ended": N_("The agreement with %(host)s has ended"),
}
ACTS: Mapping[str, str] = {
    "remove_post": N_("A moderator removed your post"),
    "restore_post": N_("A moderator restored your post"),
    "move": N_("A moderator moved your discussion to %(community)s"),
    "move_away": N_("A moderator moved your discussion out of %(community)s, to where you cannot read it"),
    "publish_held": N_("A moderator published your post"),
    "held_there": N_("Your post waits for a moderator in %(community)s"),
    "refuse_held": N_("A moderator did not accept your post"),
    "remove_member": N_("You are no longer a member of %(community)s"),
    "warn": N_("A word from the moderators of %(community)s"),
    "suspend": N_("You are suspended in %(community)s: you can read, not write"),
    "unsuspend": N_("You can write in %(community)s again"),
    "ban": N_("You cannot take part in %(community)s any more"),
    "unban": N_("You can take part in %(community)s again"),
    "appoint": N_("Your role in %(community)s is now: %(role)s"),
    "mandate": N_("Your mandate in %(community)s ends in two weeks: %(role)s"),
    "mandate_of": N_("The mandate of %(who)s in %(community)s ends in two weeks: %(role)s"),
}

BY_MEMBERS = ("mention", "reply", "quote", "quoted_update", "publication", "reaction", "answer_accepted", "held")
"""They come from somebody, always: one that names nobody is from who took their name from it."""


def names(kind: str, from_ids: Iterable[int | None], known: Mapping[int, str]) -> list[str]:
    """Name whom notifications of a kind are from, each once."""
    found = [name_of(kind, one, known) for one in from_ids if one is not None or kind in BY_MEMBERS]
    return list(dict.fromkeys(found))


def name_of(kind: str, from_id: int | None, known: Mapping[int, str]) -> str:
    """Name whom one of them is from."""
    if from_id is None and kind in BY_MEMBERS:
        return _("a former member")
    return known.get(from_id or 0) or _("somebody")


def people(names: Sequence[str]) -> str:
    """Name one or two people, or one and how many others."""
    if not names:
        return _("somebody")
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return _("%(first)s and %(second)s", first=names[0], second=names[1])
    return ngettext(
        "%(first)s and %(count)s other person", "%(first)s and %(count)s other people", len(names) - 1, first=names[0]
    )


def sentence(kind: str, names: Sequence[str], details: Iterable[Mapping[str, Any]]) -> str:
    """Say what happened; `details` are those of all notifications of a group."""
    said = list(details)
    detail = said[0] if said else {}
    reactions = dict.fromkeys(REACTIONS.get(str(one.get("reaction")), REACTIONS["thanks"]) for one in said)
    text = SENTENCES.get(kind) or ACTS.get(str(detail.get("act")), N_("A moderator decided something about you"))
    written = _(
        text,
        who=people(names),
        community=detail.get("community") or _("a community"),
        host=detail.get("host", ""),
        server=detail.get("server", ""),
        what=", ".join(_(reaction) for reaction in reactions),
        role=_(ROLES.get(str(detail.get("role")), ROLES["member"])),
    )
    # Names stay as their owners write them; these are none.
    nameless = written.startswith((_("a former member"), _("somebody")))
    return written[:1].upper() + written[1:] if nameless else written


def asked_for(contributions: int, months: int) -> str:
    """Say how much a community asks of its members."""
    return _(
        "Members are asked for %(contributions)s in %(months)s: a discussion, an answer or a resource.",
        contributions=ngettext("at least %(count)s contribution", "at least %(count)s contributions", contributions),
        months=ngettext("%(count)s month", "%(count)s months", months),
    )


def reason(detail: Mapping[str, Any]) -> str:
    """Say why a moderator decided so, and until when, or what a community asks for; empty if nothing is said of it."""
    said = []
    if detail.get("contributions"):
        said.append(asked_for(int(detail["contributions"]), int(detail["months"])))
        said.append(_("You have contributed less lately. Only you are told this."))
        said.append(_("If now is not the time, say so, and there will be no more reminders."))
    if detail.get("reason"):
        said.append(_("Reason: %(reason)s", reason=detail["reason"]))
    if detail.get("act") in ("remove_member", "ban"):
        said.append(_("What you wrote there stays. In your settings you choose whether it bears your name."))
    if detail.get("until"):
        said.append(_("Until: %(date)s", date=format_date(datetime.fromisoformat(str(detail["until"])))))
    if detail.get("appeal_until"):
        until = format_date(datetime.fromisoformat(str(detail["appeal_until"])))
        said.append(_("You can have this looked at by somebody else than who decided, until %(date)s.", date=until))
    return " ".join(said)
