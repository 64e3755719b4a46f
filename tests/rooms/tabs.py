"""A tab as a conversation: `async with tab(alice, hq) as page: frame = await page.receive("message")`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from accounts.models import User
from chatsite.asgi import application
from chatsite.lib.feed import GATHER
from chatsite.lib.realtime import push, user_group
from chatsite.lib.threads import in_thread
from rooms.models import Room
from tests import protocol
from tests.people import browser

Frame = dict[str, Any]

PATIENCE = 15.0


class OpenTab:
    """`inbox` holds the frames that nobody has asked for yet; `seen` all that ever came."""

    def __init__(self, socket: WebsocketCommunicator, client: Client) -> None:
        self.socket = socket
        self.client = client
        self.inbox: list[Frame] = []
        self.seen: list[Frame] = []
        self.messages: list[list[Frame]] = []
        self._refs = count(1)

    async def receive(self, kind: str, **wanted: Any) -> Frame:
        """The next frame of this kind with these fields, which may have come already."""
        while True:
            for frame in self.inbox:
                if frame["type"] == kind and wanted.items() <= frame.items():
                    self.inbox.remove(frame)
                    return frame
            await self._fill()

    async def ask(self, command: str, **fields: Any) -> Frame:
        """Its answer, `ok` or `error`."""
        ref = next(self._refs)
        await self.say(type=command, ref=ref, **fields)
        return await self.answer(ref)

    async def answer(self, ref: Any) -> Frame:
        while True:
            for frame in self.inbox:
                if frame["type"] in {"ok", "error"} and frame["ref"] == ref:
                    self.inbox.remove(frame)
                    return frame
            await self._fill()

    async def say(self, **command: Any) -> None:
        await self.write(json.dumps(command))

    async def write(self, text: str) -> None:
        await self.socket.send_to(text_data=text)

    async def open(self, room: Room, *, since: int = 0) -> Frame:
        return await self.ask("open", room=str(room.pk), since=since)

    async def closed(self) -> int:
        """The code with which the server closes, whatever it still says before."""
        while (event := await self._event())["type"] == "websocket.send":
            self._take(event)
        assert event["type"] == "websocket.close"
        return int(event["code"])

    def of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.seen if frame["type"] == kind]

    async def _fill(self) -> None:
        event = await self._event()
        assert event["type"] == "websocket.send", f"instead of a frame came {event}"
        self._take(event)

    async def _event(self) -> Any:
        """The next that the server sends; its exception, where it raised one instead."""
        coming = asyncio.ensure_future(self.socket.output_queue.get())
        await asyncio.wait({coming, self.socket.future}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            return coming.result()
        coming.cancel()
        if self.socket.future.done():
            self.socket.future.result()
        raise AssertionError(f"Nothing more came; until then: {[frame['type'] for frame in self.seen]}")

    def _take(self, event: Any) -> None:
        event["text"].encode()  # as a server does that sends it
        frames = json.loads(event["text"])
        assert isinstance(frames, list)
        assert frames
        for frame in frames:
            protocol.check(frame)
        self.messages.append(frames)
        self.inbox += frames
        self.seen += frames


def knock(client: Client, *, origin: str | None = settings.SITE_URL) -> WebsocketCommunicator:
    """A socket of this browser that has not been connected yet."""
    headers = [(b"cookie", f"{name}={cookie.value}".encode()) for name, cookie in client.cookies.items()]
    return WebsocketCommunicator(
        application, "/ws/", headers if origin is None else [*headers, (b"origin", origin.encode())]
    )


@asynccontextmanager
async def tab(
    user: User | None, room: Room | None = None, *, since: int = 0, client: Client | None = None
) -> AsyncIterator[OpenTab]:
    """A tab that is connected, and shows the room where one is given. Tabs of one client share its session."""
    client = client or await in_thread(browser, user)
    socket = knock(client)
    accepted, _ = await socket.connect(PATIENCE)
    assert accepted
    page = OpenTab(socket, client)
    try:
        if user:
            await page.receive("hello")
        if room:
            assert (await page.open(room, since=since))["type"] == "ok"
        yield page
    finally:
        if not socket.future.done():
            await socket.disconnect(timeout=PATIENCE)


async def ring(page: OpenTab, user: User) -> None:
    """Whatever was pushed before this has reached the tab, or never will: bells keep their order, and what a feed
    gathers goes out before a timer that is set later and runs longer.
    """
    for pause in (2 * GATHER, 0):
        await in_thread(push, user_group(user.pk), {"type": "fence"})
        await page.receive("fence")
        await asyncio.sleep(pause)
