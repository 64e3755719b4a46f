"""Redis that does not answer costs little, and is asked again when it may have come back."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pytest_django.fixtures import Settings
from redis import RedisError

from chatsite.lib import memory, ratelimit


@pytest.fixture
def mute(settings: Settings) -> Iterator[socket.socket]:
    """It takes connections and says nothing."""
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as line:
        line.bind(str(Path(folder) / "mute.sock"))
        line.listen()
        settings.REDIS_URL = f"unix://{folder}/mute.sock"
        _forget()
        yield line
    _forget()


def _forget() -> None:
    memory.redis.cache_clear()
    ratelimit._buckets.cache_clear()


def test_after_a_silence_nobody_waits_again_for_a_moment(mute: socket.socket) -> None:
    began = time.monotonic()
    for _ in range(200):
        with pytest.raises(RedisError):
            memory.redis().ping()
    assert time.monotonic() - began < memory.PATIENCE + memory.REST


def test_it_is_asked_again_later(mute: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "REST", 0.0)
    for _ in range(2):
        with pytest.raises(RedisError, match="Timeout"):
            memory.redis().ping()


def test_a_redis_that_is_gone_is_told_at_once(mute: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pauses between attempts, which the library would make."""
    monkeypatch.setattr(memory, "REST", 0.0)
    mute.close()
    began = time.monotonic()
    for _ in range(20):
        assert ratelimit.wait_for("post", "anybody") == 0
    assert time.monotonic() - began < memory.PATIENCE
