"""Who the tests are about: alice owns hq, mona moderates it, bob is in it, ada answers there, carol stands outside."""

from collections.abc import Iterator
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Site, User
from aibot.models import Assistant
from chatsite.lib import threads
from rooms.actions.memberships import add_member
from rooms.actions.messages import post_message
from rooms.actions.rooms import create_room
from rooms.models import Membership, Message, Room


def make_person(handle: str, **fields: Any) -> User:
    return User.objects.create_user(handle, f"{handle}@example.com", display_name=handle.title(), **fields)


def make_room(name: str, owner: User, *members: User, kind: str = "public", **fields: Any) -> Room:
    room = create_room(owner, name=name, kind=kind, **fields).room
    for member in members:
        role = Membership.Role.MODERATOR if member.handle == "mona" else Membership.Role.MEMBER
        add_member(room, user=member, role=role)
    return Room.objects.get(pk=room.pk)


def seat(user: User, room: Room) -> Membership:
    """Their place in the room, as a door would fetch it."""
    return Membership.objects.select_related("room", "user").get(user=user, room=room)


def say(user: User, room: Room, body: str, *, reply_to: Message | None = None) -> Message:
    return post_message(seat(user, room), body=body, client_id=uuid4(), reply_to=reply_to)


def browser(user: User | None, **options: Any) -> Client:
    """Signed in, without a form in between. Bots cannot log in; this shows what they could do if they did."""
    client = Client(**options)
    if user:
        client.force_login(user)
    return client


@pytest.fixture
def studio(db: None) -> Site:
    return Site.objects.create(name="Harbour Studio")


@pytest.fixture
def alice(studio: Site) -> User:
    return make_person("alice")


@pytest.fixture
def bob(studio: Site) -> User:
    return make_person("bob")


@pytest.fixture
def carol(studio: Site) -> User:
    return make_person("carol")


@pytest.fixture
def mona(studio: Site) -> User:
    return make_person("mona")


@pytest.fixture
def ada(studio: Site) -> User:
    return Assistant.objects.create(user=make_person("ada", is_bot=True)).user


@pytest.fixture
def hq(alice: User, mona: User, bob: User, ada: User) -> Room:
    return make_room("hq", alice, mona, bob, ada)


@pytest.fixture
def den(alice: User, mona: User, bob: User, ada: User) -> Room:
    """As hq, and private."""
    return make_room("den", alice, mona, bob, ada, kind="private")


@pytest.fixture
def live(transactional_db: None) -> Iterator[None]:
    """Real commits, which others see; and at the end nobody still reads what the test leaves."""
    yield
    workers = threads.POOL._max_workers
    barrier = Barrier(workers)
    list(threads.POOL.map(lambda _: barrier.wait(30), range(workers)))


@pytest.fixture
def anyio_backend() -> str:
    """What runs tests that are coroutines."""
    return "asyncio"
