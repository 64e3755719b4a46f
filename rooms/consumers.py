"""The socket of one tab: a table of commands, and frames handed on. No domain logic."""

import asyncio
import json
import logging
from typing import Any
from uuid import UUID, uuid4

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
from django.db import DatabaseError

from accounts.models import User
from chatsite.lib.hub import Hub, Parcel
from chatsite.lib.mailbox import Mailbox, Stuck
from chatsite.lib.ratelimit import Bucket
from chatsite.lib.realtime import Frame, room_group, user_group
from chatsite.lib.threads import in_thread
from rooms import commands
from rooms.exceptions import BadRequest, Refused
from rooms.models.message import MAX_BYTES
from rooms.replay import RoomLog

logger = logging.getLogger(__name__)

HEARTBEAT = 20
SIGNED_OUT, NONSENSE, SLOW, FLOOD = 4401, 4400, 4008, 4029

_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """This process's hub: there is one event loop in a web process."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub(RoomLog()))


class ChatConsumer(AsyncConsumer):
    # A tab has no channel of its own: the hub listens for the whole process.
    channel_layer_alias = "none"
    base_send: Any
    user: User

    def __init__(self) -> None:
        self.user_id = ""
        self.tab = uuid4().hex[:12]
        self.mailbox = Mailbox(self._send, self._replay)
        self.pace, self.patience = Bucket("command"), Bucket("nonsense")
        self.rooms: set[UUID] = set()
        self.tasks: set[asyncio.Task[Any]] = set()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As Channels does, but without its detour through the one thread that all sockets share."""
        await getattr(self, get_handler_name(message))(message)

    # Lifecycle

    async def websocket_connect(self, _: object) -> None:
        await self.base_send({"type": "websocket.accept"})
        visitor = await in_thread(commands.visitor, self.scope.get("cookies", {}))
        if visitor is None:
            return await self._close(SIGNED_OUT)
        self.user, self.user_id = visitor, str(visitor.pk)
        self._spawn(self._deliver())
        limits = {"body": MAX_BYTES}
        self.mailbox.put(
            {"type": "hello", "user": self.user_id, "build": commands.BUILD, "limits": limits, "heartbeat": HEARTBEAT}
        )
        await hub().follow(self, user_group(self.user.pk))
        return await self._list_rooms()

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if not self.user_id:
            return None
        if not self.pace.take():
            return await self._close(FLOOD)
        command = _parsed(message.get("text"))
        answer = {"ref": command.get("ref")}
        try:
            self.mailbox.put({"type": "ok", **answer, **await self._carry_out(command)})
        except Refused as refusal:
            self.mailbox.put({"type": "error", **answer, **commands.refusal(refusal)})
            if isinstance(refusal, BadRequest) and not self.patience.take():
                await self._close(NONSENSE)
        except DatabaseError:
            logger.warning("The database did not answer.", exc_info=True)
            self.mailbox.put({"type": "error", **answer, **commands.UNAVAILABLE})
        return None

    async def websocket_disconnect(self, _: object) -> None:
        hub().leave(self)
        for room in self.rooms:
            asyncio.ensure_future(in_thread(commands.depart, self.user, room, self.tab))  # noqa: RUF006
        for task in self.tasks:
            task.cancel()
        raise StopConsumer

    # Commands

    async def _carry_out(self, command: dict[str, Any]) -> Frame:
        carry_out = getattr(self, f"_do_{command.get('type')}", None)
        if carry_out is None:
            raise BadRequest("There is no such command.")
        answer: Frame = await carry_out(command)
        return answer

    async def _do_open(self, command: Frame) -> Frame:
        opened = await in_thread(commands.opened, self.user, command)
        group = room_group(opened.room)

        async def replay(since: int) -> int:
            await self._replay(group, since)
            return self.mailbox.positions[group]

        revision = await hub().open(self, group, since=opened.since, replay=replay)
        self.rooms.add(opened.room)
        self.mailbox.put(*await in_thread(commands.arrive, self.user, opened.room, self.tab))
        return {"room": str(opened.room), "revision": revision}

    async def _do_close(self, command: Frame) -> Frame:
        room = commands.named(command)
        hub().close(self, room_group(room))
        self.rooms.discard(room)
        await in_thread(commands.depart, self.user, room, self.tab)
        return {}

    async def _do_post(self, command: Frame) -> Frame:
        return await in_thread(commands.post, self.user, command)

    async def _do_read(self, command: Frame) -> Frame:
        return await in_thread(commands.read, self.user, command)

    async def _do_typing(self, command: Frame) -> Frame:
        return await in_thread(commands.typing, self.user, command)

    async def _do_heartbeat(self, _: Frame) -> Frame:
        """Answered with the heads of the open rooms, which the tab compares with its own."""
        for room in self.rooms:
            await in_thread(commands.stay, self.user, room, self.tab)
        feeds = {room: hub().feeds.get(room_group(room)) for room in self.rooms}
        heads = {str(room): max(feed.heard, feed.revision or 0) for room, feed in feeds.items() if feed}
        self.mailbox.put({"type": "heads", "rooms": heads})
        return {}

    # What the hub hands over

    def offer(self, parcel: Parcel) -> None:
        self.mailbox.offer(parcel)

    def hint(self, group: str, hint: Frame) -> None:
        room = UUID(group.removeprefix("room."))
        mine = hint["author"] == self.user_id
        self.mailbox.put(
            {
                "type": "unread",
                "room": str(room),
                "seq": hint["seq"],
                "mention": self.user_id in hint["mentions"],
                "mine": mine,
            }
        )

    def obey(self, order: str) -> None:
        if order == "rooms":
            self._spawn(self._list_rooms())

    # Internal

    async def _list_rooms(self) -> None:
        await hub().list(self, [room_group(room) for room in await in_thread(commands.room_ids, self.user)])

    async def _replay(self, group: str, since: int) -> None:
        found = await in_thread(commands.replayed, group, since)
        self.mailbox.positions[group] = found.head
        self.mailbox.put(*found.frames)

    async def _deliver(self) -> None:
        try:
            await self.mailbox.deliver()
        except Stuck:
            await self._close(SLOW)

    async def _send(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    async def _close(self, code: int) -> None:
        await self.base_send({"type": "websocket.close", "code": code})

    def _spawn(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        command = json.loads(text or "")
    except ValueError:
        return {}
    return command if isinstance(command, dict) else {}
