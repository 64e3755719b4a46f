"""Which tests stay together where several workers share them: those of a file, and all that need a browser.

Not by pytest-xdist's marks: they add the group to a test's name, which pytest 9.2 does not let them. Each test goes to
whoever is free then, and every worker starts every site that a module shares.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# One site and one Chromium are enough; and what is measured should not meet another measurement.
TOGETHER = ("tests/browser/", "tests/load/")
# What takes long comes first, so that no worker waits at the end for one that has just begun.
FIRST = (*TOGETHER, "tests/chatsite/", "tests/aibot/test_worker.py", "tests/rooms/", "tests/test_replication.py")


class Shares(LoadScopeScheduling):
    """Given out in the order in which `longest_first` left the tests."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


def share_of(name: str) -> str:
    path = name.partition("::")[0]
    return next((folder for folder in TOGETHER if path.startswith(folder)), path)


def longest_first(items: list[pytest.Item]) -> None:
    """Inside each of these places they stay as they were shuffled."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(name: str) -> int:
    return next((place for place, start in enumerate(FIRST) if name.startswith(start)), len(FIRST))
