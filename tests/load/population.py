"""Many people with sessions, in rooms, made in bulk. Needs Django to be set up."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import User
from rooms.models import Membership, Room

BATCH = 2000


class Member(NamedTuple):
    """Somebody in one room, by way of a session."""

    cookie: str
    room: str


def populate(prefix: str, *, rooms: int, people: int) -> list[Member]:
    """So many new private rooms with so many members each, everybody in one of them; room after room."""
    made = Room.objects.bulk_create(
        [
            Room(name=f"{prefix} {n}", slug=f"{prefix}-{n}", kind=Room.Kind.PRIVATE, last_seat=people)
            for n in range(rooms)
        ],
        batch_size=BATCH,
    )
    users = User.objects.bulk_create(
        [User(handle=f"{prefix}-{n}", display_name=f"{prefix} {n}".title()) for n in range(rooms * people)],
        batch_size=BATCH,
    )
    homes = [(made[n // people], user) for n, user in enumerate(users)]
    seats = [Membership(room=room, user=user, seat=n % people + 1) for n, (room, user) in enumerate(homes)]
    Membership.objects.bulk_create(seats, batch_size=BATCH)
    sessions = Session.objects.bulk_create([_session(user) for user in users], batch_size=BATCH)
    name = settings.SESSION_COOKIE_NAME
    return [
        Member(f"{name}={session.session_key}", str(room.pk))
        for session, (room, _) in zip(sessions, homes, strict=True)
    ]


def _session(user: User) -> Session:
    """As a login leaves it."""
    held = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    return Session(
        session_key=get_random_string(32),
        session_data=SessionStore().encode(held),
        expire_date=timezone.now() + timedelta(days=1),
    )
