"""Token buckets: so many at once, so many again after a while, and everybody when Redis is away."""

import time
from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from chatsite.lib import memory, ratelimit
from chatsite.lib.ratelimit import LIMITS, Bucket, Limit, Uncounted, strict_wait_for, wait_for, waits_for
from tests.rooms.crowd import at_once


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "test", Limit(3, 0.9))
    monkeypatch.setitem(LIMITS, "slow", Limit(2, 100))


@pytest.fixture
def nowhere(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    memory.redis.cache_clear(), ratelimit._buckets.cache_clear()
    yield
    memory.redis.cache_clear(), ratelimit._buckets.cache_clear()


def test_so_many_go_at_once_and_the_next_is_told_how_long() -> None:
    key = uuid4()
    assert [wait_for("slow", key) for _ in range(4)] == [0, 0, 50, 50]


def test_asking_in_vain_costs_nothing() -> None:
    key = uuid4()
    for _ in range(20):
        wait_for("slow", key)
    assert wait_for("slow", key) <= 50


def test_after_a_while_one_may_go_again() -> None:
    key = uuid4()
    while not wait_for("test", key):
        continue
    began = time.monotonic()
    while wait_for("test", key):
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    assert time.monotonic() - began > 0.1


def test_everybody_has_a_bucket_of_their_own() -> None:
    first, second = uuid4(), uuid4()
    while not wait_for("slow", first):
        continue
    assert wait_for("slow", second) == 0
    assert wait_for("test", first) == 0


def test_of_many_at_once_no_more_than_the_bucket_holds_get_through() -> None:
    waits = at_once(*[partial(wait_for, "slow", uuid4())] * 1, *[partial(wait_for, "slow", "crowd")] * 8)
    assert sum(wait == 0 for wait in waits[1:]) == 2


def test_many_are_asked_about_at_once_and_each_is_told_for_itself() -> None:
    first, second = uuid4(), uuid4()
    assert waits_for([[("slow", first)], [("slow", second)], [("slow", first)], [("slow", first)]]) == [0, 0, 0, 50]
    assert waits_for([[("slow", first)], [("slow", second)], [], [("test", first)]]) == [50, 0, 0, 0]
    assert waits_for([]) == []


def test_whom_one_limit_stops_spends_nothing_of_another() -> None:
    person, room = uuid4(), uuid4()
    both = [("slow", person), ("test", room)]
    assert waits_for([both, both, both, both]) == [0, 0, 50, 50]
    assert wait_for("test", room) == 0


def test_what_nobody_used_for_long_is_forgotten() -> None:
    key = uuid4()
    wait_for("slow", key)
    assert 0 < memory.redis().ttl(f"limit:slow:{key}") <= 101


def test_without_redis_everybody_may(nowhere: None) -> None:
    assert [wait_for("slow", "anybody") for _ in range(5)] == [0] * 5
    assert waits_for([[("slow", "anybody")]] * 5) == [0] * 5


def test_without_redis_nobody_does_what_must_be_counted(nowhere: None) -> None:
    with pytest.raises(Uncounted):
        strict_wait_for("slow", "anybody")


def test_what_must_be_counted_is_counted_like_all_else() -> None:
    key = uuid4()
    assert [strict_wait_for("slow", key), wait_for("slow", key), strict_wait_for("slow", key)] == [0, 0, 50]


def test_every_limit_lets_something_through() -> None:
    assert all(limit.burst >= 1 and limit.seconds > 0 for limit in LIMITS.values())


def test_a_bucket_of_this_process_empties_and_fills() -> None:
    bucket = Bucket("test")
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    bucket.at -= 0.35
    assert [bucket.take() for _ in range(2)] == [True, False]
    bucket.at -= 1000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
