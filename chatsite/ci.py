"""`manage.py test`: all that must hold before a change is good, in the order in which it fails fastest."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

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
TESTS = "pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered"


def main(arguments: Sequence[str]) -> int:
    """With arguments only pytest runs, and gets them; without, every step does, whichever fails."""
    found = browser.find_or_install()
    os.environ["CHROMIUM"] = found
    if not found:
        _say("No browser could be found or installed: set CHROMIUM to one; its tests will fail.")
    with tempfile.TemporaryDirectory(prefix="roundtable-test-") as data:
        # What a step's settings write down, such as a secret, goes where it leaves nothing behind.
        os.environ["CHATSITE_DATA"] = data
        if arguments:
            return _run("pytest", *arguments)
        return _run_all()


def _run_all() -> int:
    failed = [name for name, command in STEPS.items() if not _passes(name, command)]
    os.environ["FAILED_STEPS"] = ", ".join(failed)  # for the end of pytest's report
    _say(f"\n▶ Tests: {TESTS}")
    status = _run(*TESTS.split())
    return status or (1 if failed else 0)


def _passes(name: str, command: str) -> bool:
    _say(f"\n▶ {name}: {command}")
    began = time.monotonic()
    status = _run(*command.split())
    _say(f"{'✗' if status else '✓'} {name}, {time.monotonic() - began:.1f} s")
    return status == 0


def _run(tool: str, *arguments: str) -> int:
    """The tool of this very environment, whether or not it is activated."""
    own = Path(sys.executable).with_name(tool)
    return subprocess.run([own if own.exists() else tool, *arguments], cwd=ROOT, check=False).returncode  # noqa: S603


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
