"""One tab's connection: greeting, answers, heartbeat, goodbye, and coming back to the other process after a random,
growing pause; as static/js/socket.js does it.
"""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.load.log import Frame

PATIENCE = 10.0
CALM = 30.0
ENDED = 4401
REST = {4400: 30.0, 4029: 30.0}
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


class Lost(Exception):
    """Nobody has said no: the same thing may be sent again."""


class Line:
    """`hear` gets every frame but answers; `up` is called for each greeting. `closes` counts the codes."""

    def __init__(self, addresses: list[str], *, origin: str, cookie: str, hear: Callable[[Frame], None]) -> None:
        self.addresses, self.origin, self.cookie = addresses, origin, cookie
        self.up: Callable[[], None] = lambda: None
        self.hear = hear
        self.is_up = False
        self.ended_at: float | None = None
        self.closes: dict[int, int] = {}
        self.connects = 0
        self._socket: ClientConnection | None = None
        self._replies: dict[int, asyncio.Future[Frame]] = {}
        self._refs = count(1)
        self._attempt = 0
        self._beat_every = 20.0
        self._timers: list[asyncio.TimerHandle] = []
        self._beating: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until the session is over."""
        while self.ended_at is None:
            code = await self._live(self.addresses[self.connects % len(self.addresses)])
            self.connects += 1
            self._lose(code)
            if self.ended_at is None:
                await asyncio.sleep(REST.get(code, 0) + self._pause())

    async def command(self, type_: str, *, patience: float = PATIENCE, **fields: Any) -> Frame:
        """The answer, `ok` or `error`; raises Lost."""
        if not self.is_up or self._socket is None:
            raise Lost
        ref, reply = next(self._refs), asyncio.get_running_loop().create_future()
        self._replies[ref] = reply
        try:
            async with asyncio.timeout(patience):
                await self._socket.send(json.dumps({"type": type_, "ref": ref, **fields}))
                answer: Frame = await reply
                return answer
        except (TimeoutError, OSError, websockets.WebSocketException):
            raise Lost from None
        finally:
            self._replies.pop(ref, None)

    async def check(self) -> None:
        """Is the line alive, and are we where the server is?"""
        with suppress(Lost):
            await self.command("heartbeat")

    def hang_up(self) -> None:
        if self._socket is not None:
            self._socket.transport.abort()

    # Internal

    async def _live(self, address: str) -> int:
        who: dict[str, Any] = {"origin": self.origin, "additional_headers": {"Cookie": self.cookie}, "proxy": None}
        try:
            async with connect(address, **who, compression=None, max_size=None, ping_interval=None) as socket:
                self._socket = socket
                self._receive(json.loads(await asyncio.wait_for(socket.recv(), PATIENCE)))
                async for text in socket:
                    self._receive(json.loads(text))
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        except (OSError, TimeoutError, websockets.WebSocketException):
            return 1006
        return socket.close_code or 1006

    def _lose(self, code: int) -> None:
        self._socket, self.is_up = None, False
        self.closes[code] = self.closes.get(code, 0) + 1
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if self._beating:
            self._beating.cancel()
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(Lost())
        if code == ENDED:
            self.ended_at = asyncio.get_running_loop().time()

    def _pause(self) -> float:
        """Full jitter under a ceiling that doubles, until calm returns."""
        ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**self._attempt)
        self._attempt += 1
        return random.uniform(0, ceiling)

    def _receive(self, frames: list[Frame]) -> None:
        for frame in frames:
            match frame["type"]:
                case "ok" | "error":
                    self._settle(frame)
                    continue
                case "hello":
                    self._greet(frame)
                case "bye":
                    self._later(frame["retry_ms"] / 1000, self.hang_up)
            self.hear(frame)

    def _settle(self, frame: Frame) -> None:
        reply = self._replies.get(frame["ref"] or 0)
        if reply and not reply.done():
            reply.set_result(frame)

    def _greet(self, hello: Frame) -> None:
        self.is_up = True
        self._beat_every = hello["heartbeat"]
        self._beating = asyncio.create_task(self._beat())
        self._later(CALM, self._calm_down)
        self.up()

    def _calm_down(self) -> None:
        self._attempt = 0

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._beat_every)
            try:
                await self.command("heartbeat")
            except Lost:
                return self.hang_up()

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(seconds, act))
