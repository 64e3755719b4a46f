"""Work that comes while the same kind is being done waits for it, and is then done together."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from chatsite.lib.threads import in_thread

Asked = TypeVar("Asked")
Given = TypeVar("Given")

MOST = 32
"""Beyond this, waiting for the others costs more than it saves."""


class Batches(Generic[Asked, Given]):
    """Nothing waits when nothing is happening, and the more there is to do, the less each costs.

    `work` runs in a thread and answers for each in turn. What it raises is raised for all that went together.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Given]], *, most: int = MOST) -> None:
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
        """Whoever has gone meanwhile is not answered."""
        waiting = [answer for _, answer in batch]
        try:
            given = await in_thread(self._work, [asked for asked, _ in batch])
        except Exception as error:
            for answer in waiting:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for answer, one in zip(waiting, given, strict=True):
                if not answer.done():
                    answer.set_result(one)
