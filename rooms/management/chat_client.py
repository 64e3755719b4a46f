"""One member's line to one room: the protocol of docs/protocol.md by example, knowing nothing but the address."""

import asyncio
import json
import random
import re
from collections.abc import Callable
from contextlib import suppress
from html import unescape
from typing import Any, NoReturn, cast
from uuid import uuid4

import websockets

LONGEST_PAUSE = 15.0
PROTOCOL = 1
LATER = {"rate_limited", "unavailable"}


class UnknownProtocol(Exception):
    """Nothing that the server says from here on can be relied on."""


class ChatClient:
    """Holds one number, the revision up to which it has shown everything, and whatever is not acknowledged yet."""

    def __init__(self, room: str, *, revision: int, cookie: str, url: str, note: Callable[[str], None]) -> None:
        self.room, self.revision, self.cookie, self.note = room, revision, cookie, note
        self.unsent, self.shown = dict[str, str](), dict[str, str]()
        self.line, self.origin, self.posting = cast(Any, None), url, ""
        self.waiting = set[asyncio.Task[None]]()

    async def stay_connected(self) -> NoReturn:
        """A random, growing pause after each loss, so that a thousand clients do not come back at once."""
        pause = 0.5
        while True:
            with suppress(OSError, websockets.WebSocketException):
                await self.listen()
                pause = 0.5
            self.note("connection lost, trying again")
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311
            pause = min(pause * 2, LONGEST_PAUSE)

    async def listen(self) -> None:
        address = self.origin.replace("http", "ws", 1) + "/ws/"
        who: dict[str, Any] = {"origin": websockets.Origin(self.origin), "additional_headers": {"Cookie": self.cookie}}
        async with websockets.connect(address, **who) as self.line:
            self.posting = ""
            async for frames in self.line:
                for frame in json.loads(frames):
                    await self.take(frame)

    # Commands

    async def open(self) -> None:
        await self.send(type="open", room=self.room, since=self.revision)

    async def say(self, body: str) -> None:
        """Kept under its key until the server has answered: sending it twice makes one message."""
        self.unsent[str(uuid4())] = body
        await self.post()

    async def post(self) -> None:
        """The oldest; the others wait for its answer, so that they arrive in order."""
        if self.unsent and not self.posting:
            self.posting, body = next(iter(self.unsent.items()))
            await self.send(type="post", ref=self.posting, room=self.room, client_id=self.posting, body=body)

    async def send(self, **command: Any) -> None:
        with suppress(AttributeError, websockets.WebSocketException):
            await self.line.send(json.dumps({"ref": None, **command}))

    # Frames

    async def take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "message":
                await self.apply(frame)
            case "reset":
                self.revision = frame["revision"]
                self.note("too much was missed; the page has all of it")
            case "hello" if frame["protocol"] != PROTOCOL:
                raise UnknownProtocol(frame["protocol"])
            case "hello":
                await self.open()
                await self.post()
            case "ok":
                self.revision = max(self.revision, frame.get("revision", 0))
                await self.answered(frame["ref"])
            case "error" if frame["code"] in LATER:
                self.note(frame["text"])
                self.later(frame)
            case "error":
                self.note(frame["text"])
                await self.answered(frame["ref"])

    async def answered(self, ref: str | None) -> None:
        if self.unsent.pop(ref or "", None) is not None:
            self.posting = ""
            await self.post()

    def later(self, error: dict[str, Any]) -> None:
        """The same again when the server wants it, and not before."""
        task = asyncio.create_task(self.again(error["ref"], error["retry_after"]))
        self.waiting.add(task)
        task.add_done_callback(self.waiting.discard)

    async def again(self, ref: str | None, wait: float) -> None:
        line = self.line
        await asyncio.sleep(wait)
        if line is not self.line:  # another one, on which all was asked anew
            return
        if ref is None:
            await self.open()
        elif ref == self.posting:
            self.posting = ""
            await self.post()

    async def apply(self, frame: dict[str, Any]) -> None:
        """News is shown, what is known is not, and after a gap the log is asked."""
        if frame.get("after", frame["revision"] - 1) > self.revision:
            await self.open()
        elif frame["revision"] > self.revision:
            self.revision = frame["revision"]
            self.show(frame)

    def show(self, frame: dict[str, Any]) -> None:
        text = _text(frame["html"])
        if self.shown.get(frame["id"]) != text:
            self.shown[frame["id"]] = text
            self.note(f"{frame['seq']:>4} {text}")


def _text(html: str) -> str:
    author = re.search(r'<b id="author-[^>]*>(.*?)</b>', html, re.DOTALL)
    body = re.search(r'class="message__body"[^>]*>(.*?)</(?:div|p)>\s*(?:<|$)', html, re.DOTALL)
    words = unescape(re.sub(r"<[^>]+>", " ", body[1] if body else ""))
    return f"{unescape(author[1]) if author else '?'}: {' '.join(words.split())}"
