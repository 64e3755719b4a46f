"""A real worker: Celery in a process of its own, on the tests' database and broker."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.aibot.table import until

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """Started as the site starts it, but without its clock: mending is the tests' own to do."""

    def __init__(self, model: str, key: str, *, level: str = "info") -> None:
        database = connection.settings_dict
        celery = "-m celery -A chatsite worker --pool threads --concurrency 4 --without-gossip --without-mingle"
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore:You're running", *celery.split(), "--loglevel", level],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": f"postgres://{database['USER']}@/{database['HOST']}/{database['NAME']}",
                "REDIS_URL": settings.REDIS_URL,
                "OPENAI_BASE_URL": model,
                "OPENAI_API_KEY": key,
                "AI_MODEL": "demo",
                "LOG_LEVEL": level.upper(),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def ready(self) -> "Worker":
        until(lambda: " ready." in self.output or self.process.poll() is not None, what="the worker", patience=90)
        assert self.process.poll() is None, self.output
        return self

    def kill(self) -> None:
        """As the system does it: without a word of goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.lines.extend(line.rstrip() for line in lines)
