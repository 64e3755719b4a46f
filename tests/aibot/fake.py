"""The demo model as the tests' stand-in for a real one: its own process, real HTTP, scripted step by step."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 10.0

Json = dict[str, Any]


class DemoModel:
    """Starts on a free port. `script` takes steps as keywords in dicts, or plain texts; see aibot/demo/script.py."""

    def __init__(self, *options: str, scripted: bool = True) -> None:
        command = [sys.executable, "-m", "aibot.demo", "--port", "0", "--until-stdin-closes", *options]
        # The pipe on its standard input ends it even when the tests are killed.
        self.process = subprocess.Popen(
            [*command, "--scripted"] if scripted else command,
            cwd=ROOT,
            env={**os.environ, "DEMO_MODEL_SCRIPTED": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        first_line = self.process.stdout.readline()
        assert first_line.startswith("Demo model: "), f"the demo model did not start: {first_line!r}"
        self.url = first_line.removeprefix("Demo model: ").strip()
        self.root = self.url.removesuffix("/v1")

    def script(self, *steps: Json | str) -> None:
        self._call("/__script", [{"text": step} if isinstance(step, str) else step for step in steps])

    def waiting_steps(self) -> list[Json]:
        steps: list[Json] = self._call("/__script")
        return steps

    def requests(self, path: str | None = None) -> list[Json]:
        """Every request so far in order; with a path such as "chat/completions", those to it."""
        seen: list[Json] = self._call("/__requests")
        return [each for each in seen if path is None or each["path"] == f"/v1/{path}"]

    def reset(self) -> None:
        """Forgets steps, requests and gates, and cuts the answers that are still being given."""
        self._call("/__reset", {})

    def release(self, name: str) -> None:
        """Lets every answer pass that waits at this gate, or will."""
        self._call("/__release", {"name": name})

    def until(self, condition: Callable[[list[Json]], bool], *, what: str = "the expected requests") -> list[Json]:
        """The requests, as soon as they are as they should be."""
        deadline = time.monotonic() + PATIENCE
        while not condition(seen := self.requests()):
            assert time.monotonic() < deadline, f"still waiting for {what}: {_outline(seen)}"
            time.sleep(0.01)
        return seen

    def until_waiting_at(self, name: str) -> Json:
        seen = self.until(lambda all_: any(each["waiting"] == name for each in all_), what=f"an answer at gate {name}")
        return next(each for each in seen if each["waiting"] == name)

    def until_finished(self, number: int = 1) -> list[Json]:
        """The requests, when this many are over, in whatever way."""
        return self.until(lambda all_: sum(each["outcome"] != "open" for each in all_) >= number, what="an end")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _call(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data=data, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)


def _outline(requests: list[Json]) -> list[tuple[str, str, int, str | None]]:
    return [(each["path"], each["outcome"], each["sent_chunks"], each["waiting"]) for each in requests]
