"""Which tests PostgreSQL can do without: those whose every statement others send there as well.

`.venv/bin/python -m tests.bench.statements` tries on PostgreSQL what runs there, and writes down in `tests/rig/once.txt`
which of it can be left out too; `--anew` tries all that has a database, which takes long, and writes the list from nothing.
Read the diff. What a test itself asks a database for counts nothing, only what fedcop does.
What is about the database itself or about things that happen at once is never left out: its statements do not say what
it is about. A test that is not in the list runs on both databases.
"""

from __future__ import annotations

import heapq
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fedcop.core.sql.asyncpg_engine import PostgresEngine, PostgresTransaction
from tests.rig.once import EVERYTHING, LIST, listed
from tests.run import ON_POSTGRES, command

FOLDER = "FEDCOP_TESTS_STATEMENTS"
ROOT = Path(__file__).parents[2]
CHEAPEST = 0.05  # seconds: below, no test is better than another
SENDING = ("execute_query", "execute_query_dict", "execute_insert", "execute_many")
ALWAYS = re.compile(
    r"tests/fedcop/core/|tests/stories/test_probes\.py"
    r"|::.*(race|lock|concurr|at_once|same_moment|twice|together|while_|two_|cancel|interrupt|killed|once)"
)
NUMBERS = (
    (r"\$\d+(::\w+)?", "?"),
    (r"\?(, ?\?)+", "?"),
    (r"\((?:\?|\(\?\))(, ?\(\?\))*\)", "(?)"),
    (r"(UNION ALL SELECT \* FROM \(.*?\) AS part ?)+", "UNION"),
    (r'"?v?[0-9]{5,}"?', "N"),
)
_sent: set[str] = set()


@dataclass
class Sender:
    """A test, with all its cases: what it sends, and its price in seconds."""

    statements: set[str] = field(default_factory=set)
    price: float = 0.0


def shape(statement: str) -> str:
    """Give a statement without what changes from one time to the next."""
    text = " ".join(statement.split())
    for pattern, instead in NUMBERS:
        text = re.sub(pattern, instead, text)
    return text


def chosen(senders: Mapping[str, Sender]) -> set[str]:
    """Choose tests, cheap ones first, until they send together every statement."""
    kept = set(filter(ALWAYS.search, senders))
    missing = {statement for one in senders.values() for statement in one.statements}
    missing -= {statement for name in kept for statement in senders[name].statements}

    def worth(name: str) -> float:
        return len(senders[name].statements & missing) / max(senders[name].price, CHEAPEST)

    waiting = [(-worth(name), name) for name in senders if name not in kept]
    heapq.heapify(waiting)
    while missing:
        _, name = heapq.heappop(waiting)
        now = worth(name)
        if waiting and -now > waiting[0][0]:
            heapq.heappush(waiting, (-now, name))
        elif now:
            kept.add(name)
            missing -= senders[name].statements
    return kept


def read(folder: Path) -> dict[str, Sender]:
    """Read what the processes of a run wrote."""
    senders: dict[str, Sender] = defaultdict(Sender)
    for file in folder.iterdir():
        for name, price, statements in map(json.loads, file.read_text().splitlines()):
            senders[name.partition("[")[0]].price += price
            senders[name.partition("[")[0]].statements.update(statements)
    return senders


def main(*, anew: bool) -> int:
    """Run the tests and write the list."""
    before = frozenset() if anew else listed()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, FOLDER: folder, **({EVERYTHING: "1"} if anew else {})}
        words = command("-p", "tests.bench.statements", "--database=postgres", "-m", "not e2e", *ON_POSTGRES)
        if code := subprocess.run(words, env=environment, cwd=ROOT, check=False).returncode:  # noqa: S603
            return code
        senders = read(Path(folder))
    without = sorted(senders.keys() - chosen(senders))
    LIST.write_text("".join(f"{name}\n" for name in sorted(before.union(without))))
    saved = sum(senders[name].price for name in without)
    sys.stdout.write(f"{len(without)} of {len(senders)} tests are left out, and {saved:.0f} seconds with them\n")
    return 0


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Write down what each test sends."""
    _sent.clear()
    before = time.process_time()
    yield
    with (Path(os.environ[FOLDER]) / str(os.getpid())).open("a") as file:
        file.write(json.dumps([item.nodeid, time.process_time() - before, sorted(_sent)]) + "\n")


def pytest_configure() -> None:
    """Begin to listen."""
    for engine in (PostgresEngine, PostgresTransaction):
        for name in SENDING:
            _listen(engine, name)


def _listen(engine: Any, name: str) -> None:
    original = getattr(engine, name)

    async def sent(self: Any, query: str, *rest: Any, **options: Any) -> Any:
        if _is_ours():
            _sent.add(shape(query))
        return await original(self, query, *rest, **options)

    setattr(engine, name, sent)


def _is_ours() -> bool:
    """Tell whether fedcop asks, rather than a test: by whoever stands nearest, the engines aside."""
    frame: Any = sys._getframe(2)  # noqa: SLF001 (there is no other way to ask)
    while frame is not None:
        place = frame.f_code.co_filename
        if place.startswith(TESTS):
            return False
        if place.startswith(OURS) and not place.endswith(ENGINES):
            return True
        frame = frame.f_back
    return True


TESTS, OURS = f"{ROOT}/tests/", (f"{ROOT}/fedcop/", f"{ROOT}/web/")
ENGINES = ("/core/sql/asyncpg_engine.py", "/core/database.py", "/core/transactions.py")

if __name__ == "__main__":
    sys.exit(main(anew="--anew" in sys.argv[1:]))
