"""Makes the environment that `manage.py up` and `manage.py test` need, on a machine that has only Python.

Runs before anything is installed: standard library only.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

RUNTIME, DEVELOPMENT = "requirements", "requirements-dev"
NEEDS = {"up": (RUNTIME,), "test": (RUNTIME, DEVELOPMENT)}
PYTHON = "{}.{}".format(*sys.version_info[:2])


def enter(command: str, arguments: Sequence[str], *, root: Path | None = None) -> None:
    """Returns in an environment that has what the command needs; on the way it may replace this process."""
    root = root or Path(__file__).resolve().parent.parent
    if command not in NEEDS:
        return require_django()
    environment = Environment(root, needs=NEEDS[command])
    if not environment.is_active() and environment.has_packages():
        return None  # Somebody's own environment is used as it is.
    if not environment.is_complete():
        try:
            environment.install()
        except KeyboardInterrupt:
            sys.exit("Interrupted: the next start goes on with the installation.")
    if not environment.is_active():
        environment.run([str(root / "manage.py"), command, *arguments])
    return None


def require_django() -> None:
    if find_spec("django") is None:
        sys.exit(
            "Django is not installed here: `python3 manage.py up` (runs the site) and `python3 manage.py test` (tests)"
            " install it into .venv, and .venv/bin/python manage.py then knows all other commands."
        )


class Environment:
    """The folder `.venv` beside manage.py, and the hash-locked requirements that it must hold."""

    def __init__(self, root: Path, *, needs: Sequence[str]) -> None:
        self.root = root
        self.needs = needs
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.stamp = self.folder / "installed.json"
        self.locks = [root / f"{need}.txt" for need in needs]

    def is_active(self) -> bool:
        return Path(sys.prefix).resolve() == self.folder.resolve()

    def has_packages(self) -> bool:
        """Whether the Python at work has all that is asked for by name; the versions are its owner's affair."""
        return all(_is_installed(name) for need in self.needs for name in _names(self.root / f"{need}.in"))

    def is_complete(self) -> bool:
        """Whether it was installed to its end, from these very files, for the Python that it runs now."""
        if not self.python.exists() or not self.stamp.exists():
            return False
        known = json.loads(self.stamp.read_text())
        if self.is_active() and known["python"] != PYTHON:
            return False
        return all(known.get(file.name) == _digest(file) for file in self.locks)

    def install(self) -> None:
        with _alone(self.root):
            if self.is_complete():
                return  # Somebody else did it while we waited.
            began = time.monotonic()
            _say(f"Installing {sum(map(_count, self.locks))} packages into .venv; this takes a minute or two …")
            # What was interrupted must never pass for done: the stamp goes first and comes back last.
            self.stamp.unlink(missing_ok=True)
            tool = "uv" if self._install_with_uv() else self._install_with_pip()
            self.stamp.write_text(json.dumps({"python": PYTHON} | {file.name: _digest(file) for file in self.locks}))
            _say(f"Installed by {tool} in {time.monotonic() - began:.0f} s.")

    def run(self, arguments: Sequence[str]) -> None:
        """Goes on inside, as the same process."""
        os.execv(self.python, [str(self.python), *arguments])  # noqa: S606 (ourselves again)

    def _install_with_uv(self) -> bool:
        """Quick where it works; it does not know pip's settings, so where it fails pip is asked."""
        uv = shutil.which("uv")
        if uv is None:
            return False
        make = [uv, "venv", *(self._afresh() or ["--allow-existing"]), "--python", _base_python(), str(self.folder)]
        fill = [uv, "pip", "install", "--python", str(self.python), *self._requirements()]
        if _run(make).returncode == 0 and _run(fill).returncode == 0:
            return True
        _say("uv could not do that here; trying pip, which takes longer …")
        return False

    def _install_with_pip(self) -> str:
        if find_spec("ensurepip") is None:
            sys.exit(
                f"Python's venv module is missing: as root, type `apt install python{PYTHON}-venv`, then try again."
            )
        _insist([_base_python(), "-m", "venv", *self._afresh(), str(self.folder)])
        _insist([str(self.python), "-m", "pip", "install", "--no-input", *self._requirements()])
        return "pip"

    def _afresh(self) -> list[str]:
        """What is there is kept, unless the Python that it was made from is gone."""
        return [] if self.python.exists() else ["--clear"]

    def _requirements(self) -> list[str]:
        return ["--quiet", "--require-hashes", *(word for file in self.locks for word in ("-r", str(file)))]


def _base_python() -> str:
    """The Python that an environment is made from, also when we are called from inside one."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """With a plain umask: the services may run as another user, who must be able to read what is installed."""
    return subprocess.run(command, capture_output=True, text=True, umask=0o022, check=False)  # noqa: S603


def _insist(command: Sequence[str]) -> None:
    done = _run(command)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()[-15:]
        sys.exit("\n".join([*lines, f"The installation failed: `{' '.join(command[:4])} …` says why above."]))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One installation at a time; the lock is the folder's own and goes with the process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _names(requirements: Path) -> list[str]:
    """The packages that a `.in` file asks for by name on this system."""
    lines = requirements.read_text().splitlines()
    return [found[0] for line in lines if (found := re.match(r"\w[\w.-]*", line)) and "sys_platform" not in line]


def _is_installed(name: str) -> bool:
    try:
        return bool(distribution(name))
    except PackageNotFoundError:
        return False


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _count(lock: Path) -> int:
    return len(re.findall(r"^[\w.-]+(?:\[.+\])?==", lock.read_text(), re.MULTILINE))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
