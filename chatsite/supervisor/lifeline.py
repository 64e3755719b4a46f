"""Ends the programs of a supervisor that was killed and could not do it itself.

A small process of its own holds one end of a pipe. It is told what is started and what has ended; when the pipe
breaks, the supervisor is gone, and what is still on the list is ended. Runs by its path, on the standard library alone.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress


class Lifeline:
    def __init__(self) -> None:
        self._guard = subprocess.Popen(  # noqa: S603 (this very file)
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def hold(self, pid: int, *, last_signal: signal.Signals) -> None:
        self._tell(f"{pid} {last_signal.value}")

    def release(self, pid: int) -> None:
        self._tell(f"{pid} 0")

    def close(self) -> None:
        assert self._guard.stdin is not None
        with suppress(BrokenPipeError):
            self._guard.stdin.close()
        self._guard.wait()

    def _tell(self, line: str) -> None:
        assert self._guard.stdin is not None
        with suppress(BrokenPipeError):
            self._guard.stdin.write(line + "\n")


def guard() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    held: dict[int, int] = {}
    for line in sys.stdin:
        pid, last_signal = map(int, line.split())
        held.pop(pid, None)
        if last_signal:
            held[pid] = last_signal
    for pid, last_signal in reversed(held.items()):
        with suppress(ProcessLookupError):
            os.killpg(pid, last_signal)


if __name__ == "__main__":
    guard()
