"""One event loop a test, and threads that have ended before the database is emptied."""

from collections.abc import Iterator
from threading import Barrier

import pytest

from chatsite.lib import threads


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def live(transactional_db: None) -> Iterator[None]:
    """Real commits, which others see; and at the end nobody still reads what the test leaves."""
    yield
    workers = threads.POOL._max_workers
    barrier = Barrier(workers)
    list(threads.POOL.map(lambda _: barrier.wait(30), range(workers)))
