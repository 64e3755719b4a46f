"""How long things took, in quiet and in trouble: told for the record, judged by nobody."""

from collections import Counter
from typing import Any


def summary(play: Any) -> str:
    """Of each phase: from asking to the answer, and from the answer to each other screen."""
    phases = {"no service gone": [], **{f"{name} gone": [(a, b)] for name, a, b in play.faults.log.outages}}
    times = f"{'p50':>7} {'p99':>7} {'most':>7}"
    lines = [f"{'':18} {'acks':>6} {times}   {'arrivals':>8} {times}"]
    for name, spans in phases.items():
        acks, arrivals = (_within(pairs, spans, play) for pairs in (play.ledger.ack_times, play.ledger.arrivals))
        lines.append(f"{name:18} {_row(acks)}   {_row(arrivals, width=8)}")
    closes = Counter[int]()
    for player in play.players:
        closes.update(player.line.closes)
    codes = ", ".join(f"{count} × {code}" for code, count in sorted(closes.items()))
    return "\n".join([*lines, "", f"lines closed: {codes}", *_first_acks(play)])


def _within(pairs: list[tuple[float, float]], spans: list[tuple[float, float]], play: Any) -> list[float]:
    outages = spans or [(a, b) for _, a, b in play.faults.log.outages]
    return [took for at, took in pairs if any(a <= at <= b for a, b in outages) == bool(spans)]


def _row(took: list[float], *, width: int = 6) -> str:
    ordered = sorted(took)
    if not ordered:
        return f"{0:{width}}"
    middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{len(ordered):{width}} {middle:7.3f} {late:7.3f} {ordered[-1]:7.3f}"


def _first_acks(play: Any) -> list[str]:
    """After each time that the database was away."""
    lines = []
    for name, _, back in play.faults.log.outages:
        answered = sorted(at + took for at, took in play.ledger.ack_times if at + took > back)
        if name == "postgres" and answered:
            lines.append(f"first message stored {answered[0] - back:.2f} s after postgres was started again")
    return lines
