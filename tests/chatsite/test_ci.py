"""`manage.py test`: its steps, its browser, and that it leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from chatsite import browser, ci
from chatsite.supervisor.process import ROOT, wait_until
from tests.running import OURS

ONE_FILE = "tests/chatsite/test_supervisor.py"


def start(*command: str, folder: str, **env: str) -> "subprocess.Popen[str]":
    """As a terminal does it, except that what it leaves behind would lie in the folder. It knows nothing of the tests
    around it: with their settings it would use their services and their data instead of its own.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=clean | {"TMPDIR": folder} | env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_arguments_go_to_pytest() -> None:
    with TemporaryDirectory() as folder, start("manage.py", "test", "--version", folder=folder) as process:
        output, _ = process.communicate()
    assert process.returncode == 0, output
    assert output.splitlines()[-1].startswith("pytest ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_ctrl_c_leaves_no_process_and_no_file_behind(number: signal.Signals) -> None:
    with TemporaryDirectory() as folder, start("manage.py", "test", ONE_FILE, folder=folder) as process:
        sockets = Path(folder)
        wait_until(lambda: process.poll() is not None or any(sockets.glob("*/run/.s.PGSQL.5432")), seconds=60)
        family = [] if process.poll() is not None else psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
        _, alive = psutil.wait_procs(family, timeout=10)
        assert len(family) > 2, output
        assert not [left for left in alive if left.status() != psutil.STATUS_ZOMBIE]
        assert not list(Path(folder).glob("roundtable-*"))


def test_a_step_that_failed_is_said_again_at_the_end_and_fails_the_whole() -> None:
    command = ("-m", "pytest", ONE_FILE, "-k", "test_only_loopback_is_loopback")
    with TemporaryDirectory() as folder, start(*command, folder=folder, FAILED_STEPS="Types") as process:
        output, _ = process.communicate()
    assert process.returncode == 1, output
    assert "Failed before the tests, see above: Types" in output
    assert "1 passed" in output.splitlines()[-1]


def test_every_step_runs_whichever_fails(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    steps = {"First": "python -c exit(2)", "Second": "python -c print('fine')", "Third": "python -c exit(1)"}
    monkeypatch.setattr(ci, "STEPS", steps)
    assert ci._failed_steps() == ["First", "Third"]
    output = capfd.readouterr().out
    assert "✗ First" in output
    assert "fine\n✓ Second" in output


def test_steps_run_two_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Either end of the pipe waits for the other."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ends = {mode: f"python -c __import__('signal').alarm(30);open('{pipe}','{mode}')" for mode in "wr"}
    monkeypatch.setattr(ci, "STEPS", ends)
    assert ci._failed_steps() == []


def test_a_browser_that_is_there_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find() == ""
    chrome = tmp_path / "google-chrome"
    chrome.write_text("#!/bin/sh\n")
    chrome.chmod(0o755)
    assert browser.find() == str(chrome)
    monkeypatch.setenv("CHROMIUM", "/opt/mine")
    assert browser.find() == "/opt/mine"
