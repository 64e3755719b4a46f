"""`manage.py chat lobby --as mira`: a room in the terminal, and the protocol of docs/protocol.md by example."""

import argparse
import asyncio
import json
import random
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from html import unescape
from threading import Thread
from typing import Any, NoReturn, cast
from uuid import uuid4

import websockets
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from rooms.models import Membership

RECENT = 20
LONGEST_PAUSE = 15.0
PROTOCOL = 1
LATER = {"rate_limited", "unavailable"}


class Command(BaseCommand):
    help = "Talk in a room from the terminal, as one of its members. An empty line ends it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("room", help="the room's slug, as in its address")
        parser.add_argument("--as", dest="handle", required=True, help="whose words these are")
        parser.add_argument("--url", default=settings.SITE_URL, help="where the site answers (default: %(default)s)")

    def handle(self, *args: Any, room: str, handle: str, url: str, **options: Any) -> None:
        mine = Membership.objects.select_related("room", "user").filter(room__slug=room, user__handle=handle)
        if not (membership := mine.first()):
            raise CommandError(f"@{handle} is not a member of a room called {room}.")
        session = _sign_in(membership.user)
        try:
            asyncio.run(Client(membership, session=session, url=url).run())
        except UnknownProtocol as error:
            raise CommandError(f"The server speaks protocol {error}, and this program {PROTOCOL}.") from error
        finally:
            session.delete()


def _sign_in(user: User) -> SessionStore:
    """A session of its own, which ends with the command."""
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    return session


class UnknownProtocol(Exception):
    """Nothing that the server says from here on can be relied on."""


class Client:
    """Holds one number, the revision up to which it has shown everything, and whatever is not acknowledged yet."""

    def __init__(self, membership: Membership, *, session: SessionStore, url: str) -> None:
        self.room = str(membership.room_id)
        self.revision = max(0, membership.room.last_revision - RECENT)
        self.unsent, self.shown = dict[str, str](), dict[str, str]()
        self.line, self.origin, self.posting = cast(Any, None), url, ""
        self.waiting = set[asyncio.Task[None]]()
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"

    async def run(self) -> None:
        """Until there is nothing more to say, or nobody to say it to."""
        tasks = [asyncio.create_task(self.stay_connected()), asyncio.create_task(self.say_what_is_typed())]
        done, going_on = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in going_on:
            task.cancel()
        for task in done:
            task.result()

    async def say_what_is_typed(self) -> None:
        lines, loop = asyncio.Queue[str](), asyncio.get_running_loop()
        Thread(target=_read, args=[lambda line: loop.call_soon_threadsafe(lines.put_nowait, line)], daemon=True).start()
        while line := (await lines.get()).strip():
            await self.say(line)

    async def stay_connected(self) -> NoReturn:
        """A random, growing pause after each loss, so that a thousand clients do not come back at once."""
        pause = 0.5
        while True:
            with suppress(OSError, websockets.WebSocketException):
                await self.listen()
                pause = 0.5
            self.note("connection lost, trying again")
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311
            pause = min(pause * 2, LONGEST_PAUSE)

    async def listen(self) -> None:
        address = self.origin.replace("http", "ws", 1) + "/ws/"
        who: dict[str, Any] = {"origin": websockets.Origin(self.origin), "additional_headers": {"Cookie": self.cookie}}
        async with websockets.connect(address, **who) as self.line:
            self.posting = ""
            async for frames in self.line:
                for frame in json.loads(frames):
                    await self.take(frame)

    # Commands

    async def open(self) -> None:
        await self.send(type="open", room=self.room, since=self.revision)

    async def say(self, body: str) -> None:
        """Kept under its key until the server has answered: sending it twice makes one message."""
        self.unsent[str(uuid4())] = body
        await self.post()

    async def post(self) -> None:
        """The oldest; the others wait for its answer, so that they arrive in order."""
        if self.unsent and not self.posting:
            self.posting, body = next(iter(self.unsent.items()))
            await self.send(type="post", ref=self.posting, room=self.room, client_id=self.posting, body=body)

    async def send(self, **command: Any) -> None:
        with suppress(AttributeError, websockets.WebSocketException):
            await self.line.send(json.dumps({"ref": None, **command}))

    # Frames

    async def take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "message":
                await self.apply(frame)
            case "reset":
                self.revision = frame["revision"]
                self.note("too much was missed; the page has all of it")
            case "hello" if frame["protocol"] != PROTOCOL:
                raise UnknownProtocol(frame["protocol"])
            case "hello":
                await self.open()
                await self.post()
            case "ok":
                self.revision = max(self.revision, frame.get("revision", 0))
                await self.answered(frame["ref"])
            case "error" if frame["code"] in LATER:
                self.note(frame["text"])
                self.later(frame)
            case "error":
                self.note(frame["text"])
                await self.answered(frame["ref"])

    async def answered(self, ref: str | None) -> None:
        if self.unsent.pop(ref or "", None) is not None:
            self.posting = ""
            await self.post()

    def later(self, error: dict[str, Any]) -> None:
        """The same again when the server wants it, and not before."""
        task = asyncio.create_task(self.again(error["ref"], error["retry_after"]))
        self.waiting.add(task)
        task.add_done_callback(self.waiting.discard)

    async def again(self, ref: str | None, wait: float) -> None:
        line = self.line
        await asyncio.sleep(wait)
        if line is not self.line:  # another one, on which all was asked anew
            return
        if ref is None:
            await self.open()
        elif ref == self.posting:
            self.posting = ""
            await self.post()

    async def apply(self, frame: dict[str, Any]) -> None:
        """News is shown, what is known is not, and after a gap the log is asked."""
        if frame.get("after", frame["revision"] - 1) > self.revision:
            await self.open()
        elif frame["revision"] > self.revision:
            self.revision = frame["revision"]
            self.show(frame)

    def show(self, frame: dict[str, Any]) -> None:
        text = _text(frame["html"])
        if self.shown.get(frame["id"]) != text:
            self.shown[frame["id"]] = text
            self.note(f"{frame['seq']:>4} {text}")

    def note(self, text: str) -> None:
        print(text, flush=True)  # noqa: T201


def _read(heard: Callable[[str], object]) -> None:
    """In a thread that nobody waits for: no line may ever come. The end of the input is an empty one."""
    with suppress(RuntimeError):  # the conversation has ended
        for line in iter(sys.stdin.readline, ""):
            heard(line)
        heard("")


def _text(html: str) -> str:
    author = re.search(r'<b id="author-[^>]*>(.*?)</b>', html, re.DOTALL)
    body = re.search(r'class="message__body"[^>]*>(.*?)</(?:div|p)>\s*(?:<|$)', html, re.DOTALL)
    words = unescape(re.sub(r"<[^>]+>", " ", body[1] if body else ""))
    return f"{unescape(author[1]) if author else '?'}: {' '.join(words.split())}"
