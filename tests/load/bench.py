"""`python tests/load/bench.py`: how fast live delivery is on this machine, beside other ways to do it, in one run.

PostgreSQL with all its care for what is written, Valkey, one web process of each way in its turn, and a load client
that says how much of a core it used itself. Speaks to loopback only, ends by itself, and ends only what it has started.
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from tests.load import meter, ways  # noqa: E402
from tests.load.load_client import Json, LoadClient  # noqa: E402
from tests.load.stage import Stage  # noqa: E402

WAYS = {
    "tutorial": ways.tutorial,
    "ours-daphne": ways.ours_on_daphne,
    "ours": ways.ours,
    "bare": ways.bare,
}
SAFE = {"fsync": "on", "full_page_writes": "on"}
ROOM, SMALL, ROOMS, SMALL_ROOM = 200, 5, 50, 4
RAMP = (1, 2, 5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 700, 1000)
STEADY = 50.0
SENDERS = 4
IDLE_TABS = 1000
PUNCTUAL = 0.95


class Run(NamedTuple):
    """One rate that was tried: what the client saw, and the seconds of processor time of each program."""

    rate: float
    seconds: float
    seen: Json
    spent: dict[str, float]

    @property
    def kept_up(self) -> bool:
        """All arrived, and nearly all of it while it was asked for."""
        return self.lost == 0 and self.seen["in_time"] >= PUNCTUAL * self.seen["wanted"]

    @property
    def lost(self) -> int:
        return int(self.seen["wanted"] - self.seen["delivered"])

    @property
    def deliveries(self) -> float:
        """A second."""
        return float(self.seen["in_time"] / self.seconds)

    @property
    def cost(self) -> float:
        """Seconds of processor time for 1,000 deliveries, of server, PostgreSQL and Valkey together."""
        return sum(self.spent.values()) * 1000 / max(1, self.seen["delivered"])


class Bench:
    def __init__(self, stage: Stage, *, seconds: float, ramp: tuple[int, ...]) -> None:
        self.stage, self.seconds, self.ramp = stage, seconds, ramp
        self.rows: list[tuple[str, ...]] = []

    def fan_out(self, way: str) -> None:
        """One room full of tabs: how much it keeps up with, and what a steady rate costs."""
        with self._crowd(way, rooms=1, tabs=ROOM) as (client, pids):
            best = self._highest(client, pids)
            self._note("deliveries/s, a room of 200", way, best, f"{best.deliveries:,.0f}")
            steady = self._run(client, pids, STEADY)
            late = "" if steady.kept_up else " (not kept up)"
            self._note(f"at {STEADY * ROOM:,.0f} deliveries/s", way, steady, _times(steady.seen["delays"]) + late)

    def round_trip(self, way: str) -> None:
        """Few people on an idle machine: from sending to one's own answer."""
        with self._crowd(way, rooms=1, tabs=SMALL) as (client, pids):
            run = self._run(client, pids, 10.0)
            self._note("post → ok, 5 tabs", way, run, _times(run.seen["answers"]))
            self._note("post → other tabs, 5 tabs", way, run, _times(run.seen["delays"]))

    def many_rooms(self, way: str) -> None:
        with self._crowd(way, rooms=ROOMS, tabs=SMALL_ROOM) as (client, pids):
            best = self._highest(client, pids)
            self._note(
                "messages stored/s, 50 rooms", way, best, f"{best.seen['in_time'] / SMALL_ROOM / best.seconds:,.0f}"
            )

    def idle_tabs(self, way: str) -> None:
        with self._server(way) as port, LoadClient() as client:
            before = meter.memory(self.stage.pid(way))
            self._connect(client, way, port, rooms=IDLE_TABS // 20, tabs=20)
            each = (meter.memory(self.stage.pid(way)) - before) / IDLE_TABS / 1024
            self.rows.append(("memory a tab", way, f"{each:.0f} KB", "", "", ""))

    def first_word(self) -> None:
        """From the model's first word to the first one on a screen."""
        from tests.load.first_word import measure

        self.stage.start("worker")
        with self._server("ours") as port:
            took = measure(self.stage, port)
        self.stage.stop("worker")
        self.rows.append(("model's first word → screen", "ours", _times(took), "", "", ""))

    # Internal

    @contextmanager
    def _server(self, way: str) -> Iterator[int]:
        self.stage.start(way)
        self.stage.await_web(way)
        try:
            yield self.stage.ports[way]
        finally:
            self.stage.stop(way)

    @contextmanager
    def _crowd(self, way: str, *, rooms: int, tabs: int) -> Iterator[tuple[LoadClient, dict[str, int]]]:
        with self._server(way) as port, LoadClient() as client:
            self._connect(client, way, port, rooms=rooms, tabs=tabs)
            pids = {name: self.stage.pid(name) for name in (way, "postgres", "valkey")}
            client.do("post", rate=2.0, seconds=2.0, senders=SENDERS)  # what is slow once is not what is asked for
            yield client, pids

    def _connect(self, client: LoadClient, way: str, port: int, *, rooms: int, tabs: int) -> None:
        from tests.load.population import populate

        seats = [[f"ws://127.0.0.1:{port}/", self.stage.origin, "", ""]] * (rooms * tabs)
        if way != "bare":
            members = populate(f"{way}{len(self.rows)}", rooms=rooms, people=tabs)
            seats = [[f"ws://127.0.0.1:{port}/ws/", self.stage.origin, one.cookie, one.room] for one in members]
        entered = client.do("connect", seats=seats)
        assert entered["connected"] == len(seats), (entered, self.stage.lines[way][-5:])

    def _highest(self, client: LoadClient, pids: dict[str, int]) -> Run:
        """Up the ramp until it does not keep up."""
        best = None
        for rate in self.ramp:
            run = self._run(client, pids, float(rate))
            if not run.kept_up:
                return best or run
            best = run
        assert best
        return best

    def _run(self, client: LoadClient, pids: dict[str, int], rate: float) -> Run:
        before = meter.read(pids)
        seen = client.do("post", rate=rate, seconds=self.seconds, senders=SENDERS)
        return Run(rate, self.seconds, seen, meter.read(pids).since(before))

    def _note(self, what: str, way: str, run: Run, value: str) -> None:
        cores = f"{run.seen['client_cores']:.0%}"
        self.rows.append((what, way, value, f"{run.lost:,}", f"{run.cost:.4f}", cores))
        print("  ".join(self.rows[-1]), flush=True)


def _times(pair: list[float]) -> str:
    return f"{pair[0]:.1f} / {pair[1]:.1f} ms"


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stage = Stage(settings="tests.load.bench_settings", ways=WAYS, postgres=SAFE)
    try:
        return _measure(stage, options)
    except KeyboardInterrupt:
        return 130
    finally:
        stage.close()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench.py", description="Measures live delivery beside other ways to do it.")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each rate is kept up (default: 5)")
    parser.add_argument("--ways", default=",".join(WAYS), help="which ways, with commas between")
    parser.add_argument(
        "--short", action="store_true", help="low rates for a second each: for the counts, not the clocks"
    )
    return parser.parse_args(arguments)


def _measure(stage: Stage, options: argparse.Namespace) -> int:
    stage.open()
    chosen = options.ways.split(",")
    bench = Bench(stage, seconds=1.0 if options.short else options.seconds, ramp=RAMP[:3] if options.short else RAMP)
    for way in chosen:
        bench.fan_out(way)
        bench.round_trip(way)
        if way != "bare":
            bench.many_rooms(way)
            bench.idle_tabs(way)
    if "ours" in chosen:
        bench.first_word()
    print("\n" + table(bench.rows))
    return 0


def table(rows: list[tuple[str, ...]]) -> str:
    """What was measured, the ways side by side, and ours as a multiple of the tutorial's where both are numbers."""
    head = ("what", "way", "value", "lost", "processor s per 1,000", "load client's core")
    lines = [head, ("---",) * len(head), *sorted(rows, key=lambda row: row[0])]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
