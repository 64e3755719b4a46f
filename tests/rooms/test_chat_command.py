"""`manage.py chat`: a client of the protocol that is read as an example, against a server that says unusual things."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from websockets.asyncio.server import ServerConnection, serve

from rooms.management.chat_client import ChatClient, UnknownProtocol
from rooms.management.commands.chat import converse

pytestmark = pytest.mark.anyio

Frame = dict[str, Any]
HELLO = {"type": "hello", "protocol": 1}
REFUSED = {"type": "error", "code": "rate_limited", "text": "That was a lot at once.", "retry_after": 0.3}


class Server:
    """Notes the commands and when they came; refuses each one that `refuses` says."""

    def __init__(self, hello: Frame, refuses: Callable[[list[Frame]], bool]) -> None:
        self.hello, self.refuses = hello, refuses
        self.heard: list[Frame] = []
        self.times: list[float] = []
        self.url = ""

    async def talk(self, line: ServerConnection) -> None:
        await line.send(json.dumps([self.hello]))
        async for text in line:
            command = json.loads(text)
            self.heard.append(command)
            self.times.append(asyncio.get_running_loop().time())
            answer = REFUSED if self.refuses(self.heard) else {"type": "ok"}
            await line.send(json.dumps([{**answer, "ref": command["ref"]}]))

    def of(self, kind: str) -> list[Frame]:
        return [command for command in self.heard if command["type"] == kind]


@asynccontextmanager
async def server(hello: Frame, refuses: Callable[[list[Frame]], bool]) -> AsyncIterator[Server]:
    one = Server(hello, refuses)
    async with serve(one.talk, "127.0.0.1", 0) as running:
        one.url = f"http://127.0.0.1:{next(iter(running.sockets)).getsockname()[1]}"
        yield one


def client(url: str) -> ChatClient:
    return ChatClient(str(uuid4()), revision=0, cookie="session=none", url=url, note=print)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def going_on(job: Awaitable[Any]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(job)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_room_that_is_not_opened_yet_is_asked_for_again_when_the_server_says() -> None:
    async with server(HELLO, lambda heard: len(heard) < 3) as site, going_on(client(site.url).stay_connected()):
        await until(lambda: len(site.of("open")) == 3)
        await asyncio.sleep(0.5)
        assert len(site.heard) == 3
        assert site.times[1] - site.times[0] >= 0.3


async def test_who_types_too_fast_is_heard_later_and_in_order() -> None:
    def third_and_fourth(heard: list[Frame]) -> bool:
        return len([one for one in heard if one["type"] == "post"]) in {3, 4}

    async with server(HELLO, third_and_fourth) as site:
        chat = client(site.url)
        async with going_on(chat.stay_connected()):
            for body in "abcde":
                await chat.say(body)
            await until(lambda: not chat.unsent)
        assert [one["body"] for one in site.of("post")] == list("abcccde")
        assert len({one["client_id"] for one in site.of("post")}) == 5


async def test_what_was_written_before_the_line_was_there_is_sent() -> None:
    async with server(HELLO, lambda _: False) as site:
        chat = client(site.url)
        await chat.say("early")
        async with going_on(chat.stay_connected()):
            await until(lambda: not chat.unsent)
        assert [one["body"] for one in site.of("post")] == ["early"]


async def test_it_ends_when_the_server_speaks_another_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as nobody_types, os.fdopen(writing, "w"):
        monkeypatch.setattr(sys, "stdin", nobody_types)
        async with server({**HELLO, "protocol": 2}, lambda _: False) as site:
            with pytest.raises(UnknownProtocol, match="2"):
                await asyncio.wait_for(converse(client(site.url)), 10)
        assert site.heard == []
        monkeypatch.undo()


async def test_an_empty_line_and_the_end_of_the_input_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(HELLO, lambda _: False) as site:
        for typed in ("", "\nnot this\n"):
            monkeypatch.setattr(sys, "stdin", StringIO(typed))
            await asyncio.wait_for(converse(client(site.url)), 10)
        assert site.of("post") == []
