"""One open page of one person: what it has open, what waits for it, and whether it may still be there."""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from accounts.sessions import Visit, over
from chatsite.lib.feed import Parcel
from chatsite.lib.hub import Hub
from chatsite.lib.mailbox import Mailbox
from chatsite.lib.metrics import Metrics
from chatsite.lib.realtime import Frame, room_group, user_group
from chatsite.lib.threads import in_thread
from rooms import commands
from rooms.exceptions import NotFound
from rooms.presence import Entry
from rooms.replay import RoomLog

logger = logging.getLogger(__name__)

SIGNED_OUT, STRANGER, SLOW = 4401, 4403, 4008
SWEEP, SLICES = 15.0, 15
"""Seconds in which every tab is looked after once; some of them at a time, so that nobody waits for it."""
FAREWELL = 2.0

_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
_tabs: set["Tab"] = set()


def hub() -> Hub:
    """This process's: there is one event loop in a web process."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(RoomLog())
        _hubs[loop].spawn(_look_after_tabs())
    return _hubs[loop]


class Tab:
    def __init__(
        self,
        visit: Visit,
        send: Callable[[str], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
        **short_way: Callable[[bytes], bool],
    ) -> None:
        self.visit = visit
        self.user = visit.user
        self.user_id = str(visit.user.pk)
        self.name = uuid4().hex[:12]
        self.slice = int(self.name, 16) % SLICES
        self.mailbox = Mailbox(send, self._catch_up, partial(self.send_away, SLOW), metrics=hub().metrics, **short_way)
        self.rooms: set[UUID] = set()
        self._close = close
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> int:
        """From now on no news of the person's rooms is missed; the sum of their newest seqs tells what was before."""
        _tabs.add(self)
        await hub().follow(self, user_group(self.user.pk))
        await self._list_rooms()
        return sum((await in_thread(commands.own_rooms, self.user)).values())

    def leave(self) -> None:
        """Only what needs no waiting; presence is told on the side."""
        _tabs.discard(self)
        self._fall_silent()
        for task in self._tasks:
            task.cancel()
        for room in self.rooms:
            hub().spawn(in_thread(commands.depart, self.user, room, self.name))

    async def open(self, room: UUID, *, since: int) -> int:
        """Everything after `since`, half-written answers, who is here; and from now on all news."""
        group = room_group(room)

        async def replay(since: int) -> int:
            await self._replay(group, since)
            return self.mailbox.positions[group]

        try:
            revision = await hub().open(self, group, since=since, replay=replay)
            self.rooms.add(room)
            frames = await in_thread(commands.arrive, self.user, room, self.name)
        except NotFound:  # removed while it was coming in
            hub().forget(self, group)
            raise
        self.mailbox.put(*frames)
        return revision

    async def close_room(self, room: UUID) -> None:
        hub().close(self, room_group(room))
        self.rooms.discard(room)
        await in_thread(commands.depart, self.user, room, self.name)

    def shows(self, room: UUID) -> bool:
        feed = hub().feeds.get(room_group(room))
        return feed is not None and self in feed.open_in

    def heads(self) -> dict[str, int]:
        """Of the open rooms that the tab may still see, as the hub knows them."""
        feeds = {str(room): hub().feeds.get(room_group(room)) for room in self.rooms}
        seen = {room: feed for room, feed in feeds.items() if feed and feed.serves(self)}
        return {room: max(feed.heard, feed.revision or 0) for room, feed in seen.items()}

    # What the hub hands over

    def offer(self, parcel: Parcel) -> None:
        self.mailbox.offer(parcel)

    def hint(self, group: str, hint: Frame) -> None:
        news = {"type": "unread", "room": str(UUID(group.removeprefix("room."))), "seq": hint["seq"]}
        mine = {"mention": self.user_id in hint["mentions"], "mine": hint["author"] == self.user_id}
        self.mailbox.put(news | mine | {"quiet": hint["quiet"]})

    def obey(self, order: str) -> None:
        if order == "rooms":
            self._spawn(self._list_rooms())
        if order == "check":
            self._spawn(_sweep({self}))
        if order == f"ended {self.visit.mark}":
            self.send_away(SIGNED_OUT)

    async def end(self, code: int) -> None:
        """Not one more frame; the socket closes, which takes as long as the reader does."""
        self._fall_silent()
        await self._close(code)

    def send_away(self, code: int) -> None:
        """As `end`, for who cannot wait: the next frame may come before any task has its turn."""
        self._fall_silent()
        self._spawn(self._close(code))

    # Internal

    def _fall_silent(self) -> None:
        hub().leave(self)
        self.mailbox.close()

    async def _list_rooms(self) -> None:
        await hub().list(self, map(room_group, await in_thread(commands.own_rooms, self.user)))

    async def _replay(self, group: str, since: int) -> None:
        found = await in_thread(commands.replayed, self.user, group, since)
        self.mailbox.positions[group] = found.head
        self.mailbox.put(*found.frames)

    async def _catch_up(self, group: str, since: int) -> None:
        """What the log holds, and what it does not: half-written answers and who is here."""
        if (room := UUID(group.removeprefix("room."))) not in self.rooms:
            return
        try:
            await self._replay(group, since)
            self.mailbox.put(*await in_thread(commands.arrive, self.user, room, self.name))
        except NotFound:  # removed while it was too slow to hear of it
            hub().forget(self, group)
            self.mailbox.positions.pop(group, None)

    def _spawn(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def live() -> tuple[Metrics, int]:
    """What this process has counted of live delivery, and how many tabs it serves now."""
    return next((hub.metrics for hub in _hubs.values()), Metrics()), len(_tabs)


async def say_goodbye() -> None:
    """The process is going: every tab moves at a moment of its own, before the line breaks."""
    for tab in _tabs:
        tab.mailbox.put({"type": "bye", "retry_ms": random.randint(0, int(FAREWELL * 1000))})  # noqa: S311
    for _ in range(int(FAREWELL * 10) + 5):
        if not _tabs:
            return
        await asyncio.sleep(0.1)


async def _look_after_tabs() -> None:
    """Orders may be lost; the database knows. And who is here is said again, before it is forgotten."""
    for turn in count():
        await asyncio.sleep(SWEEP / SLICES)
        tabs = {tab for tab in _tabs if tab.slice == turn % SLICES}
        rooms = {room for tab in _tabs for room in tab.rooms if room.int % SLICES == turn % SLICES}
        try:
            await _sweep(tabs)
            await _show_strangers_out(tabs)
            await say_who_is_here(rooms)
        except Exception as error:
            logger.warning("Nobody could be checked (%s).", error)


async def say_who_is_here(rooms: AbstractSet[UUID]) -> None:
    """One word a room for all tabs of the process: a word a tab would be most of what a quiet site does."""
    here: defaultdict[UUID, list[Entry]] = defaultdict(list)
    for tab in _tabs:
        for room in rooms & tab.rooms:
            here[room].append(Entry(tab.user.pk, tab.name))
    if here:
        await in_thread(commands.stay, here)


async def _sweep(tabs: set[Tab]) -> None:
    ended = set(await in_thread(over, [tab.visit for tab in tabs])) if tabs else set()
    for tab in tabs:
        if tab.visit in ended:
            tab.send_away(SIGNED_OUT)


async def _show_strangers_out(tabs: Iterable[Tab]) -> None:
    """Who is still in a room that is for others by now comes back, and is told so."""
    looking = [(tab, room) for tab in tabs for room in tab.rooms if tab.shows(room)]
    if not looking:
        return
    strangers = await in_thread(commands.strangers, [(tab.user.pk, room) for tab, room in looking])
    if strangers:
        await asyncio.sleep(SWEEP / SLICES)  # the bell that shows them out may be on its way
    for tab, room in looking:
        if (tab.user.pk, room) in strangers and tab.shows(room):
            tab.send_away(STRANGER)
