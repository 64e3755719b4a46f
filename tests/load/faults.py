"""What goes wrong, each for a bounded time, and always to programs of this stage by their own number."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from accounts.models import User
from rooms.models import Room
from tests.load.cast import CELLAR, Cast
from tests.load.door import Door
from tests.load.player import Player
from tests.load.sloth import Sloth
from tests.load.stage import WEB, Stage

Act = Callable[[], Awaitable[None]]


class Cue(NamedTuple):
    """When, what, and for how long it is given."""

    at: float
    act: Act


@dataclass
class Ending:
    """A session that was ended, its tabs, and how long each may take to close."""

    players: list[Player]
    at: float
    within: float


@dataclass
class Log:
    """What was done, for the oracle."""

    done: list[str] = field(default_factory=list)
    removals: list[tuple[str, Room]] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    sloths: list[Sloth] = field(default_factory=list)
    memory: dict[str, list[float]] = field(default_factory=dict)
    outages: list[tuple[str, float, float]] = field(default_factory=list)


class Faults:
    def __init__(self, stage: Stage, cast: Cast, players: list[Player]) -> None:
        self.stage, self.cast, self.players = stage, cast, players
        self.log = Log()
        self._owner = Door(cast.sessions["owner"], list(stage.ports.values()))

    # Web

    async def kill_web(self, name: str) -> None:
        self._note(f"{name} killed")
        await asyncio.to_thread(self.stage.kill, name)
        await asyncio.sleep(1)
        await asyncio.to_thread(self.stage.start, name)

    async def roll_web(self, name: str) -> None:
        self._note(f"{name} asked to stop")
        await asyncio.to_thread(self.stage.stop, name)
        await asyncio.to_thread(self.stage.start, name)

    # Services

    async def lose_valkey(self, seconds: float) -> None:
        """Dead, and back with nothing."""
        await self._without("valkey", seconds, partial(self.stage.kill, "valkey"), partial(self.stage.start, "valkey"))

    async def freeze_valkey(self, seconds: float) -> None:
        """Neither dead nor alive: it takes connections and answers nobody."""
        await self._without("valkey", seconds, partial(self.stage.freeze, "valkey"), partial(self.stage.thaw, "valkey"))

    async def lose_postgres(self, seconds: float) -> None:
        stop = partial(self.stage.kill, "postgres", self.stage.immediately)
        await self._without("postgres", seconds, stop, partial(self.stage.start, "postgres"))

    # Worker

    async def kill_worker(self) -> None:
        """In the middle of an answer where there is one."""
        self._note("worker killed")
        await asyncio.to_thread(self.stage.kill, "worker")
        await asyncio.sleep(1)
        await asyncio.to_thread(self.stage.start, "worker")

    async def freeze_worker(self, seconds: float) -> None:
        """Another one is there to take over, and stays."""
        await asyncio.to_thread(self.stage.start, "spare")
        await asyncio.sleep(min(8.0, seconds / 2))
        await self._without("worker", seconds, partial(self.stage.freeze, "worker"), partial(self.stage.thaw, "worker"))

    # People

    async def remove(self, user: User) -> None:
        """From the cellar, while one of their tabs asks for it again and again."""
        room = self.cast.rooms[CELLAR]
        nagging = [player for player in self._tabs(user) if str(room.pk) in player.views]
        jobs = [asyncio.create_task(player.nag(str(room.pk), times=40, pause=0.03)) for player in nagging]
        await asyncio.sleep(random.uniform(0.3, 0.6))
        self._note(f"{user.handle} removed")
        await self._owner.post(f"/rooms/{room.slug}/members/{user.pk}/", remove="1")
        self.log.removals.append((str(user.pk), room))
        await asyncio.gather(*jobs)

    async def end_session(self, user: User, *, within: float) -> None:
        """Logged out in one tab: all close."""
        self._note(f"{user.handle} logged out")
        tabs = self._tabs(user)
        connected = [player for player in tabs if player.line.is_up]
        await tabs[0].door.post("/accounts/logout/")
        self.log.endings.append(Ending(connected, asyncio.get_running_loop().time(), within))

    async def stall(self, seconds: float, *, each: int) -> None:
        """Readers that ask for much and take nothing."""
        self._note(f"{each * len(WEB)} readers stalled")
        sloths = [self._sloth(name) for name in WEB for _ in range(each)]
        self.log.sloths += sloths
        watch = asyncio.create_task(self._watch_memory())
        await asyncio.gather(*(sloth.stall(seconds) for sloth in sloths), return_exceptions=True)
        watch.cancel()

    # Internal

    async def _without(self, name: str, seconds: float, away: Callable[[], None], back: Callable[[], None]) -> None:
        began = asyncio.get_running_loop().time()
        self._note(f"{name} gone for {seconds:.0f} s")
        await asyncio.to_thread(away)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(back)
        self.log.outages.append((name, began, asyncio.get_running_loop().time()))

    async def _watch_memory(self) -> None:
        while True:
            for name in WEB:
                self.log.memory.setdefault(name, []).append(self.stage.memory(name))
            await asyncio.sleep(0.5)

    def _sloth(self, name: str) -> Sloth:
        server = partial(self.stage.pid, name)
        return Sloth(self.cast, self.stage.ports[name], origin=self._origin(), server=server)

    def _tabs(self, user: User) -> list[Player]:
        return [player for player in self.players if player.part.user == str(user.pk)]

    def _origin(self) -> str:
        return f"http://127.0.0.1:{self.stage.ports[WEB[0]]}"

    def _note(self, what: str) -> None:
        self.log.done.append(what)
