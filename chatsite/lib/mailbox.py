"""One tab's queue: bounded, and a reader too slow for it is sent back to the log instead of growing it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from chatsite.lib.feed import Parcel
from chatsite.lib.realtime import Frame, encode

MOST_FRAMES = 200
MOST_BYTES = 512 * 1024
STUCK = 30.0


class Stuck(Exception):
    """The reader has taken nothing for too long."""


class Mailbox:
    """`positions` says up to which revision of each group the tab has really been sent."""

    def __init__(self, send: Callable[[str], Awaitable[None]], catch_up: Callable[[str, int], Awaitable[None]]) -> None:
        self.positions: dict[str, int] = {}
        self._send, self._catch_up = send, catch_up
        self._parcels: deque[Parcel] = deque()
        self._own: deque[str] = deque()
        self._frames = self._bytes = 0
        self._behind: set[str] = set()
        self._filled = asyncio.Event()

    def offer(self, parcel: Parcel) -> None:
        """Queue what all get. When it is too much, all of it goes, and the tab reads the log once it has drained."""
        self._parcels.append(parcel)
        self._frames += parcel.frames
        self._bytes += len(parcel.inner)
        if self._frames > MOST_FRAMES or self._bytes > MOST_BYTES:
            self._drop()
        self._filled.set()

    def put(self, *frames: Frame) -> None:
        """Queue what only this tab gets; it is never dropped."""
        self._own.extend(encode(frame) for frame in frames)
        self._filled.set()

    async def deliver(self) -> None:
        """Until cancelled. Raises `Stuck`."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            await self._send_waiting()
            for group in self._take_behind():
                await self._catch_up(group, self.positions[group])

    async def _send_waiting(self) -> None:
        while self._own or self._parcels:
            text = self._next_text()
            try:
                async with asyncio.timeout(STUCK):
                    await self._send(text)
            except TimeoutError:
                raise Stuck from None

    def _next_text(self) -> str:
        if len(self._parcels) == 1 and not self._own:
            return self._take().text
        own = [self._own.popleft() for _ in range(len(self._own))]
        return f"[{','.join(own + [self._take().inner for _ in range(len(self._parcels))])}]"

    def _take(self) -> Parcel:
        parcel = self._parcels.popleft()
        self._frames -= parcel.frames
        self._bytes -= len(parcel.inner)
        if parcel.revision is not None:
            self.positions[parcel.group] = parcel.revision
        return parcel

    def _drop(self) -> None:
        self._behind |= {parcel.group for parcel in self._parcels if parcel.group in self.positions}
        self._parcels.clear()
        self._frames = self._bytes = 0

    def _take_behind(self) -> set[str]:
        behind, self._behind = self._behind & self.positions.keys(), set()
        return behind
