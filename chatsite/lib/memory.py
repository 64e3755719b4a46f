"""The process's plain connection to Redis, for fleeting facts: presence, typing, rate limits."""

from functools import cache

from django.conf import settings
from redis import Redis


@cache
def redis() -> "Redis":
    """Short time-outs: nothing here is worth waiting for."""
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, decode_responses=True)
