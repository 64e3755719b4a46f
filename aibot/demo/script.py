"""What the tests tell the server to do, step by step, and what it has seen: its control plane."""

import asyncio
import json
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .protocol import ApiError, Completion, Json, ToolCall, count_usage

HEADERS_OF_INTEREST = (
    "authorization",
    "user-agent",
    "x-stainless-retry-count",
    "idempotency-key",
    "x-client-request-id",
)
DIRECTIONS = {"sleep", "wait", "error", "drop", "stall"}
NATURAL = "natural"


@dataclass
class Record:
    """One request to /v1 and how it ended; times are seconds since the epoch."""

    n: int
    method: str
    path: str
    headers: dict[str, str]
    received: float = field(default_factory=time.time)
    body: Any = None
    unscripted: bool = False
    outcome: str = "open"
    waiting: str | None = None
    sent_chunks: int = 0
    first_chunk: float | None = None
    finished: float | None = None

    def sent(self) -> None:
        self.sent_chunks += 1
        self.first_chunk = self.first_chunk or time.time()

    def close(self, outcome: str) -> None:
        """The first outcome counts: what follows it is only its echo."""
        if self.outcome == "open":
            self.outcome = outcome
            self.finished = time.time()


@dataclass
class Step:
    """How to answer one request. `path`, `model` and `match` say which; the rest says how."""

    path: str = "chat/completions"
    model: str | None = None
    match: str | None = None
    status: int = 200
    retry_after: float | None = None
    code: str | None = None
    message: str = "Scripted."
    chunks: list[str | Json] = field(default_factory=list)
    text: str | None = None
    tool_calls: list[Json] = field(default_factory=list)
    finish: str | None = NATURAL
    usage: Json | None = None
    flagged: bool | list[str] | None = None

    @classmethod
    def read(cls, raw: Any) -> "Step":
        unknown = set(raw) - {each.name for each in fields(cls)} if isinstance(raw, dict) else {"(not an object)"}
        if unknown:
            raise ApiError(400, f"A step does not know: {', '.join(sorted(unknown))}.")
        step = cls(**raw)
        for chunk in step.chunks:
            if not isinstance(chunk, str) and not (isinstance(chunk, dict) and len(DIRECTIONS & set(chunk)) == 1):
                raise ApiError(400, f"A chunk is text or one of {', '.join(sorted(DIRECTIONS))}; not {chunk!r}.")
        return step

    def fits(self, record: Record) -> bool:
        body = record.body if isinstance(record.body, dict) else {}
        if self.model is not None and body.get("model") != self.model:
            return False
        return self.match is None or self.match in json.dumps(body, ensure_ascii=False)

    def fail_if_told_to(self) -> None:
        if self.status == 200:
            return
        headers = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        raise ApiError(self.status, self.message, kind=kind, code=self.code, headers=headers)

    def completion(self, messages: list[Json]) -> Completion:
        calls = [ToolCall(**{**call, "arguments": _as_text(call.get("arguments", {}))}) for call in self.tool_calls]
        chunks = self.chunks + ([self.text] if self.text is not None else [])
        usage = count_usage(messages, sum(isinstance(chunk, str) for chunk in chunks))
        usage.update(self.usage or {})
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
        natural = "tool_calls" if calls else "stop"
        return Completion(chunks, calls, natural if self.finish == NATURAL else self.finish, usage)


class Script:
    """Steps in waiting, records of requests, and the gates at which answers wait. Closed, it keeps nothing."""

    def __init__(self, *, is_open: bool) -> None:
        self.is_open = is_open
        self.steps: list[Step] = []
        self.records: list[Record] = []
        self.gates: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.playing: set[asyncio.Task[Any]] = set()

    def record(self, method: str, path: str, headers: dict[str, str]) -> Record:
        seen = {name: headers[name] for name in HEADERS_OF_INTEREST if name in headers} if self.is_open else {}
        record = Record(len(self.records) + 1, method, path, seen)
        if self.is_open:
            self.records.append(record)
        return record

    def take(self, record: Record) -> Step | None:
        """The first waiting step that fits. Where steps wait for this path and none fits, the script is broken."""
        waiting = [step for step in self.steps if record.path == "/v1/" + step.path]
        step = next((step for step in waiting if step.fits(record)), None)
        if step is not None:
            self.steps.remove(step)
        elif waiting:
            record.close("script mismatch")
            raise ApiError(422, "No waiting step fits this request.", code="script_mismatch")
        record.unscripted = self.is_open and step is None
        return step

    async def wait(self, record: Record, name: str) -> None:
        record.waiting = name
        await self.gates[name].wait()
        record.waiting = None

    def reset(self) -> None:
        for task in self.playing:
            task.cancel()
        self.steps.clear()
        self.records.clear()
        self.gates.clear()

    def control(self, method: str, path: str, body: Any) -> Any:
        match method, path:
            case "POST", "/__script":
                self.steps += [Step.read(raw) for raw in (body if isinstance(body, list) else [body])]
                return {"waiting": len(self.steps)}
            case "GET", "/__script":
                return [asdict(step) for step in self.steps]
            case "GET", "/__requests":
                return [asdict(record) for record in self.records]
            case "POST", "/__release":
                self.gates[str(body["name"])].set()
                return {}
            case "POST", "/__reset":
                self.reset()
                return {}
        raise ApiError(404, f"Unknown: {method} {path}.")


def _as_text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)
