"""`manage.py seed_demo`: people, rooms and talk, to try a site that is not empty."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.actions import create_person
from accounts.models import Site, User
from rooms.actions.memberships import add_member
from rooms.actions.messages import post_message
from rooms.actions.rooms import create_room
from rooms.models import Membership, Message, Room

PASSWORD = "demo demo demo"  # noqa: S105 (for a site of one's own, and printed)
PEOPLE = ["Mira Okafor", "Jonas Lind", "Tomas Silva", "Aïsha Benali", "שרה כהן"]
ROOMS = [
    ("support", "public", "Customers first. Ask @assistant about known issues."),
    ("reading-club", "public", "One paper a week, discussed on Fridays"),
    ("عربي", "public", "غرفة للحديث بالعربية"),
    ("hiring", "private", "Candidates and calendars"),
    ("launch-week", "public", "Everything for the 2.0 launch"),
]
TALK = [
    ("Mira", "Migration rehearsal took 41 min on staging. We promised under 30. Ideas?"),
    ("Mira", "The slow step is `REINDEX` on `events`, 24 of the 41 minutes."),
    ("Jonas", "Is that the partitioned one?"),
    (
        "Tomas",
        "Yes, 14 partitions. In August we agreed to build the index **concurrently**, before the window.",
    ),
    ("Aïsha", "- [x] rehearsal\n- [ ] disk space on `db-2`\n- [ ] status page text"),
    ("שרה", "אני בודקת את הגיבויים עכשיו"),
]


class Command(BaseCommand):
    help = "Fill a development site with a handful of people and rooms. Running it twice changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("This is a production site: it has people of its own.")
        if not Site.current():
            raise CommandError("Set up the site first: open it and create its owner.")
        people = [_person(name) for name in PEOPLE]
        for name, kind, topic in ROOMS:
            room = _room(name, kind, topic, people)
        for number, (speaker, body) in enumerate(TALK):
            _say(room, speaker, body, number)
        self.stdout.write(f"{', '.join('@' + person.handle for person in people)}: password {PASSWORD!r}")


def _person(name: str) -> User:
    return User.objects.filter(display_name=name).first() or create_person(
        name=name, email=f"person{PEOPLE.index(name)}@example.com", password=PASSWORD
    )


def _room(name: str, kind: str, topic: str, people: list[User]) -> Room:
    room = Room.objects.filter(name=name).first()
    if room is None:
        bots = User.objects.filter(is_bot=True)
        room = create_room(people[0], name=name, kind=kind, topic=topic, bots=bots).room
    for person in [*people, *User.objects.filter(is_superuser=True)]:
        add_member(room, user=person)
    return room


def _say(room: Room, speaker: str, body: str, number: int) -> Message:
    member = Membership.objects.select_related("room", "user").get(room=room, user__display_name__startswith=speaker)
    return post_message(member, body=body, client_id=uuid5(NAMESPACE_URL, f"{room.pk}/{number}"))
