"""Looks for words where none may stand: in all that Redis is told and keeps, in logs, in the database's files."""

import base64
import mmap
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

SAMPLE_EVERY = 2.0
KEPT = 256


def needles(word: str) -> list[bytes]:
    """The word as it is, and as it would stand in base64 from any of three places."""
    raw = word.encode()
    shifted = [base64.b64encode(b"\0" * shift + raw) for shift in range(3)]
    return [raw, *(text[(0, 2, 3)[shift] + 2 : -4] for shift, text in enumerate(shifted))]


def in_lines(lines: Iterable[str], wanted: list[bytes]) -> int:
    return sum(any(needle in line.encode() for needle in wanted) for line in lines)


def in_files(folder: Path, wanted: list[bytes]) -> tuple[int, int]:
    """How many files were read, and in how many of them there is one."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
    return len(files), sum(_is_in_file(path, wanted) for path in files)


def _is_in_file(path: Path, wanted: list[bytes]) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(needle) >= 0 for needle in wanted)


class Listener:
    """Hears every command that Redis gets, and looks now and then at all that it keeps. Outlives its restarts."""

    def __init__(self, path: Path, wanted: list[bytes]) -> None:
        self.heard = self.celery = self.sampled = self.found = 0
        self._path, self._wanted = path, wanted
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._repeat, args=[job]) for job in (self._listen, self._sample)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, job: object) -> None:
        while not self._over.wait(SAMPLE_EVERY if job == self._sample else 0.1):
            with suppress(OSError):
                job()  # type: ignore[operator]

    def _listen(self) -> None:
        with self._connect() as line:
            line.sendall(b"MONITOR\r\n")
            rest = b""
            while not self._over.is_set():
                with suppress(TimeoutError):
                    if not (read := line.recv(65536)):
                        return
                    self._inspect(rest + read)
                    self.heard += read.count(b"\n")
                    self.celery += read.count(b'"LPUSH" "work:')
                    rest = read[-KEPT:]

    def _sample(self) -> None:
        """Every key's name and stored form."""
        import redis

        with suppress(redis.RedisError), redis.Redis(unix_socket_path=str(self._path), socket_timeout=2) as client:
            for key in client.scan_iter(count=500):
                self._inspect(key + (client.dump(key) or b""))
                self.sampled += 1

    def _inspect(self, content: bytes) -> None:
        self.found += any(needle in content for needle in self._wanted)

    def _connect(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(0.5)
        line.connect(str(self._path))
        return line
