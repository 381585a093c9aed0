"""A `fedcop serve` that is measured from outside: how soon it serves, what it takes of the processor and of memory. Linux only.

Its modules are compiled beforehand, as an installation has them, into a folder of our own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.fullness import kept_in
from tests.bench.inbox import cpu_of
from tests.e2e.instances import COMMAND, ROOT, free_port

BARE = (
    "import asyncio; from aiohttp import web; web.run_app(web.Application(), host='127.0.0.1', port={port}, print=None)"
)


@dataclass(frozen=True)
class Served:
    """A process that serves."""

    pid: int
    port: int
    wall: float  # seconds until it served
    cpu: float  # of the processor until then

    def resident(self) -> float:
        """Give its memory now, in MB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def environment(folder: Path, port: int, **settings: str) -> dict[str, str]:
    """The settings of a measured instance, and no other."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FEDCOP_") and k not in left_out}
    own = {"FEDCOP_URL": "https://x.example", "FEDCOP_PORT": str(port), "FEDCOP_DATA": str(folder)}
    own["PYTHONPYCACHEPREFIX"] = str(kept_in() / "compiled")
    return kept | own | {"FEDCOP_TRUSTED_PROXIES": "127.0.0.1", "PYTHONUNBUFFERED": "1", **settings}


@contextmanager
def fedcop(folder: Path, **settings: str) -> Iterator[Served]:
    """Serve an instance while the block runs."""
    port = free_port()
    with _process([*COMMAND, "serve"], environment(folder, port, **settings), port, says=b" serves ") as served:
        yield served


@contextmanager
def bare(code: str = BARE) -> Iterator[Served]:
    """Serve an aiohttp application that has nothing, or what `code` says: the yardstick."""
    port = free_port()
    words = [sys.executable, "-c", code.format(port=port)]
    with _process(words, environment(Path(), port), port) as served:
        yield served


@contextmanager
def _process(words: list[str], env: dict[str, str], port: int, says: bytes = b"") -> Iterator[Served]:
    begun = time.perf_counter()
    log = kept_in() / f"serve-{os.getpid()}-{port}.log"
    with log.open("w+b") as said, subprocess.Popen(words, cwd=ROOT, env=env, stdout=said, stderr=said) as process:
        try:
            while not (says in log.read_bytes() if says else _listens(port)):
                if process.poll() is not None or time.perf_counter() - begun > 300:
                    raise RuntimeError(f"it does not serve: {log.read_text('utf-8', 'replace')[-2000:]}")
                time.sleep(0.005)
            yield Served(process.pid, port, time.perf_counter() - begun, cpu_of(process.pid))
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            if process.poll() is None:
                process.kill()
            log.unlink(missing_ok=True)


def _listens(port: int) -> bool:
    """Tell whether somebody listens at a port, without disturbing them."""
    wanted = f"0100007F:{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1] == wanted and line.split()[3] == "0A" for line in lines)
