"""How much two machines do of what one does: `python -m tests.bench.machines [--posts N] [--share S] [--rounds R]`.

A cluster of one `fedcop web` and one `fedcop worker`, then one of two each, on a PostgreSQL of the same kind, behind nginx with TLS, get the same signed
`Create`s as in `tests.bench.inbox`; *done* is until the last reply is visible to everybody. Each process of ours may run a share of the time only, one after
the other, so that it is not this machine which limits what four of them do: what limits is what they share. The turns are short, since what somebody holds
while it waits for its next one is held as long as by a machine that is so much slower. Yardstick of the same run: bare
processes that only calculate, held in the same manner. It also tells how much of the processor's time a post cost in each, which the neighbours' load disturbs least.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

import asyncpg

from activitypub.signatures.keys import generate_rsa
from tests.bench.inbox import PEOPLE, VISIBLE, Peer, joined, send
from tests.e2e.cluster import Cluster
from tests.e2e.instances import until
from tests.rig.database import postgres_server

SERVERS = (
    8  # whose deliveries are each done in order: two of them have not enough to do for four processes that run in turns
)
PERIOD = 0.05  # seconds in which each process has its turn
AT_ONCE = 64  # deliveries under way: a server that waits for its turn must not be what limits
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def held(pids: Sequence[int], share: float) -> Iterator[None]:
    """Let each process run in its own part of every period, and sleep else."""
    over = threading.Event()

    def give_turns(pid: int, at: float) -> None:
        while not over.wait(max(0.0, at - time.monotonic())):
            _tell(pid, signal.SIGCONT)
            over.wait(PERIOD * share)
            _tell(pid, signal.SIGSTOP)
            at += PERIOD  # by the clock: where the machine is busy, a turn is poorer, not rarer
        _tell(pid, signal.SIGCONT)

    begin = time.monotonic()
    turns = [
        threading.Thread(target=give_turns, args=(pid, begin + number * PERIOD * share))
        for number, pid in enumerate(pids)
    ]
    for pid, one in zip(pids, turns, strict=True):
        _tell(pid, signal.SIGSTOP)
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in turns:
            one.join()


def _tell(pid: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, what)


def cpu_of(pids: Sequence[int]) -> float:
    """Give the seconds of the processor that processes have had."""
    said = [Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split() for pid in pids]
    return sum(int(words[11]) + int(words[12]) for words in said) / TICKS


def calculate(counted: object) -> None:
    """Count as fast as one may; the yardstick."""
    while True:
        sum(range(2000))
        counted.value += 1  # type: ignore[attr-defined]


def yardstick(processes: int, share: float, seconds: float = 4.0) -> float:
    """Give how much so many processes calculate in a second."""
    counts = [multiprocessing.Value("q", 0, lock=False) for _ in range(processes)]
    running = [multiprocessing.Process(target=calculate, args=(one,), daemon=True) for one in counts]
    for one in running:
        one.start()
    try:
        with held([one.pid or 0 for one in running], share):
            time.sleep(1.0)
            before, began = sum(one.value for one in counts), time.monotonic()
            time.sleep(seconds)
            return (sum(one.value for one in counts) - before) / (time.monotonic() - began)
    finally:
        for one in running:
            one.kill()
            one.join()


async def measure(server: str, folder: Path, machines: int, posts: int, share: float) -> tuple[float, float]:
    """Give how many posts a cluster does in a second, and the milliseconds of the processor for each."""
    pair = await asyncio.to_thread(generate_rsa)
    peers = [Peer(f"127.77.0.{number + 1}", pair) for number in range(SERVERS)]
    name = f"m{machines}x{time.monotonic_ns()}"
    connection = await asyncpg.connect(f"{server}/postgres")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    cluster = Cluster(folder, name, f"{server}/{name}", web=machines, workers=machines)
    async with AsyncExitStack() as stack:
        for peer in peers:
            await stack.enter_async_context(peer.served())
        try:
            await cluster.start()
            await cluster.put_proxy_in_front()
            cluster.member("ana", "owner")
            cluster.cli("community", "create", "vergers", "--title", "Vergers", "--by", "ana", "--purpose", "Tailler.")
            group, inbox = f"{cluster.url}/c/vergers", f"{cluster.url}/inbox"
            thread = await joined(cluster, peers, group)
            ready = [
                peers[n % SERVERS].reply(inbox, n // SERVERS % PEOPLE, n, thread, group) for n in range(1, posts + 1)
            ]
            pids = [one.pid for one in cluster.processes.values()]

            async def done() -> bool:
                return await cluster.number(VISIBLE) >= posts + 1

            with held(pids, share):
                cpu, begun = cpu_of(pids), time.perf_counter()
                await send(ready, AT_ONCE)
                await until(done, lambda: f"not all is done: {cluster.log[-2000:]}", seconds=200)
                seconds = time.perf_counter() - begun
                cost = (cpu_of(pids) - cpu) * 1000 / posts
            return posts / seconds, cost
        finally:
            await cluster.close()


async def run(posts: int, share: float, rounds: int) -> None:
    """Measure in pairs, and say what came of it."""
    ones, twos, bare = [], [], []
    with postgres_server() as server, tempfile.TemporaryDirectory(prefix="fedcop-bench-") as folder:
        for number in range(rounds):
            bare.append(await asyncio.to_thread(lambda: yardstick(4, share) / yardstick(2, share)))
            ones.append(await measure(server.url, Path(folder), 1, posts, share))
            twos.append(await measure(server.url, Path(folder), 2, posts, share))
            print(
                f"round {number + 1}: {ones[-1][0]:.1f} and {twos[-1][0]:.1f} a second, bare {bare[-1]:.2f}", flush=True
            )
    ratios = [two[0] / one[0] for one, two in zip(ones, twos, strict=True)]
    middle = statistics.median
    print(
        f"{posts} signed Creates of {SERVERS} servers, each process may run {share:.0%} of the time; medians of {rounds}"
    )
    print(
        f"one web, one worker      {middle(one[0] for one in ones):7.1f} a second, {middle(one[1] for one in ones):5.1f} ms of the processor each"
    )
    print(
        f"two webs, two workers    {middle(two[0] for two in twos):7.1f} a second, {middle(two[1] for two in twos):5.1f} ms of the processor each"
    )
    print(
        f"two of each do           {middle(ratios):7.2f} times as much; processes that only calculate {middle(bare):.2f} times"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=300, help="at most 4,800: each server may send 600 in a row")
    parser.add_argument(
        "--share", type=float, default=0.2, help="of the time, for each process; four of them share the whole"
    )
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    asyncio.run(run(given.posts, given.share, given.rounds))
