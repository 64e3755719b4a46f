"""How often a person, a room or an address may do a thing: token buckets in Redis, all limits in one table."""

import logging
import math
import time
from collections.abc import Sequence
from functools import cache
from itertools import chain
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

BUCKETS = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local waits, key, arg = {}, 0, 0
while arg < #ARGV do
    local size, left, wait = tonumber(ARGV[arg + 1]), {}, 0
    for i = 1, size do
        local burst, seconds = tonumber(ARGV[arg + 2 * i]), tonumber(ARGV[arg + 2 * i + 1])
        local kept = redis.call('HMGET', KEYS[key + i], 'tokens', 'at')
        local since = now - (tonumber(kept[2]) or now)
        left[i] = math.min(burst, (tonumber(kept[1]) or burst) + since * burst / seconds) - 1
        if left[i] < 0 then wait = math.max(wait, -left[i] * seconds / burst) end
    end
    for i = 1, size do
        if wait == 0 then
            redis.call('HSET', KEYS[key + i], 'tokens', tostring(left[i]), 'at', string.format('%.6f', now))
            redis.call('EXPIRE', KEYS[key + i], math.ceil(ARGV[arg + 2 * i + 1]) + 1)
        end
    end
    waits[#waits + 1] = tostring(wait)
    key, arg = key + size, arg + 2 * size + 1
end
return waits
"""


@cache
def _buckets() -> Any:
    return redis().register_script(BUCKETS)


def wait_for(name: str, key: object) -> int:
    """Seconds until `key` may do `name` again: 0 means now, and one token is spent. With Redis away everybody may."""
    return waits_for([[(name, key)]])[0]


def waits_for(asked: Sequence[Sequence[tuple[str, object]]]) -> list[int]:
    """As `wait_for`, for many at once, each under several limits. Whom one of them stops spends nothing."""
    try:
        return _waits(asked)
    except Uncounted:
        return [0] * len(asked)


def strict_wait_for(name: str, key: object) -> int:
    """As `wait_for`, for what must not be done uncounted: with Redis away, `Uncounted`."""
    return _waits([[(name, key)]])[0]


def _waits(asked: Sequence[Sequence[tuple[str, object]]]) -> list[int]:
    keys = [f"limit:{name}:{key}" for limits in asked for name, key in limits]
    args = [word for limits in asked for word in (len(limits), *chain(*(LIMITS[name] for name, _ in limits)))]
    try:
        return [math.ceil(float(wait)) for wait in _buckets()(keys=keys, args=args)] if keys else []
    except RedisError as error:
        logger.warning("Nothing can be counted (%s).", error)
        raise Uncounted from error


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
