"""The measurements in short: nothing is lost and every row is there. What they take is told, and judged by nobody."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PATIENCE = 240
ROWS = 7


def run(script: str, *options: str) -> str:
    command = [sys.executable, HERE / script, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_everything_is_measured_and_nothing_is_lost() -> None:
    lines = run("bench.py", "--short", "--ways", "tutorial,ours").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if " | ours | " in line]
    assert len(rows) == ROWS
    assert all(value for _, _, value, *_ in rows)
    assert {lost for _, _, _, _, lost, *_ in rows} == {"0", ""}, rows


@pytest.mark.slow
def test_every_tab_of_a_small_multitude_gets_every_message() -> None:
    table = run("multitude.py", "--tabs", "100", "--web", "2", "--rates", "20", "--seconds", "2")
    (row,) = re.findall(r"^\| 20 \| (.+) \|$", table, re.MULTILINE)
    stored, wanted, delivered, lost, *_ = row.split(" | ")
    assert (stored, wanted, delivered, lost) == ("40", "800", "800", "0")
