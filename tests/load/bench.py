"""`python tests/load/bench.py`: how fast live delivery is on this machine, beside other ways to do it, in one run.

PostgreSQL with all its care for what is written, Valkey, one web process of each way in its turn, and a load client
that says how much of a core it used itself. Speaks to loopback only, ends by itself, and ends only what it has started.
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
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
RAMP = (1, 2, 5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 700, 1000)
SENDERS = 40
"""So many of a room write in turn: what one tab sends is taken one after the other."""
PUNCTUAL = 0.95


class Scale(NamedTuple):
    """How much is asked for: the short form is there for its counts."""

    seconds: float
    ramp: tuple[int, ...]
    steady: float = 50.0
    idle: int = 1000


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


SHORT = Scale(1.0, (1, 2), steady=5.0, idle=40)


class Bench:
    def __init__(self, stage: Stage, *, scale: Scale) -> None:
        self.stage, self.scale = stage, scale
        self.rows: list[tuple[str, ...]] = []
        self.crowds = count()

    def measure(self, way: str) -> None:
        """All of one way, on one web process."""
        self.stage.start(way)
        self.stage.await_web(way)
        if way != "bare":
            self._idle_tabs(way)
            self._many_rooms(way)
        self._round_trip(way)
        self._fan_out(way)
        if way == "ours":
            self._first_word(way)
        self.stage.stop(way)

    # The rows of the table

    def _idle_tabs(self, way: str) -> None:
        """Without what the first ones load for all that follow."""
        with self._crowd(way, rooms=1, tabs=SMALL):
            pass
        before = meter.memory(self.stage.pid(way))
        with LoadClient() as client:
            self._enter(client, way, rooms=self.scale.idle // 20, tabs=20)
            each = (meter.memory(self.stage.pid(way)) - before) / self.scale.idle / 1024
        self._note("memory a tab", way, f"{each:.0f} KB")

    def _many_rooms(self, way: str) -> None:
        with self._crowd(way, rooms=ROOMS, tabs=SMALL_ROOM) as client:
            best = self._highest(client, way)
        self._note("messages stored/s, 50 rooms", way, f"{best.deliveries / SMALL_ROOM:,.0f}", best)

    def _round_trip(self, way: str) -> None:
        """Few people on an idle machine: from sending to one's own answer."""
        with self._crowd(way, rooms=1, tabs=SMALL) as client:
            run = self._run(client, way, 10.0)
        if run.seen["answered"]:
            self._note("post → ok, 5 tabs, p50 / p99", way, _times(run.seen["answers"]), run)
        self._note("post → other tabs, 5 tabs, p50 / p99", way, _times(run.seen["delays"]), run)

    def _fan_out(self, way: str) -> None:
        """One room full of tabs: what a steady rate costs, and how much it keeps up with."""
        with self._crowd(way, rooms=1, tabs=ROOM) as client:
            steady = self._run(client, way, self.scale.steady)
            late = "" if steady.kept_up else " (not kept up)"
            what = f"post → other tabs at {self.scale.steady * ROOM:,.0f} deliveries/s, p50 / p99"
            self._note(what, way, _times(steady.seen["delays"]) + late, steady)
            best = self._highest(client, way)
        self._note("deliveries/s, a room of 200", way, f"{best.deliveries:,.0f}", best)

    def _first_word(self, way: str) -> None:
        from tests.load.first_word import measure

        self.stage.start("worker")
        took = measure(self.stage, self.stage.ports[way])
        self.stage.stop("worker")
        self._note("model's first word → screen, p50 / most", way, _times(took))

    # Internal

    @contextmanager
    def _crowd(self, way: str, *, rooms: int, tabs: int) -> Iterator[LoadClient]:
        with LoadClient() as client:
            self._enter(client, way, rooms=rooms, tabs=tabs)
            client.do("post", rate=4.0, seconds=1.0, senders=SENDERS)  # what is slow once is not what is asked for
            yield client

    def _enter(self, client: LoadClient, way: str, *, rooms: int, tabs: int) -> None:
        from tests.load.population import populate

        address = f"ws://127.0.0.1:{self.stage.ports[way]}/"
        seats = [[address, self.stage.origin, "", ""]] * (rooms * tabs)
        if way != "bare":
            members = populate(f"{way}{next(self.crowds)}", rooms=rooms, people=tabs)
            seats = [[f"{address}ws/", self.stage.origin, one.cookie, one.room] for one in members]
        entered = client.do("connect", seats=seats)
        assert entered["connected"] == len(seats), (entered, self.stage.lines[way][-5:])

    def _highest(self, client: LoadClient, way: str) -> Run:
        """Up the ramp until it does not keep up."""
        best = None
        for rate in self.scale.ramp:
            run = self._run(client, way, float(rate))
            if not run.kept_up:
                return best or run
            best = run
        assert best
        return best

    def _run(self, client: LoadClient, way: str, rate: float) -> Run:
        pids = {name: self.stage.pid(name) for name in (way, "postgres", "valkey")}
        before = meter.read(pids)
        seen = client.do("post", rate=rate, seconds=self.scale.seconds, senders=SENDERS)
        return Run(rate, self.scale.seconds, seen, meter.read(pids).since(before))

    def _note(self, what: str, way: str, value: str, run: Run | None = None) -> None:
        about = (f"{run.lost:,}", f"{run.cost:.4f}", f"{run.seen['client_cores']:.0%}") if run else ("", "", "")
        self.rows.append((what, way, value, *about))
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
    bench = Bench(stage, scale=SHORT if options.short else Scale(options.seconds, RAMP))
    for way in options.ways.split(","):
        bench.measure(way)
    print("\n" + table(bench.rows))
    return 0


def table(rows: list[tuple[str, ...]]) -> str:
    """What was measured, the ways side by side, each also as a multiple of the tutorial's."""
    head = ("what", "way", "value", "of tutorial's", "lost", "processor s per 1,000", "load client's core")
    tutorials = {row[0]: _number(row[2]) for row in rows if row[1] == "tutorial"}
    told = [(*row[:3], _ratio(row, tutorials), *row[3:]) for row in sorted(rows, key=lambda row: row[0])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ("---",) * len(head), *told))


def _ratio(row: tuple[str, ...], tutorials: dict[str, float]) -> str:
    other = tutorials.get(row[0])
    return f"× {_number(row[2]) / other:.2g}" if other else ""


def _number(value: str) -> float:
    """The first one in it."""
    return float(value.split()[0].replace(",", ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
