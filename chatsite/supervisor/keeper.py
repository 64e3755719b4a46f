"""Keeps programs running: starts them in order, starts again what dies, and stops all in reverse order."""

import signal
import threading
import time
from dataclasses import dataclass
from types import FrameType

from chatsite.supervisor.console import Console
from chatsite.supervisor.exceptions import Refused, Stopped
from chatsite.supervisor.lifeline import Lifeline
from chatsite.supervisor.process import Process, Program, wait_until

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
CALM = 60.0  # seconds of life after which a death counts as the first again


@dataclass
class Kept:
    """A program that is to run, and how that goes."""

    program: Program
    process: Process | None = None
    deaths: int = 0
    due: float = 0.0

    def next_delay(self, *, lived: float) -> float:
        self.deaths = 1 if lived > CALM else self.deaths + 1
        return min(FIRST_DELAY * 2.0 ** (self.deaths - 1), LONGEST_DELAY)


class Keeper:
    def __init__(self, console: Console) -> None:
        self.stopping = threading.Event()
        self.hurrying = threading.Event()
        self._console = console
        self._lifeline = Lifeline()
        self._kept: list[Kept] = []

    def heed_signals(self) -> None:
        """The first Ctrl-C or SIGTERM stops, the second hurries."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as it is under nohup
            signal.signal(signal.SIGHUP, self._on_signal)

    def start(self, *programs: Program) -> None:
        for program in programs:
            self._kept.append(Kept(program))
            self._begin(self._kept[-1])

    def wait_until_ready(self, *, seconds: float = 120) -> None:
        for kept in self._kept:
            self._wait_for(kept, seconds=seconds)

    def run(self, program: Program) -> None:
        """Runs a program that ends by itself; the start goes on only when it succeeds."""
        self.start(program)
        kept = self._kept[-1]
        assert kept.process
        wait_until(kept.process.has_ended, seconds=3600, unless=self.stopping)
        self._raise_if_stopping()
        self._bury(self._kept.pop())
        if not kept.process.succeeded():
            raise Refused(f"{program.name} did not succeed ({kept.process.ending()}); its lines above say why.")

    def watch(self) -> None:
        """Until somebody asks to stop."""
        while not self.stopping.wait(0.2):
            for kept in self._kept:
                self._look_after(kept)

    def stop(self) -> None:
        self.stopping.set()
        while self._kept:
            kept = self._kept.pop()
            if kept.process:
                kept.process.stop(hurry=self.hurrying)
                self._lifeline.release(kept.process.pid)
        self._lifeline.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        (self.hurrying if self.stopping.is_set() else self.stopping).set()

    def _begin(self, kept: Kept) -> None:
        self._raise_if_stopping()
        kept.process = Process(kept.program, hear=self._console.hear)
        self._lifeline.hold(kept.process.pid, last_signal=kept.program.last_signal)

    def _wait_for(self, kept: Kept, *, seconds: float) -> None:
        process, name = kept.process, kept.program.name
        assert process
        wait_until(lambda: process.has_ended() or kept.program.is_ready(), seconds=seconds, unless=self.stopping)
        self._raise_if_stopping()
        if not kept.program.is_ready():
            process.confess()
        if process.has_ended():
            raise Refused(f"{name} ended while starting ({process.ending()}); its lines above say why.")
        if not kept.program.is_ready():
            raise Refused(f"{name} was not ready within {seconds:.0f} seconds; its lines above may say why.")

    def _look_after(self, kept: Kept) -> None:
        if kept.process and kept.process.has_ended():
            self._bury(kept)
            self._postpone(kept, why=kept.process.ending(), lived=time.monotonic() - kept.process.started)
        elif kept.process is None and time.monotonic() >= kept.due:
            self._begin_again(kept)

    def _begin_again(self, kept: Kept) -> None:
        try:
            self._begin(kept)
        except (Refused, OSError) as error:
            self._postpone(kept, why=str(error), lived=0)

    def _postpone(self, kept: Kept, *, why: str, lived: float) -> None:
        delay = kept.next_delay(lived=lived)
        kept.process, kept.due = None, time.monotonic() + delay
        self._console.say(f"{kept.program.name} has died ({why}); it starts again in {delay:g} s.")

    def _bury(self, kept: Kept) -> None:
        assert kept.process
        kept.process.sweep()
        kept.process.confess()
        self._lifeline.release(kept.process.pid)

    def _raise_if_stopping(self) -> None:
        if self.stopping.is_set():
            raise Stopped
