"""What a command writes on the way is gone at the end; what a killed one left, the next one removes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fedcop.core.workplace import workplace

KILLED = """
import os, signal, sys
from pathlib import Path
from fedcop.core.workplace import workplace
with workplace(Path(sys.argv[1])) as folder:
    (folder / "copy").write_bytes(b"x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


ENDED = """
import asyncio, os, signal, sys
from pathlib import Path
from fedcop.cli.terminal import run
from fedcop.core.workplace import workplace
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as of what a shell runs in the background
async def work():
    with workplace(Path(sys.argv[1])) as folder:
        (folder / "copy").write_bytes(b"x")
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)
run(work)
"""


def test_a_command_that_is_told_to_end_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ENDED, str(tmp_path)], check=False, capture_output=True, text=True)  # noqa: S603 - ourselves
    assert "told to end; nothing is half done" in done.stderr and list(tmp_path.iterdir()) == []


def test_nothing_is_left_and_nobody_elses_is_taken(tmp_path: Path) -> None:
    with workplace(tmp_path) as one:
        (one / "copy").write_bytes(b"x")
        with workplace(tmp_path) as other:
            assert one != other and (one / "copy").exists()
        assert (one / "copy").exists() and not other.exists()
        assert one.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_command_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)  # noqa: S603 - ourselves
    assert len(list(tmp_path.iterdir())) == 2
    with workplace(tmp_path) as folder:
        assert {path.name for path in tmp_path.iterdir()} == {"files", folder.name}
