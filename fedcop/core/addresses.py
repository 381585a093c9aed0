"""Mints and reads the addresses of this instance; the one place that knows how our URLs are spelt. Never asks the database.

They are for ever (the owner's decision 6): /u/NAME /c/NAME /p/ID /e/ID /r/ID /n/ID /activities/ID, and the ActivityPub id is the page's URL.
"""

from __future__ import annotations

import base64
import hashlib
from mimetypes import guess_type
from pathlib import PurePosixPath

from activitypub.uris import same_origin
from fedcop.core.site import site

INSTANCE_ACTOR_PATH = "/actor"


def origin() -> str:
    """Give "https://host[:port]" of this instance."""
    return site().settings.origin


def absolute(path: str) -> str:
    """Make a full address of a path of ours."""
    return origin() + path


def is_ours(uri: str) -> bool:
    """Tell whether an address lies on this instance."""
    return uri == origin() or uri.startswith(origin() + "/")


def person_uri(name: str) -> str:
    """Mint the id of a local person."""
    return absolute(f"/u/{name}")


def group_uri(name: str) -> str:
    """Mint the id of a local community's Group."""
    return absolute(f"/c/{name}")


def instance_actor_uri() -> str:
    """Give the id of the actor that signs our fetches."""
    return absolute(INSTANCE_ACTOR_PATH)


def post_uri(post_id: int) -> str:
    """Mint the id of a local post."""
    return absolute(f"/p/{post_id}")


def resource_uri(resource_id: int) -> str:
    """Mint the id of a local resource (a thread root of kind "resource")."""
    return absolute(f"/r/{resource_id}")


def activity_uri(activity_id: int) -> str:
    """Mint the id of an activity of ours."""
    return absolute(f"/activities/{activity_id}")


def media_path(token: str, file_name: str = "") -> str:
    """Give the path of a file. Of its name only the ending: addresses stand in the logs of proxies, names may be private."""
    ending = PurePosixPath(file_name).suffix.lower()
    return f"/media/{token}" + (f"/file{ending}" if guess_type(f"file{ending}")[0] else "")


def media_url(token: str, file_name: str = "") -> str:
    """Give the address of a file; its rights are judged at each request."""
    return absolute(media_path(token, file_name))


def portrait_url(actor_id: int, media_id: int) -> str:
    """Give the address of an actor's portrait; a new picture has a new one."""
    return absolute(f"/media/actor/{actor_id}/{media_id}")


def context_uri(group: str, root: str) -> str:
    """Give the id of a thread's context on the host of its group: anybody who knows both ids can compute it (FEP-7888, FEP-11dd)."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(root.encode()).digest())[:22].decode()
    return f"{group}/t/{digest}/context"


def is_context_at(group: str, context: str) -> bool:
    """Tell whether a context is one of a fedcop's, on the server of a group: a thread that moved keeps that of its first group."""
    return same_origin(context, group) and "/t/" in context and context.endswith("/context")


def history_uri(context: str) -> str:
    """Give the id of the collection of signed activities that belongs to a context of a fedcop."""
    return context.removesuffix("/context") + "/history"
