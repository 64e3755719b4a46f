"""Reads settings from the environment: typed, with `_FILE` variants for container secrets, and with secrets made once
for development.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def text(name: str, default: str = "") -> str:
    """The variable's value, or the content of the file that `NAME_FILE` names. An empty one counts as not given."""
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text().strip()
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    return text(name, str(default)).lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    return int(text(name, str(default)))


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def kept_secret(folder: Path, name: str, nbytes: int = 48) -> str:
    """A secret made once and kept in `folder/secrets.json`, which only its owner may read."""
    file = folder / "secrets.json"
    with _alone_in(folder):
        known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(nbytes)
            _write_private(file, json.dumps(known, indent=1))
    return known[name]


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Processes that start at the same time agree on one secret: the lock is the folder's own."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_private(file: Path, content: str) -> None:
    """Written beside and moved into place, so that no reader ever sees half a file."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(content)
    draft.replace(file)
