"""Reports and the answers to them as activities. Pure: no database, no network."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def to_community(uri: str, by: str, group: str, about: str, comment: str) -> Json:
    """Build a report to a community: one object as a string and exactly one addressee, or Lemmy cannot read it."""
    return {
        "id": uri,
        "type": "Flag",
        "actor": by,
        "to": [group],
        "cc": [],
        "audience": group,
        "object": about,
        "summary": comment,
        "content": comment,
    }


def to_server(uri: str, by: str, person: str, post: str | None, comment: str) -> Json:
    """Build a report to a person's server, as Mastodon wants it: the person first, then what they wrote."""
    about = [person, post] if post else [person]
    return {"id": uri, "type": "Flag", "actor": by, "to": [person], "cc": [], "object": about, "content": comment}


def answer(kind: str, uri: str, by: str, *, to: str, flag: str, sentence: str, decided_by: str = "") -> Json:
    """Build what became of a report: Accept, Reject, or Lemmy's Resolve. The Flag is named by id alone: it is nobody else's to read."""
    told = {"summary": sentence} if sentence else {}
    who = {"fc:decidedBy": decided_by} if decided_by else {}
    return {"id": uri, "type": kind, "actor": by, "to": [to], "cc": [], "object": flag, **told, **who}
