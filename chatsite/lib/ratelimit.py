"""How often a person, a room or an address may do a thing: token buckets in Redis, all limits in one table."""

import logging
import math
import time
from functools import cache
from typing import Any, NamedTuple

from redis import RedisError

from chatsite.lib.memory import redis

logger = logging.getLogger(__name__)


class Limit(NamedTuple):
    """`burst` at once, refilled over `seconds`."""

    burst: int
    seconds: float


class Uncounted(Exception):
    """Redis is away, and what costs too much to be done uncounted waits until it is back."""


LIMITS = {
    # For a person, on all their devices together.
    "post": Limit(20, 20),
    "open": Limit(120, 60),
    "note": Limit(60, 30),
    "read": Limit(60, 30),
    "typing": Limit(30, 30),
    "connect": Limit(60, 60),
    "search": Limit(60, 30),
    "picture": Limit(10, 600),
    "create_room": Limit(20, 3600),
    "invite": Limit(60, 3600),
    "ask": Limit(30, 600),
    # For a room.
    "room_post": Limit(200, 20),
    # For an address, and only of sockets that brought no session. Who is signed in is counted as a person: of a whole
    # office behind one address nobody is shut out, whatever a neighbour does.
    "stranger": Limit(60, 60),
    # For one socket, counted by its own process. Beyond these it is closed.
    "command": Limit(120, 20),
    "nonsense": Limit(20, 60),
}

BUCKET = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local burst, seconds = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(burst, (tonumber(kept[1]) or burst) + (now - (tonumber(kept[2]) or now)) * burst / seconds)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) * seconds / burst end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], math.ceil(seconds) + 1)
return tostring(wait)
"""


@cache
def _bucket() -> Any:
    return redis().register_script(BUCKET)


def wait_for(name: str, key: object) -> int:
    """Seconds until `key` may do `name` again: 0 means now, and one token is spent. With Redis away everybody may."""
    try:
        return strict_wait_for(name, key)
    except Uncounted:
        return 0


def strict_wait_for(name: str, key: object) -> int:
    """As `wait_for`, for what must not be done uncounted: with Redis away, `Uncounted`."""
    limit = LIMITS[name]
    try:
        wait = float(_bucket()(keys=[f"limit:{name}:{key}"], args=[limit.burst, limit.seconds]))
    except RedisError as error:
        logger.warning("Nothing can be counted (%s).", error)
        raise Uncounted from error
    return math.ceil(wait)


class Bucket:
    """A token bucket of this process alone, for what is too frequent to ask Redis about."""

    def __init__(self, name: str) -> None:
        self.limit = LIMITS[name]
        self.tokens, self.at = float(self.limit.burst), time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.limit.burst, self.tokens + (now - self.at) * self.limit.burst / self.limit.seconds)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True
