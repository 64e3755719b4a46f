"""A tab's queue: bounded whatever its reader does, and never out of step with the log."""

import asyncio
import json
from collections.abc import Callable

import pytest

from chatsite.lib import mailbox as module
from chatsite.lib.feed import Parcel
from chatsite.lib.mailbox import MOST_BYTES, MOST_FRAMES, Mailbox

pytestmark = pytest.mark.anyio
ROOM = "room.1"


class Reader:
    """Takes nothing until `takes` is set. `asked` are the revisions after which the log was read."""

    def __init__(self) -> None:
        self.takes = asyncio.Event()
        self.takes.set()
        self.got: list[int] = []
        self.asked: list[int] = []
        self.log_fails = 0
        self.mailbox = Mailbox(self._send, self._catch_up, self._give_up)
        self.mailbox.positions[ROOM] = 0
        self.given_up = 0
        self.head = 0

    async def _send(self, text: str) -> None:
        await self.takes.wait()
        self.got += [frame["revision"] for frame in json.loads(text)]

    def _give_up(self) -> None:
        self.given_up += 1
        self.mailbox.close()

    async def _catch_up(self, group: str, since: int) -> None:
        self.asked.append(since)
        if self.log_fails:
            self.log_fails -= 1
            raise ConnectionError("no database")
        self.mailbox.positions[group] = self.head
        self.mailbox.put(*({"type": "message", "revision": number} for number in range(since + 1, self.head + 1)))

    def offer(self, count: int) -> None:
        for _ in range(count):
            self.head += 1
            inner = json.dumps({"type": "message", "revision": self.head})
            self.mailbox.offer(Parcel(ROOM, inner, 1, self.head))


async def settle(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_what_was_dropped_is_read_from_where_the_tab_stands() -> None:
    """Also when more comes before that."""
    reader = Reader()
    reader.offer(1)
    await settle(lambda: reader.got == [1])
    reader.takes.clear()
    reader.offer(1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    reader.offer(MOST_FRAMES + 1)
    reader.offer(5)
    reader.takes.set()
    await settle(lambda: reader.got == list(range(1, reader.head + 1)))
    assert reader.asked == [2]


async def test_a_log_that_cannot_be_read_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.01)
    reader = Reader()
    reader.log_fails = 2
    reader.offer(MOST_FRAMES + 1)
    await settle(lambda: reader.got == list(range(1, reader.head + 1)))
    assert reader.asked == [0, 0, 0]


async def test_who_takes_nothing_may_ask_for_no_more() -> None:
    reader = Reader()
    reader.takes.clear()
    await reader.mailbox.wait_for_room()
    reader.mailbox.put({"revision": 1, "text": "x" * MOST_BYTES})
    waiting = asyncio.create_task(reader.mailbox.wait_for_room())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    reader.takes.set()
    await waiting


async def test_who_is_given_up_keeps_nobody_waiting_and_nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STUCK", 0.01)
    reader = Reader()
    reader.takes.clear()
    reader.mailbox.put({"revision": 1, "text": "x" * MOST_BYTES})
    await settle(lambda: reader.given_up == 1)
    await reader.mailbox.wait_for_room()
    reader.mailbox.put({"revision": 2, "text": "x" * MOST_BYTES})
    reader.offer(3)
    assert not reader.mailbox._own
    assert not reader.mailbox._parcels


async def test_nothing_to_say_is_not_said() -> None:
    """Neither by the short way: a room that opens without news has no frames."""
    reader, written = Reader(), list[bytes]()
    short = Mailbox(reader._send, reader._catch_up, reader._give_up, write=lambda frame: not written.append(frame))
    short.put()
    assert written == []


async def test_answers_do_not_wait_for_a_log_that_cannot_be_read() -> None:
    reader = Reader()
    reader.log_fails = 1
    reader.offer(MOST_FRAMES + 1)
    await settle(lambda: reader.asked == [0])
    reader.mailbox.put({"revision": -1})
    reader.offer(1)
    await settle(lambda: reader.got == [-1])
    assert reader.asked == [0]


async def test_a_line_that_breaks_takes_nothing_more() -> None:
    async def broken(text: str) -> None:
        raise BrokenPipeError

    reader = Reader()
    line = Mailbox(broken, reader._catch_up, reader._give_up)
    line.put({"revision": 1})
    await settle(lambda: line._over)
    line.put({"revision": 2})
    assert (line._own, reader.given_up) == ([], 0)


async def test_who_keeps_up_has_nobody_working_for_them() -> None:
    reader = Reader()
    reader.offer(1)
    await settle(lambda: reader.got == [1])
    await settle(lambda: reader.mailbox._delivery is None)
