"""A channel layer that loses, repeats and delays what is said to rooms: bells may do that, messages may not."""

import asyncio
import os
import random
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

LOST = float(os.environ.get("CHAOS_LOST", "0.05"))
TWICE = LATE = 0.03
LATEST = 0.3


class LossyLayer(RedisPubSubChannelLayer):
    """Words to persons pass: an ended session of which nobody heard is found by the sweep, which is another test."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: set[asyncio.Task[None]] = set()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        fate = random.random() if group.startswith("room.") else 1.0
        if fate < LOST:
            return
        if fate < LOST + LATE:
            self._send_late(group, message)
            return
        await self._get_layer().group_send(group, message)
        if fate < LOST + LATE + TWICE:
            await self._get_layer().group_send(group, message)

    def _send_late(self, group: str, message: dict[str, Any]) -> None:
        task = asyncio.ensure_future(self._after_a_while(group, message))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _after_a_while(self, group: str, message: dict[str, Any]) -> None:
        await asyncio.sleep(random.uniform(0, LATEST))
        await self._get_layer().group_send(group, message)
