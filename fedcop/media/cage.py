"""Becomes ffmpeg or ffprobe, with limits of time, memory and output and, where the system lets us, without a network.

Run as `python cage.py SECONDS BYTES PROGRAM …`, never imported by the server. Nothing of our environment goes along.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys

MEMORY = 3 << 30  # bytes of address space: a film of 3840 × 2160 pixels is written with less than half
NEW_USER, NEW_NETWORK = 0x1000_0000, 0x4000_0000


def limit(seconds: int, written: int) -> None:
    """Set the limits of this process and of those that it begins."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def unplug() -> None:
    """Leave the network. Where Linux does not let us, the programs still know no protocol but files."""
    share = getattr(ctypes.CDLL(None), "unshare", None)
    if share is not None:
        share(NEW_USER | NEW_NETWORK)


def main(seconds: str, written: str, *command: str) -> None:
    """Set everything and become the program."""
    limit(int(seconds), int(written))
    unplug()
    os.execve(command[0], list(command), {})  # noqa: S606 - no shell: the words are our own, and names of files we made


if __name__ == "__main__":
    main(*sys.argv[1:])
