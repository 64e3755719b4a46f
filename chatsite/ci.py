"""`manage.py test`: all that must hold before a change is good, in the order in which it fails fastest."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from chatsite import browser
from chatsite.supervisor.process import ROOT

STEPS = {
    "Style": "ruff check .",
    "Format": "ruff format --check .",
    "Layers": "lint-imports",
    "Templates": "djlint --lint --quiet templates",
    "Migrations": "python manage.py makemigrations --check --dry-run",
    "Types": "mypy .",
}
# Last, so that its summary ends the output.
TESTS = "-n 2 --dist loadgroup --cov --cov-report=term:skip-covered"


def main(arguments: Sequence[str]) -> NoReturn:
    """With arguments only pytest runs, and gets them; without, every step does, whichever fails."""
    found = browser.find_or_install()
    if not found:
        _say("No browser could be found or installed: set CHROMIUM to one; its tests will fail.")
    os.environ["CHROMIUM"] = found
    if not arguments:
        # pytest says it again at its end, and then fails whatever its own tests do.
        os.environ["FAILED_STEPS"] = ", ".join(_failed_steps())
    _become_pytest(arguments or TESTS.split())


def _failed_steps() -> list[str]:
    with tempfile.TemporaryDirectory(prefix="roundtable-steps-") as data:
        # What the settings write down, such as a secret, goes where it leaves nothing behind.
        env = os.environ | {"CHATSITE_DATA": data}
        return [name for name, command in STEPS.items() if not _passes(name, command, env)]


def _passes(name: str, command: str, env: Mapping[str, str]) -> bool:
    _say(f"\n▶ {name}: {command}")
    began = time.monotonic()
    tool, *arguments = command.split()
    status = subprocess.run([_path(tool), *arguments], cwd=ROOT, env=env, check=False).returncode  # noqa: S603
    _say(f"{'✗' if status else '✓'} {name}, {time.monotonic() - began:.1f} s")
    return status == 0


def _become_pytest(arguments: Sequence[str]) -> NoReturn:
    """Not as a child: a Ctrl-C, or a build server's SIGTERM, must reach the one that has services to stop."""
    _say(f"\n▶ Tests: pytest {' '.join(arguments)}")
    os.chdir(ROOT)
    os.execv(_path("pytest"), ["pytest", *arguments])  # noqa: S606


def _path(tool: str) -> str:
    """Of this very environment, whether or not it is activated."""
    own = Path(sys.executable).with_name(tool)
    return str(own) if own.exists() else shutil.which(tool) or tool


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
