"""The process's plain connection to Redis, for fleeting facts: presence, typing, rate limits."""

import time
from functools import cache
from typing import Any

from django.conf import settings
from redis import ConnectionError as Unreachable
from redis import ConnectionPool, Redis, TimeoutError
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE = 0.5
REST = 1.0


class Memory(Redis):
    """Nothing here is worth waiting for: after a silence nobody asks again for a moment."""

    _rests_until = 0.0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if time.monotonic() < self._rests_until:
            raise Unreachable("It has just not answered.")
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (Unreachable, TimeoutError):
            self._rests_until = time.monotonic() + REST
            raise


@cache
def redis() -> Memory:
    """One new attempt, for a connection that was lost unnoticed; by itself redis-py would try for seconds."""
    again = Retry(NoBackoff(), 1, supported_errors=(Unreachable,))
    times = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    return Memory(
        connection_pool=ConnectionPool.from_url(settings.REDIS_URL, **times, retry=again, decode_responses=True)
    )
