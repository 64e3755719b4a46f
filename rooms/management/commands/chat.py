"""`manage.py chat lobby --as mira`: a room in the terminal, by way of the protocol alone."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from rooms.management.chat_client import PROTOCOL, ChatClient, UnknownProtocol
from rooms.models import Membership

RECENT = 20


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
            asyncio.run(converse(_client(membership, session=session, url=url)))
        except UnknownProtocol as error:
            raise CommandError(f"The server speaks protocol {error}, and this program {PROTOCOL}.") from error
        finally:
            session.delete()


def _client(membership: Membership, *, session: SessionStore, url: str) -> ChatClient:
    """From the last few messages on."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    revision = max(0, membership.room.last_revision - RECENT)
    return ChatClient(str(membership.room_id), revision=revision, cookie=cookie, url=url, note=_print)


def _sign_in(user: User) -> SessionStore:
    """A session of its own, which ends with the command."""
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    return session


async def converse(client: ChatClient) -> None:
    """Until there is nothing more to say, or nobody to say it to."""
    tasks = [asyncio.create_task(client.stay_connected()), asyncio.create_task(_say_what_is_typed(client))]
    done, going_on = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in going_on:
        task.cancel()
    for task in done:
        task.result()


async def _say_what_is_typed(client: ChatClient) -> None:
    lines, loop = asyncio.Queue[str](), asyncio.get_running_loop()
    Thread(target=_read, args=[lambda line: loop.call_soon_threadsafe(lines.put_nowait, line)], daemon=True).start()
    while line := (await lines.get()).strip():
        await client.say(line)


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _read(heard: Callable[[str], object]) -> None:
    """In a thread that nobody waits for: no line may ever come. The end of the input is an empty one."""
    with suppress(RuntimeError):  # the conversation has ended
        for line in iter(sys.stdin.readline, ""):
            heard(line)
        heard("")
