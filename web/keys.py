"""The typed keys of the application and of a request, and the few questions every handler asks. Holds no logic of its own."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp.web import AppKey, Request, RequestKey

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.apps.tokens import Holder
from fedcop.communities.desks import Desk
from fedcop.core.site import Site

ROLES = ("member", "moderator", "admin", "owner")


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page: an account of this instance and its actor."""

    account: Account
    actor: Actor

    @property
    def role(self) -> str:
        """Give the role on this instance: member, moderator, admin or owner."""
        return self.account.role

    @property
    def language(self) -> str:
        """Give the language that the person chose."""
        return self.account.language

    def is_at_least(self, role: str) -> bool:
        """Tell whether the role on this instance is `role` or a higher one."""
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)


SITE: AppKey[Site] = AppKey("site", Site)

VIEWER: RequestKey[Viewer | None] = RequestKey("viewer")
SESSION: RequestKey[str] = RequestKey("session", str)  # the token of the session cookie, when it is a live one
GUEST: RequestKey[str] = RequestKey("guest", str)  # the secret that a stranger's forms are tied to
LANGUAGE: RequestKey[str] = RequestKey("language", str)
HOLDER: RequestKey[Holder] = RequestKey("holder", Holder)  # the application that asks, and for whom
DESK: RequestKey[Desk] = RequestKey(
    "desk", Desk
)  # of an application in the name of a community; then there is no viewer
ADDRESS: RequestKey[str] = RequestKey("address", str)
SECURE: RequestKey[bool] = RequestKey("secure", bool)


def viewer(request: Request) -> Viewer | None:
    """Give who looks, or None for a stranger."""
    return request.get(VIEWER)


def member(request: Request) -> Viewer:
    """Give who looks, on routes that strangers cannot reach (access MEMBER and above)."""
    found = viewer(request)
    if found is None:
        raise LookupError("member() was asked on a route that lets strangers in; use viewer()")
    return found


def looker(request: Request) -> Actor | None:
    """Give the actor of who looks, as the domain wants it: None is a stranger."""
    at: Desk | None = request.get(DESK)
    if at is not None:
        return at.looker
    found = request.get(VIEWER)
    return found.actor if found else None


def reader(request: Request) -> Actor:
    """Give who looks, a person or a community, where strangers cannot come."""
    found = looker(request)
    if found is None:
        raise LookupError("reader() was asked on a route that lets strangers in; use looker()")
    return found


def account(request: Request) -> Account | None:
    """Give the account of the human being who asks, for themselves or for a community: for language and limits, never for what they may."""
    found, holder = request.get(VIEWER), request.get(HOLDER)
    return found.account if found else holder.steward if holder else None


def desk(request: Request) -> Desk:
    """Give who acts for which community, on routes that take its tokens."""
    return request[DESK]


def language(request: Request) -> str:
    """Give the language that the answer is written in."""
    return request[LANGUAGE]


def address(request: Request) -> str:
    """Give the address of the person's machine, as the trusted proxies report it."""
    return request[ADDRESS]
