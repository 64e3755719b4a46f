"""What comes while other work is being done is done together, and each is answered for itself."""

import asyncio
from collections.abc import Callable, Sequence
from threading import Event

import pytest

from chatsite.lib.batches import Batches

pytestmark = pytest.mark.anyio


class Work:
    """Doubles numbers, as many as it is given; waits for `go`."""

    def __init__(self) -> None:
        self.done: list[list[int]] = []
        self.go = Event()
        self.began = Event()

    def __call__(self, numbers: Sequence[int], answer: Callable[[list[int]], object]) -> None:
        self.began.set()
        assert self.go.wait(10)
        self.done.append(list(numbers))
        if 13 in numbers:
            raise ValueError("unlucky")
        answer([2 * number for number in numbers])
        if 7 in numbers:
            raise ValueError("too late to matter")


@pytest.fixture
def work() -> Work:
    return Work()


async def ask(batches: Batches[int, int], work: Work, *numbers: int) -> list[int | BaseException]:
    """The first alone; the rest come while it is being done."""
    asked = [asyncio.create_task(batches.do(numbers[0]))]
    await asyncio.to_thread(work.began.wait, 10)
    asked += [asyncio.create_task(batches.do(number)) for number in numbers[1:]]
    await asyncio.sleep(0)
    work.go.set()
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_what_waits_goes_together_in_its_order(work: Work) -> None:
    assert await ask(Batches(work), work, 1, 2, 3, 4) == [2, 4, 6, 8]
    assert work.done == [[1], [2, 3, 4]]


async def test_no_more_go_together_than_may(work: Work) -> None:
    assert await ask(Batches(work, most=2), work, 1, 2, 3, 4) == [2, 4, 6, 8]
    assert work.done == [[1], [2, 3], [4]]


async def test_when_nothing_happens_nothing_waits(work: Work) -> None:
    work.go.set()
    batches = Batches(work)
    assert [await batches.do(number) for number in (1, 2)] == [2, 4]
    assert work.done == [[1], [2]]


async def test_what_breaks_is_told_to_all_that_went_together_and_to_nobody_else(work: Work) -> None:
    batches = Batches(work, most=2)
    answers = await ask(batches, work, 1, 13, 2, 3)
    assert (answers[0], answers[3]) == (2, 6)
    assert [type(answer) for answer in answers[1:3]] == [ValueError, ValueError]
    assert await batches.do(5) == 10


async def test_who_does_not_wait_for_the_answer_keeps_nobody_from_theirs(work: Work) -> None:
    batches = Batches(work)
    first = asyncio.create_task(batches.do(1))
    await asyncio.to_thread(work.began.wait, 10)
    gone, stays = asyncio.create_task(batches.do(2)), asyncio.create_task(batches.do(3))
    await asyncio.sleep(0)
    gone.cancel(), first.cancel()
    work.go.set()
    assert await stays == 6
    assert work.done == [[1], [2, 3]]


async def test_what_breaks_after_the_answers_is_nobodys(work: Work) -> None:
    batches = Batches(work)
    assert await ask(batches, work, 7, 8) == [14, 16]
    assert await batches.do(9) == 18
