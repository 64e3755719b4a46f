"""The real programs on loopback, started, hurt and started again by name; all of them end with the stage."""

import os
import shutil
import signal
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import psutil

from chatsite import services
from chatsite.supervisor import programs
from chatsite.supervisor.addresses import free_port
from chatsite.supervisor.lifeline import Lifeline
from chatsite.supervisor.process import Process, Program, wait_until
from tests.aibot.fake import DemoModel
from tests.running import OURS

WEB = ("web-a", "web-b")
SETTINGS = "tests.load.chaos_settings"
# Commits must survive the database's immediate stop; the machine's own death is not played here.
QUICK = {"fsync": "off", "full_page_writes": "off"}


class Stage:
    """`lines` is all that any program has ever printed. All methods block, and none for long."""

    def __init__(self, *, tutorial: bool = False) -> None:
        self.data = Path(mkdtemp(prefix="roundtable-chaos-"))
        self.data.chmod(0o711)
        self.sockets = services.socket_folder(self.data)
        self.ports = {name: free_port() for name in WEB}
        self.lines: defaultdict[str, list[str]] = defaultdict(list)
        self.fallen: list[str] = []
        self._tutorial = tutorial
        self._running: dict[str, Process] = {}
        self._lifeline = Lifeline()

    @property
    def valkey(self) -> Path:
        return self.sockets / services.VALKEY_SOCKET

    def open(self) -> None:
        """Services, settings, and tables; Django can be used from here on."""
        self.model = DemoModel("--speed", "40", "--first-word", "0.3")
        self._set_environment()
        self.start("postgres")
        self.start("valkey")
        for name in ("postgres", "valkey"):
            assert wait_until(self._program(name).is_ready, seconds=60), f"{name} did not start: {self.lines[name]}"
        self._make_tables()

    def admit(self) -> None:
        """The site itself."""
        for name in (*WEB, "worker"):
            self.start(name)
        for name in WEB:
            assert wait_until(lambda name=name: self._answers(name), seconds=90), self.lines[name]

    def start(self, name: str) -> None:
        self._running[name] = Process(self._program(name), hear=lambda who, line: self.lines[who].append(line))
        self._lifeline.hold(self.pid(name), last_signal=signal.SIGKILL)

    def pid(self, name: str) -> int:
        return self._running[name].pid

    @property
    def immediately(self) -> signal.Signals:
        """PostgreSQL's stop without a checkpoint: what was not written ahead is gone."""
        return signal.SIGQUIT

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """And what it has started."""
        process = self._running.pop(name)
        os.kill(process.pid, number)
        wait_until(process.has_ended, seconds=10)
        process.sweep()
        self._lifeline.release(process.pid)

    def stop(self, name: str) -> None:
        """As a deployment does it: asked, and waited for."""
        process = self._running.pop(name)
        process.stop()
        self._lifeline.release(process.pid)

    def raise_fallen(self) -> None:
        """What ended by itself is noted, and starts again, as `up` would have it."""
        for name, process in list(self._running.items()):
            if process.has_ended():
                self.fallen.append(f"{name} fell ({process.ending()})")
                process.sweep()
                self.start(name)

    def freeze(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        if name in self._running:
            os.kill(self.pid(name), signal.SIGCONT)

    def memory(self, name: str) -> float:
        """Megabytes; none while it is not running."""
        try:
            return float(psutil.Process(self.pid(name)).memory_info().rss) / 2**20
        except (KeyError, psutil.Error):
            return 0.0

    def empty(self) -> None:
        """Every program ends; what they have written stays."""
        for name in reversed(list(self._running)):
            self.thaw(name)
            self.stop(name)
        if hasattr(self, "model"):
            self.model.stop()

    def close(self) -> None:
        self.empty()
        self._lifeline.close()
        for folder in (self.data, self.sockets):
            shutil.rmtree(folder, ignore_errors=True)

    # Internal

    def _program(self, name: str) -> Program:
        match name:
            case "postgres":
                return replace(services.postgres(self.data, say=print, settings=QUICK), is_quiet=False)
            case "valkey":
                return replace(services.valkey(self.data, say=print), is_quiet=False)
            case "worker" | "spare":
                (self.data / name).mkdir(exist_ok=True)
                return replace(programs.worker(self.data / name), name=name)
        return self._web(name)

    def _web(self, name: str) -> Program:
        site = programs.web("127.0.0.1", self.ports[name])
        if not self._tutorial:
            return replace(site, name=name)
        command = [sys.executable, "-m", "tests.load.tutorial", "--port", str(self.ports[name])]
        return replace(site, name=name, command=command)

    def _answers(self, name: str) -> bool:
        path = "/livez" if self._tutorial else "/readyz"
        return programs.answer("127.0.0.1", self.ports[name], path)[0] == 200

    def _set_environment(self) -> None:
        """For us and for what we start: nothing of whoever started us."""
        for name in [name for name in os.environ if name.startswith((*OURS, "COV_CORE"))]:
            del os.environ[name]
        os.environ |= {
            "CHATSITE_DATA": str(self.data),
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "SITE_URL": f"http://127.0.0.1:{self.ports[WEB[0]]}",
            "OPENAI_BASE_URL": self.model.url,
            "OPENAI_API_KEY": "demo",
            "AI_MODEL": "demo",
            "PYTHONUNBUFFERED": "1",
        }
        if self._tutorial:
            os.environ["CHAOS_LAYER"] = "channels_redis.core.RedisChannelLayer"

    def _make_tables(self) -> None:
        import django
        from django.core.management import call_command

        (self.data / "static").mkdir()
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
