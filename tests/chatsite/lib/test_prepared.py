"""A prepared query gives what the queryset that it was made from gives, whatever it is asked for."""

from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chatsite.lib.prepared import SAMPLES, Prepared, PreparedRows
from rooms.models import Membership, Room
from tests.people import seat


def in_room(user: object, room: object) -> "object":
    return Membership.objects.select_related("room", "user").filter(user=user, room=room)


def test_it_finds_what_the_queryset_finds_with_all_that_hangs_on_it(alice: User, bob: User, den: Room) -> None:
    query: Prepared[Membership] = Prepared(in_room, *SAMPLES)
    for user in (alice, bob):
        found = query.first(user.pk, den.pk)
        assert found == seat(user, den)
        with CaptureQueriesContext(connection) as asked:
            assert (found.user, found.room, found.room.topic) == (user, den, den.topic)
        assert not asked.captured_queries


def test_it_finds_nothing_where_there_is_nothing(alice: User, den: Room) -> None:
    query: Prepared[Membership] = Prepared(in_room, *SAMPLES)
    assert query(alice.pk, uuid4()) == []
    assert query.first(uuid4(), den.pk) is None


def test_annotations_come_with_it(alice: User, den: Room) -> None:
    def seats(user: object) -> "object":
        return Membership.objects.for_sidebar().filter(user=user)

    (found,) = (one for one in Prepared(seats, SAMPLES[0])(alice.pk) if one.room == den)
    (wanted,) = seats(alice).filter(room=den)
    assert (found.unread, found.mention) == (wanted.unread, wanted.mention)


def test_a_value_that_is_asked_for_nowhere_is_a_mistake(alice: User) -> None:
    with pytest.raises(AssertionError):
        Prepared(lambda user, room: Membership.objects.filter(user=user), *SAMPLES)(alice.pk, alice.pk)


def test_an_array_is_one_value(alice: User, bob: User, den: Room) -> None:
    def any_of(users: object) -> "object":
        return User.objects.filter(pk__in=RawSQL("SELECT unnest(%s::uuid[])", [users]))

    query: Prepared[User] = Prepared(any_of, [SAMPLES[0]])
    assert {user.handle for user in query([alice.pk, bob.pk, uuid4()])} == {"alice", "bob"}
    assert query([bob.pk]) == [bob]
    assert query([]) == []


def test_rows_are_those_of_the_queryset(alice: User, bob: User, den: Room) -> None:
    def names(room: object) -> "object":
        members = Membership.objects.filter(room=room).order_by("seat")
        return members.values_list("seat", "user__display_name", "room__topic", "joined_at")

    assert PreparedRows(names, SAMPLES[0])(den.pk) == list(names(den))
    assert PreparedRows(names, SAMPLES[0])(uuid4()) == []
