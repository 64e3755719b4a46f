"""People to test with, browsers without a past, and mail that arrives at once."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import actions
from accounts.models import Site, User
from chatsite.celery import app

PASSWORD = "a quiet harbour at dawn"

Make = Callable[..., User]

_addresses = itertools.count(1)


@pytest.fixture(autouse=True)
def limits_of_its_own(settings: Settings) -> None:
    """Rate limits live in the cache; each test counts for itself."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": f"test-{uuid.uuid4().hex}"}}


class QuickArgon2(Argon2PasswordHasher):
    """The real one is slow on purpose."""

    time_cost, memory_cost, parallelism = 1, 64, 1


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.conftest.QuickArgon2"]


@pytest.fixture(autouse=True)
def mail_at_once() -> Iterator[None]:
    app.conf.task_always_eager, app.conf.task_eager_propagates = True, True
    yield
    app.conf.task_always_eager, app.conf.task_eager_propagates = False, False


@pytest.fixture(autouse=True)
def own_media(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def harbour(db: None) -> Site:
    return Site.objects.create(name="Harbour Studio")


@pytest.fixture
def visitor(harbour: Site) -> Client:
    """A browser that nobody is signed in with, at an address of its own."""
    return Client(REMOTE_ADDR=f"10.0.0.{next(_addresses) % 250 + 1}")


@pytest.fixture
def person(harbour: Site) -> Make:
    def make(name: str = "Mira Okafor", email: str = "", **fields: Any) -> User:
        made = actions.create_person(name=name, email=email or f"{uuid.uuid4().hex[:8]}@example.com", password=PASSWORD)
        User.objects.filter(pk=made.pk).update(**fields)
        made.refresh_from_db()
        return made

    return make


@pytest.fixture
def mira(person: Make) -> User:
    return person("Mira Okafor", "mira@example.com")


@pytest.fixture
def tab(visitor: Client, mira: User) -> Client:
    """Mira's browser."""
    assert visitor.post("/accounts/login/", {"login": "mira", "password": PASSWORD}).status_code == 302
    return visitor
