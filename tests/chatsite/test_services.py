"""The embedded PostgreSQL and Valkey, really started."""

import io
import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from chatsite import services
from chatsite.supervisor.console import Console
from chatsite.supervisor.exceptions import Refused
from chatsite.supervisor.keeper import Keeper
from chatsite.supervisor.process import Process, Program, wait_until
from chatsite.supervisor.unprivileged import SystemUser, let_through, make_private, service_user
from tests.embedded import CARELESS

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")

Start = Callable[[Program], Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a program and waits until it is ready; whatever still runs at the end is stopped."""
    started: list[Process] = []

    def start(program: Program) -> Process:
        said = io.StringIO()
        started.append(Process(program, hear=Console(said).hear))
        assert wait_until(program.is_ready, seconds=30), said.getvalue()
        return started[-1]

    yield start
    for process in started:
        process.stop()


def postgres(data: Path) -> Program:
    return services.postgres(data, say=lambda text: None, settings=CARELESS)


def valkey(data: Path) -> Program:
    return services.valkey(data, say=lambda text: None)


def connect(data: Path) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(services.socket_folder(data)), user="postgres", dbname="chatsite", autocommit=True)


def test_postgres_makes_its_database_and_keeps_what_is_written(data: Path, start: Start) -> None:
    first = start(postgres(data))
    with connect(data) as connection:
        assert connection.execute("SELECT lower('ÄÖÜ'), current_setting('server_encoding')").fetchone() == (
            "äöü",
            "UTF8",
        )
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()
    assert first.succeeded()
    start(postgres(data))
    with connect(data) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_postgres_listens_on_no_port_and_its_socket_is_for_one_user(data: Path, start: Start) -> None:
    start(postgres(data))
    with connect(data) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    folder = services.socket_folder(data)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / services.POSTGRES_SOCKET).stat().st_mode) == 0o700


def test_postgres_comes_back_after_it_was_killed(data: Path) -> None:
    keeper = Keeper(Console(io.StringIO()))
    try:
        keeper.start(postgres(data))
        keeper.wait_until_ready()
        with connect(data) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            connection.execute("CHECKPOINT")
        os.kill(int((data / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        threading.Thread(target=keeper.watch, daemon=True).start()
        assert wait_until(lambda: answer(data) == (42,), seconds=30)
    finally:
        keeper.stop()


def answer(data: Path) -> tuple[object, ...] | None:
    try:
        with connect(data) as connection:
            return connection.execute("SELECT answer FROM kept").fetchone()
    except psycopg.OperationalError:
        return None


def test_a_pid_file_whose_number_belongs_to_another_process_is_no_obstacle(data: Path, start: Start) -> None:
    start(postgres(data)).stop()
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (data / "postgres" / "postmaster.pid").write_text(f"{bystander.pid}\n{data / 'postgres'}\n")
        start(postgres(data))
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_server_left_over_from_a_killed_run_is_ended_first(data: Path, start: Start) -> None:
    left_over = start(postgres(data))
    start(postgres(data))
    assert left_over.has_ended()
    with connect(data) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_half_made_cluster_is_made_anew(data: Path, start: Start) -> None:
    (data / "postgres.new").mkdir(parents=True)
    (data / "postgres.new" / "PG_VERSION").write_text("18\n")
    start(postgres(data))
    assert not (data / "postgres.new").exists()
    with connect(data) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_valkey_answers_on_its_socket_and_keeps_nothing(data: Path, start: Start) -> None:
    process = start(valkey(data))
    assert ask(data, "SET colour red") == "+OK"
    assert ask(data, "CONFIG GET port").endswith("0")
    process.stop()
    assert not any((data / "valkey").iterdir())
    start(valkey(data))
    assert ask(data, "EXISTS colour") == ":0"


def test_a_valkey_left_over_from_a_killed_run_is_ended_first(data: Path, start: Start) -> None:
    left_over = start(valkey(data))
    start(valkey(data))
    assert wait_until(left_over.has_ended, seconds=5)
    assert ask(data, "PING") == "+PONG"


def ask(data: Path, command: str) -> str:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(services.socket_folder(data) / services.VALKEY_SOCKET))
        line.sendall(f"{command}\r\n".encode())
        return line.recv(1000).decode().strip()


def test_sockets_lie_in_the_data_folder() -> None:
    assert services.socket_folder(Path("/srv/chat")) == Path("/srv/chat/run")


def test_sockets_of_a_long_path_lie_in_a_short_folder_that_is_always_the_same() -> None:
    long = Path("/srv") / ("x" * 120)
    folder = services.socket_folder(long)
    assert folder == services.socket_folder(long)
    assert folder != services.socket_folder(long / "other")
    assert len(os.fsencode(folder / services.POSTGRES_SOCKET)) <= services.LONGEST_SOCKET_PATH


def test_both_start_where_the_path_of_the_data_is_long(
    request: pytest.FixtureRequest, data: Path, start: Start
) -> None:
    long = data / ("x" * 120)
    start(postgres(long))
    start(valkey(long))
    with connect(long) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    folder = services.socket_folder(long)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    request.addfinalizer(lambda: shutil.rmtree(folder))


def test_a_socket_folder_that_somebody_else_has_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "theirs")
    with pytest.raises(Refused, match="belongs to somebody else"):
        make_private(tmp_path / "run", user=None)


@as_root
def test_for_root_the_services_run_as_another_user(data: Path, start: Start) -> None:
    process, user = start(postgres(data)), service_user()
    assert user
    assert user.uid != 0
    assert os.stat(f"/proc/{process.pid}").st_uid == user.uid


@as_root
def test_closed_folders_are_opened_for_passing_and_not_for_reading() -> None:
    said: list[str] = []
    with TemporaryDirectory() as folder:
        closed, opened = Path(folder) / "closed", Path(folder) / "closed" / "open"
        opened.mkdir(parents=True, mode=0o755)
        closed.chmod(0o700)
        let_through(opened / "file", user=SystemUser("nobody", 65534, 65534), say=said.append)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o701
        assert stat.S_IMODE(opened.stat().st_mode) == 0o755
    assert len(said) == 1
    assert str(closed) in said[0]
    assert str(opened) not in said[0]
