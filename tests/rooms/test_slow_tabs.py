"""A tab whose reader was too slow: what its queue lost and the log does not hold, it is told anew."""

import asyncio
import json
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from accounts.sessions import visit
from chatsite.lib.feed import Parcel
from chatsite.lib.mailbox import MOST_FRAMES
from chatsite.lib.realtime import room_group
from chatsite.lib.threads import in_thread
from rooms.models import Room
from rooms.tabs import Tab
from tests.people import browser

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("live")]


async def test_who_is_here_is_told_again_after_a_queue_was_lost(alice: User, hq: Room) -> None:
    reader = Reader()
    page = Tab(await a_visit(alice), reader.send, nothing)
    await page.start()
    await page.open(hq.pk, since=0)
    await reader.receive("presence")
    page.offer(too_much(hq))
    await reader.receive("presence")
    page.leave()


async def test_of_a_room_that_was_closed_nothing_is_caught_up(alice: User, hq: Room) -> None:
    reader = Reader()
    page = Tab(await a_visit(alice), reader.send, nothing)
    await page.start()
    await page.open(hq.pk, since=0)
    await reader.receive("presence")
    page.offer(too_much(hq))
    await page.close_room(hq.pk)
    await asyncio.sleep(0.2)
    assert "presence" not in [frame["type"] for frame in reader.frames]
    page.leave()


class Reader:
    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    async def send(self, text: str) -> None:
        self.frames += json.loads(text)

    async def receive(self, kind: str) -> None:
        """Of what has come this is the next of its kind; all before it is forgotten."""
        async with asyncio.timeout(5):
            while kind not in [frame["type"] for frame in self.frames]:
                await asyncio.sleep(0.005)
        self.frames.clear()


def too_much(room: Room) -> Parcel:
    return Parcel(room_group(room.pk), "", MOST_FRAMES + 1, None)


async def a_visit(user: User) -> Any:
    client = await in_thread(browser, user)
    return await in_thread(visit, {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value})


async def nothing(_: object) -> None:
    pass
