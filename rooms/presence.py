"""Who is here: one entry a tab in Redis, with an expiry. Nothing counts up and down, so nothing can be left wrong."""

import logging
import time
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from redis import RedisError

from accounts.models import User
from chatsite.lib.memory import redis

logger = logging.getLogger(__name__)

STAYS = 50
"""Seconds; a little more than three of the rounds in which each process says who is still there."""
SHOWN = 200
"""So many people are named to a tab that opens the room; of the rest it learns when they come and go."""
FACES = 4
"""So many a page shows until its tab is told."""

# Both forget the tabs that went without a word, and tell whose they were; and when, by the one clock that all share.
ARRIVE = """
local time = redis.call('TIME')
local lost = redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1])
local here = redis.call('ZRANGE', KEYS[1], 0, -1)
for i = 4, #ARGV do redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {lost, here, time[1] * 1000000 + time[2]}
"""
DEPART = """
local time = redis.call('TIME')
local lost = redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1])
if redis.call('ZREM', KEYS[1], ARGV[2]) == 1 then lost[#lost + 1] = ARGV[2] end
return {lost, redis.call('ZRANGE', KEYS[1], 0, -1), time[1] * 1000000 + time[2]}
"""


class Entry(NamedTuple):
    """One tab of one person."""

    user: UUID
    tab: str

    def __str__(self) -> str:
        return f"{self.user} {self.tab}"


class Change(NamedTuple):
    """Who is in the room now, by id; who of them has just come; and who has gone since anybody looked.

    `at` is that now, in microseconds: what is told of it may overtake what is told of an earlier one.
    """

    here: set[UUID]
    at: int
    came: AbstractSet[UUID] = frozenset()
    gone: AbstractSet[UUID] = frozenset()


def arrive(room_id: UUID, *tabs: Entry) -> Change:
    """These tabs are here, or still here."""
    now = time.time()
    lost, before, at = _run(ARRIVE, room_id, now, now + STAYS, STAYS * 2, *map(str, tabs))
    here = before | {tab.user for tab in tabs}
    return Change(here, at, came=here - before, gone=lost - here)


def depart(room_id: UUID, tab: Entry) -> Change:
    """The tab has gone."""
    lost, here, at = _run(DEPART, room_id, time.time(), str(tab))
    return Change(here, at, gone=lost - here)


def present(room_id: UUID) -> list[User]:
    """The first of the members with a tab on the room, and its bots, who never leave their seat."""
    return list(_members_among(room_id, _entries(room_id))[:FACES])


def members_among(room_id: UUID, ids: set[UUID]) -> list[User]:
    """Of these people those who are members, and all bots, people first."""
    return list(_members_among(room_id, ids)[:SHOWN])


def _members_among(room_id: UUID, ids: set[UUID]) -> QuerySet[User]:
    members = User.objects.filter(memberships__room=room_id, memberships__left_at=None)
    return members.filter(Q(pk__in=ids) | Q(is_bot=True)).order_by("is_bot", "display_name")


# Presence is best effort: with Redis away nobody is shown, and nobody is stopped.


def _run(script: str, room_id: UUID, *args: object) -> tuple[set[UUID], set[UUID], int]:
    try:
        lost, here, at = _prepared(script)(keys=[_key(room_id)], args=args)
    except RedisError as error:
        logger.debug("No presence (%s).", error)
        return set(), set(), 0
    return _ids(lost), _ids(here), at


def _entries(room_id: UUID) -> set[UUID]:
    try:
        entries: Any = redis().zrangebyscore(_key(room_id), time.time(), "+inf")
    except RedisError as error:
        logger.debug("No presence (%s).", error)
        return set()
    return _ids(entries)


@cache
def _prepared(script: str) -> Any:
    return redis().register_script(script)


def _ids(entries: list[str]) -> set[UUID]:
    return {UUID(entry.split()[0]) for entry in entries}


def _key(room_id: UUID) -> str:
    return f"here:{room_id.hex}"
