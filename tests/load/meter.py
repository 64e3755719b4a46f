"""Processor time and memory of process trees, read from the system."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

import psutil


class Reading(NamedTuple):
    """Seconds of processor time by name, and when it was read."""

    at: float
    spent: dict[str, float]

    def since(self, earlier: "Reading") -> dict[str, float]:
        """Seconds of processor time by name."""
        return {name: spent - earlier.spent.get(name, 0.0) for name, spent in self.spent.items()}


def read(pids: Mapping[str, int]) -> Reading:
    return Reading(time.monotonic(), {name: sum(map(_spent, _tree(pid))) for name, pid in pids.items()})


def memory(pid: int) -> int:
    """Bytes that a process and its children hold alone (what they share is counted by its part)."""
    total = 0
    for process in _tree(pid):
        with suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


def _tree(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _spent(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0
