"""What shares a site or a browser is given to one test process, as a small run of its own shows."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from chatsite.supervisor.process import ROOT
from tests.shares import share_of

HOOKS = """
import pytest
from tests.shares import Shares, longest_first

def pytest_xdist_make_scheduler(config, log):
    return Shares(config, log)

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    longest_first(items)
"""
TESTS = """
import pytest

@pytest.mark.parametrize("name", ["a", "::1", "c@d", "e"])
def test_it(name):
    pass
"""
FILES = ["tests/test_late.py", "tests/test_later.py", "tests/browser/test_one.py", "tests/browser/test_two.py"]


def test_the_tests_of_a_file_meet_in_one_process_and_so_do_all_in_browsers(tmp_path: Path) -> None:
    for name, text in {"conftest.py": HOOKS, "pytest.ini": "[pytest]", **dict.fromkeys(FILES, TESTS)}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-v", "-p", "no:django", "tests"],
        cwd=tmp_path,
        env=env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    ran = re.findall(r"^\[(gw\d)\] .*PASSED (\S+?::)", done.stdout, re.MULTILINE)
    assert len(ran) == 4 * len(FILES), done.stdout + done.stderr
    workers = defaultdict(set)
    for worker, name in ran:
        workers[share_of(name)].add(worker)
    assert {share: len(who) for share, who in workers.items()} == {
        "tests/browser/": 1,
        "tests/test_late.py": 1,
        "tests/test_later.py": 1,
    }
