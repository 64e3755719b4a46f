"""What a web process counts of live delivery, in the words of Prometheus."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily, Metric

PREFIX = "roundtable"
DELAYS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


def _delays(name: str, about: str) -> Histogram:
    """In seconds; in no registry, as a process may have more than one hub."""
    return Histogram(f"{PREFIX}_{name}_seconds", about, buckets=DELAYS, registry=None)


def _count(about: str) -> int:
    return field(default=0, metadata={"about": about})


@dataclass(eq=False)
class Metrics:
    """Since the process began."""

    bells: int = _count("Frames that came through Redis.")
    gaps: int = _count("Times that a frame was missing.")
    replays: int = _count("Times that what was missing was read from the log, for all tabs at once.")
    deliveries: int = _count("Frames handed to tabs, counted once for each tab.")
    drops: int = _count("Times that a tab was too slow, lost its queue and read the log instead.")
    stuck: int = _count("Tabs that took nothing for too long and were closed.")
    polls: int = _count("Times that the heads of all open rooms were compared with the database.")
    lag: Histogram = field(
        default_factory=lambda: _delays("lag", "From the commit of a message to its handing over to the tabs.")
    )
    poll_time: Histogram = field(default_factory=lambda: _delays("poll", "How long the comparison of heads took."))

    def collect(self) -> Iterator[Metric]:
        for one in fields(self):
            if "about" in one.metadata:
                yield CounterMetricFamily(f"{PREFIX}_{one.name}", one.metadata["about"], getattr(self, one.name))
        yield from self.lag.collect()
        yield from self.poll_time.collect()
