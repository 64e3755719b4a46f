"""From the model's first word to the first one on a screen: the model notes when it spoke, a tab when it saw it."""

import asyncio
import time
from typing import Any
from uuid import uuid4

from aibot.actions import seat_assistant
from chatsite.lib.threads import in_thread
from rooms.models import Room
from tests.load.line import Line
from tests.load.log import Frame
from tests.load.population import populate
from tests.load.stage import Stage

QUESTIONS = 20
PATIENCE = 20.0


def measure(stage: Stage, port: int) -> list[float]:
    """The middle one and the slowest, in milliseconds."""
    (member,) = populate("first-word", rooms=1, people=1)
    seat_assistant(Room.objects.get(pk=member.room))
    took = sorted(asyncio.run(_ask_many(stage, port, member)))
    return [took[len(took) // 2], took[-1]]


async def _ask_many(stage: Stage, port: int, member: Any) -> list[float]:
    seen: asyncio.Queue[float] = asyncio.Queue()
    ended = asyncio.Event()

    def hear(frame: Frame) -> None:
        if frame["type"] == "draft" and frame["blocks"]:
            seen.put_nowait(time.time())
        if frame["type"] == "message" and 'data-status="complete"' in frame["html"] and "message--ai" in frame["html"]:
            ended.set()

    line = Line([f"ws://127.0.0.1:{port}/ws/"], origin=stage.origin, cookie=member.cookie, hear=hear)
    running = asyncio.create_task(line.run())
    while not line.is_up:
        await asyncio.sleep(0.01)
    await line.command("open", room=member.room, since=0)
    took = [await _ask(stage, line, member.room, seen, ended) for _ in range(QUESTIONS)]
    running.cancel()
    return took


async def _ask(stage: Stage, line: Line, room: str, seen: "asyncio.Queue[float]", ended: asyncio.Event) -> float:
    await in_thread(stage.model.script, {"chunks": ["One word", {"sleep": 0.3}, " and another."]})
    ended.clear()
    async with asyncio.timeout(PATIENCE):
        await line.command("post", room=room, client_id=str(uuid4()), body="Say something.")
        shown = await seen.get()
        await ended.wait()
    while not seen.empty():
        seen.get_nowait()
    spoken: float = (await in_thread(stage.model.requests, "chat/completions"))[-1]["first_chunk"]
    return (shown - spoken) * 1000
