"""`python tests/load/growth.py`: what a room's long history costs who reads it now.

The whole site as `manage.py up` starts it, on data of its own; one room grows from a thousand messages to a million,
and at each size somebody with a session opens its pages and its socket. Ends with one table, in milliseconds: p50 and
p99, and in brackets the web process' own processor time, which a busy machine changes least.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from tests.running import RunningSite, command  # noqa: E402

SIZES = "1000,100000,1000000"


class Measure(NamedTuple):
    took: list[float]
    processor: float


Row = dict[str, Measure]


def main(arguments: list[str]) -> int:
    sizes = _parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with TemporaryDirectory(prefix="roundtable-growth-") as folder:
        # Root's services run as another user, who must get through.
        Path(folder).chmod(0o711)
        # Nobody opens rooms as often as this reader does, and so without limits.
        site = RunningSite(Path(folder) / "var", env={"DJANGO_SETTINGS_MODULE": "tests.load.bench_settings"})
        try:
            _say("Starting the site …")
            site.start()
            return _run(site, sizes)
        except KeyboardInterrupt:
            return 130
        finally:
            site.end()


def _parse(arguments: list[str]) -> list[int]:
    parser = argparse.ArgumentParser("growth.py", description="Times a room's pages as its history grows.")
    parser.add_argument("--messages", default=SIZES, help=f"sizes to measure at, in order (default: {SIZES})")
    return sorted(int(size) for size in parser.parse_args(arguments).messages.split(","))


def _run(site: RunningSite, sizes: list[int]) -> int:
    _set_up_django(site)
    from tests.load.growing import Settlement

    _say("Ten thousand rooms …")
    settlement = Settlement(site.url)
    web = _web(site)
    measured: dict[int, Row] = {}
    for size in sizes:
        _say(f"{size:,} messages …")
        settlement.grow(size)
        measured[size] = {name: _measure(gauge, web) for name, gauge in settlement.gauges().items()}
        _say(table({size: measured[size]}))
    _say("\n" + table(measured))
    return 0


def _web(site: RunningSite) -> psutil.Process:
    [web] = [one for one in psutil.Process(site.pid).children(recursive=True) if "chatsite.serve" in command(one)]
    return web


def _set_up_django(site: RunningSite) -> None:
    """On the site's own services and keys."""
    import django

    os.environ |= {"CHATSITE_DATA": str(site.data), "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    django.setup()


def _measure(gauge: Callable[[], list[float]], web: psutil.Process) -> Measure:
    before = web.cpu_times()
    took = gauge()
    after = web.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return Measure(took, spent * 1000 / len(took))


def table(measured: dict[int, Row]) -> str:
    """One row a measure, one column a size."""
    head = ["messages in the room", *(f"{size:,}" for size in measured)]
    names = next(iter(measured.values()))
    rows = [[name, *(_cell(row[name]) for row in measured.values())] for name in names]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def _cell(measure: Measure) -> str:
    ordered = sorted(measure.took)
    middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99) - 1)]
    return f"{middle:.0f} / {late:.0f} ({measure.processor:.0f})"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
