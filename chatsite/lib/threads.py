"""Database work for the event loop: its own small pool of threads, so that no slow query stops a socket.

Each thread keeps its connection: to take one from the pool and greet it costs more than most commands.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, local
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
POOL = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
TRUSTED = 1.0
"""Seconds for which a connection that has worked is believed to work still."""


class Worked(local):
    """When this thread's connection last did."""

    at = 0.0


_worked = Worked()


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run it where waiting is allowed."""

    def run() -> T:
        _drop_a_dead_connection()
        try:
            return function(*args, **kwargs)
        finally:
            _keep_a_good_connection()

    return await asyncio.get_running_loop().run_in_executor(POOL, run)


def _drop_a_dead_connection() -> None:
    """A database that was away has taken its end with it, and only asking tells."""
    idle = time.monotonic() - _worked.at > TRUSTED
    if connection.connection is not None and idle and not connection.is_usable():
        connection.close()


def _keep_a_good_connection() -> None:
    if connection.errors_occurred or connection.in_atomic_block:
        connection.close()
    _worked.at = time.monotonic()


def release() -> None:
    """Every thread closes its connection: they meet first, so that none of them does it twice."""
    meeting = Barrier(THREADS)

    def close() -> None:
        meeting.wait()
        connection.close()

    wait([POOL.submit(close) for _ in range(THREADS)])
