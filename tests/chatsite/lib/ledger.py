"""A log in memory that stands for the database, and readers of it that check what they are handed as a browser does."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

from chatsite.lib.feed import Parcel
from chatsite.lib.hub import Changes, Hub
from chatsite.lib.realtime import Frame, encode, layer, sealed

GROUP = "room.1"


class Ledger:
    """Messages by id, each with the revision of its last change. `reads` counts how often the log was asked."""

    def __init__(self) -> None:
        self.latest: dict[int, int] = {}
        self.frames: dict[int, Frame] = {}
        self.reads = 0
        self.is_down = False

    @property
    def head(self) -> int:
        return max(self.latest.values(), default=0)

    def append(self, **more: Any) -> Frame:
        return self.amend(len(self.latest) + 1, **more)

    def amend(self, message: int, **more: Any) -> Frame:
        revision = self.head + 1
        self.latest[message] = revision
        self.frames[revision] = {"type": "message", "id": message, "revision": revision, **more}
        return self.frames[revision]

    def replay(self, since: int) -> Changes:
        frames, after = [], since
        for revision in sorted(revision for revision in self.latest.values() if revision > since):
            frames.append({**self.frames[revision], "after": after})
            after = revision
        return Changes(frames, max(self.head, since))

    async def changes(self, group: str, since: int) -> Changes:
        """As of some moment between question and answer, as a database gives it."""
        self.reads += 1
        await asyncio.sleep(0)
        if self.is_down:
            raise ConnectionError("no database")
        changes = self.replay(since)
        await asyncio.sleep(0)
        return changes

    async def heads(self, groups: list[str]) -> dict[str, int]:
        return {group: self.head for group in groups if group == GROUP}

    def bell(self, frame: Frame, *, hint: Frame | None = None) -> dict[str, Any]:
        """As `push` rings it."""
        bell = {"type": "bell", "group": GROUP, "frame": encode(frame), "hint": hint, "order": None}
        return bell | {"revision": frame.get("revision"), "leaver": frame.get("leaver")}


class Reader:
    """A tab that takes everything at once."""

    def __init__(self, user_id: str = "someone") -> None:
        self.user_id = user_id
        self.parcels: list[Parcel] = []
        self.hints: list[Frame] = []
        self.orders: list[str] = []
        self.shown: dict[int, int] = {}
        self.revision = 0
        self.frames: list[Frame] = []

    def offer(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)
        frames = json.loads(f"[{parcel.inner}]")
        assert parcel.wire == sealed(f"[{parcel.inner}]")
        self.take(frames)

    def hint(self, group: str, hint: Frame) -> None:
        self.hints.append(hint)

    def obey(self, order: str) -> None:
        self.orders.append(order)

    def take(self, frames: list[Frame]) -> None:
        """Apply what is newer. A gap would make a browser ask anew, which the hub is there to spare it."""
        for frame in frames:
            self.frames.append(frame)
            if (revision := frame.get("revision")) and revision > self.revision:
                assert frame.get("after", revision - 1) <= self.revision, f"gap before {frame}, at {self.revision}"
                self.shown[frame["id"]] = self.revision = revision

    def replay(self, ledger: Ledger) -> Callable[[int], Any]:
        async def replay(since: int) -> int:
            changes = await ledger.changes(GROUP, since)
            self.take(changes.frames)
            return changes.head

        return replay

    @property
    def revisions(self) -> list[int]:
        return [frame["revision"] for frame in self.frames if "revision" in frame]


class SlowLayer(RedisPubSubChannelLayer):
    """Subscribing takes until somebody lets it."""

    subscribing = 0
    gate: asyncio.Event

    async def group_add(self, group: str, channel: str) -> None:
        type(self).subscribing += 1
        await self.gate.wait()
        await self._get_layer().group_add(group, channel)


def is_subscribed() -> bool:
    """Whether bells of the group come to this process."""
    loop_layer = layer()._get_layer()
    return loop_layer._get_group_channel_name(GROUP) in loop_layer.groups


async def until(condition: Callable[[], object], *, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.001)


async def open_in(hub: Hub, *readers: Reader, since: int = 0) -> None:
    for reader in readers:
        await hub.open(reader, GROUP, since=since, replay=reader.replay(hub.log))  # type: ignore[arg-type]


async def ring(ledger: Ledger, *frames: Frame, hint: Frame | None = None) -> None:
    for frame in frames:
        await layer().group_send(GROUP, ledger.bell(frame, hint=hint))


async def settle(hub: Hub, bells: int) -> None:
    await until(lambda: hub.metrics.bells >= bells)
    await until(lambda: not any(feed.catching_up for feed in hub.feeds.values()))
