"""Live delivery, the receiving side: one Hub a process hears of each room once, and serves all its local tabs."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol, TypeVar

from chatsite.lib.feed import Feed, Piece, Tab
from chatsite.lib.metrics import Metrics
from chatsite.lib.realtime import Frame, encode, layer

logger = logging.getLogger(__name__)

T = TypeVar("T")

POLL_CALM, POLL_WORRIED = 5.0, 1.0
ALIVE_FOR = 2.5
OVERTAKEN = 0.03
"""Seconds for which a bell may be ahead of another one of its room: they are rung by different threads."""


class Changes(NamedTuple):
    """What the log holds after a revision: frames in order of revision, and the revision up to which they reach."""

    frames: list[Frame]
    head: int


class Log(Protocol):
    """The truth behind the bells. Both are asked off the event loop by whoever implements them."""

    async def changes(self, group: str, since: int) -> Changes: ...
    async def heads(self, groups: list[str]) -> dict[str, int]: ...


class Hub:
    """All of this runs on one event loop; no method but the awaited ones ever waits."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.feeds: dict[str, Feed] = {}
        self.metrics = Metrics()
        self._places: defaultdict[Tab, set[str]] = defaultdict(set)
        self._channel: str | None = None
        self._started = False
        self._starting = asyncio.Lock()
        self._unsubscribed: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._alive_at = 0.0

    # Joining and leaving

    async def follow(self, tab: Tab, group: str) -> None:
        """Frames without a revision, such as a person's own: from now on, no replay."""
        async with self._entering(group) as feed:
            feed.open_in.add(tab)
            self._places[tab].add(group)

    async def list(self, tab: Tab, groups: Iterable[str]) -> None:
        for group in groups:
            async with self._entering(group) as feed:
                feed.listed_in.add(tab)
                self._places[tab].add(group)

    async def open(self, tab: Tab, group: str, *, since: int, replay: Callable[[int], Awaitable[int]]) -> int:
        """Replay what the tab lacks, then let it in without a seam.

        `replay` offers what came after a revision and returns the head.
        """
        async with self._entering(group) as feed:
            head = await replay(since)
            while head < max(feed.heard, feed.revision or 0) and (further := await replay(head)) > head:
                head = further
            if not feed.open_in:
                feed.reach(head)
            feed.open_in.add(tab)
            self._places[tab].add(group)
        return head

    def close(self, tab: Tab, group: str) -> None:
        if feed := self.feeds.get(group):
            feed.open_in.discard(tab)
            self._drop_if_idle(feed)

    def forget(self, tab: Tab, group: str) -> None:
        """The tab neither shows nor lists it any more."""
        if feed := self.feeds.get(group):
            feed.forget(tab)
            self._drop_if_idle(feed)

    def leave(self, tab: Tab) -> None:
        for group in self._places.pop(tab, set()):
            self.forget(tab, group)

    @asynccontextmanager
    async def _entering(self, group: str) -> AsyncIterator[Feed]:
        """Subscribed, and kept: nobody is in it yet, but somebody is coming."""
        await self._start()
        if group not in self.feeds:
            self.feeds[group] = Feed(group, self.metrics, subscribed=self.spawn(self._subscribe(group)))
        feed = self.feeds[group]
        feed.opening += 1
        try:
            await asyncio.shield(feed.subscribed)
            yield feed
        finally:
            feed.opening -= 1
            self._drop_if_idle(feed)

    async def _subscribe(self, group: str) -> bool:
        """Without Redis the poll serves the room; it also comes back to subscribe what is left here."""
        self._unsubscribed.add(group)
        if not self._channel:
            return False
        try:
            async with asyncio.timeout(POLL_WORRIED):
                await layer().group_add(group, self._channel)
            self._unsubscribed.discard(group)
        except Exception as error:
            logger.warning("No live delivery for %s yet (%s).", group, error or type(error).__name__)
            self._alive_at = 0.0
        return group not in self._unsubscribed

    def _drop_if_idle(self, feed: Feed) -> None:
        if feed.is_idle() and self.feeds.get(feed.group) is feed:
            del self.feeds[feed.group]
            self.spawn(self._unsubscribe(feed))

    async def _unsubscribe(self, feed: Feed) -> None:
        await feed.subscribed
        if feed.group in self.feeds:
            return
        self._unsubscribed.discard(feed.group)
        try:
            if self._channel:
                await layer().group_discard(feed.group, self._channel)
        except Exception as error:
            logger.debug("Still subscribed to %s (%s).", feed.group, error)

    # The bells

    async def _start(self) -> None:
        async with self._starting:
            if self._started:
                return
            self._started = True
            await self._connect()
            self.spawn(self._listen())
            self.spawn(self._poll())

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(POLL_WORRIED):
                self._channel = await layer().new_channel()
            self._alive_at = time.monotonic()
        except Exception as error:
            logger.warning("Redis is not there (%s); delivery goes by the database.", error or type(error).__name__)

    async def _listen(self) -> None:
        while True:
            if not self._channel:
                await asyncio.sleep(POLL_WORRIED)
                continue
            try:
                message = await layer().receive(self._channel)
                for bell in message.get("bells", [message]):
                    self._receive(bell)
            except Exception:
                logger.exception("A bell could not be read.")
                await asyncio.sleep(POLL_WORRIED)

    def _receive(self, bell: dict[str, Any]) -> None:
        if bell["type"] == "pulse":
            self._alive_at = time.monotonic()
            return
        self.metrics.bells += 1
        if not (feed := self.feeds.get(bell["group"])):
            return
        if hint := bell["hint"]:
            feed.give_hint(hint)
        feed.heard = max(feed.heard, bell["revision"] or 0)
        if feed.open_in:
            self._admit(feed, Piece(bell["frame"], bell["revision"], bell["leaver"], bell.get("at")))
        elif leaver := bell["leaver"]:
            feed.show_out(leaver)
        if order := bell["order"]:
            feed.flush()
            for tab in list(feed.open_in):
                tab.obey(order)

    def _admit(self, feed: Feed, piece: Piece) -> None:
        """What a gap keeps waiting mostly overtook the rest by a little; only what stays away is read from the log."""
        if feed.admit(piece):
            asyncio.get_running_loop().call_later(OVERTAKEN, self._look_for_missing, feed)

    def _look_for_missing(self, feed: Feed) -> None:
        if feed.has_gap() and self.feeds.get(feed.group) is feed:
            self._spawn_catch_up(feed)

    # The truth behind the bells

    def _spawn_catch_up(self, feed: Feed) -> None:
        if not feed.catching_up:
            self.metrics.gaps += 1
            feed.catching_up = True
            self.spawn(self._catch_up(feed))

    async def _catch_up(self, feed: Feed) -> None:
        try:
            while feed.revision is not None and feed.revision < feed.heard:
                heard, changes = feed.heard, await self.log.changes(feed.group, feed.revision)
                self.metrics.replays += 1
                if not self._show(feed, changes) and feed.heard == heard:
                    feed.disbelieve()
        except Exception as error:  # the next bell or poll tries again
            logger.warning("Could not read the log of %s (%s).", feed.group, error)
        finally:
            feed.catching_up = False
            feed.reach(feed.revision)

    def _show(self, feed: Feed, changes: Changes) -> bool:
        """False when the log holds nothing new."""
        before = feed.revision or 0
        for frame in changes.frames:
            feed.gather(Piece(encode(frame), frame.get("revision"), frame.get("leaver")))
        feed.reach(max(changes.head, before))
        return feed.revision != before

    async def _poll(self) -> None:
        """Compare the heads of all open rooms: now and then while Redis is known to be alive, often while it is not."""
        polled_at = 0.0
        while True:
            await asyncio.sleep(POLL_WORRIED)
            await self._tend()
            calm = time.monotonic() - self._alive_at < ALIVE_FOR
            if calm and time.monotonic() - polled_at < POLL_CALM:
                continue
            polled_at = time.monotonic()
            await self._compare_heads()

    async def _tend(self) -> None:
        """Keep the line to Redis: make it, subscribe what is missing, and see whether it is alive."""
        if not self._channel:
            await self._connect()
        for group in list(self._unsubscribed):
            if not await self._subscribe(group):
                break
        await self._pulse()

    async def _pulse(self) -> None:
        try:
            async with asyncio.timeout(POLL_WORRIED):
                await layer().send(self._channel, {"type": "pulse"})
        except Exception as error:
            logger.debug("No pulse (%s).", error)
            self._alive_at = 0.0

    async def _compare_heads(self) -> None:
        followed = [feed.group for feed in self.feeds.values() if feed.open_in and feed.revision is not None]
        try:
            with self.metrics.poll_time.time():
                heads = await self.log.heads(followed) if followed else {}
        except Exception as error:
            logger.warning("Could not compare heads (%s).", error)
            return
        self.metrics.polls += 1
        for group, head in heads.items():
            if (feed := self.feeds.get(group)) and feed.revision is not None and head > feed.revision:
                feed.heard = max(feed.heard, head)
                self._spawn_catch_up(feed)

    def spawn(self, job: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Keep a job going beside the hub."""
        task = asyncio.ensure_future(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
