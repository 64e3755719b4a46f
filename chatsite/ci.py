"""`manage.py test`: all that must hold before a change is good; the tests come last."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from chatsite import browser
from chatsite.supervisor.process import ROOT

# They run two at a time, so the one that takes longest begins first.
STEPS = {
    "Types": "mypy .",
    "Style": "ruff check .",
    "Format": "ruff format --check .",
    "Layers": "lint-imports",
    "Templates": "djlint --lint --quiet templates",
    "Migrations": "python manage.py makemigrations --check --dry-run",
}
# Last, so that its summary ends the output.
TESTS = "-n 2"


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
    with tempfile.TemporaryDirectory(prefix="roundtable-steps-") as folder, ThreadPoolExecutor(2) as hands:
        passed = hands.map(lambda name: _passes(name, data=Path(folder, name)), STEPS)
        return [name for name, is_fine in zip(STEPS, passed, strict=True) if not is_fine]


def _passes(name: str, *, data: Path) -> bool:
    """What it prints is said in one go at its end; what the settings write down, such as a secret, goes with `data`."""
    data.mkdir()
    began = time.monotonic()
    tool, *arguments = STEPS[name].split()
    done = subprocess.run(  # noqa: S603
        [_path(tool), *arguments],
        cwd=ROOT,
        env=os.environ | {"CHATSITE_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    ending = f"{'✗' if done.returncode else '✓'} {name}, {time.monotonic() - began:.1f} s"
    _say(f"\n▶ {name}: {STEPS[name]}\n{done.stdout}{ending}")
    return done.returncode == 0


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
