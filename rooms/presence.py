"""Who is here: one entry a tab in Redis, with an expiry. Nothing counts up and down, so nothing can be left wrong."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from redis import RedisError

from accounts.models import User
from chatsite.lib.memory import redis

logger = logging.getLogger(__name__)

STAYS = 50
"""Seconds; a little more than two heartbeats."""

P = ParamSpec("P")
T = TypeVar("T")


def _without_redis(answer: Any) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Presence is best effort: with Redis away nobody is shown, and nobody is stopped."""

    def wrap(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def fleeting(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return function(*args, **kwargs)
            except RedisError as error:
                logger.debug("No presence (%s).", error)
                return answer  # type: ignore[no-any-return]

        return fleeting

    return wrap


@_without_redis(False)
def arrive(room_id: UUID, user_id: UUID, tab: str) -> bool:
    """The tab is here, or still here. True when the person was not here before."""
    new_person = user_id not in _ids(room_id)
    redis().zadd(_key(room_id), {f"{user_id} {tab}": time.time() + STAYS})
    redis().expire(_key(room_id), STAYS * 2)
    return new_person


@_without_redis(False)
def depart(room_id: UUID, user_id: UUID, tab: str) -> bool:
    """The tab has gone. True when it was the person's last one."""
    redis().zrem(_key(room_id), f"{user_id} {tab}")
    return user_id not in _ids(room_id)


def present(room_id: UUID) -> list[User]:
    """Members with a tab on the room, and its bots, who never leave their seat."""
    here = User.objects.filter(memberships__room=room_id, memberships__left_at=None)
    return list(here.filter(pk__in=_present_ids(room_id)).order_by("display_name")) + list(here.filter(is_bot=True))


@_without_redis(())
def _present_ids(room_id: UUID) -> Any:
    return _ids(room_id)


def _ids(room_id: UUID) -> set[UUID]:
    redis().zremrangebyscore(_key(room_id), 0, time.time())
    entries: Any = redis().zrange(_key(room_id), 0, -1)
    return {UUID(entry.split()[0]) for entry in entries}


def _key(room_id: UUID) -> str:
    return f"here:{room_id.hex}"
