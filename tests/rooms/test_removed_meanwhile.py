"""Removed between question and answer: what was read by then is not handed out."""

from uuid import uuid4

import pytest

from accounts.models import User
from chatsite.lib.realtime import room_group
from rooms import commands
from rooms.actions.memberships import remove_member
from rooms.exceptions import NotFound
from rooms.models import Room
from tests.people import say, seat


def test_a_slow_reader_who_was_removed_gets_nothing_of_what_it_missed(alice: User, bob: User, den: Room) -> None:
    remove_member(seat(bob, den), by=seat(alice, den))
    say(alice, den, "among ourselves")
    with pytest.raises(NotFound):
        commands.replayed(bob, room_group(den.pk), 0)
    assert commands.replayed(alice, room_group(den.pk), 0).frames


def test_who_was_removed_while_opening_gets_no_half_written_answers(alice: User, bob: User, den: Room) -> None:
    asked = commands.opened(bob, {"room": str(den.pk), "since": 0})
    remove_member(seat(bob, den), by=seat(alice, den))
    with pytest.raises(NotFound):
        commands.arrive(bob, asked.room, uuid4().hex)


def test_a_room_that_is_gone_is_not_found(alice: User, den: Room) -> None:
    with pytest.raises(NotFound):
        commands.opened(alice, {"room": str(uuid4()), "since": 0})
