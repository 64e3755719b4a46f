"""A program that runs beside us: how it is started, heard, waited for and stopped together with all that it started."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chatsite.supervisor.unprivileged import SystemUser, credentials

ROOT = Path(__file__).resolve().parents[2]
LAST_PATIENCE = 5.0

Hear = Callable[[str, str], None]


@dataclass(frozen=True, kw_only=True)
class Program:
    """What is to run. `before` is called ahead of every start; without an `env` it gets ours.

    The lines of a quiet program are shown only when it ends unasked.
    """

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool] = lambda: True
    before: Callable[[], None] = lambda: None
    env: Mapping[str, str] | None = None
    user: SystemUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    last_signal: signal.Signals = signal.SIGKILL
    patience: float = 10.0
    is_quiet: bool = False


class Process:
    """A program that was started, in a session of its own, so that a Ctrl-C in the terminal reaches only us."""

    def __init__(self, program: Program, *, hear: Hear) -> None:
        program.before()
        self.program = program
        self.started = time.monotonic()
        self._hear = hear
        self._unsaid: deque[str] = deque(maxlen=20)
        self._popen = subprocess.Popen(  # noqa: S603 (all commands are our own)
            program.command,
            env=program.env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            **credentials(program.user),
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def ending(self) -> str:
        status = self._popen.wait()
        return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"

    def succeeded(self) -> bool:
        return self._popen.wait() == 0

    def stop(self, *, hurry: threading.Event | None = None) -> None:
        """Asks, waits, insists, and at last kills whatever is left of it."""
        self._popen.send_signal(self.program.stop_signal)
        wait_until(self.has_ended, seconds=self.program.patience, unless=hurry)
        self._popen.send_signal(self.program.last_signal)
        wait_until(self.has_ended, seconds=LAST_PATIENCE)
        self.sweep()

    def sweep(self) -> None:
        """Ends what the program started and did not end itself; a Celery that is killed leaves its clock behind."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._listener.join(timeout=1)

    def confess(self) -> None:
        """Shows what a quiet program said last."""
        while self._unsaid:
            self._hear(self.program.name, self._unsaid.popleft())

    def _listen(self) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as lines:
            for line in lines:
                self._note(line.rstrip())

    def _note(self, line: str) -> None:
        if self.program.is_quiet:
            self._unsaid.append(line)
        else:
            self._hear(self.program.name, line)


def wait_until(condition: Callable[[], bool], *, seconds: float, unless: threading.Event | None = None) -> bool:
    """Whether the condition came true in time; `unless` ends the waiting early."""
    given_up, pause = unless or threading.Event(), 0.02
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline or given_up.wait(pause):
            return False
        pause = min(pause * 1.3, 0.5)
    return True
