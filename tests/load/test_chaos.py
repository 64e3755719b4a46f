"""The short form of chaos: what heals within seconds, with real processes, and an oracle that believes no lie."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CHAOS = Path(__file__).with_name("chaos.py")
PATIENCE = 240


@pytest.mark.slow
def test_every_client_ends_with_the_database_whatever_dies_meanwhile() -> None:
    done = subprocess.run([sys.executable, CHAOS, "--short"], capture_output=True, text=True, timeout=PATIENCE)
    verdicts = re.findall(r"^(I\d|--)  .*  (ok|BROKEN)$", done.stdout, re.MULTILINE)
    names = ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "--", "--"]
    assert verdicts == [(name, "ok") for name in names], done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
