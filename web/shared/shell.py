"""What stands around every page: the main menu and the numbers in it. Pages that do not exist yet are not linked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp.web import AppKey, Request

from fedcop.core.i18n import N_
from web.keys import VIEWER, Viewer
from web.shared.routing import RouteDef

Provider = Callable[[Request, Viewer], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True)
class Place:
    """One entry of a menu."""

    key: str  # what a page puts in `section` to be the current one
    path: str
    label: str  # a msgid
    icon: str


class Neighbour(NamedTuple):
    """One of the viewer's communities, as the menu shows it; `origin` is "" when it lives here."""

    path: str
    title: str
    origin: str = ""


PLACES = (
    Place("home", "/", N_("Home"), "home"),
    Place("communities", "/communities", N_("Communities"), "people"),
    Place("resources", "/resources", N_("Resources"), "book"),
    Place("people", "/people", N_("Directory"), "card"),
)
EMPTY: Mapping[str, Any] = {"unread": 0, "my_communities": ()}


class Shell:
    """The frame of one application: which places it has, and who fills in the numbers.

    A provider is `async def shell(request, viewer) -> dict` in a module of pages; known keys are `unread` (a number of
    notifications) and `my_communities` (Neighbours). It is asked for members only, once per page.
    """

    def __init__(self, routes: tuple[RouteDef, ...], providers: tuple[Provider, ...] = ()) -> None:
        self._paths = {route.path for route in routes if route.method == "GET"}
        self._providers = providers

    def has(self, path: str) -> bool:
        """Tell whether a page exists in this application."""
        return path in self._paths

    def places(self) -> tuple[Place, ...]:
        """Give the main menu."""
        return tuple(place for place in PLACES if place.path in self._paths)

    async def values(self, request: Request) -> dict[str, Any]:
        """Gather what the frame of a page shows to this viewer."""
        values = dict(EMPTY)
        viewer = request.get(VIEWER)
        if viewer is not None:
            for provider in self._providers:
                values.update(await provider(request, viewer))
        return values


SHELL: AppKey[Shell] = AppKey("shell", Shell)
