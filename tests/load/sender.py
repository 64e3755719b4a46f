"""Somebody who writes: every message waits under its key until the server has answered, in order, one at a time for
each room; as static/js/outbox.js does it. Some are sent twice at once, some keys come again with other words.
"""

import asyncio
import random
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

from tests.load.line import Lost
from tests.load.log import Frame
from tests.load.player import Player

EVERY = 1.25
TWICE, OTHER_WORDS, ASKS, NOTES = 0.15, 0.05, 0.05, 0.05
FINAL = {"not_found", "forbidden", "rejected", "too_long", "empty", "bad_request", "conflict"}


class Ack(NamedTuple):
    """What the server has promised."""

    room: str
    seq: int
    id: str
    body: str
    author: str


class Item(NamedTuple):
    key: str
    room: str
    body: str


@dataclass
class Ledger:
    """What was sent, and every answer that it got."""

    sent: int = 0
    doubles: int = 0
    acks: dict[str, Ack] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    refusals: list[tuple[str, str, str]] = field(default_factory=list)
    delays: list[str] = field(default_factory=list)
    conflicts: int = 0
    acked_at: dict[str, float] = field(default_factory=dict)
    ack_times: list[tuple[float, float]] = field(default_factory=list)
    arrivals: list[tuple[float, float]] = field(default_factory=list)

    def acknowledge(self, item: Item, answer: Frame, *, author: str) -> None:
        """Every answer to one key must say the same."""
        new = Ack(item.room, answer["seq"], answer["id"], item.body, author)
        first = self.acks.setdefault(item.key, new)
        self.acked_at.setdefault(item.key, asyncio.get_running_loop().time())
        if first != new:
            self.contradictions.append(f"{item.key} is {first.seq} and {new.seq}")

    def arrived(self, frame: Frame) -> None:
        """On some screen, when it was new."""
        now = asyncio.get_running_loop().time()
        if acked := self.acked_at.get(frame["client_id"]):
            self.arrivals.append((acked, now - acked))

    def ignore(self, frame: Frame) -> None:
        """Who comes late sees old things."""


class Sender:
    """`twin` is the person's other tab, by which doubles travel."""

    def __init__(self, player: Player, twin: Player, *, words: "Words", ledger: Ledger) -> None:
        self.player, self.twin = player, twin
        self.words, self.ledger = words, ledger
        self.asks_assistant = ASKS
        self._waiting: defaultdict[str, deque[Item]] = defaultdict(deque)
        self._pumps: dict[str, asyncio.Task[None]] = {}
        self._doubles: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> list[Item]:
        return [item for items in self._waiting.values() for item in items]

    async def write(self, rooms: dict[str, float]) -> None:
        """Until cancelled: into rooms as often as their weights say."""
        while self.player.line.ended_at is None:
            await asyncio.sleep(random.expovariate(1 / EVERY))
            room = random.choices(list(rooms), list(rooms.values()))[0]
            if random.random() < NOTES:
                self._beside(self._note(room))
            self.add(Item(str(uuid4()), room, self.words.next(asking=random.random() < self.asks_assistant)))

    def add(self, item: Item) -> None:
        self.ledger.sent += 1
        self._waiting[item.room].append(item)
        if item.room not in self._pumps or self._pumps[item.room].done():
            self._pumps[item.room] = asyncio.create_task(self._pump(item.room))

    def leave(self) -> None:
        for task in (*self._pumps.values(), *self._doubles):
            task.cancel()

    # Internal

    async def _pump(self, room: str) -> None:
        waiting, tries = self._waiting[room], 0
        while waiting and self.player.line.ended_at is None:
            if random.random() < TWICE:
                self.ledger.doubles += 1
                self._beside(self._send(self.twin, waiting[0]))
            pause = await self._send(self.player, waiting[0])
            if pause is None:
                tries = 0
                self._sometimes_contradict(waiting.popleft())
            else:
                tries += 1
                await asyncio.sleep(pause or random.uniform(0, min(30.0, 2.0**tries)))

    async def _send(self, player: Player, item: Item) -> float | None:
        """None when it was answered for good, else how long to wait: 0 leaves that to us."""
        asked = asyncio.get_running_loop().time()
        try:
            answer = await player.line.command("post", room=item.room, client_id=item.key, body=item.body)
        except Lost:
            return 0.2 if player.line.is_up is False else 0
        if answer["type"] == "ok":
            self.ledger.acknowledge(item, answer, author=player.part.user)
            self.ledger.ack_times.append((asked, asyncio.get_running_loop().time() - asked))
            return None
        if answer["code"] in FINAL:
            self.ledger.refusals.append((player.part.user, item.room, answer["code"]))
            return None
        self.ledger.delays.append(answer["code"])
        return float(answer.get("retry_after", 0))

    def _sometimes_contradict(self, item: Item) -> None:
        if random.random() < OTHER_WORDS and item.key in self.ledger.acks:
            self._beside(self._contradict(item))

    async def _contradict(self, item: Item) -> None:
        """The same key with other words: no, or no answer; never yes."""
        with suppress(Lost):
            answer = await self.twin.line.command("post", room=item.room, client_id=item.key, body=f"not {item.body}")
            self.ledger.conflicts += answer.get("code") == "conflict"
            if answer["type"] == "ok":
                self.ledger.contradictions.append(f"{item.key} was taken with two bodies")

    async def _note(self, room: str) -> None:
        with suppress(Lost):
            await self.player.line.command("note", room=room, body=self.words.next(asking=False), base=0)

    def _beside(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self._doubles.add(task)
        task.add_done_callback(self._doubles.discard)


class Words:
    """Messages of many shapes, each its own, each with a word that must be found nowhere."""

    SHAPES = (
        "{canary} {n} plain words",
        "**{canary}** {n} _and_ `code {n}`",
        '{canary} {n}\n\n- one\n- two <b>&amp; "three"</b>',
        "```python\nprint('{canary} {n}')\n```",
        "{canary} {n} 🎈 Grüße, 你好, שלום",
        "> quoted {canary}\n\n{n}" + " long and longer" * 120,
    )
    QUESTIONS = ("count to 60", "please summarise what was said", "count to 12", "who said what?")

    def __init__(self, canary: str) -> None:
        self.canary = canary
        self._count = 0

    def next(self, *, asking: bool) -> str:
        self._count += 1
        if asking:
            return f"@assistant {random.choice(self.QUESTIONS)} {self.canary} {self._count}"
        return random.choice(self.SHAPES).format(canary=self.canary, n=self._count)
