"""What the person at the terminal sees: our own sentences, and the programs' lines behind their names."""

import os
import sys
import threading
from contextlib import suppress
from itertools import cycle
from typing import TextIO

COLOURS = ("36", "33", "35", "32", "34")
COLUMN = 8


class Console:
    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._coloured = self._out.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()
        self._colours: dict[str, str] = {}
        self._palette = cycle(COLOURS)

    def say(self, text: str) -> None:
        # Programs speak from threads of their own, and nobody may be reading any more.
        with self._lock, suppress(BrokenPipeError, ValueError):
            self._out.write(text + "\n")
            self._out.flush()

    def hear(self, name: str, line: str) -> None:
        if line:
            self.say(f"{self._label(name)} {line}")

    def _label(self, name: str) -> str:
        label = f"{name:<{COLUMN}} │"
        if not self._coloured:
            return label
        colour = self._colours.setdefault(name, next(self._palette))
        return f"\x1b[{colour}m{label}\x1b[0m"
