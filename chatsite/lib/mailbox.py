"""One tab's queue: bounded, and a reader too slow for it is sent back to the log instead of growing it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from chatsite.lib.feed import Parcel
from chatsite.lib.metrics import Metrics
from chatsite.lib.realtime import Frame, encode, sealed

logger = logging.getLogger(__name__)

MOST_FRAMES = 200
MOST_BYTES = 512 * 1024
STUCK = 30.0
AGAIN = 2.0


def _never(_: bytes) -> bool:
    return False


class Mailbox:
    """`positions` says up to which revision of each group the tab has really been sent.

    `write` is the short way, for a reader that keeps up: it takes the bytes of a whole WebSocket frame at once, or says
    that it cannot. Then `send` waits for it; `give_up` is told of a reader who has taken nothing for too long.
    """

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        catch_up: Callable[[str, int], Awaitable[None]],
        give_up: Callable[[], None],
        *,
        write: Callable[[bytes], bool] = _never,
        metrics: Metrics | None = None,
    ) -> None:
        self.positions: dict[str, int] = {}
        self.metrics = metrics or Metrics()
        self._send, self._catch_up, self._give_up, self._write = send, catch_up, give_up, write
        self._parcels: list[Parcel] = []
        self._own: list[str] = []
        self._frames = self._bytes = self._own_bytes = 0
        self._behind: set[str] = set()
        self._reads_again = 0.0
        self._over = False
        # Most readers keep up, and so neither is there for most of them.
        self._delivery: asyncio.Task[None] | None = None
        self._room: asyncio.Event | None = None

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
        self._deliver_soon()

    def put(self, *frames: Frame) -> None:
        """Queue what only this tab gets; it is never dropped, and so whoever makes more of it waits for room first."""
        if self._over or not frames:
            return
        texts = [encode(frame) for frame in frames]
        if self._is_empty() and self._write(sealed(f"[{','.join(texts)}]")):
            return
        self._own.extend(texts)
        self._own_bytes += sum(map(len, texts))
        if self._own_bytes > MOST_BYTES and self._room is None:
            self._room = asyncio.Event()
        self._deliver_soon()

    async def wait_for_room(self) -> None:
        """A tab that does not take its answers gets no further ones."""
        if self._room:
            await self._room.wait()

    def close(self) -> None:
        """Nothing more is sent, nobody waits."""
        self._over = True
        self._own.clear()
        self._parcels.clear()
        self._make_room()
        if self._delivery:
            self._delivery.cancel()

    def _is_empty(self) -> bool:
        """Nothing waits and nothing is on its way: what comes now comes next."""
        return not (self._delivery or self._own or self._parcels or self._behind)

    def _deliver_soon(self) -> None:
        if self._delivery is None and not self._over:
            self._delivery = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        """Until nothing waits any more."""
        try:
            while self._own or self._parcels or self._may_read():
                await self._send_waiting()
                await self._read_what_was_dropped()
        except TimeoutError:
            self.metrics.stuck += 1
            self._give_up()
        except OSError:  # A line that broke in mid-frame is no error: whoever holds it is told of its end.
            self.close()
        finally:
            self._delivery = None

    async def _send_waiting(self) -> None:
        """Raises `TimeoutError` when the reader takes nothing."""
        while self._own or self._parcels:
            own = self._own_bytes
            async with asyncio.timeout(STUCK):
                await self._send(self._take_all())
            self._own_bytes -= own
            if self._own_bytes <= MOST_BYTES:
                self._make_room()

    async def _read_what_was_dropped(self) -> None:
        for group in self._take_behind() if self._may_read() else ():
            try:
                await self._catch_up(group, self.positions[group])
            except Exception as error:  # the database is away; the tab stays
                logger.warning("Could not catch up with %s (%s).", group, error)
                self._behind.add(group)
                self._reads_again = time.monotonic() + AGAIN
                asyncio.get_running_loop().call_later(AGAIN, self._deliver_soon)

    def _may_read(self) -> bool:
        return bool(self._behind) and time.monotonic() >= self._reads_again

    def _make_room(self) -> None:
        if self._room:
            self._room.set()
        self._room = None

    def _take_all(self) -> str:
        """What waits, as one text; first what is the tab's own."""
        own, parcels = self._own, self._parcels
        self._own, self._parcels, self._frames, self._bytes = [], [], 0, 0
        for parcel in parcels:
            if parcel.group not in self._behind:
                self._note(parcel)
        return f"[{','.join([*own, *(parcel.inner for parcel in parcels)])}]"

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
