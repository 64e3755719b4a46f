"""The lines beside a page are rendered once for the same row, and so they show what the row says now."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from accounts.models import User
from rooms import presence
from rooms.actions.memberships import add_member, change_role, leave_room, mark_read
from rooms.models import Room
from rooms.templatetags import room_lines
from tests.people import browser, make_person, say, seat

pytestmark = pytest.mark.django_db


class Beside(NamedTuple):
    """What alice sees beside hq."""

    alice: User
    bob: User
    room: Room
    den: Room

    def lists(self) -> str:
        page = browser(self.alice).get(self.room.get_absolute_url()).content.decode()
        return between(page, '<ul class="rooms">') + between(page, '<ul class="members__list">')


def between(page: str, opening: str) -> str:
    return page.partition(opening)[2].partition("</ul>")[0]


@pytest.fixture
def beside(alice: User, bob: User, hq: Room, den: Room) -> Beside:
    for room in (hq, den):
        say(bob, room, "Ahoy")
    return Beside(alice, bob, hq, den)


def room(it: Beside, **fields: object) -> None:
    Room.objects.filter(pk=it.den.pk).update(**fields)


def bob(it: Beside, **fields: object) -> None:
    User.objects.filter(pk=it.bob.pk).update(**fields)


CHANGES: dict[str, Callable[[Beside], object]] = {
    "a room is renamed": lambda it: room(it, name="The den"),
    "a room is opened": lambda it: room(it, kind="public"),
    "a room has another address": lambda it: room(it, slug="the-den"),
    "something is said": lambda it: say(it.bob, it.den, "Ahoy again"),
    "somebody is mentioned": lambda it: say(it.bob, it.den, "@alice, ahoy"),
    "a room is read": lambda it: mark_read(seat(it.alice, it.den), seq=10**6),
    "a room is left": lambda it: leave_room(seat(it.bob, it.room)),
    "somebody comes": lambda it: add_member(it.room, user=make_person("newcomer")),
    "a member is renamed": lambda it: bob(it, display_name="Robert"),
    "a member has another handle": lambda it: bob(it, handle="robert"),
    "a member has a face": lambda it: bob(it, avatar="avatars/0123.webp"),
    "a member is a bot": lambda it: bob(it, is_bot=True),
    "a member has another role": lambda it: change_role(
        seat(it.bob, it.room), role="moderator", by=seat(it.alice, it.room)
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_line_shows_what_is_so_now(change: Callable[[Beside], object], beside: Beside) -> None:
    before = beside.lists()
    assert beside.lists() == before
    change(beside)
    after = beside.lists()
    assert after != before
    room_lines._room_line.cache_clear()
    room_lines._member_line.cache_clear()
    assert beside.lists() == after


def test_the_room_that_is_open_is_marked_and_no_other(beside: Beside) -> None:
    for one in (beside.room, beside.den, beside.room):
        page = browser(beside.alice).get(one.get_absolute_url()).content.decode()
        (marked,) = [line for line in between(page, '<ul class="rooms">').split("<li>") if "aria-current" in line]
        assert f'href="{one.get_absolute_url()}"' in marked


def test_a_page_draws_few_of_those_who_are_here(beside: Beside) -> None:
    """All of them come with the socket."""
    for number in range(presence.FACES + 2):
        person = make_person(f"person{number}")
        add_member(beside.room, user=person)
        presence.arrive(beside.room.pk, presence.Entry(person.pk, "tab"))
    assert len(presence.present(beside.room.pk)) == presence.FACES
    assert len(presence.members_among(beside.room.pk, presence._entries(beside.room.pk))) > presence.FACES
