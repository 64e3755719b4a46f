"""Live delivery, the sending side: the names of all groups, and `push`."""

import asyncio
import json
import logging
import os
import threading
from collections import deque
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

logger = logging.getLogger(__name__)

Frame = dict[str, Any]
"""What a browser gets: `type` and the rest as docs/protocol.md says."""

STRANGERS = "strangers"
"""In a frame's `leaver`: all who only look in."""

QUEUE = 10_000
TOGETHER = 50
PATIENCE = 1.0
REST = 0.5


def room_group(room_id: UUID) -> str:
    """Everybody who has the room open, or listed."""
    return f"room.{room_id.hex}"


def user_group(user_id: UUID) -> str:
    """Every tab of one person."""
    return f"user.{user_id.hex}"


def layer() -> Any:
    """The channel layer of the running event loop."""
    return get_channel_layer()


def encode(frame: Frame) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def sealed(text: str) -> bytes:
    """As it goes over a WebSocket: a server's frames are the same bytes for everybody."""
    return WebSocketFrame(Opcode.TEXT, text.encode()).serialize(mask=False)


def push(
    group: str, frame: Frame, *, hint: Frame | None = None, order: str | None = None, at: float | None = None
) -> None:
    """Ring the bell: hand the frame to all tabs of the group, in whatever process they are.

    Best effort by design: what must not be missed carries a `revision`, and whoever misses one reads the database.
    `hint` is for tabs that only list the room; `order` is a word to the consumers themselves; `at` is when what the
    frame tells of was committed.
    """
    bell = {"type": "bell", "group": group, "frame": encode(frame), "hint": hint, "order": order, "at": at}
    publisher().put(group, bell | {"revision": frame.get("revision"), "leaver": frame.get("leaver")})


class Publisher:
    """One thread with one event loop and one connection to Redis, whichever thread of the process pushes."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque(maxlen=QUEUE)
        self._loop = asyncio.new_event_loop()
        self._rung = asyncio.Event()
        threading.Thread(target=self._run, name="publisher", daemon=True).start()

    def put(self, group: str, bell: dict[str, Any]) -> None:
        self._waiting.append((group, bell))
        self._loop.call_soon_threadsafe(self._rung.set)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._publish_forever())

    async def _publish_forever(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            while self._waiting:
                await self._publish(*self._take())

    def _take(self) -> tuple[str, dict[str, Any]]:
        """The oldest bell; with it go those of the same group that wait behind it, as one."""
        group, bell = self._waiting.popleft()
        bells = [bell]
        while self._waiting and self._waiting[0][0] == group and len(bells) < TOGETHER:
            bells.append(self._waiting.popleft()[1])
        return group, bell if len(bells) == 1 else {"type": "bells", "bells": bells}

    async def _publish(self, group: str, bell: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await layer().group_send(group, bell)
        except Exception as error:  # Redis away: readers find the tail in the database, so what waits here may go.
            logger.warning(
                "Live delivery is down (%s); readers catch up from the database.", error or type(error).__name__
            )
            self._waiting.clear()
            await asyncio.sleep(REST)


_publishers: dict[int, Publisher] = {}
_making = threading.Lock()


def publisher() -> Publisher:
    """This process's publisher; a forked child makes its own."""
    with _making:
        return _publishers.setdefault(os.getpid(), _publishers.get(os.getpid()) or Publisher())
