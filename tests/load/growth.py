"""`python tests/load/growth.py`: what a room's long history costs who reads it now.

The whole site as `manage.py up` starts it, on data of its own; one room grows from a thousand messages to a million,
and at each size somebody with a session opens its pages and its socket. Ends with one table: p50 / p99 in milliseconds.
"""

import argparse
import os
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from tests.running import RunningSite  # noqa: E402

if TYPE_CHECKING:
    from tests.load.growing import Settlement

SIZES = "1000,100000,1000000"
Row = dict[str, list[float]]


def main(arguments: list[str]) -> int:
    sizes = _parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with TemporaryDirectory(prefix="roundtable-growth-") as folder:
        # Root's services run as another user, who must get through.
        Path(folder).chmod(0o711)
        site = RunningSite(Path(folder) / "var")
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
    measured = {size: _measure(settlement, size) for size in sizes}
    _say("\n" + table(measured))
    return 0


def _set_up_django(site: RunningSite) -> None:
    """On the site's own services and keys."""
    import django

    os.environ |= {"CHATSITE_DATA": str(site.data), "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    django.setup()


def _measure(settlement: "Settlement", size: int) -> Row:
    _say(f"{size:,} messages …")
    settlement.grow(size)
    measured = {name: gauge() for name, gauge in settlement.gauges().items()}
    _say(table({size: measured}))
    return measured


def table(measured: dict[int, Row]) -> str:
    """One row a measure, one column a size."""
    head = ["messages in the room", *(f"{size:,}" for size in measured)]
    names = next(iter(measured.values()))
    rows = [[name, *(_cell(row[name]) for row in measured.values())] for name in names]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def _cell(took: list[float]) -> str:
    ordered = sorted(took)
    return f"{ordered[len(ordered) // 2]:.1f} / {ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]:.1f}"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
