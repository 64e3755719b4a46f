"""Migrations and static files, and the mark that lets the next start of the same code on the same data skip them."""

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from chatsite import services
from chatsite.supervisor.process import ROOT, Program

CODE = ("requirements.txt", "chatsite/settings.py", "*/migrations/*.py", "static/**/*")


def preparation() -> Program:
    return Program(name="prepare", command=[sys.executable, "manage.py", "prepare"])


def is_prepared(data: Path) -> bool:
    """Only for the embedded database: it must be running, and hold as many migrations as it did."""
    with suppress(OSError, ValueError, LookupError):
        mark = json.loads(_mark(data).read_text())
        return bool(mark == {"code": _code(), "migrations": _applied_migrations(data)})
    return False


def note_prepared(data: Path) -> None:
    _mark(data).write_text(json.dumps({"code": _code(), "migrations": _applied_migrations(data)}))


def _mark(data: Path) -> Path:
    return data / "static" / ".prepared"  # beside what it speaks of: with the files goes the mark


def _code() -> str:
    """Of all that decides what a preparation would do: what is installed, and our own files."""
    state = hashlib.sha256(sys.prefix.encode())
    for path in sorted(_files()):
        about = path.stat()
        state.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return state.hexdigest()


def _files() -> Iterator[Path]:
    for pattern in CODE:
        yield from ROOT.glob(pattern)


def _applied_migrations(data: Path) -> int:
    """Asked without Django, whose own way to the answer takes longer than all the rest of the start."""
    import psycopg

    place = {"host": str(services.socket_folder(data)), "user": services.SUPERUSER, "dbname": services.DATABASE}
    try:
        with psycopg.connect(**place, connect_timeout=3) as connection:
            row = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
    except psycopg.Error as error:
        raise LookupError("The database cannot say.") from error
    return int(row[0]) if row else 0
