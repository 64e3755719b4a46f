"""One tab of one person: the rooms that it has open, kept equal to the server's log by the client's rules."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.load.door import Door
from tests.load.line import Line, Lost
from tests.load.log import Frame, Shown, View

GAP_PATIENCE, RETRY = 0.5, 2.0
GONE = {"not_found", "forbidden"}
ARTICLE = re.compile(r'<article class="message[^>]* data-revision="\d.*?</article>', re.DOTALL)


class Part(NamedTuple):
    """Who plays, and in which rooms: id → slug."""

    name: str
    user: str
    session: str
    rooms: dict[str, str]


class Player:
    """`arrived` hears of each message that is news, as it comes."""

    def __init__(self, part: Part, *, ports: list[int], origin: str, arrived: Callable[[Frame], None]) -> None:
        self.part = part
        self.views = {room: View(room) for room in part.rooms}
        self.frames: Counter[str] = Counter()
        self.arrived = arrived
        self.door = Door(part.session, ports)
        addresses = [f"ws://127.0.0.1:{port}/ws/" for port in ports]
        self.line = Line(addresses, origin=origin, cookie=f"session={part.session}", hear=self._hear)
        self.line.up = self._open_all
        self._opening: set[str] = set()
        self._stale: set[str] = set()
        self._due: dict[str, asyncio.TimerHandle] = {}
        self._jobs: set[asyncio.Task[Any]] = set()

    @property
    def has_left(self) -> set[str]:
        return {room for room, view in self.views.items() if view.left_at is not None}

    def is_level(self, heads: dict[str, int]) -> bool:
        """Whether everything is shown that the database holds, where we still may look."""
        return all(view.log.revision >= heads[room] for room, view in self.views.items() if view.left_at is None)

    async def open(self, room: str) -> None:
        """Ask for everything that is missing."""
        if room in self._opening:
            self._stale.add(room)
            return
        self._stale.discard(room)
        self._opening.add(room)
        try:
            self._opened(room, await self.line.command("open", room=room, since=self.views[room].log.revision))
        except Lost:
            self._open_soon(room, RETRY)
        finally:
            self._opening.discard(room)
        if room in self._stale:
            await self.open(room)

    async def nag(self, room: str, *, times: int, pause: float) -> None:
        """Open the same room again and again, without waiting for an answer."""
        for _ in range(times):
            self._spawn(self._try_to_open(room))
            await asyncio.sleep(pause)

    def leave(self) -> None:
        self.line.hang_up()
        for timer in self._due.values():
            timer.cancel()
        for job in self._jobs:
            job.cancel()

    # Frames

    def _hear(self, frame: Frame) -> None:
        self.frames[frame["type"]] += 1
        view = self.views.get(frame.get("room", ""))
        if view and view.left_at is not None and frame["type"] in {"message", "draft", "typing"}:
            view.after_leaving += 1
        match frame["type"]:
            case "message" if view:
                self._take(view, frame)
            case "reset" if view:
                view.log.lose()
                self._spawn(self._reload(view))
            case "heads":
                self._compare(frame["rooms"])

    def _take(self, view: View, frame: Frame) -> None:
        if view.take(frame, me=self.part.user):
            self.arrived(frame)
        self._watch_gap(view)

    def _compare(self, heads: dict[str, int]) -> None:
        for room, head in heads.items():
            if head > self.views[room].log.revision:
                self._open_soon(room, GAP_PATIENCE)

    def _watch_gap(self, view: View) -> None:
        if view.log.has_gap and view.room not in self._opening:
            self._open_soon(view.room, GAP_PATIENCE)

    # Opening

    def _open_all(self) -> None:
        for room, view in self.views.items():
            if view.left_at is None:
                self._spawn(self.open(room))

    def _open_soon(self, room: str, wait: float) -> None:
        if room not in self._due:
            self._due[room] = asyncio.get_running_loop().call_later(wait, self._open_now, room)

    def _open_now(self, room: str) -> None:
        self._due.pop(room, None)
        if self.line.is_up and self.views[room].left_at is None:
            self._spawn(self.open(room))

    def _opened(self, room: str, answer: Frame) -> None:
        if answer["type"] == "ok":
            self.views[room].log.reach(answer["revision"])
            self._watch_gap(self.views[room])
        elif answer["code"] not in GONE:
            self._open_soon(room, answer.get("retry_after", RETRY))

    async def _try_to_open(self, room: str) -> None:
        try:
            await self.line.command("open", room=room, since=self.views[room].log.revision)
        except Lost:
            return

    async def _reload(self, view: View) -> None:
        """Too much was missed: the newest page, as the browser would load it."""
        page = await self.door.read(f"/rooms/{self.part.rooms[view.room]}/")
        found = re.search(r'<message-list [^>]*revision="(\d+)"', page)
        if not found:
            return self._open_soon(view.room, RETRY)
        view.restart(int(found[1]), dict(map(_article, ARTICLE.findall(page))))
        return await self.open(view.room)

    def _spawn(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)


def _article(html: str) -> tuple[str, Shown]:
    facts = dict(re.findall(r'data-(id|seq|revision)="([^"]+)"', html))
    return facts["id"], Shown(int(facts["seq"]), int(facts["revision"]), html)
