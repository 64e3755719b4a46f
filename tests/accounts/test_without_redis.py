"""Tries at passwords are counted in Redis. What cannot be counted is not tried: nobody comes in, and nothing breaks."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.test import Client
from kombu.pools import producers
from pytest_django.fixtures import Settings

from accounts.models import User
from chatsite.celery import app
from tests.accounts.conftest import PASSWORD

NEW = "another quiet harbour"
SIGN_UP = {"email": "new@example.com", "name": "New", "password1": PASSWORD}
DOORS = [
    ("/accounts/login/", {"login": "mira", "password": PASSWORD}),
    ("/accounts/login/", {"login": "mira", "password": "no"}),
    ("/accounts/signup/", SIGN_UP),
    ("/accounts/password/reset/", {"email": "mira@example.com"}),
]
OWN_DOORS = [
    ("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW}),
    ("/accounts/reauthenticate/", {"password": PASSWORD}),
    ("/accounts/email/", {"email": "other@example.com", "action_add": ""}),
    ("/accounts/email/", {"email": "mira@example.com", "action_send": ""}),
]


def without_cache(settings: Settings, place: str) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{place}"}}


@pytest.fixture
def dead(settings: Settings) -> None:
    without_cache(settings, "/nowhere/valkey.sock")


@pytest.fixture
def mute(settings: Settings) -> Iterator[None]:
    """It takes connections and says nothing."""
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as line:
        line.bind(str(Path(folder) / "mute.sock"))
        line.listen()
        without_cache(settings, f"{folder}/mute.sock")
        yield


def must_wait(response: Any) -> None:
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "10"), page
    assert "are not possible right now" in page
    assert 'class="card"' in page


@pytest.mark.parametrize(("address", "form"), DOORS)
def test_nobody_comes_in_uncounted(visitor: Client, mira: User, dead: None, address: str, form: Any) -> None:
    must_wait(visitor.post(address, form))
    assert "_auth_user_id" not in visitor.session
    assert User.objects.count() == 1


@pytest.mark.parametrize(("address", "form"), OWN_DOORS)
def test_nobody_changes_an_account_uncounted(visitor: Client, mira: User, dead: None, address: str, form: Any) -> None:
    visitor.force_login(mira)
    must_wait(visitor.post(address, form))
    mira.refresh_from_db()
    assert mira.check_password(PASSWORD)
    assert mira.emailaddress_set.count() <= 1


@pytest.mark.parametrize("address", sorted({address for address, _ in DOORS}))
def test_the_forms_can_be_looked_at(visitor: Client, mira: User, dead: None, address: str) -> None:
    assert visitor.get(address).status_code == 200


def test_who_is_in_stays_in(visitor: Client, mira: User, dead: None) -> None:
    visitor.force_login(mira)
    assert visitor.get("/profile/").status_code == 200
    assert visitor.post("/accounts/logout/").status_code == 302


def test_a_redis_that_says_nothing_keeps_nobody_waiting_for_long(visitor: Client, mira: User, mute: None) -> None:
    began = time.monotonic()
    must_wait(visitor.post("/accounts/login/", {"login": "mira", "password": PASSWORD}))
    assert time.monotonic() - began < 8


def test_a_mail_that_cannot_be_handed_over_is_not_said_to_be_on_its_way(
    visitor: Client, mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in time, and then the queue was gone."""
    app.conf.task_always_eager = False
    nowhere = app.connection_for_write("redis+socket:///nowhere/valkey.sock")
    monkeypatch.setattr(app.amqp, "_producer_pool", producers[nowhere])
    must_wait(visitor.post("/accounts/password/reset/", {"email": "mira@example.com"}))


def test_too_many_tries_say_when_to_come_back(visitor: Client, mira: User) -> None:
    answers = [visitor.post("/accounts/login/", {"login": f"who{n}", "password": "no"}) for n in range(31)]
    assert (answers[-1].status_code, answers[-1]["Retry-After"]) == (429, "60")
