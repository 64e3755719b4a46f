"""Plays a completion to the client, as a stream of fragments or as one whole answer."""

import asyncio
from dataclasses import dataclass

from .exchange import Exchange
from .protocol import MODEL, ApiError, Completion, Json, ToolCall, completion_head
from .script import Record, Script

FRAGMENT = 6


@dataclass(frozen=True)
class Pace:
    """How fast the model speaks: seconds to the first word, then tokens a second; zero is at once."""

    first_word: float
    speed: float

    def timed(self, words: list[str]) -> list[str | Json]:
        chunks: list[str | Json] = []
        for i, word in enumerate(words):
            pause = self.first_word if i == 0 else 1 / self.speed if self.speed else 0
            chunks += [{"sleep": pause}, word] if pause else [word]
        return chunks


class Streamed:
    """The answer as server-sent events."""

    def __init__(self, exchange: Exchange, model: str, *, include_usage: bool) -> None:
        self.exchange = exchange
        self.include_usage = include_usage
        self.head = completion_head(model, kind="chat.completion.chunk")
        self.spoken = False

    async def say(self, text: str) -> None:
        await self._delta({"content": text})

    async def fail(self, error: Json) -> None:
        await self.exchange.event({"error": error}, last=True)

    async def finish(self, completion: Completion, record: Record) -> None:
        for index, call in enumerate(completion.tool_calls):
            await self._call(index, call)
        if completion.finish is None:
            record.close("quiet end")
            return await self.exchange.end()
        await self._delta({}, finish=completion.finish)
        if self.include_usage:
            await self.exchange.event({**self.head, "choices": [], "usage": completion.usage})
        record.close("ok")
        return await self.exchange.event("[DONE]", last=True)

    async def _call(self, index: int, call: ToolCall) -> None:
        opening = {**call.as_json(), "function": {"name": call.name, "arguments": ""}}
        await self._delta({"tool_calls": [{"index": index, **opening}]})
        for start in range(0, len(call.arguments), FRAGMENT):
            fragment = {"arguments": call.arguments[start : start + FRAGMENT]}
            await self._delta({"tool_calls": [{"index": index, "function": fragment}]})

    async def _delta(self, delta: Json, *, finish: str | None = None) -> None:
        if not self.spoken:
            self.spoken = True
            await self._delta({"role": "assistant", "content": ""})
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        await self.exchange.event({**self.head, "choices": [choice], **({"usage": None} if self.include_usage else {})})


class Whole:
    """The answer as one JSON object, when all of it is known."""

    def __init__(self, exchange: Exchange, model: str = MODEL) -> None:
        self.exchange = exchange
        self.head = completion_head(model, kind="chat.completion")

    async def say(self, text: str) -> None:
        """Kept until the end: the completion has the text."""

    async def fail(self, error: Json) -> None:
        raise ApiError(500, str(error.get("message", "")), kind="server_error", code=error.get("code"))

    async def finish(self, completion: Completion, record: Record) -> None:
        calls = [call.as_json() for call in completion.tool_calls]
        message: Json = {"role": "assistant", "content": completion.text or None, "refusal": None}
        choice = {"index": 0, "message": message | ({"tool_calls": calls} if calls else {}), "logprobs": None}
        record.close("ok")
        body = {**self.head, "choices": [{**choice, "finish_reason": completion.finish}], "usage": completion.usage}
        await self.exchange.answer(200, body)


async def follow(chunks: list[str | Json], out: Streamed | Whole, record: Record, script: Script) -> bool:
    """Says and does one chunk after the other; False when one of them ended the answer before its time."""
    for chunk in chunks:
        match chunk:
            case str():
                await out.say(chunk)
                record.sent()
            case {"sleep": seconds}:
                await asyncio.sleep(seconds)
            case {"wait": name}:
                await script.wait(record, name)
            case {"error": error}:
                record.close("error event")
                await out.fail(error)
                return False
            case {"drop": _}:
                record.close("dropped")
                await out.exchange.drop()
            case {"stall": _}:
                await asyncio.Event().wait()
    return True
