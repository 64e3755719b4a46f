"""A story as it happens on the site: a room's log, the bells that ring, and tabs that keep the client's rules."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.sessions import Visit
from chatsite.lib.realtime import Frame, layer, room_group
from chatsite.lib.threads import in_thread
from rooms.models import Message, Room
from rooms.rendering import message_frame
from rooms.tabs import Tab, hub
from tests.chatsite.lib.ledger import Reader, until
from tests.load.log import Shown, View
from tests.people import make_room
from tests.stories import TABS, Story

PATIENCE = 8.0
FENCE = "fence"


class RoomLog:
    """The room's log, written by its own two methods; nobody is told but by the bells that a story rings."""

    def __init__(self, owner: User) -> None:
        self.room, self.owner = make_room(uuid4().hex, owner), owner
        self.group = room_group(self.room.pk)
        self.messages: list[UUID] = []
        self.bells: list[Frame] = []
        self.rendered: dict[int, str] = {}
        self._render(self.room.messages.get())

    def say(self) -> None:
        message = Message(author=self.owner, body="Ahoy", html="<p>Ahoy</p>")
        with transaction.atomic():
            self.room.append(message)
        self.messages.append(message.pk)
        self.bells.append(self._render(message))

    def amend(self, number: int) -> None:
        self._change(number, html=f"<p>Ahoy, for the {len(self.bells)}th time</p>")

    def delete(self, number: int) -> None:
        self._change(number, deleted_at=timezone.now())

    def shown(self) -> tuple[int, dict[str, Shown]]:
        """As a page that is loaded now shows it. Each state of a message was rendered when it came to be."""
        head = Room.objects.get(pk=self.room.pk).last_revision
        rows = self.room.messages.values_list("pk", "seq", "revision")
        return head, {str(pk): Shown(seq, revision, self.rendered[revision]) for pk, seq, revision in rows}

    def _change(self, number: int, **changes: object) -> None:
        if not self.messages:
            return
        message = Message.objects.get(pk=self.messages[number % len(self.messages)])
        with transaction.atomic():
            self.room.amend(message, **changes)
        self.bells.append(self._render(message))

    def _render(self, message: Message) -> Frame:
        frame = message_frame(Message.objects.for_display().get(pk=message.pk))
        self.rendered[frame["revision"]] = frame["html"]
        return frame


class Client:
    """A person's page: a real tab, and a view that takes what it is sent while it takes anything."""

    def __init__(self, log: RoomLog, visit: Visit) -> None:
        self.log, self.visit = log, visit
        self.view: View | None = None
        self.tab: Tab | None = None
        self.is_lost = False
        self.gaps: list[Frame] = []
        self.takes = asyncio.Event()
        self.takes.set()

    async def open(self) -> None:
        if self.view is None:
            await self._load_page()
        if self.tab is None:
            self.tab = Tab(self.visit, self._send, self._never_closed)
            await self.tab.start()
        await self.wake()
        await self._ask()

    async def close(self) -> None:
        if self.tab and self.view:
            await self.tab.close_room(self.log.room.pk)
        self.view = None

    async def sleep(self) -> None:
        """A page that was on its way does not come."""
        if self.tab:
            self.tab.leave()
        self.tab, self.is_lost = None, False

    async def stall(self) -> None:
        self.takes.clear()

    async def wake(self) -> None:
        self.takes.set()

    async def heads(self) -> None:
        heads = self.tab.heads() if self.tab else {}
        if self.view and heads.get(self.view.room, 0) > self.view.log.revision:
            await self._ask()

    async def load(self) -> None:
        if self.is_lost and self.tab and self.view:
            await self._load_page()
            await self._ask()

    async def no_page(self) -> None:
        """The one that was on its way does not come, and is asked for again."""
        if self.is_lost and self.tab:
            self.is_lost = False
            await self._ask()

    def is_level(self, head: int) -> bool:
        return not self.view or (self.view.log.revision == head and not self.view.log.has_gap)

    async def _load_page(self) -> None:
        self.view = self.view or View(str(self.log.room.pk))
        self.view.restart(*await in_thread(self.log.shown))
        self.is_lost = False

    async def _ask(self) -> None:
        """The answer waits its turn behind the replay, as the consumer's does."""
        assert self.tab
        assert self.view
        revision = await self.tab.open(self.log.room.pk, since=self.view.log.revision)
        self.tab.mailbox.put({"type": "ok", "revision": revision})

    async def _send(self, text: str) -> None:
        await self.takes.wait()
        for frame in json.loads(text):
            self._hear(frame)

    def _hear(self, frame: Frame) -> None:
        if self.view is None:
            return
        if frame["type"] == "message":
            self.view.take(frame, me=str(self.visit.user.pk))
            self.gaps += [frame] if self.view.log.has_gap else []
        if frame["type"] == "reset":
            self.is_lost = True
            self.view.log.lose()
        if frame["type"] == "ok":
            self.view.log.reach(frame["revision"])

    async def _never_closed(self, code: int) -> None:
        raise AssertionError(f"closed with {code}")


class Telling:
    """One story, as it happens on the site."""

    def __init__(self, log: RoomLog, visit: Visit) -> None:
        self.log = log
        self.clients = [Client(log, visit) for _ in range(TABS)]
        self.fence = Reader()

    async def tell(self, steps: Story) -> None:
        await hub().follow(self.fence, FENCE)
        for verb, numbers in steps:
            await self._step(verb, *numbers)

    async def end(self) -> None:
        """Who slept comes back, and by and by all are level with the log; who was awake has nothing to ask for."""
        for client in self.clients:
            await client.wake()
            if client.view and not client.tab:
                await client.open()
        head, shown = await in_thread(self.log.shown)
        async with asyncio.timeout(PATIENCE):
            while not all(client.is_level(head) for client in self.clients):
                assert not any(client.gaps for client in self.clients)
                await asyncio.sleep(0.001)
                await self._load_lost()
        assert not any(client.gaps for client in self.clients)
        assert [client.view.messages for client in self.clients if client.view] == [
            shown for client in self.clients if client.view
        ]

    async def leave(self) -> None:
        """However it went: tabs that stay would be looked after in the tests that follow."""
        for client in self.clients:
            await client.sleep()
        hub().leave(self.fence)

    async def ring(self, *numbers: int) -> None:
        for number in numbers if self.log.bells else ():
            await self._ring(self.log.group, self.log.bells[number % len(self.log.bells)])

    async def pause(self) -> None:
        """Until the hub has heard what was rung."""
        self.fence.frames.clear()
        async with asyncio.timeout(PATIENCE):
            while not self.fence.frames:
                await self._ring(FENCE, {"type": FENCE})
                await asyncio.sleep(0.002)
        await until(lambda: not any(feed.catching_up for feed in hub().feeds.values()))
        await self._load_lost()

    async def _step(self, verb: str, *numbers: int) -> None:
        if verb in {"say", "amend", "delete"}:
            await in_thread(getattr(self.log, verb), *numbers)
        elif verb in {"ring", "pause"}:
            await getattr(self, verb)(*numbers)
        else:
            await getattr(self.clients[numbers[0]], verb)()

    async def _ring(self, group: str, frame: Frame) -> None:
        bell: dict[str, Any] = {"type": "bell", "group": group, "frame": json.dumps(frame), "hint": None, "order": None}
        await layer().group_send(group, bell | {"revision": frame.get("revision"), "leaver": None})

    async def _load_lost(self) -> None:
        for client in self.clients:
            await client.load()
