"""The fields of frames and commands, as the tables of docs/protocol.md have them."""

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PROTOCOL = Path(__file__).parent.parent / "docs/protocol.md"
ANSWER = "ok"
"""Has also whatever its command says."""


class Fields(NamedTuple):
    """A field with a question mark behind it may be missing."""

    always: frozenset[str]
    sometimes: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.always | self.sometimes


@cache
def fields(heading: str) -> dict[str, Fields]:
    """By name of frame or command."""
    _, _, rest = PROTOCOL.read_text().partition(f"## {heading}\n")
    table = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE)
    assert table, f"no table under {heading}"
    rows = [line.split("|")[1:3] for line in table[0].splitlines()[2:]]
    return {name: _fields(cell) for names, cell in rows for name in re.findall(r"`(\w+)`", names)}


def check(frame: dict[str, Any]) -> None:
    """That it has the fields which its row promises, and no others. Tests have frames of their own as well."""
    kind, found = frame["type"], frozenset(frame) - {"type"}
    if promised := fields("Frames").get(kind):
        assert promised.always <= found, f"{kind} lacks {set(promised.always - found)}"
        assert kind == ANSWER or found <= promised.all, f"{kind} has also {set(found - promised.all)}"


def _fields(cell: str) -> Fields:
    found = re.findall(r"`(\w+)`(\??)", cell)
    always = frozenset(name for name, mark in found if not mark)
    return Fields(always, frozenset(name for name, _ in found) - always)
