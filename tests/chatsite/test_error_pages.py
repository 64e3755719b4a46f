"""What stands in when a page cannot be had: a card that says what to do, and asks for nothing that may be broken."""

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.test import AsyncClient, Client
from pytest_django.fixtures import Settings

from accounts.models import Site, User
from tests.people import browser


def fall(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(Site, "current", fail)


def test_without_a_database_every_page_asks_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    fall(monkeypatch, OperationalError("no route to the secret host"))
    answer = Client(raise_request_exception=False).get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "In a moment" in answer.content.decode()
    assert "secret" not in answer.content.decode()


@pytest.mark.anyio
async def test_so_it_is_where_pages_are_served_from_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    fall(monkeypatch, OperationalError())
    answer = await AsyncClient(raise_request_exception=False).get("/")
    assert answer.status_code == 503


def test_what_is_too_large_is_called_so(alice: User, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = browser(alice).post("/rooms/new/", {"name": "x" * 200})
    assert answer.status_code == 413
    assert "Too much at once" in answer.content.decode()


def test_what_makes_no_sense_has_a_page_too(monkeypatch: pytest.MonkeyPatch) -> None:
    fall(monkeypatch, SuspiciousOperation("the secret reason"))
    answer = Client().get("/")
    assert answer.status_code == 400
    assert "Not understood" in answer.content.decode()
    assert "secret" not in answer.content.decode()
