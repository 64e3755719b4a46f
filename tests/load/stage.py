"""The real programs on loopback, started, hurt and started again by name; all of them end with the stage."""

import os
import shutil
import signal
from collections import defaultdict
from collections.abc import Callable, Mapping
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
Way = Callable[[int], Program]
"""How a web process is run on a port."""
# Commits must survive the database's immediate stop; the machine's own death is not played here.
QUICK = {"fsync": "off", "full_page_writes": "off"}


def own_way(port: int) -> Program:
    return programs.web("127.0.0.1", port)


class Stage:
    """`lines` is all that any program has ever printed. All methods block, and none for long.

    Whatever is not one of the site's other programs is a web process; `ways` says which of them run in another way.
    """

    def __init__(
        self,
        *,
        settings: str = "tests.load.chaos_settings",
        ways: Mapping[str, Way] | None = None,
        postgres: Mapping[str, str] | None = None,
    ) -> None:
        self.data = Path(mkdtemp(prefix="roundtable-load-"))
        self.data.chmod(0o711)
        self.sockets = services.socket_folder(self.data)
        self.ports: defaultdict[str, int] = defaultdict(free_port)
        self.lines: defaultdict[str, list[str]] = defaultdict(list)
        self.fallen: list[str] = []
        self._settings, self._ways = settings, ways or {}
        self._postgres = {**QUICK, **(postgres or {})}
        self._running: dict[str, Process] = {}
        self._lifeline = Lifeline()

    @property
    def origin(self) -> str:
        """Of the site's own pages, whichever process sends them."""
        return f"http://127.0.0.1:{self.ports[WEB[0]]}"

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
        self.await_web(*WEB)

    def await_web(self, *names: str) -> None:
        for name in names:
            assert wait_until(self._program(name).is_ready, seconds=90), self.lines[name]

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
                return replace(services.postgres(self.data, say=print, settings=self._postgres), is_quiet=False)
            case "valkey":
                return replace(services.valkey(self.data, say=print), is_quiet=False)
            case "worker" | "spare":
                (self.data / name).mkdir(exist_ok=True)
                return replace(programs.worker(self.data / name), name=name)
        return replace(self._ways.get(name, own_way)(self.ports[name]), name=name)

    def _set_environment(self) -> None:
        """For us and for what we start: nothing of whoever started us."""
        for name in [name for name in os.environ if name.startswith((*OURS, "COV_CORE"))]:
            del os.environ[name]
        os.environ |= {
            "CHATSITE_DATA": str(self.data),
            "DJANGO_SETTINGS_MODULE": self._settings,
            "SITE_URL": self.origin,
            "OPENAI_BASE_URL": self.model.url,
            "OPENAI_API_KEY": "demo",
            "AI_MODEL": "demo",
            "PYTHONUNBUFFERED": "1",
        }

    def _make_tables(self) -> None:
        import django
        from django.core.management import call_command

        (self.data / "static").mkdir()
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
