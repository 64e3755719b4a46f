"""The model that the tests script, and rooms whose bells ring into an empty broker."""

from collections.abc import Callable, Iterator

import pytest
import redis
from django.conf import settings as live
from django.core.cache import cache
from pytest_django.fixtures import Settings

from aibot import provider, replies
from tests.aibot.fake import DemoModel
from tests.aibot.screens import Screen, WebServer
from tests.aibot.table import Table, join_stragglers, person

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
    join_stragglers()


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


@pytest.fixture(scope="session")
def web() -> Iterator[WebServer]:
    server = WebServer()
    yield server
    server.stop()


@pytest.fixture
def screen(web: WebServer) -> Iterator[Callable[[str, Table], Screen]]:
    """Opens the table's room in somebody's browser."""
    opened: list[Screen] = []

    def open_screen(name: str, table: Table) -> Screen:
        opened.append(Screen(web.url, person(name), table.room))
        return opened[-1]

    yield open_screen
    for one in opened:
        one.close()
    web.settle()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that waits tenths of a second for words where others wait a minute."""
    monkeypatch.setattr(provider, "FIRST_WORD", 0.6)
    monkeypatch.setattr(provider, "BETWEEN_WORDS", 0.4)


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that looks ten times a second whether the run is still its own."""
    monkeypatch.setattr(replies, "RENEW", 0.1)
