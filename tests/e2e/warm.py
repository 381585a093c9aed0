"""The command `fedcop` in processes that need not import it first: each is forked from one that has, which saves it a second.

Real processes with an environment of their own, which may be killed. Templates that one has compiled, the next finds. What a process does before it runs the command, and
after, is tried by those that begin from nothing: `Instance.warm = False`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from fedcop.cli.main import COMMANDS, OF_COMMUNITIES, OF_MEMBERS, load, main
from tests.rig import thrift

for place in (*COMMANDS.values(), *OF_MEMBERS.values(), *OF_COMMUNITIES.values()):
    load(place)


class Warm:
    """What `subprocess.Popen` is to a process that begins from nothing."""

    def __init__(self, words: Sequence[str], *, env: Mapping[str, str], said: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._process: ForkServerProcess = context.Process(
            target=_run, args=(list(words), dict(env), str(said)), daemon=True
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Give its exit code, or None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and give its exit code."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("fedcop", timeout or 0)
        return code


def _run(words: list[str], env: dict[str, str], said: str) -> None:
    """Be the command: what it says goes to the end of a file."""
    kept = os.environ.get(thrift.KEPT)
    os.environ.clear()
    os.environ.update(env)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    log = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    os.close(log)
    sys.argv = ["fedcop", *words]
    if kept:
        thrift.share_templates(Path(kept))
    main()
