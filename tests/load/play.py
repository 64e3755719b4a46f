"""One performance: clients and writers while things go wrong, then quiet, then everybody's evidence."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import websockets
from websockets.asyncio.client import connect

from chatsite.lib.threads import in_thread
from tests.load import truth
from tests.load.cast import HALL, WRITERS, Cast
from tests.load.faults import Cue, Faults
from tests.load.oracle import Closing, Evidence, Request, Screen
from tests.load.player import Part, Player
from tests.load.sender import ASKS, Ledger, Sender, Words
from tests.load.stage import WEB, Stage

TICK = 0.05
DRAIN, FINISH, LEVEL = 90.0, 90.0, 45.0
LATECOMERS = 3
KNOCKS = 10
FAILURES: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 429, "retry_after": 0.5},
    {"chunks": ["Half of it", {"drop": True}]},
    {"chunks": ["Half of it."], "finish": None},
]


class Play:
    def __init__(self, stage: Stage, cast: Cast, *, canary: str) -> None:
        self.stage, self.cast = stage, cast
        self.ledger, self.words = Ledger(), Words(canary)
        self.players = [self._player(part) for part in cast.parts()]
        self.senders = [self._sender(number) for number in range(WRITERS)]
        self.faults = Faults(stage, cast, self.players)
        self.late: list[Player] = []
        self._hiccups: list[tuple[float, float]] = []
        self._tasks: list[asyncio.Task[Any]] = []

    async def perform(self, cues: Sequence[Cue], *, seconds: float, asks_after: float = 0.0) -> None:
        """Writing goes on for so long; then all may settle. Questions to the assistant begin later where told so."""
        self._begin(self._watch_hiccups(), self._raise_fallen(), *(player.line.run() for player in self.players))
        await until(lambda: all(player.line.is_up for player in self.players), seconds=30)
        await in_thread(self.stage.model.script, *FAILURES)
        writing = [asyncio.create_task(self._write(sender, asks_after)) for sender in self.senders]
        acting = [asyncio.create_task(_at(cue)) for cue in cues]
        await asyncio.sleep(seconds)
        for task in writing:
            task.cancel()
        for act in await asyncio.gather(*acting, return_exceptions=True):
            if isinstance(act, Exception):
                raise act
        await self._settle()

    async def close(self) -> None:
        for player in (*self.players, *self.late):
            player.leave()
        for sender in self.senders:
            sender.leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def evidence(self) -> Evidence:
        """While all are still there."""
        found = await in_thread(truth.read)
        removals = {user: str(room.pk) for user, room in self.faults.log.removals}
        removed_at = {
            (one.author, one.room): one.revision
            for one in found.messages
            if one.body == "was removed" and removals.get(one.author) == one.room
        }
        screens = [
            Screen(player.part.name, view, removed_at.get((player.part.user, room)))
            for player in (*self.players, *self.late)
            if player.line.ended_at is None
            for room, view in player.views.items()
        ]
        log = self.faults.log
        return Evidence(
            found,
            self.ledger,
            screens,
            unsent=len(self._unsent()),
            removed=set(removals.items()),
            closings=[one for ending in log.endings for one in await self._closings(ending)],
            requests=await self._requests(),
            memory=log.memory,
            stalled=[sloth.closed_after for sloth in log.sloths if sloth.tried],
        )

    # Internal

    async def _settle(self) -> None:
        """Outboxes empty, answers end, and then every client compares heads once more."""
        await until(lambda: not self._unsent(), seconds=DRAIN)
        await _until_none(truth.unfinished, seconds=FINISH)
        parts = await in_thread(lambda: [self.cast.part(user, f"late-{user.handle}") for user in self._steady()])
        self.late = [self._player(part) for part in parts]
        self._begin(*(player.line.run() for player in self.late))
        deadline = time.monotonic() + LEVEL
        while time.monotonic() < deadline and not await self._is_level():
            await asyncio.gather(*(player.line.check() for player in self._present()))
            await asyncio.sleep(1)

    async def _is_level(self) -> bool:
        heads = await in_thread(truth.heads)
        return all(player.is_level(heads) for player in self._present())

    def _steady(self) -> list[Any]:
        """Some who were never shown out."""
        gone = {user for user, _ in self.faults.log.removals}
        ended = {player.part.user for player in self.players if player.line.ended_at is not None}
        return [user for user in self.cast.people if str(user.pk) not in gone | ended][:LATECOMERS]

    def _present(self) -> list[Player]:
        return [player for player in (*self.players, *self.late) if player.line.ended_at is None]

    def _unsent(self) -> list[object]:
        return [item for sender in self.senders if sender.player.line.ended_at is None for item in sender.pending]

    async def _closings(self, ending: Any) -> list[Closing]:
        closings = []
        for player in ending.players:
            ended = player.line.ended_at
            after = None if ended is None else max(0.0, ended - ending.at)
            within = ending.within + self._hiccup(ending.at, ending.at + (after or 0))
            closings.append(Closing(player.part.name, after, within, await _knock(player)))
        return closings

    async def _requests(self) -> list[Request]:
        seen = await asyncio.to_thread(self.stage.model.requests, "chat/completions")
        return [Request(one["outcome"], bool(one["sent_chunks"])) for one in seen]

    async def _write(self, sender: Sender, asks_after: float) -> None:
        rooms = {room: 3.0 if slug == HALL else 1.0 for room, slug in sender.player.part.rooms.items()}
        asyncio.get_running_loop().call_later(asks_after, setattr, sender, "asks_assistant", ASKS)
        await sender.write(rooms)

    def _player(self, part: Part) -> Player:
        """The two tabs of a person begin at different processes."""
        ports = [self.stage.ports[name] for name in WEB]
        if part.name.endswith("1"):
            ports.reverse()
        arrived = self.ledger.ignore if part.name.startswith("late") else self.ledger.arrived
        return Player(part, ports=ports, origin=self.stage.origin, arrived=arrived)

    def _sender(self, number: int) -> Sender:
        """Writers write in either of their tabs."""
        mine, twin = self.players[2 * number : 2 * number + 2][:: 1 if number % 2 else -1]
        return Sender(mine, twin, words=self.words, ledger=self.ledger)

    async def _watch_hiccups(self) -> None:
        """How late this very machine is: no promise in seconds can be kept better than that."""
        while True:
            before = asyncio.get_running_loop().time()
            await asyncio.sleep(TICK)
            now = asyncio.get_running_loop().time()
            self._hiccups.append((now, now - before - TICK))

    async def _raise_fallen(self) -> None:
        while True:
            await asyncio.sleep(1)
            await asyncio.to_thread(self.stage.raise_fallen)

    def _hiccup(self, since: float, until_: float) -> float:
        return max((late for at, late in self._hiccups if since <= at <= until_), default=0.0)

    def _begin(self, *jobs: Any) -> None:
        self._tasks += [asyncio.ensure_future(job) for job in jobs]


async def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(TICK)
    return True


async def _until_none(count: Callable[[], int], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while await in_thread(count) and time.monotonic() < deadline:
        await asyncio.sleep(0.5)


async def _at(cue: Cue) -> None:
    await asyncio.sleep(cue.at)
    await cue.act()


async def _knock(player: Player) -> int:
    """The code that a new attempt with the old session gets, from whichever process is there."""
    who: dict[str, Any] = {"origin": player.line.origin, "additional_headers": {"Cookie": player.line.cookie}}
    for address in player.line.addresses * KNOCKS:
        try:
            async with connect(address, **who, proxy=None) as socket, asyncio.timeout(10):
                await socket.recv()
                return 0
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        except (OSError, TimeoutError):
            await asyncio.sleep(1)
    return 1006
