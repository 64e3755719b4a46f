"""Keeping programs running, with small ones that do nothing but live and die."""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from chatsite.supervisor.addresses import free_port, is_loopback, require_free, site_url
from chatsite.supervisor.console import Console
from chatsite.supervisor.exceptions import Refused, Stopped
from chatsite.supervisor.keeper import CALM, FIRST_DELAY, LONGEST_DELAY, Keeper, Kept
from chatsite.supervisor.process import ROOT, Process, Program, wait_until
from tests.running import command

WAITS = "import time; time.sleep(600)"
IS_STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('stubborn', flush=True); time.sleep(600)"
)
HAS_A_CHILD = (
    "import subprocess, sys; print(subprocess.Popen(['sleep', '600']).pid, flush=True); sys.stdin = None; input()"
)


def program(code: str, *, name: str = "one", patience: float = 5.0, is_quiet: bool = False) -> Program:
    return Program(name=name, command=[sys.executable, "-c", code], patience=patience, is_quiet=is_quiet)


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def keeper(said: io.StringIO) -> Iterator[Keeper]:
    keeper = Keeper(Console(said))
    yield keeper
    keeper.hurrying.set()
    keeper.stop()


@contextmanager
def watching(keeper: Keeper) -> Iterator[None]:
    thread = threading.Thread(target=keeper.watch)
    thread.start()
    yield
    keeper.stopping.set()
    thread.join(timeout=5)


def pids() -> list[int]:
    """Of our programs, oldest first; the lifeline is none of them."""
    return [child.pid for child in psutil.Process().children() if " -c " in command(child)]


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_programs_stop_in_reverse_order(keeper: Keeper, said: io.StringIO) -> None:
    says_bye = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *a: sys.exit(print('bye'))); print('hello'); "
    )
    for name in ("first", "second", "third"):
        keeper.start(program(f"{says_bye} sys.stdout.flush(); time.sleep(600)", name=name))
    assert wait_until(lambda: said.getvalue().count("hello") == 3, seconds=10)
    keeper.stop()
    byes = [line.split()[0] for line in said.getvalue().splitlines() if line.endswith("bye")]
    assert byes == ["third", "second", "first"]


def test_a_program_that_is_killed_starts_again_and_that_is_said(keeper: Keeper, said: io.StringIO) -> None:
    keeper.start(program(WAITS))
    (before,) = pids()
    with watching(keeper):
        os.kill(before, signal.SIGKILL)
        assert wait_until(lambda: any(pid != before for pid in pids()), seconds=10)
    assert "one has died (killed by SIGKILL); it starts again in 0.5 s." in said.getvalue()


def test_what_a_killed_program_had_started_is_ended_with_it(keeper: Keeper, said: io.StringIO) -> None:
    keeper.start(program(HAS_A_CHILD.replace("input()", WAITS)))
    assert wait_until(lambda: "│" in said.getvalue(), seconds=10)
    grandchild = int(said.getvalue().split()[-1])
    with watching(keeper):
        os.kill(pids()[0], signal.SIGKILL)
        assert wait_until(lambda: is_gone(grandchild), seconds=10)


def test_each_death_is_waited_for_longer_until_a_calm_while() -> None:
    kept = Kept(program(WAITS))
    delays = [kept.next_delay(lived=1) for _ in range(9)]
    assert delays[:4] == [0.5, 1.0, 2.0, 4.0]
    assert delays[-1] == LONGEST_DELAY
    assert kept.next_delay(lived=CALM + 1) == FIRST_DELAY


def test_a_program_that_does_not_stop_is_killed(keeper: Keeper, said: io.StringIO) -> None:
    keeper.start(program(IS_STUBBORN, patience=0.2))
    assert wait_until(lambda: "stubborn" in said.getvalue(), seconds=10)
    keeper.stop()
    assert not pids()


def test_a_second_signal_hurries(keeper: Keeper, said: io.StringIO) -> None:
    keeper.start(program(IS_STUBBORN, patience=600))
    assert wait_until(lambda: "stubborn" in said.getvalue(), seconds=10)
    keeper.hurrying.set()
    keeper.stop()
    assert not pids()


def test_a_program_that_ends_while_starting_is_refused_with_its_lines(keeper: Keeper, said: io.StringIO) -> None:
    keeper.start(Program(name="one", command=[sys.executable, "-c", "exit('no such thing')"], is_ready=lambda: False))
    with pytest.raises(Refused, match=r"one ended while starting \(exit status 1\)"):
        keeper.wait_until_ready(seconds=10)
    assert wait_until(lambda: "one      │ no such thing" in said.getvalue(), seconds=5)


def test_a_program_that_never_gets_ready_is_refused(keeper: Keeper) -> None:
    keeper.start(Program(name="one", command=[sys.executable, "-c", WAITS], is_ready=lambda: False))
    with pytest.raises(Refused, match="one was not ready within 0 seconds"):
        keeper.wait_until_ready(seconds=0.1)


def test_a_step_that_fails_ends_the_start(keeper: Keeper) -> None:
    keeper.run(program("pass", name="good"))
    with pytest.raises(Refused, match=r"bad did not succeed \(exit status 3\)"):
        keeper.run(program("exit(3)", name="bad"))


def test_being_asked_to_stop_ends_the_start(keeper: Keeper) -> None:
    keeper.stopping.set()
    with pytest.raises(Stopped):
        keeper.start(program(WAITS))


def test_a_quiet_program_is_heard_only_when_it_dies(said: io.StringIO) -> None:
    process = Process(program("print('chatter')", is_quiet=True), hear=Console(said).hear)
    assert wait_until(process.has_ended, seconds=10)
    process.sweep()
    assert said.getvalue() == ""
    process.confess()
    assert said.getvalue() == "one      │ chatter\n"


def test_a_supervisor_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    code = f"""
import sys, time
from chatsite.supervisor.console import Console
from chatsite.supervisor.keeper import Keeper
from chatsite.supervisor.process import Program
keeper = Keeper(Console())
keeper.start(Program(name="one", command=[sys.executable, "-c", {IS_STUBBORN!r}]))
time.sleep(600)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with supervisor:
        assert supervisor.stdout
        assert "stubborn" in supervisor.stdout.readline()
        family = psutil.Process(supervisor.pid).children(recursive=True)
        assert len(family) == 2, "the program and the lifeline"
        supervisor.kill()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_a_taken_port_is_named_with_the_option_that_helps() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(Refused, match=f"Port {port} on 127.0.0.1 is taken: choose another with --port"):
            require_free("127.0.0.1", port)


def test_a_free_port_is_let_pass_and_a_wrong_host_or_port_is_not() -> None:
    require_free("127.0.0.1", free_port())
    with pytest.raises(Refused, match="--host"):
        require_free("192.0.2.7", 8000)
    with pytest.raises(Refused, match="from 1 to 65535"):
        require_free("127.0.0.1", 99999)


def test_addresses_are_printed_as_a_browser_takes_them() -> None:
    assert site_url("127.0.0.1", 8000) == "http://127.0.0.1:8000"
    assert site_url("::1", 8000) == "http://[::1]:8000"
    assert site_url("localhost", 80) == "http://localhost:80"
    assert "0.0.0.0" not in site_url("0.0.0.0", 8000)
    assert "[::]" not in site_url("::", 8000)


def test_only_loopback_is_loopback() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("chat.example.org")
