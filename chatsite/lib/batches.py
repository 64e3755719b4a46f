"""Work that comes while the same kind is being done waits for it, and is then done together."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from chatsite.lib.threads import in_thread

logger = logging.getLogger(__name__)

Asked = TypeVar("Asked")
Given = TypeVar("Given")

MOST = 100
"""Beyond this, waiting for the others costs more than it saves."""


Work = Callable[[Sequence[Asked], Callable[[Sequence[Given]], None]], object]


class Batches(Generic[Asked, Given]):
    """Nothing waits when nothing is happening, and the more there is to do, the less each costs.

    `work` runs in a thread, with what was asked and a function that takes the answers, in turn, as soon as it has them.
    What it does after that only the next batch waits for. What it raises before is raised for all that went together.
    """

    def __init__(self, work: "Work[Asked, Given]", *, most: int = MOST) -> None:
        self._work, self._most = work, most
        self._waiting: deque[tuple[Asked, asyncio.Future[Given]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def do(self, asked: Asked) -> Given:
        answer: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._do_what_waits())
        return await answer

    async def _do_what_waits(self) -> None:
        while self._waiting:
            await self._do_together([self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))])

    async def _do_together(self, batch: "list[tuple[Asked, asyncio.Future[Given]]]") -> None:
        waiting = [answer for _, answer in batch]
        soon = asyncio.get_running_loop().call_soon_threadsafe

        def take(answers: Sequence[Given]) -> None:
            soon(_answer, waiting, answers)

        try:
            await in_thread(self._work, [asked for asked, _ in batch], take)
        except Exception as error:
            _fail(waiting, error)


def _answer(waiting: "list[asyncio.Future[Given]]", given: Sequence[Given]) -> None:
    """Whoever has gone meanwhile is not answered."""
    for answer, one in zip(waiting, given, strict=True):
        if not answer.done():
            answer.set_result(one)


def _fail(waiting: "list[asyncio.Future[Given]]", error: Exception) -> None:
    open_ = [answer for answer in waiting if not answer.done()]
    for answer in open_:
        answer.set_exception(error)
    if not open_:
        logger.error("What was answered could not be brought to its end.", exc_info=error)
