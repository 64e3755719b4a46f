"""One tab's queue: bounded, and a reader too slow for it is sent back to the log instead of growing it."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from chatsite.lib.feed import Parcel
from chatsite.lib.metrics import Metrics
from chatsite.lib.realtime import Frame, encode, sealed

logger = logging.getLogger(__name__)

MOST_FRAMES = 200
MOST_BYTES = 512 * 1024
STUCK = 30.0
AGAIN = 2.0


class Stuck(Exception):
    """The reader has taken nothing for too long."""


def _never(_: bytes) -> bool:
    return False


class Mailbox:
    """`positions` says up to which revision of each group the tab has really been sent.

    `write` is the short way, for a reader that keeps up: it takes the bytes of a whole WebSocket frame at once, or says
    that it cannot.
    """

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        catch_up: Callable[[str, int], Awaitable[None]],
        *,
        write: Callable[[bytes], bool] = _never,
        metrics: Metrics | None = None,
    ) -> None:
        self.positions: dict[str, int] = {}
        self.metrics = metrics or Metrics()
        self._send, self._catch_up, self._write = send, catch_up, write
        self._parcels: deque[Parcel] = deque()
        self._own: deque[str] = deque()
        self._frames = self._bytes = self._own_bytes = 0
        self._behind: set[str] = set()
        self._filled, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()
        self._over = self._busy = False

    def offer(self, parcel: Parcel) -> None:
        """Queue what all get. When it is too much, all of it goes, and the tab reads the log once it has drained."""
        if self._over or parcel.group in self._behind:
            return
        if self._is_empty() and self._write(parcel.wire):
            self._note(parcel)
            return
        self._parcels.append(parcel)
        self._frames += parcel.frames
        self._bytes += len(parcel.inner)
        if self._frames > MOST_FRAMES or self._bytes > MOST_BYTES:
            self._drop()
        self._filled.set()

    def put(self, *frames: Frame) -> None:
        """Queue what only this tab gets; it is never dropped, and so whoever makes more of it waits for room first."""
        if self._over or not frames:
            return
        texts = [encode(frame) for frame in frames]
        if self._is_empty() and self._write(sealed(f"[{','.join(texts)}]")):
            return
        self._own.extend(texts)
        self._own_bytes += sum(map(len, texts))
        if self._own_bytes > MOST_BYTES:
            self._room.clear()
        self._filled.set()

    async def wait_for_room(self) -> None:
        """A tab that does not take its answers gets no further ones."""
        await self._room.wait()

    async def deliver(self) -> None:
        """Until closed. Raises `Stuck`."""
        try:
            while not self._over:
                await self._filled.wait()
                self._filled.clear()
                self._busy = True
                await self._send_waiting()
                await self._read_what_was_dropped()
                self._busy = False
        finally:
            self.close()

    def close(self) -> None:
        """Nothing more is sent, nobody waits."""
        self._over = True
        self._own.clear()
        self._parcels.clear()
        self._room.set()
        self._filled.set()

    def _is_empty(self) -> bool:
        """Nothing waits and nothing is on its way: what comes now comes next."""
        return not (self._busy or self._own or self._parcels or self._behind)

    async def _send_waiting(self) -> None:
        while self._own or self._parcels:
            own = self._own_bytes
            text = self._next_text()
            try:
                async with asyncio.timeout(STUCK):
                    await self._send(text)
            except TimeoutError:
                self.metrics.stuck += 1
                raise Stuck from None
            self._own_bytes -= own
            if self._own_bytes <= MOST_BYTES:
                self._room.set()

    async def _read_what_was_dropped(self) -> None:
        for group in self._take_behind():
            try:
                await self._catch_up(group, self.positions[group])
            except Exception as error:  # the database is away; the tab stays
                logger.warning("Could not catch up with %s (%s).", group, error)
                self._behind.add(group)
                asyncio.get_running_loop().call_later(AGAIN, self._filled.set)

    def _next_text(self) -> str:
        if len(self._parcels) == 1 and not self._own:
            return self._take().text
        own = [self._own.popleft() for _ in range(len(self._own))]
        return f"[{','.join(own + [self._take().inner for _ in range(len(self._parcels))])}]"

    def _take(self) -> Parcel:
        parcel = self._parcels.popleft()
        self._frames -= parcel.frames
        self._bytes -= len(parcel.inner)
        if parcel.group not in self._behind:
            self._note(parcel)
        return parcel

    def _note(self, parcel: Parcel) -> None:
        if parcel.revision is not None:
            self.positions[parcel.group] = parcel.revision

    def _drop(self) -> None:
        self.metrics.drops += 1
        self._behind |= {parcel.group for parcel in self._parcels if parcel.group in self.positions}
        self._parcels.clear()
        self._frames = self._bytes = 0

    def _take_behind(self) -> set[str]:
        behind, self._behind = self._behind & self.positions.keys(), set()
        return behind
