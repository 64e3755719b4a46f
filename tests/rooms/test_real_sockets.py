"""What ends a socket, seen from the other end of a real line: uvicorn, TCP, a client that knows nothing of us."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.conf import settings
from websockets import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from chatsite.lib.ratelimit import LIMITS, Limit
from tests.aibot.screens import WebServer
from tests.people import browser

pytestmark = pytest.mark.usefixtures("live")


@pytest.fixture(scope="module")
def web() -> Iterator[WebServer]:
    server = WebServer()
    yield server
    server.stop()


def line(web: WebServer, user: User | None, **headers: str) -> ClientConnection:
    cookies = browser(user).cookies.values() if user else []
    sent = {"Cookie": "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies), **headers}
    return connect(web.url, origin=settings.SITE_ORIGINS[0], additional_headers=sent, proxy=None)


def end_of(socket: ClientConnection, *, says: list[str]) -> int:
    """The code with which the server closes, after all that it still answers."""
    with socket:
        try:
            for text in says:
                socket.send(text)
            while True:
                socket.recv(timeout=15)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


def test_a_flood_of_commands_ends_the_line(web: WebServer, alice: User) -> None:
    assert end_of(line(web, alice), says=[json.dumps({"type": "heartbeat", "ref": n}) for n in range(200)]) == 4029


def test_twenty_senseless_commands_in_a_minute_end_the_line(web: WebServer, alice: User) -> None:
    assert end_of(line(web, alice), says=["{", "[]", '{"type": "fly"}'] * 7) == 4400


def test_who_has_no_session_is_shown_out(web: WebServer) -> None:
    assert end_of(line(web, None), says=[]) == 4401


def test_behind_a_proxy_strangers_are_counted_where_they_really_are(
    web: WebServer, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "stranger", Limit(2, 1000))
    last = uuid4().int % 250
    near, far = ({"X-Forwarded-For": f"198.51.{part}.{last}"} for part in (100, 101))
    assert [end_of(line(web, None, **near), says=[]) for _ in range(3)] == [4401, 4401, 4029]
    assert end_of(line(web, None, **far), says=[]) == 4401
    with line(web, alice, **near) as socket:
        assert json.loads(socket.recv(timeout=15))[0]["type"] == "hello"
