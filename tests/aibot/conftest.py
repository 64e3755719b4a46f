"""The model that the tests script, and rooms whose bells ring into an empty broker."""

from collections.abc import Callable, Iterator

import pytest
import redis
from django.conf import settings as live
from django.core.cache import cache
from pytest_django.fixtures import Settings

from aibot import provider, replies
from tests.aibot.fake import DemoModel
from tests.aibot.table import Table

KEY = "sk-canary-2f9c1d"


@pytest.fixture(scope="session")
def model_process() -> Iterator[DemoModel]:
    with DemoModel() as model:
        yield model


@pytest.fixture
def model(model_process: DemoModel, settings: Settings) -> Iterator[DemoModel]:
    """The model that this site is connected to. What a test leaves open is cut when it ends."""
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.AI_MODEL = model_process.url, KEY, "demo"
    model_process.reset()
    yield model_process
    model_process.reset()


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """Where bells for workers wait. Nobody listens, unless the test starts a worker."""
    with redis.Redis.from_url(live.REDIS_URL) as client:
        client.flushdb()
        yield client


@pytest.fixture
def table(transactional_db: None, broker: redis.Redis, model: DemoModel) -> Callable[..., Table]:
    """Sets a table on a database in which commits are real."""
    cache.clear()
    return Table


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is as patient as ever, only faster: what takes seconds in a room takes tenths of them here."""
    monkeypatch.setattr(replies, "RENEW", 0.1)
    monkeypatch.setattr(provider, "FIRST_WORD", 0.6)
    monkeypatch.setattr(provider, "BETWEEN_WORDS", 0.4)
