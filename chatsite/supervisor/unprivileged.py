"""Running a service as an unprivileged system user: PostgreSQL refuses to run as root."""

import os
import pwd
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from chatsite.supervisor.exceptions import Refused


class SystemUser(NamedTuple):
    name: str
    uid: int
    gid: int


def service_user() -> SystemUser | None:
    """Who runs the services: ourselves (None), or for root the system's own `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return None
    return _find("postgres") or _find("nobody") or SystemUser("65534", 65534, 65534)


def credentials(user: SystemUser | None) -> dict[str, Any]:
    """What `subprocess` must be told to run a program as that user."""
    return {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}


def make_private(folder: Path, *, user: SystemUser | None) -> Path:
    """The folder, there, and for nobody but the user of the services (and root, whom nothing keeps out)."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), user.uid if user else os.geteuid()}:
        raise Refused(f"{folder} belongs to somebody else; remove it or choose another data folder with --data.")
    if user:
        os.chown(folder, user.uid, user.gid)
    folder.chmod(0o700)
    return folder


def let_through(path: Path, *, user: SystemUser | None, say: Callable[[str], None]) -> None:
    """Opens the folders above a path for passing, not for listing, and only those that are closed to the user."""
    closed = [folder for folder in _folders_above(path) if user and not _may_pass(folder, user)]
    for folder in closed:
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    if closed and user:
        names = ", ".join(map(str, closed))
        say(f"PostgreSQL cannot run as root: its user {user.name} may now pass through {names} (chmod o+x).")


def _find(name: str) -> SystemUser | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _folders_above(path: Path) -> Iterator[Path]:
    """Of the path as it is written, and of the place where its links lead."""
    yield from dict.fromkeys([*path.absolute().parents, *path.resolve().parents])


def _may_pass(folder: Path, user: SystemUser) -> bool:
    about = folder.stat()
    if about.st_uid == user.uid:
        return bool(about.st_mode & stat.S_IXUSR)
    if about.st_gid == user.gid:
        return bool(about.st_mode & stat.S_IXGRP)
    return bool(about.st_mode & stat.S_IXOTH)
