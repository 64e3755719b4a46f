"""The real thing, started as a user starts it: `manage.py up` as a process of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import psutil

from chatsite.supervisor.addresses import free_port
from chatsite.supervisor.process import ROOT, wait_until

OURS = ("CHATSITE_", "OPENAI_", "PYTEST_", "TEST_", "DATABASE_URL", "REDIS_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE")


def command(process: psutil.Process) -> str:
    """Its words; nothing for one that has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class RunningSite:
    """`env` comes on top of an environment that knows nothing of the tests around it."""

    first: ClassVar["RunningSite | None"] = None

    def __init__(self, data: Path, *, env: dict[str, str] | None = None, host: str = "127.0.0.1") -> None:
        self.data = data
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | (env or {})
        self.host = host
        self.port = free_port()
        self.url = ""
        self.lines: list[str] = []

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self, *, seconds: float = 120) -> "RunningSite":
        """Until the address is printed, which is when the site says of itself that it is ready."""
        self._borrow_static_files()
        self._launch()
        wait_until(lambda: bool(self._address()) or self.has_ended(), seconds=seconds)
        self.url = self._address()
        assert self.url, f"`manage.py up` did not become ready:\n{self.output}"
        RunningSite.first = RunningSite.first or self
        return self

    def launch(self) -> "RunningSite":
        """Starts and does not wait: for starts that are to fail."""
        self._launch()
        return self

    def wait(self, *, seconds: float = 30) -> int:
        status = self._process.wait(timeout=seconds)
        self._reader.join(timeout=5)
        return status

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Its exit status; a site that does not stop in time is killed, and the test fails."""
        self._process.send_signal(number)
        try:
            return self.wait(seconds=60)
        finally:
            self._process.kill()

    def end(self) -> None:
        """However far it has come."""
        if hasattr(self, "_process") and not self.has_ended():
            self.stop()

    def restart(self) -> "RunningSite":
        self.stop()
        self.lines.clear()
        return self.start()

    def _borrow_static_files(self) -> None:
        """From the first site: compressing them takes longer than all the rest of a first start."""
        if RunningSite.first and not self.data.exists():
            shutil.copytree(RunningSite.first.data / "static", self.data / "static")

    def _launch(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--data", self.data, "--host", self.host, "--port", str(self.port)],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            self.lines.extend(line.rstrip() for line in lines)

    def _address(self) -> str:
        found = re.search(r"^\s+Open\s+(http\S+)", self.output, re.MULTILINE)
        return found[1] if found else ""
