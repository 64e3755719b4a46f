"""Pages are made in one thread from the first middleware to the last, and are the pages that Django would make."""

from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

from accounts.models import User
from chatsite.lib.handlers import Pages
from chatsite.lib.threads import in_thread
from rooms.models import Room
from tests.people import browser

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("live")]


async def answer(pages: ASGIHandler, path: str, cookie: str = "") -> tuple[int, bytes]:
    headers = [(b"host", b"localhost"), (b"cookie", cookie.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    communicator = ApplicationCommunicator(pages, scope)
    await communicator.send_input({"type": "http.request", "body": b""})
    start = await communicator.receive_output(10)
    body = (await communicator.receive_output(10))["body"]
    await communicator.wait(10)
    return start["status"], body


@pytest.mark.parametrize(
    ("path", "status"), [("/rooms/", 302), ("/accounts/login/", 200), ("/nowhere/", 404), ("/livez", 200)]
)
async def test_they_are_what_django_would_answer(path: str, status: int, studio: object) -> None:
    answers = [await answer(pages, path) for pages in (Pages(), ASGIHandler())]
    assert [code for code, _ in answers] == [status, status]
    assert answers[0][1].count(b"<") == answers[1][1].count(b"<")


def signed_in(user: User) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={browser(user).cookies[settings.SESSION_COOKIE_NAME].value}"


async def test_the_thread_is_entered_once_and_not_for_each_middleware(
    alice: User, hq: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[object] = []
    handler = SyncToAsync.thread_handler

    def noted(self: Any, *args: Any) -> Any:
        entered.append(self.func)
        return handler(self, *args)

    monkeypatch.setattr(SyncToAsync, "thread_handler", noted)
    cookie = await in_thread(signed_in, alice)
    steps = []
    for pages in (Pages(), ASGIHandler()):
        entered.clear()
        code, body = await answer(pages, hq.get_absolute_url(), cookie)
        assert (code, b"<message-list" in body) == (200, True)
        steps.append(len(entered))
    assert steps[0] < steps[1] / 2
