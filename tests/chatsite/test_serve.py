"""A web process looks through its memory for garbage seldom and on time: meanwhile nothing else runs."""

import asyncio
import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import suppress

import pytest

from chatsite import serve

SETTLED = """
import django
django.setup()
import gc
from chatsite.serve import settle
settle()
print(gc.get_freeze_count(), *gc.get_threshold())
"""


class Knot:
    """Kept alive by itself alone."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture
def by_hand() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_what_is_loaded_is_looked_through_no_more() -> None:
    said = subprocess.run(
        [sys.executable, "-c", SETTLED], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    frozen, young, middle, old = map(int, said.split())
    assert frozen > 100_000
    assert (young, middle) == gc.get_threshold()[:2]
    assert old == serve.SELDOM


@pytest.mark.anyio
async def test_what_is_garbage_by_then_goes(by_hand: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "TIDY_EVERY", 0.01)
    knot = weakref.ref(Knot())
    gone = asyncio.Event()
    weakref.finalize(knot(), gone.set)
    tidying = asyncio.create_task(serve.tidy())
    await asyncio.wait_for(gone.wait(), 10)
    assert knot() is None
    tidying.cancel()
    with suppress(asyncio.CancelledError):
        await tidying
