"""Real sockets into the real application: what somebody sees of a room, kept as the page's own script keeps it."""

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from django.conf import settings
from django.test import Client
from websockets.sync.client import connect

from accounts.models import User
from chatsite.lib.threads import POOL
from rooms.models import Room
from tests.aibot.table import PATIENCE, until

Frame = dict[str, Any]


class WebServer:
    """The site's ASGI application on a port of its own, in a thread of the tests."""

    def __init__(self) -> None:
        from chatsite.asgi import application

        config = uvicorn.Config(application, lifespan="off", ws="websockets-sansio", log_config=None)
        self.server = uvicorn.Server(config)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/ws/"
        self.loop = asyncio.new_event_loop()
        serving = self.server.serve(sockets=[self.listener])
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=[serving], daemon=True)
        self.thread.start()

    def settle(self) -> None:
        """Until nobody is connected and nothing that they left behind still asks the database."""
        until(lambda: not self.server.server_state.connections, what="the last tab to go")
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), self.loop).result(PATIENCE)
        barrier = threading.Barrier(POOL._max_workers + 1)
        for _ in range(POOL._max_workers):
            POOL.submit(barrier.wait)
        barrier.wait(PATIENCE)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(PATIENCE)
        self.loop.close()
        self.listener.close()


@dataclass
class Draft:
    """The blocks shown, each with the number of times that it was written."""

    attempt: int = 0
    length: int = 0
    blocks: list[str] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)

    def apply(self, frame: Frame) -> None:
        if (frame["attempt"], frame["length"]) <= (self.attempt, self.length):
            return
        if frame["attempt"] > self.attempt:
            self.blocks, self.writes, self.length = [], [], 0
        start, new = frame["from"], frame["blocks"]
        assert start <= len(self.blocks), f"blocks are missing before {start}: {self.blocks}"
        assert frame["after"] <= self.length, f"a frame is missing before {frame}"
        counts = self.writes[start:] + [0] * len(new)
        self.blocks[start:] = new
        self.writes[start:] = [count + 1 for count in counts[: len(new)]]
        self.attempt, self.length = frame["attempt"], frame["length"]


class Screen:
    """One tab with the room open."""

    def __init__(self, url: str, user: User, room: Room) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.room = room
        self.articles: dict[str, Frame] = {}
        self.drafts: dict[str, Draft] = {}
        self.frames: list[Frame] = []
        self._stack = ExitStack()
        self._socket = self._stack.enter_context(
            connect(
                url,
                origin=settings.SITE_ORIGINS[0],
                additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"},
                compression=None,
            )
        )
        self._socket.send(json.dumps({"type": "open", "ref": 1, "room": str(room.pk), "since": 0}))
        self.until(lambda: any(frame["type"] == "presence" for frame in self.frames), what="the room")

    def until(self, condition: Callable[[], object], *, what: str = "the expected frames") -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            try:
                frames = json.loads(self._socket.recv(timeout=max(0.01, deadline - time.monotonic())))
            except TimeoutError:
                raise AssertionError(f"still waiting for {what}: {self.frames[-3:]}") from None
            for frame in frames:
                self.frames.append(frame)
                self._show(frame)

    def until_status(self, message: object, status: str) -> Frame:
        self.until(lambda: self.status(message) == status, what=f"status {status}")
        return self.articles[str(message)]

    def until_blocks(self, message: object, inside: list[str]) -> None:
        """Until these are the paragraphs of the half-written message."""
        self.until(lambda: [_inner(block) for block in self.draft(message).blocks] == inside, what=f"blocks {inside}")

    def status(self, message: object) -> str:
        return _attribute(self.articles.get(str(message), {"html": ""}), "status")

    def draft(self, message: object) -> Draft:
        return self.drafts.setdefault(str(message), Draft())

    def frames_for(self, message: object) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == "draft" and frame["message"] == str(message)]

    def close(self) -> None:
        self._stack.close()

    def _show(self, frame: Frame) -> None:
        if frame["type"] == "message":
            self._replace(frame)
        elif frame["type"] == "draft" and self.status(frame["message"]) == "drafting":
            self.draft(frame["message"]).apply(frame)

    def _replace(self, frame: Frame) -> None:
        shown = self.articles.get(frame["id"])
        if shown and shown["revision"] >= frame["revision"]:
            return
        self.articles[frame["id"]] = frame
        attempt = int(_attribute(frame, "attempt"))
        if _attribute(frame, "status") == "drafting" and attempt > self.draft(frame["id"]).attempt:
            self.drafts[frame["id"]] = Draft(attempt)


def _attribute(frame: Frame, name: str) -> str:
    found = re.search(rf'<article[^>]* data-{name}="([^"]*)"', frame["html"])
    return found[1] if found else ""


def _inner(block: str) -> str:
    return re.sub(r"\A<p[^>]*>|</p>\s*\Z", "", block)
