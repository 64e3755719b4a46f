"""Runs beside a site, with its settings: arranges what would take a test minutes by hand. One JSON line a deed."""

import json
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.actions import create_person  # noqa: E402
from accounts.models import User  # noqa: E402
from aibot.actions import seat_assistant  # noqa: E402
from chatsite.lib.memory import redis  # noqa: E402
from rooms.actions.memberships import (  # noqa: E402
    add_member,
    join_default_rooms,
    leave_room,
    mark_read,
    remove_member,
)
from rooms.actions.messages import post_message  # noqa: E402
from rooms.actions.rooms import create_room  # noqa: E402
from rooms.models import Message, Room  # noqa: E402

Json = dict[str, Any]


def person(name: str) -> Json:
    """Somebody new, signed in."""
    number = User.objects.count()
    newcomer = create_person(name=name, email=f"person{number}@example.com", password="correct horse battery")
    join_default_rooms(newcomer)
    client = Client()
    client.force_login(newcomer)
    return {"handle": newcomer.handle, "session": client.cookies[settings.SESSION_COOKIE_NAME].value}


def room(name: str, people: list[str], kind: str, topic: str, assistant: bool) -> Json:
    """The first of the people owns it. Without a name it gets one that no other room has."""
    owner, *others = [User.objects.get(handle=handle) for handle in people]
    made = create_room(owner, name=name or f"table {Room.objects.count()}", kind=kind, topic=topic).room
    if assistant:
        seat_assistant(made)
    for other in others:
        add_member(made, user=other)
    return {"name": made.name, "slug": made.slug, "id": str(made.pk)}


def say(slug: str, handle: str, bodies: list[str], days_ago: int) -> list[int]:
    """The seqs of the new messages."""
    seat = Room.objects.get(slug=slug).memberships.select_related("room", "user").get(user__handle=handle)
    posted = [post_message(seat, body=body, client_id=Message().client_id) for body in bodies]
    if days_ago:
        when = timezone.now() - timedelta(days=days_ago)
        Message.objects.filter(pk__in=[message.pk for message in posted]).update(created_at=when)
    return [message.seq for message in posted]


def read(slug: str, handle: str, seq: int) -> None:
    mark_read(Room.objects.get(slug=slug).memberships.get(user__handle=handle), seq=seq)


def join(slug: str, handle: str) -> None:
    add_member(Room.objects.get(slug=slug), user=User.objects.get(handle=handle))


def leave(slug: str, handle: str) -> None:
    leave_room(Room.objects.get(slug=slug).memberships.select_related("room", "user").get(user__handle=handle))


def remove(slug: str, handle: str) -> None:
    """By the room's owner."""
    seats = Room.objects.get(slug=slug).memberships.select_related("room", "user")
    remove_member(seats.get(user__handle=handle), by=seats.get(role="owner"))


def forget_limits() -> None:
    """The tests do in minutes what people do in days."""
    memory = redis()
    for key in memory.keys("limit:*"):
        memory.delete(key)


DEEDS = {deed.__name__: deed for deed in (person, room, say, read, join, leave, remove, forget_limits)}

for line in sys.stdin:
    name, wishes = json.loads(line)
    print(json.dumps(DEEDS[name](**wishes)), flush=True)
