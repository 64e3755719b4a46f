"""What a start can leave out: migrations and static files that this very code has already made.

Told without Django, whose own way to the answer takes longer than all the rest of a second start.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from chatsite import services
from chatsite.supervisor.process import ROOT, Program

MIGRATIONS = ("requirements.txt", "chatsite/settings.py", "*/migrations/*.py")
STATIC_FILES = ("requirements.txt", "chatsite/settings.py", "static/**/*")


def preparation() -> Program:
    return Program(name="prepare", command=[sys.executable, "manage.py", "prepare"])


def is_prepared(data: Path) -> bool:
    """For the embedded database, which must be running, and must hold as many migrations as it did."""
    with suppress(OSError, ValueError, LookupError):
        known = json.loads(_migrations_mark(data).read_text())
        return has_static_files(data / "static") and bool(known == _migrations(data))
    return False


def note_prepared(data: Path) -> None:
    _migrations_mark(data).write_text(json.dumps(_migrations(data)))


def has_static_files(folder: Path) -> bool:
    mark = _static_mark(folder)
    return mark.exists() and mark.read_text() == _code(STATIC_FILES)


def note_static_files(folder: Path) -> None:
    _static_mark(folder).write_text(_code(STATIC_FILES))


def _static_mark(folder: Path) -> Path:
    return folder / ".collected"  # inside: with the files goes the mark


def _migrations_mark(data: Path) -> Path:
    return data / "migrated.json"


def _migrations(data: Path) -> dict[str, str | int]:
    return {"code": _code(MIGRATIONS), "applied": _count_applied(data)}


def _count_applied(data: Path) -> int:
    import psycopg

    try:
        with psycopg.connect(
            host=str(services.socket_folder(data)), user=services.SUPERUSER, dbname=services.DATABASE, connect_timeout=3
        ) as connection:
            row = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
    except psycopg.Error as error:
        raise LookupError("The database cannot say.") from error
    return int(row[0]) if row else 0


def _code(patterns: tuple[str, ...]) -> str:
    """Of all that decides the result: the files, and what is installed."""
    state = hashlib.sha256(sys.version.encode())
    for path in sorted(_files(patterns)):
        about = path.stat()
        state.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return state.hexdigest()


def _files(patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        yield from ROOT.glob(pattern)
