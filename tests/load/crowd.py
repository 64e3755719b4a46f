"""The load client: thousands of tabs in one process, on picows and uvloop, so that it is not what is measured.

Runs by its path and takes one JSON job a line: `connect`, `post`, `leave`. Each is answered by one line. Every message
that it posts carries a mark, the message's number in its room and the moment of sending; whoever receives bytes looks
for marks in them and for nothing else.
"""

import asyncio
import gc
import json
import sys
import time
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

Job = dict[str, Any]

MARK = b"zqx"
MARK_LENGTH = 3 + 8 + 16
FILLING = " lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut"
AT_ONCE = 64
IN_FLIGHT = 512
QUIET, LONGEST = 3.0, 20.0


class Seat(NamedTuple):
    """One tab: where it connects, who it is, and which room it opens (empty where a line is all there is)."""

    url: str
    origin: str
    cookie: str
    room: str


@dataclass
class Score:
    """What came of the marks of one run. Times in microseconds."""

    delivered: int = 0
    twice: int = 0
    delays: "array[int]" = field(default_factory=lambda: array("q"))
    answers: "array[int]" = field(default_factory=lambda: array("q"))
    errors: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))


class Tab(WSListener):
    def __init__(self, seat: Seat, crowd: "Crowd") -> None:
        self.seat, self.crowd = seat, crowd
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.seen = bytearray()
        self.asked: dict[int, int] = {}

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if not self.seat.room:
            self.ready.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return None
        payload = frame.get_payload_as_bytes()
        if not self.ready.done():
            return self._enter(payload)
        if self.asked and b'"ref":' in payload:
            self._settle(json.loads(payload))
        return self._count(payload)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.crowd.gone += 1
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was ready"))

    def say(self, **command: Any) -> None:
        self.transport.send(WSMsgType.TEXT, json.dumps(command).encode())

    def post(self, number: int) -> None:
        """The number is the message's in its room."""
        now = time.monotonic_ns() // 1000
        body = f"{MARK.decode()}{number:08d}{now:016d}{FILLING}"
        if not self.seat.room:
            return self.transport.send(WSMsgType.TEXT, body.encode())
        self.asked[number] = now
        return self.say(type="post", ref=number, room=self.seat.room, client_id=str(uuid4()), body=body)

    # Internal

    def _enter(self, payload: bytes) -> None:
        """Greeted: open the room. Opened: ready."""
        for frame in json.loads(payload):
            if frame["type"] == "hello":
                self.say(type="open", ref=0, room=self.seat.room, since=0)
            if frame.get("ref") == 0 and frame["type"] == "ok":
                self.ready.set_result(None)
            if frame["type"] == "error":
                self.ready.set_exception(ConnectionError(frame["text"]))

    def _settle(self, frames: list[Job]) -> None:
        for frame in frames:
            if (at := self.asked.pop(frame.get("ref", -1), None)) is None:
                continue
            self.crowd.score.answers.append(time.monotonic_ns() // 1000 - at)
            self.crowd.in_flight.release()
            if frame["type"] == "error":
                self.crowd.score.errors[frame["code"]] += 1

    def _count(self, payload: bytes) -> None:
        at, now, score = payload.find(MARK), time.monotonic_ns() // 1000, self.crowd.score
        while at >= 0:
            number = int(payload[at + 3 : at + 11])
            if number < len(self.seen):
                score.twice += self.seen[number]
                score.delivered += not self.seen[number]
                self.seen[number] = 1
                score.delays.append(now - int(payload[at + 11 : at + MARK_LENGTH]))
            at = payload.find(MARK, at + MARK_LENGTH)


class Crowd:
    def __init__(self) -> None:
        self.tabs: list[Tab] = []
        self.score = Score()
        self.gone = 0
        self.in_flight = asyncio.Semaphore(IN_FLIGHT)

    async def connect(self, job: Job) -> Job:
        began, gate, failures = time.monotonic(), asyncio.Semaphore(AT_ONCE), defaultdict(int)

        async def enter(seat: Seat) -> None:
            tab = Tab(seat, self)
            headers = {"Origin": seat.origin, "Cookie": seat.cookie}
            async with gate:
                try:
                    await ws_connect(lambda: tab, seat.url, extra_headers=headers, websocket_handshake_timeout=60)
                    await asyncio.wait_for(tab.ready, 60)
                    self.tabs.append(tab)
                except Exception as error:
                    failures[f"{type(error).__name__}: {error}"[:80]] += 1

        await asyncio.gather(*(enter(Seat(*one)) for one in job["seats"]))
        return {"connected": len(self.tabs), "seconds": time.monotonic() - began, "failures": dict(failures)}

    async def post(self, job: Job) -> Job:
        """Open loop: each message has its moment, whether or not the ones before were answered."""
        rate, seconds = job["rate"], job["seconds"]
        self.score, self.in_flight = Score(), asyncio.Semaphore(IN_FLIGHT)
        turns = list(self._turns(int(rate * seconds), job["senders"]))
        wanted = self._expect(turns)
        gc.collect()
        gc.disable()
        spent, began = time.process_time(), time.monotonic()
        late = await self._send(turns, rate)
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        in_time = self.score.delivered
        await self._until_quiet(wanted)
        took, spent = time.monotonic() - began, time.process_time() - spent
        gc.enable()
        return {
            "sent": len(turns),
            "answered": len(self.score.answers),
            "errors": dict(self.score.errors),
            "wanted": wanted,
            "in_time": in_time,
            "delivered": self.score.delivered,
            "twice": self.score.twice,
            "seconds": took,
            "client_cores": spent / took,
            "late_p99": _percentile(late, 99),
            "delays": [_percentile(self.score.delays, p) for p in (50, 99)],
            "answers": [_percentile(self.score.answers, p) for p in (50, 99)],
            "gone": self.gone,
        }

    async def leave(self, _: Job) -> Job:
        for tab in self.tabs:
            tab.transport.disconnect()
        self.tabs, self.gone = [], 0
        return {}

    # Internal

    def _turns(self, count: int, senders: int) -> Iterator[tuple[Tab, int]]:
        """Who posts next, and which number in their room it will be: room after room, all with the same load."""
        rooms: defaultdict[str, list[Tab]] = defaultdict(list)
        for tab in self.tabs:
            rooms[tab.seat.room].append(tab)
        groups = [tabs[:senders] for tabs in rooms.values()]
        for turn in range(count):
            tabs, number = groups[turn % len(groups)], turn // len(groups)
            yield tabs[number % len(tabs)], number

    def _expect(self, turns: Sequence[tuple[Tab, int]]) -> int:
        posted: defaultdict[str, int] = defaultdict(int)
        for tab, _ in turns:
            posted[tab.seat.room] += 1
        for tab in self.tabs:
            tab.seen = bytearray(posted[tab.seat.room])
        return sum(len(tab.seen) for tab in self.tabs)

    async def _send(self, turns: Sequence[tuple[Tab, int]], rate: float) -> "array[int]":
        began, late = time.monotonic(), array("q")
        for turn, (tab, number) in enumerate(turns):
            due = began + turn / rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if tab.seat.room:
                await self.in_flight.acquire()
            late.append(int((time.monotonic() - due) * 1e6))
            tab.post(number)
        return late

    async def _until_quiet(self, wanted: int) -> None:
        """Until all is there, or nothing more comes."""
        end, known, since = time.monotonic() + LONGEST, -1, time.monotonic()
        while self.score.delivered < wanted and time.monotonic() < min(end, since + QUIET):
            if self.score.delivered != known:
                known, since = self.score.delivered, time.monotonic()
            await asyncio.sleep(0.02)


def _percentile(values: Sequence[int], percent: int) -> float:
    """In milliseconds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] / 1000 if ordered else 0.0


async def main() -> None:
    crowd, lines = Crowd(), asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for line in lines:
        job = json.loads(line)
        answer = await getattr(crowd, job["do"])(job)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
