"""Live delivery through the real layer: from any thread, encrypted on its way, in order, and never in the way."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from redis.asyncio import Redis

from chatsite.lib.hub import Hub
from chatsite.lib.realtime import encode, push, room_group, user_group
from chatsite.lib.threads import in_thread
from tests.chatsite.lib.ledger import Ledger, Reader, until

pytestmark = pytest.mark.anyio

CANARY = "canary-7f3e"


@asynccontextmanager
async def listening(group: str) -> AsyncIterator[Reader]:
    """A process with one tab that follows the group."""
    hub, reader = Hub(Ledger()), Reader()
    await hub.follow(reader, group)
    yield reader
    hub.leave(reader)


@asynccontextmanager
async def eavesdropping() -> AsyncIterator[list[bytes]]:
    """Everything that goes through Redis, as it is there."""
    heard: list[bytes] = []
    async with Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as ear:
        await ear.psubscribe("*")
        while (await ear.get_message(timeout=5))["type"] != "psubscribe":
            continue

        async def listen() -> None:
            async for message in ear.listen():
                heard.append(message["data"])

        task = asyncio.create_task(listen())
        yield heard
        task.cancel()


async def test_a_push_from_any_thread_arrives() -> None:
    group = f"room.{uuid4().hex}"
    async with listening(group) as reader:
        await in_thread(push, group, {"type": "typing", "name": CANARY})
        await until(lambda: reader.frames)
        assert reader.frames == [{"type": "typing", "name": CANARY}]


async def test_pushes_of_one_thread_arrive_in_their_order() -> None:
    group = f"room.{uuid4().hex}"
    async with listening(group) as reader:
        await in_thread(lambda: [push(group, {"type": "typing", "n": n}) for n in range(200)])
        await until(lambda: len(reader.frames) == 200)
        assert [frame["n"] for frame in reader.frames] == list(range(200))


async def test_what_is_pushed_cannot_be_read_on_its_way() -> None:
    group = f"room.{uuid4().hex}"
    async with eavesdropping() as heard, listening(group) as reader:
        bell: dict[str, Any] = {"type": "typing", "name": CANARY}
        await in_thread(push, group, bell, hint={"seq": 1, "mentions": [CANARY]}, order=CANARY)
        await until(lambda: reader.frames)
        await until(lambda: heard)
        assert not any(CANARY.encode() in one for one in heard)


async def test_two_processes_both_hear() -> None:
    group = f"room.{uuid4().hex}"
    async with listening(group) as here, listening(group) as there:
        await in_thread(push, group, {"type": "typing"})
        await until(lambda: here.frames and there.frames)


async def test_groups_do_not_mix() -> None:
    one, other = f"room.{uuid4().hex}", f"room.{uuid4().hex}"
    async with listening(one) as here, listening(other) as there:
        await in_thread(lambda: (push(one, {"type": "a"}), push(other, {"type": "b"})))
        await until(lambda: here.frames and there.frames)
        assert [here.frames, there.frames] == [[{"type": "a"}], [{"type": "b"}]]


def test_a_room_and_a_person_never_share_a_group() -> None:
    same = uuid4()
    assert room_group(same) != user_group(same)


def test_frames_are_small_json_in_any_script() -> None:
    frame = {"type": "typing", "name": "غرفة"}
    assert encode(frame) == '{"type":"typing","name":"غرفة"}'
    assert json.loads(encode(frame)) == frame
