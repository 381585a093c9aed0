"""Asks one server for one page, again and again, and reads what the server's own process spent on it: for `tests.bench.pages`.

`python -m tests.bench.asking PORT PID PATH ROUNDS`, headers as JSON on standard input. It runs beside the server, so that nothing of what a client
takes is in the figure: on Linux the CPU clock of any process can be read by its number. Standard library only, so that it starts quickly.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import time

SETTLE = 0.001  # seconds after an answer in which the server ends what it does for it


def clock_of(pid: int) -> int:
    """Give the clock of the CPU time of another process (CPUCLOCK_SCHED of Linux)."""
    return (~pid << 3) | 2


def ask(port: int, pid: int, path: str, rounds: int) -> float:
    """Ask often over one connection; gives the median in milliseconds of the server's CPU."""
    headers = json.load(sys.stdin)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    clock, spent = clock_of(pid), []
    for _ in range(rounds):
        begun = time.clock_gettime(clock)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        time.sleep(SETTLE)
        spent.append((time.clock_gettime(clock) - begun) * 1000)
    return statistics.median(spent)


if __name__ == "__main__":
    _, port, pid, path, rounds = sys.argv
    print(ask(int(port), int(pid), path, int(rounds)))
