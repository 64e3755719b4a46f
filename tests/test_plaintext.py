"""What people write stands nowhere in the clear: not in the database or its files, not in Redis, not in a log.

`SECRET` goes through every door that takes words, and then it is looked for wherever something is left behind. `NAME`
is said to be readable, so each search has to find it: a search that finds nothing proves nothing.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
from django.conf import settings as live
from django.db import connection
from pytest_django.fixtures import Settings
from redis import Redis

from accounts.models import Site, User
from aibot.models import Assistant, Run
from aibot.replies import write_answer
from chatsite.lib.memory import redis
from chatsite.lib.threads import in_thread
from rooms.actions.memberships import add_member
from rooms.models import Message, Notepad, Room
from tests.aibot.fake import DemoModel
from tests.people import browser
from tests.rooms.tabs import OpenTab, ring, tab

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("live")]

SECRET = f"Quokka{uuid4().hex}"
NAME = f"Wombat{uuid4().hex}"


class Wiretap:
    """Every command that reaches Valkey while it is open, with all that it carries."""

    def __enter__(self) -> Self:
        self.heard = bytearray()
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(live.REDIS_URL.removeprefix("unix://"))
        self._line.sendall(b"MONITOR\r\n")
        assert self._line.recv(64) == b"+OK\r\n"
        self._listener = Thread(target=self._listen)
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Valkey tells in order: once it has told of this, it has told of everything before."""
        redis().echo("over and out")
        self._listener.join(30)
        self._line.close()

    def _listen(self) -> None:
        while b"over and out" not in self.heard and (more := self._line.recv(1 << 16)):
            self.heard += more


class Log(logging.Handler):
    """All records of all loggers that let them through, in full."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{logging.Formatter().format(record)} {vars(record)}")

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture
def log() -> Iterator[Log]:
    """As with LOG_LEVEL=DEBUG."""
    log, root = Log(), logging.getLogger()
    before = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    yield log
    root.setLevel(before)
    root.removeHandler(log)


@pytest.fixture
def model(settings: Settings) -> Iterator[DemoModel]:
    with DemoModel() as model:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.AI_MODEL = model.url, "key", "demo"
        yield model


def make_room(user: User) -> Room:
    form = {"name": NAME, "topic": f"All about {SECRET}", "kind": "public"}
    assert browser(user).post("/rooms/new/", form).status_code == 302
    return Room.objects.get(name=NAME)


def instruct(ada: User) -> None:
    Assistant.objects.filter(user=ada).update(instructions=f"Speak of {SECRET}.")


def change_room(user: User, room: Room) -> None:
    form = {"name": NAME, "topic": f"More about {SECRET}", "kind": "private"}
    assert browser(user).post(f"{room.get_absolute_url()}settings/", form).status_code == 302


async def say(page: OpenTab, room: Room, body: str, **fields: Any) -> str:
    answer = await page.ask("post", room=str(room.pk), client_id=str(uuid4()), body=body, **fields)
    return str(answer["id"])


async def ask_and_hear(page: OpenTab, room: Room, model: DemoModel) -> None:
    """The assistant's whole way: prompt, stream, drafts, final word."""
    model.script(f"First a word.\n\nThen {SECRET}, and an end.")
    question = await say(page, room, f"@ada what is **{SECRET}**?")
    await in_thread(write_answer, await run_for(question))


async def run_for(question: str) -> UUID:
    """Whoever asks is answered before the question is considered."""
    async with asyncio.timeout(10):
        while not (run := await in_thread(Run.objects.filter(triggers__message=question).first)):
            await asyncio.sleep(0.01)
    return run.pk


async def misbehave(page: OpenTab, room: Room) -> None:
    """What is refused is remembered no better than what is accepted."""
    for bad in ({"room": str(uuid4())}, {"client_id": SECRET}, {"reply_to": str(uuid4())}, {"body": SECRET * 2000}):
        form = {"room": str(room.pk), "client_id": str(uuid4()), "body": f"Lost {SECRET}"}
        assert (await page.ask("post", **(form | bad)))["type"] == "error"
    assert (await page.ask(SECRET))["type"] == "error"


async def chat(alice: User, bob: User, ada: User, model: DemoModel) -> Room:
    room = await in_thread(make_room, alice)
    for other in (bob, ada):
        await in_thread(partial(add_member, room, user=other))
    async with tab(alice, room) as mine, tab(bob, room) as his:
        first = await say(mine, room, f"Have you heard of {SECRET}?\n\n```\n{SECRET}\n```")
        await say(his, room, f"> {SECRET}\n\nI have, @alice", reply_to=first)
        await mine.ask("note", room=str(room.pk), body=f"And now {SECRET}", base=0)
        await ask_and_hear(mine, room, model)
        await misbehave(his, room)
        await in_thread(change_room, alice, room)
        await ring(his, bob)
        await ring(mine, alice)
        page = await in_thread(mine.client.get, room.get_absolute_url())
    assert sum(SECRET in frame["html"] for frame in his.of("message")) == 4, "the words did not get through"
    assert SECRET in page.content.decode()
    return room


def read_back(room: Room) -> None:
    """The words are there, for whoever has the keys."""
    room.refresh_from_db()
    assert SECRET in room.topic
    assert SECRET in Notepad.objects.get(room=room).body
    said = Message.objects.filter(room=room, kind=Message.Kind.MESSAGE)
    assert [SECRET in message.body for message in said] == [True] * 4


def tables_with(word: str) -> set[str]:
    """Tables of which some row, written out as a dump would, has the word in it, as text or as bytes."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            row = f'FROM "{table}" AS r WHERE position(%s in r::text) > 0 OR position(%s in r::text) > 0'
            cursor.execute(f"SELECT EXISTS (SELECT {row})", [word, word.encode().hex()])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def files_with(word: str) -> list[Path]:
    """Of PostgreSQL's own: tables, indexes, write-ahead log, everything. And of the site's data folder."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        folders = [Path(cursor.fetchone()[0]), Path(live.DATA)]
    files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    return [path for path in files if word.encode() in contents(path)]


def contents(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # it was a passing one
        return b""


def keys_with(word: str) -> list[str]:
    """Of Valkey: names and contents, whatever their kind."""
    with Redis.from_url(live.REDIS_URL) as client:
        reads: dict[bytes, Callable[[bytes], Any]] = {
            b"string": client.get,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"hash": client.hgetall,
            b"set": client.smembers,
            b"zset": lambda key: client.zrange(key, 0, -1),
        }
        stored = {key: reads[client.type(key)](key) for key in client.scan_iter(count=1000)}
    return [str(key) for key, value in stored.items() if word in f"{key} {value}"]


async def test_no_word_that_was_said_stands_anywhere_in_the_clear(
    studio: Site, alice: User, bob: User, ada: User, model: DemoModel, log: Log
) -> None:
    with Wiretap() as tap:
        await in_thread(instruct, ada)
        room = await chat(alice, bob, ada, model)
    await in_thread(read_back, room)
    assert await in_thread(tables_with, SECRET) == set()
    assert await in_thread(files_with, SECRET) == []
    assert keys_with(SECRET) == []
    assert SECRET.encode() not in tap.heard
    assert [line[:300] for line in log.lines if SECRET in line] == []
    # None of these searches was blind.
    assert b"PUBLISH" in tap.heard
    assert "rooms_room" in await in_thread(tables_with, NAME)
    assert await in_thread(files_with, NAME)


async def test_a_word_in_the_clear_is_found_wherever_it_is(alice: User, log: Log) -> None:
    await in_thread(make_room, alice)
    with Wiretap() as tap:
        redis().publish("anything", NAME)
        redis().set("anything", NAME, ex=60)
        redis().zadd(f"here:{NAME}", {"anybody": 1})
        logging.getLogger("rooms.anything").debug("Somebody said %s.", NAME)
    assert {"rooms_room", "moderation_auditentry"} <= await in_thread(tables_with, NAME)
    assert await in_thread(files_with, NAME)
    assert len(keys_with(NAME)) == 2
    redis().delete("anything", f"here:{NAME}")
    assert tap.heard.count(NAME.encode()) == 3
    assert NAME in log.text
