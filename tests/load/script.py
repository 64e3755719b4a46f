"""The fault scripts: what happens when, in seconds from the beginning."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.load.cast import Cast
from tests.load.faults import Cue, Faults

LONG, SHORT = 300.0, 16.0
WITH_REDIS, WITHOUT = 1.0, 16.0


def long(faults: Faults, cast: Cast, *, seconds: float) -> list[Cue]:
    """Every fault of the table in design order; stretched or pressed to the length that was asked for."""
    pace = seconds / LONG
    outage = min(30.0, 30 * pace)

    def cue(at: float, act: Callable[..., Any], *args: Any, **more: Any) -> Cue:
        return Cue(at * pace, partial(act, *args, **more))

    people = cast.people
    return [
        cue(8, faults.kill_worker),
        cue(16, faults.kill_web, "web-a"),
        cue(28, faults.roll_web, "web-b"),
        cue(42, faults.remove, people[3]),
        cue(46, faults.end_session, people[11], within=WITH_REDIS),
        cue(54, faults.roll_web, "web-a"),
        cue(72, faults.lose_valkey, outage),
        cue(76, faults.end_session, people[5], within=WITHOUT),
        cue(80, faults.kill_web, "web-b"),
        cue(118, faults.freeze_worker, outage),
        cue(124, faults.stall, max(50.0, 55 * pace), each=4),
        cue(135, faults.remove, people[9]),
        cue(190, faults.lose_postgres, outage),
        cue(230, faults.freeze_valkey, outage / 3),
        cue(244, faults.kill_web, "web-a"),
        cue(252, faults.kill_web, "web-b"),
        cue(258, faults.kill_worker),
        cue(266, faults.kill_web, "web-a"),
        cue(276, faults.remove, people[7]),
        cue(280, faults.end_session, people[12], within=WITH_REDIS),
    ]


def short(faults: Faults, cast: Cast, *, seconds: float) -> list[Cue]:
    """What heals within seconds."""
    pace, people = seconds / SHORT, cast.people
    return [
        Cue(1 * pace, partial(faults.lose_valkey, 3.0)),
        Cue(2 * pace, partial(faults.kill_web, "web-a")),
        Cue(5 * pace, partial(faults.lose_postgres, 2.0)),
        Cue(9 * pace, partial(faults.remove, people[3])),
        Cue(10 * pace, partial(faults.end_session, people[11], within=WITH_REDIS)),
        Cue(11 * pace, partial(faults.roll_web, "web-b")),
        Cue(8 * pace, partial(faults.stall, 2.0, each=2)),
    ]


def tutorial(faults: Faults, cast: Cast, *, seconds: float) -> list[Cue]:
    """What the tutorial's way should stand as well, if it stood anything."""
    pace = seconds / SHORT
    return [
        Cue(2 * pace, partial(faults.kill_web, "web-a")),
        Cue(6 * pace, partial(faults.lose_valkey, 3.0)),
    ]
