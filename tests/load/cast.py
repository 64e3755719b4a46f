"""Who plays: people in several rooms, each person with two tabs. Needs Django to be set up."""

from dataclasses import dataclass

from django.conf import settings
from django.test import Client

from accounts.models import Site, User
from aibot.actions import seat_assistant
from rooms.actions.memberships import add_member
from rooms.actions.rooms import create_room
from rooms.models import Membership, Room
from tests.load.player import Part

PEOPLE, WRITERS = 15, 10
HALL, CELLAR = "hall", "cellar"
PRIVATE = (CELLAR, "attic", "kitchen", "garden")
WITH_ASSISTANT = (HALL, CELLAR)


@dataclass
class Cast:
    """`rooms` by name. The owner keeps the doors and plays no tab; the sloth only plays badly."""

    people: list[User]
    owner: User
    sloth: User
    rooms: dict[str, Room]
    sessions: dict[str, str]

    def parts(self) -> list[Part]:
        """Two tabs each; everybody's have the hall open, and one of the two each other room of theirs."""
        return [self.part(user, f"{user.handle}-{tab}", tab) for user in self.people for tab in (0, 1)]

    def part(self, user: User, name: str, tab: int | None = None) -> Part:
        """All rooms of the person, or those of one of the two tabs."""
        seats = Membership.objects.filter(user=user, room__in=self.rooms.values()).order_by("room__slug")
        names = [seat.room.slug for seat in seats.select_related("room")]
        shown = [name for i, name in enumerate(names) if tab is None or name == HALL or i % 2 == tab]
        rooms = {str(self.rooms[name].pk): name for name in shown}
        return Part(name, str(user.pk), self.sessions[user.handle], rooms)


def gather() -> Cast:
    Site.objects.create(name="Chaos", signup_policy="closed")
    owner, sloth = _person("owner"), _person("sloth")
    people = [_person(f"p{number:02}") for number in range(PEOPLE)]
    rooms = {name: create_room(owner, name=name, kind=_kind(name)).room for name in (HALL, *PRIVATE)}
    for number, user in enumerate([*people, sloth]):
        for place, name in enumerate(rooms):
            if name == HALL or (number + place) % 2 == 0:
                add_member(rooms[name], user=user)
    for name in WITH_ASSISTANT:
        seat_assistant(rooms[name])
    return Cast(people, owner, sloth, rooms, {user.handle: session(user) for user in (owner, sloth, *people)})


def session(user: User) -> str:
    """A new one."""
    browser = Client()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def _person(handle: str) -> User:
    return User.objects.create_user(handle, f"{handle}@example.com", display_name=handle.title())


def _kind(name: str) -> str:
    return Room.Kind.PUBLIC if name == HALL else Room.Kind.PRIVATE
