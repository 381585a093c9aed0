"""What stands around everything that is written: where we are, what was counted, and how addresses of files are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.i18n import language
from fedcop.discussions.views import PostView
from fedcop.filters.sieve import Sieve
from fedcop.timelines.numbers import NONE, Numbers
from web.mastodon.entities.account import account_json
from web.mastodon.entities.filter import results_json


@dataclass(frozen=True)
class Around:
    """Loaded once for one answer."""

    origin: str
    numbers: Mapping[int, Numbers] = field(default_factory=dict)
    sieve: Sieve = field(default_factory=Sieve)  # the filters of who reads
    reader_id: int = 0  # who that is
    limited: Collection[str] = ()  # servers
    passed: Callable[[str, str], str] = lambda _token, path: path  # adds a pass to the path of a file
    _accounts: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)  # as they were written already

    def numbers_of(self, actor_id: int) -> Numbers:
        """Give what was counted of an actor."""
        return self.numbers.get(actor_id, NONE)

    def account(self, actor: Actor, community: Community | None = None, *, inside: bool = True) -> dict[str, Any]:
        """Write who stands beside many posts once: a person, or a community as who may or may not look inside sees it, in the language spoken here."""
        key = (actor.id, community is not None, inside, language())
        if actor.id and key in self._accounts:  # without an id: somebody, not the same one each time
            return self._accounts[key]
        written = account_json(
            actor, self.origin, self.numbers_of(actor.id), community, inside=inside, limited=self.limited
        )
        self._accounts[key] = written
        return written

    def filtered(self, view: PostView) -> list[dict[str, Any]]:
        """Write which filters match a post; what one wrote oneself none does."""
        if not self.sieve or view.post.author_id == self.reader_id:
            return []
        return results_json(self.sieve.matches(view.post.id, lambda: view.words), view.post.id)

    def address_of(self, token: str, path: str, audience: str) -> str:
        """Give the whole address of a file; of one that is not for everybody, with a pass."""
        return self.origin + (path if audience == "public" else self.passed(token, path))
