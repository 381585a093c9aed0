"""Makes once per process what is slow to make and proves nothing when it is made again for each test: RSA keys, password
hashes, Tortoise's view of our models, the table of routes. Keys, compiled templates and previews of the same file are made
once for all processes of a run, which share a folder. Statements run without a thread of their own, unless a test asks for
`threads`, and whoever wants each preview drawn by a process asks for `easel`. Everything is real; only the price differs.
`conftest.py` begins it.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import tempfile
from functools import cache, lru_cache
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tortoise.apps import Apps

from activitypub.signatures.keys import generate_rsa
from fedcop.accounts import passwords
from fedcop.actors import keys
from fedcop.core.sql import sqlite_engine
from fedcop.media import previews
from tests.rig import without_threads

if TYPE_CHECKING:
    from aiohttp.web import Application, UrlDispatcher

    from web.shared.compiling import SettlingEnvironment
    from web.shared.routing import RouteDef
    from web.shared.statics import Statics

KEPT = "FEDCOP_TESTS_KEPT"  # the folder of what is made once for all processes of a run: the first one makes it
STORE = 16  # pairs for each purpose; more actors than that in one test begin again with the first

_pairs: dict[tuple[str, int], tuple[str, str]] = {}
_turns = {"ours": cycle(range(STORE)), "theirs": cycle(range(STORE))}
_finalised: set[tuple[Any, ...]] = set()
_build = Apps._build_initial_querysets
_draw = previews._ask
_shared: list[Path] = []


def rsa_pair(purpose: str, number: int) -> tuple[str, str]:
    """Give the pair of keys that has this number: the same in all tests of a process."""
    if (purpose, number) not in _pairs:
        _pairs[purpose, number] = _found_pair(f"{purpose}-{number}.json") if _shared else generate_rsa()
    return _pairs[purpose, number]


def _found_pair(name: str) -> tuple[str, str]:
    found = _shared[0] / name
    if not found.exists():
        growing = found.with_suffix(f".{os.getpid()}")
        growing.write_text(json.dumps(generate_rsa()))
        growing.replace(found)
    private, public = json.loads(found.read_text())
    return private, public


def next_rsa_pair(purpose: str = "ours") -> tuple[str, str]:
    """Give another pair than the last times: "ours" for actors of ours, "theirs" for strangers."""
    return rsa_pair(purpose, next(_turns[purpose]))


async def _draw_once(kind: str, source: str, target: str, largest: str, *cleaned: str) -> bytes:
    """Give what the preview process made of the same file before; what could not be drawn is tried each time."""
    name = hashlib.sha256(f"{kind} {largest} {len(cleaned)} ".encode() + Path(source).read_bytes()).hexdigest()
    kept, made = _shared[0] / f"drawn-{name}", [Path(path) for path in (target, *cleaned)]
    if not kept.exists():
        said = await _draw(kind, source, target, largest, *cleaned)
        if b'"width"' not in said:
            return said
        growing = Path(tempfile.mkdtemp(dir=_shared[0]))
        for number, path in enumerate(made):
            if path.exists():
                shutil.copyfile(path, growing / str(number))
        (growing / "said").write_bytes(said)
        try:
            growing.rename(kept)
        except OSError:  # another was quicker
            shutil.rmtree(growing)
        return said
    for number, path in enumerate(made):
        if (kept / str(number)).exists():
            shutil.copyfile(kept / str(number), path)
    return (kept / "said").read_bytes()


def _build_once(apps: Apps) -> None:
    models = [model for app in apps.apps.values() for model in app.values()]
    shape = (*models, models[0]._meta.db.executor_class)
    if shape not in _finalised:
        _build(apps)
        _finalised.clear()  # the models are shared: on the other database they are another's
        _finalised.add(shape)


def begin(shared: Path | None = None) -> None:
    """Begin it for this process, one of those that share the folder."""
    _shared[:] = [shared] if shared else []
    # Thousands of small worlds come and go beside what is imported once: looking through all of it costs a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    keys.generate_rsa = next_rsa_pair  # type: ignore[attr-defined]
    passwords.COST = {"time_cost": 1, "memory_cost": 64, "parallelism": 1}
    Apps._build_initial_querysets = _build_once  # type: ignore[method-assign]
    sqlite_engine.aiosqlite = without_threads  # type: ignore[attr-defined]
    if shared:
        previews._ask = _draw_once


@cache
def share_routes() -> None:
    """Let the applications of this process share routes, templates and static files. Apart, for tests without pages."""
    from web import app as web  # noqa: PLC0415 (two seconds)
    from web.federation import objects  # noqa: PLC0415

    objects._handler = cache(objects._handler)  # the same handler makes the same table
    add_routes = web._add_routes
    tables: dict[tuple[RouteDef, ...], UrlDispatcher] = {}

    def add_once(app: Application, declared: tuple[RouteDef, ...]) -> None:
        if declared not in tables:
            add_routes(app, declared)
            tables[declared] = app._router
        app._router = tables[declared]

    web._add_routes = add_once
    web.Statics = cache(web.Statics)  # type: ignore[misc, assignment]
    share_templates()


def share_templates(shared: Path | None = None) -> None:
    """Let what another process has compiled do; `shared` is for a process that has not begun with `begin`."""
    from web.shared import templating  # noqa: PLC0415

    _shared[:] = [shared] if shared else _shared
    templating.environment_for = _with_code(templating.environment_for.__wrapped__)


def _with_code(environment_for: Any) -> Any:
    from jinja2 import FileSystemBytecodeCache  # noqa: PLC0415

    @lru_cache(maxsize=8)
    def found(language: str, statics: Statics, folders: tuple[Path, ...], development: bool) -> SettlingEnvironment:
        environment: SettlingEnvironment = environment_for(language, statics, folders, development)
        if _shared:
            name = f"{language}-{statics.version}-{'changing' if development else 'settled'}-%s"
            environment.bytecode_cache = FileSystemBytecodeCache(str(_shared[0]), name)
        return environment

    found.__wrapped__ = environment_for  # for tests that compile for themselves
    return found
