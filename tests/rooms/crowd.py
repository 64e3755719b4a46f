"""Many at once: each job on a thread and a connection of its own, all let go in the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each came to: its result, or the exception that it raised."""
    gate = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            with suppress(RuntimeError):  # where the test has no database
                connection.ensure_connection()
            gate.wait(30)
            return job()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as crowd:
        return list(crowd.map(run, jobs))
