"""`python tests/load/multitude.py`: tens of thousands of tabs on one machine, and every message counted.

Rooms of twenty, several web processes, several load clients, one PostgreSQL and one Valkey. The tabs of each room are
spread over all web processes, so that each message crosses Redis. Speaks to loopback only, ends by itself, and ends
only what it has started.
"""

import argparse
import resource
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from tests.load import meter, ways  # noqa: E402
from tests.load.load_client import Json, LoadClient  # noqa: E402
from tests.load.stage import Stage  # noqa: E402

IN_A_ROOM = 20
SENDERS = 4
SPARE_FILES = 1_000
SAFE = {"fsync": "on", "full_page_writes": "on"}


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    needed = _processes(options.tabs)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    names = [f"web-{number}" for number in range(options.web or needed)]
    stage = Stage(settings="tests.load.bench_settings", ways=dict.fromkeys(names, ways.ours), postgres=SAFE)
    try:
        with ExitStack() as clients:
            crowd = [clients.enter_context(LoadClient()) for _ in range(needed)]
            return _fill(stage, names, crowd, options)
    except KeyboardInterrupt:
        return 130
    finally:
        stage.close()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("multitude.py", description="Counts what many connected tabs get.")
    parser.add_argument("--tabs", type=int, default=50_000)
    parser.add_argument("--web", type=int, default=0, help="web processes (default: as the file limit asks for)")
    parser.add_argument("--rates", default="50,100,200,400,800", help="posts a second, tried until one is too much")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each rate is kept up (default: 20)")
    return parser.parse_args(arguments)


def _processes(tabs: int) -> int:
    """So many that each stays below its limit of open files, which is what ends a process first."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    return max(1, -(-tabs // (files - SPARE_FILES)))


def _fill(stage: Stage, names: list[str], crowd: list[LoadClient], options: argparse.Namespace) -> int:
    stage.open()
    for name in names:
        stage.start(name)
    stage.await_web(*names)
    pids = {name: stage.pid(name) for name in (*names, "postgres", "valkey")}
    empty = sum(meter.memory(pids[name]) for name in names)
    began = time.monotonic()
    tabs = _connect(stage, names, crowd, rooms=options.tabs // IN_A_ROOM)
    each = (sum(meter.memory(pids[name]) for name in names) - empty) / tabs / 1024
    _say(f"{tabs:,} tabs in {time.monotonic() - began:.0f} s, {len(names)} web processes, {each:.0f} KB a tab")
    _say("| posts/s | stored | wanted | delivered | lost | p50 / p99 ms | " + " | ".join(pids) + " | load clients |")
    _say("|" + " --- |" * (len(pids) + 7))
    return _talk(crowd, pids, options)


def _talk(crowd: list[LoadClient], pids: dict[str, int], options: argparse.Namespace) -> int:
    """Up to the rate that is too much; what was asked for and did not arrive is a failure at any rate."""
    lost = 0
    for rate in map(float, options.rates.split(",")):
        before = meter.read(pids)
        seen = _together(crowd, "post", rate=rate / len(crowd), seconds=options.seconds, senders=SENDERS)
        spent = meter.read(pids).since(before)
        lost += _tell(rate, seen, spent)
        if sum(one["in_time"] for one in seen) < 0.95 * sum(one["wanted"] for one in seen):
            break
    return 1 if lost else 0


def _connect(stage: Stage, names: list[str], crowd: list[LoadClient], *, rooms: int) -> int:
    """A room's tabs are all of one load client, which counts them, and of all web processes."""
    from tests.load.population import populate

    members = populate("many", rooms=rooms, people=IN_A_ROOM)
    seats: list[list[Any]] = [[] for _ in crowd]
    for number, member in enumerate(members):
        url = f"ws://127.0.0.1:{stage.ports[names[number % len(names)]]}/ws/"
        seats[number // IN_A_ROOM % len(crowd)].append([url, stage.origin, member.cookie, member.room])
    for client, mine in zip(crowd, seats, strict=True):
        client.begin("connect", seats=mine)
    entered = [client.answer() for client in crowd]
    for one in entered:
        assert not one["failures"], one
    return sum(one["connected"] for one in entered)


def _together(crowd: list[LoadClient], job: str, **details: Any) -> list[Json]:
    for client in crowd:
        client.begin(job, **details)
    return [client.answer() for client in crowd]


def _tell(rate: float, seen: Sequence[Json], spent: dict[str, float]) -> int:
    """The number that was lost."""
    took = max(one["seconds"] for one in seen)
    wanted, delivered = (sum(one[name] for one in seen) for name in ("wanted", "delivered"))
    times = " / ".join(f"{max(one['delays'][place] for one in seen):.0f}" for place in (0, 1))
    cores = [f"{seconds / took:.0%}" for seconds in spent.values()]
    clients = f"{sum(one['client_cores'] for one in seen):.0%}"
    counts = [f"{sum(one['answered'] for one in seen):,}", f"{wanted:,}", f"{delivered:,}", f"{wanted - delivered:,}"]
    _say(f"| {' | '.join([f'{rate:.0f}', *counts, times, *cores, clients])} |")
    return int(wanted - delivered)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
