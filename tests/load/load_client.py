"""The handle of one load client: a process that is told what to do, a line a job."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CROWD = Path(__file__).with_name("crowd.py")

Json = dict[str, Any]


class LoadClient:
    """Jobs of several clients can be begun before the first answer is awaited."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, CROWD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    @property
    def pid(self) -> int:
        return self._process.pid

    def begin(self, job: str, **details: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": job, **details}) + "\n")

    def answer(self) -> Json:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the load client has ended"
        answer: Json = json.loads(line)
        return answer

    def do(self, job: str, **details: Any) -> Json:
        self.begin(job, **details)
        return self.answer()

    def end(self) -> None:
        """Its standard input closes, and with it the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
