"""How often a person may do a thing: token buckets in Redis, all limits in one table."""

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


LIMITS = {
    "post": Limit(20, 20),
    "room_post": Limit(200, 20),
    "command": Limit(120, 20),
    "nonsense": Limit(20, 60),
    "connect": Limit(60, 60),
    "create_room": Limit(20, 3600),
    "invite": Limit(60, 3600),
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
    limit = LIMITS[name]
    try:
        wait = float(_bucket()(keys=[f"limit:{name}:{key}"], args=[limit.burst, limit.seconds]))
    except RedisError as error:
        logger.warning("Rate limits are off (%s).", error)
        return 0
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
