"""The command `fedcop` on a machine whose clock somebody sets: `SHIFTED_BY` names a file with the seconds that it is ahead. Only the wall clock, as in life."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path


def main() -> None:
    """Be the command; the file is read each time somebody asks what time it is."""
    ahead, right = Path(os.environ["SHIFTED_BY"]), time.time
    time.time = lambda: right() + float(ahead.read_text())  # before anybody takes it by name
    from fedcop.cli.main import main as command  # noqa: PLC0415 - as above
    from fedcop.core.clock import SystemClock  # noqa: PLC0415 - as above

    SystemClock.now = lambda _clock: datetime.fromtimestamp(time.time(), UTC)  # type: ignore[method-assign]
    command()
