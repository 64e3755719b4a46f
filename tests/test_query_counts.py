"""Ten times the rows, the same number of queries: no page asks the database once for each line that it shows."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Site, User
from accounts.sessions import Visit, over
from aibot.models import Assistant, Decision, Run, Trigger
from chatsite.lib.realtime import room_group
from rooms import commands, posting, presence
from rooms.actions.memberships import add_member, create_invite
from rooms.actions.messages import finish_message, start_message
from rooms.actions.notepads import write_note
from rooms.broadcasts import broadcast_message
from rooms.models import Message, Room
from rooms.replay import AT_ONCE, heads
from tests.people import browser, make_person, make_room, say, seat

FEW, MANY = 3, 30
ALONE: set[type[Model]] = {Site}
"""Of these there is one."""

Counts = dict[str, int]


class Town:
    """hq and all around it, at any size: each step adds one more of everything that some page lists."""

    def __init__(self, owner: User, assistant: User, room: Room) -> None:
        self.owner, self.assistant, self.room = owner, assistant, room
        self.size = 0
        self.last = say(owner, room, "Welcome")

    def grow(self, size: int) -> None:
        while self.size < size:
            self.size += 1
            self._add(self.size)

    def _add(self, n: int) -> None:
        person = make_person(f"person{n}", avatar=f"avatars/{n}.webp")
        add_member(self.room, user=person)
        question = say(person, self.room, f"@{self.owner.handle}, look: **{n}**", reply_to=self.last)
        self._answer(question, status=Message.Status.COMPLETE)
        self._answer(question, status=Message.Status.DRAFTING)
        self.last = say(self.owner, self.room, f"@{person.handle} I see", reply_to=question)
        create_invite(seat(self.owner, self.room), expires_at=timezone.now() + timedelta(days=n), uses_left=n)
        write_note(seat(person, self.room), body="Not yet", base=0)
        presence.arrive(self.room.pk, presence.Entry(person.pk, "tab"))
        self._add_rooms(n, person)
        self._add_accounts(n, person)

    def _answer(self, question: Message, *, status: str) -> None:
        """Made by hand: one a lane, however many lanes the room has then."""
        answer = start_message(seat(self.assistant, self.room), reply_to=question, client_id=uuid4())
        lane, assistant = answer.seq, self.assistant.assistant
        run = Run.objects.create(room=self.room, lane=lane, assistant=assistant, message=answer)
        if status == Message.Status.COMPLETE:
            finish_message(answer, body=f"@{question.author.handle} So it is.", status=status)
            Trigger.objects.create(message=question, assistant=assistant, run=run, rule="A1")
            Decision.objects.create(message=question, action=Decision.Action.REPLY, rule="A1")

    def _add_rooms(self, n: int, person: User) -> None:
        """One that the owner is in and has not read, and one that is there to be joined."""
        mine = make_room(f"room {n}", person, self.owner)
        say(person, mine, f"@{self.owner.handle} come and see")
        make_room(f"other room {n}", person, self.assistant)

    def _add_accounts(self, n: int, person: User) -> None:
        Group.objects.create(name=f"group {n}").user_set.add(person)
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        EmailAddress.objects.create(user=self.owner, email=f"{n}@example.com", verified=True)
        SocialAccount.objects.create(user=self.owner, provider="google", uid=f"own {n}")
        account = SocialAccount.objects.create(user=person, provider="google", uid=str(n))
        SocialToken.objects.create(account=account, token="token")
        Assistant.objects.create(user=make_person(f"bot{n}", is_bot=True))


@pytest.fixture
def town(alice: User, ada: User, hq: Room) -> Town:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    alice.refresh_from_db()
    return Town(alice, ada, hq)


def page(client: Client, address: str) -> Callable[[], object]:
    def get() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code} {answer.headers}"

    return get


def pages(town: Town) -> dict[str, Callable[[], object]]:
    """Everything that lists something, by what it is."""
    client, room = browser(town.owner), town.room.get_absolute_url()
    addresses = {
        "a room": room,
        "a message in its room": f"{room}{town.room.last_seq + 1}",
        "older messages": f"{room}messages/?before={2**40}",
        "newer messages": f"{room}messages/?after=0",
        "members": f"{room}members/",
        "settings with invitations": f"{room}settings/",
        "the directory": "/rooms/",
        "the directory, searched": "/rooms/?q=room",
        "the sidebar": "/rooms/sidebar/",
        "the quick switcher": "/jump/",
        "the quick switcher, searched": "/jump/?q=room",
        "the form of a new room": "/rooms/new/",
        "a person": f"/people/{town.owner.handle}/",
        "one's own profile": "/profile/",
        "one's own addresses": "/accounts/email/",
        "one's own accounts elsewhere": "/accounts/3rdparty/",
    }
    return {name: page(client, address) for name, address in addresses.items()}


def command_doors(town: Town) -> dict[str, Callable[[], object]]:
    """What the socket can be asked for, and what it asks for by itself. A replay reads so many messages at a time."""
    owner, room = town.owner, str(town.room.pk)
    head = Room.objects.get(pk=room).last_revision
    words = {"room": room, "body": "Ahoy", "base": 0}
    return {
        "open": lambda: commands.opened(owner, {"room": room, "since": 0}),
        "a replay": lambda: commands.replayed(owner, room_group(town.room.pk), max(0, head - AT_ONCE)),
        "what a new tab lacks besides": lambda: commands.arrive(owner, town.room.pk, "tab"),
        "the round of who is here": lambda: commands.stay({town.room.pk: [presence.Entry(owner.pk, "tab")]}),
        "close": lambda: commands.depart(owner, town.room.pk, "tab"),
        "post": lambda: posting.post_together([posting.Post(owner, words | {"client_id": str(uuid4())})], list),
        "read": lambda: commands.read(owner, {"room": room, "seq": 1}),
        "note": lambda: commands.note(owner, words),
        "typing": lambda: commands.typing(owner, {"room": room}),
        "the rooms that a tab lists": lambda: commands.own_rooms(owner),
        "heads": lambda: heads({room_group(pk): pk for pk in commands.own_rooms(owner)}),
        "a message for all": lambda: broadcast_message(town.last),
        "whether sessions are over": lambda: over(Visit(user, str(user.pk), "") for user in User.objects.all()),
    }


def changelists(town: Town) -> dict[str, Callable[[], object]]:
    client = browser(town.owner)
    names = {model: f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in registered()}
    return {model._meta.label: page(client, reverse(name)) for model, name in names.items()}


def registered() -> list[type[Model]]:
    return list(admin.site._registry)


def measured(town: Town) -> list[Counts]:
    return [counts(pages(town)), counts(command_doors(town)), counts(changelists(town))]


def counts(doors: dict[str, Callable[[], object]]) -> Counts:
    """The second time: what is asked once a process is none of the rows' doing."""
    found = {}
    for name, door in doors.items():
        door()
        with CaptureQueriesContext(connection) as queries:
            door()
        found[name] = len(queries)
    return found


def test_no_page_and_no_command_asks_once_for_each_row(town: Town) -> None:
    town.grow(FEW)
    few = measured(town)
    town.grow(MANY)
    assert measured(town) == few
    short = {model for model in registered() if model._default_manager.count() < MANY}
    assert short == ALONE, "these lists were measured with too few rows"


def test_a_page_that_does_is_noticed(town: Town) -> None:
    careless = {"authors": lambda: [str(message.author) for message in town.room.messages.all()]}
    few = counts(careless)
    town.grow(1)
    assert counts(careless) != few
