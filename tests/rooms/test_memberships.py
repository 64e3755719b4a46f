"""Coming into a room and going, also when many do so in the same moment."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import User
from moderation.models import AuditEntry
from rooms.actions.memberships import (
    accept_invite,
    add_member,
    change_role,
    create_invite,
    join_default_rooms,
    join_room,
    leave_room,
    mark_read,
    remove_member,
    revoke_invite,
)
from rooms.actions.rooms import create_room, update_room
from rooms.exceptions import NotFound, Refused
from rooms.models import Invite, Membership, Room
from rooms.models.message import LEFT
from tests.people import make_person, make_room, say, seat
from tests.rooms.crowd import at_once

pytestmark = pytest.mark.usefixtures("live")

OWNER, MODERATOR, MEMBER = Membership.Role.OWNER, Membership.Role.MODERATOR, Membership.Role.MEMBER


def link(room: Room, user: User, *, expires_in: timedelta | None = None, uses: int | None = None) -> Invite:
    expires_at = timezone.now() + expires_in if expires_in else None
    return create_invite(seat(user, room), expires_at=expires_at, uses_left=uses)


def is_in(user: User, room: Room) -> bool:
    return user.memberships.filter(room=room).exists()


def events(room: Room) -> list[str]:
    return [f"{one.author.handle} {one.body}" for one in room.messages.filter(kind="event").in_order()]


# Coming


def test_a_newcomer_starts_with_nothing_unread(carol: User, alice: User, hq: Room) -> None:
    say(alice, hq, "Before you came")
    join_room(carol, room=hq)
    [place] = carol.memberships.for_sidebar()
    assert place.unread == 0
    say(alice, hq, "Since you came")
    [place] = carol.memberships.for_sidebar()
    assert place.unread == 1


def test_coming_is_told_in_the_log_once(carol: User, hq: Room) -> None:
    add_member(hq, user=carol)
    add_member(hq, user=carol)
    assert events(hq).count("carol joined") == 1


def test_who_comes_back_gets_the_old_seat_and_no_old_rights(mona: User, alice: User, hq: Room) -> None:
    before = seat(mona, hq)
    leave_room(before)
    assert not is_in(mona, hq)
    again = join_room(mona, room=hq)
    assert (again.pk, again.seat, again.role, again.left_at) == (before.pk, before.seat, MEMBER, None)


def test_seats_are_never_given_twice(alice: User, hq: Room) -> None:
    guests = [make_person(f"guest{n}") for n in range(6)]
    at_once(*(partial(add_member, Room.objects.get(pk=hq.pk), user=guest) for guest in guests))
    seats = list(Membership.ever.filter(room=hq).values_list("seat", flat=True))
    assert sorted(seats) == list(range(1, len(seats) + 1))


def test_pressing_join_many_times_at_once_joins_once(carol: User, hq: Room) -> None:
    results = at_once(*[lambda: join_room(carol, room=Room.objects.get(pk=hq.pk))] * 5)
    assert {getattr(result, "pk", result) for result in results} == {seat(carol, hq).pk}
    assert events(hq).count("carol joined") == 1


def test_nobody_walks_into_a_private_room(carol: User, den: Room) -> None:
    with pytest.raises(NotFound):
        join_room(carol, room=den)
    assert not is_in(carol, den)


def test_who_is_new_on_the_site_is_in_every_room_for_everybody(alice: User, hq: Room) -> None:
    lobby = make_room("lobby", alice, everyone_joins=True)
    newcomer = make_person("newcomer")
    join_default_rooms(newcomer)
    assert [place.room for place in newcomer.memberships.all()] == [lobby]


# Going


def test_the_last_owner_cannot_leave(alice: User, mona: User, hq: Room) -> None:
    with pytest.raises(Refused):
        leave_room(seat(alice, hq))
    change_role(seat(mona, hq), role=OWNER, by=seat(alice, hq))
    leave_room(seat(alice, hq))
    assert not is_in(alice, hq)


def test_the_last_owner_cannot_be_removed_either(alice: User, hq: Room) -> None:
    with pytest.raises(Refused):
        remove_member(seat(alice, hq), by=seat(alice, hq))
    assert is_in(alice, hq)


def test_the_last_owner_stays_owner(alice: User, ada: User, hq: Room) -> None:
    Membership.objects.filter(user=ada, room=hq).update(role=OWNER)
    with pytest.raises(Refused):
        change_role(seat(alice, hq), role=MEMBER, by=seat(alice, hq))
    assert seat(alice, hq).is_owner


def test_of_two_owners_who_leave_at_once_one_stays(alice: User, mona: User, hq: Room) -> None:
    change_role(seat(mona, hq), role=OWNER, by=seat(alice, hq))
    results = at_once(*(partial(leave_room, seat(user, hq)) for user in (alice, mona)))
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Refused"]
    assert hq.memberships.filter(role=OWNER).count() == 1


def test_two_owners_cannot_demote_each_other_at_once(alice: User, mona: User, hq: Room) -> None:
    change_role(seat(mona, hq), role=OWNER, by=seat(alice, hq))
    places = {user: seat(user, hq) for user in (alice, mona)}
    at_once(
        partial(change_role, places[mona], role=MEMBER, by=places[alice]),
        partial(change_role, places[alice], role=MEMBER, by=places[mona]),
    )
    assert hq.memberships.filter(role=OWNER).count() == 1


def test_pressing_leave_many_times_at_once_leaves_once(bob: User, hq: Room) -> None:
    at_once(*(partial(leave_room, place) for place in [seat(bob, hq) for _ in range(4)]))
    assert not is_in(bob, hq)
    assert events(hq).count(f"bob {LEFT}") == 1


def test_a_removal_is_written_down(alice: User, bob: User, hq: Room) -> None:
    remove_member(seat(bob, hq), by=seat(alice, hq))
    entry = AuditEntry.objects.get(action="member.removed")
    assert (entry.actor, entry.target_id) == (alice, str(bob.pk))
    assert events(hq)[-1] == "bob was removed"


def test_who_has_left_has_no_rights(bob: User, mona: User, hq: Room) -> None:
    place = seat(mona, hq)
    leave_room(place)
    assert not place.may_post()
    assert not place.may_manage()
    assert not place.may_change(seat(bob, hq))


# Rights


@pytest.mark.parametrize(
    ("by", "over", "may"),
    [
        *((OWNER, over, True) for over in (OWNER, MODERATOR, MEMBER)),
        *((MODERATOR, over, over == MEMBER) for over in (OWNER, MODERATOR, MEMBER)),
        *((MEMBER, over, False) for over in (OWNER, MODERATOR, MEMBER)),
    ],
)
def test_only_owners_touch_owners_and_moderators(
    by: str, over: str, may: bool, bob: User, mona: User, hq: Room
) -> None:
    one, other = seat(mona, hq), seat(bob, hq)
    one.role, other.role = by, over
    assert one.may_change(other) is may


def test_rights_in_one_room_are_none_in_another(alice: User, bob: User, hq: Room, den: Room) -> None:
    assert not seat(alice, hq).may_change(seat(bob, den))


# Invitations


@pytest.mark.parametrize("uses", [None, 1, 3])
def test_a_link_lets_in_and_is_used_up_by_one(uses: int | None, alice: User, carol: User, den: Room) -> None:
    invite = link(den, alice, uses=uses)
    accept_invite(invite, user=carol)
    assert is_in(carol, den)
    invite.refresh_from_db()
    assert invite.uses_left == (None if uses is None else uses - 1)


def test_an_expired_link_lets_nobody_in(alice: User, carol: User, den: Room) -> None:
    invite = link(den, alice, expires_in=timedelta(seconds=-1))
    assert invite.state == "expired"
    with pytest.raises(Refused):
        accept_invite(invite, user=carol)


def test_a_revoked_link_lets_nobody_in(alice: User, carol: User, den: Room) -> None:
    invite = link(den, alice, expires_in=timedelta(days=1), uses=5)
    revoke_invite(invite)
    with pytest.raises(Refused):
        accept_invite(invite, user=carol)
    invite.refresh_from_db()
    assert invite.state == "revoked"


def test_five_at_once_on_a_link_for_two_are_two(alice: User, den: Room) -> None:
    invite = link(den, alice, uses=2)
    guests = [make_person(f"guest{n}") for n in range(5)]
    results = at_once(*(partial(accept_invite, Invite.objects.get(pk=invite.pk), user=guest) for guest in guests))
    assert sorted(type(result).__name__ for result in results) == ["Membership"] * 2 + ["Refused"] * 3
    assert sum(is_in(guest, den) for guest in guests) == 2
    invite.refresh_from_db()
    assert (invite.uses_left, invite.state) == (0, "used")


def test_one_person_who_presses_five_times_uses_one(alice: User, carol: User, den: Room) -> None:
    invite = link(den, alice, uses=3)
    at_once(*[lambda: accept_invite(Invite.objects.get(pk=invite.pk), user=carol)] * 5)
    invite.refresh_from_db()
    assert invite.uses_left == 2
    assert events(den).count("carol joined") == 1


def test_who_is_in_uses_nothing(alice: User, bob: User, den: Room) -> None:
    invite = link(den, alice, uses=1)
    assert accept_invite(invite, user=bob) == seat(bob, den)
    invite.refresh_from_db()
    assert invite.uses_left == 1


# Reading


def test_reading_goes_forwards_and_ends_at_the_end(alice: User, bob: User, hq: Room) -> None:
    message = say(alice, hq, "Ahoy")
    mark_read(seat(bob, hq), seq=10**12)
    assert seat(bob, hq).last_read_seq == message.seq
    mark_read(seat(bob, hq), seq=1)
    assert seat(bob, hq).last_read_seq == message.seq


def test_the_list_knows_what_is_unread_and_whether_one_is_meant(alice: User, bob: User, hq: Room) -> None:
    mark_read(seat(bob, hq), seq=10**12)
    say(alice, hq, "All of you")
    [place] = bob.memberships.for_sidebar()
    assert (place.unread, place.mention) == (1, False)
    say(alice, hq, "You, @bob")
    [place] = bob.memberships.for_sidebar()
    assert (place.unread, place.mention) == (2, True)


def test_who_comes_and_goes_is_nothing_to_read(alice: User, bob: User, carol: User, hq: Room) -> None:
    mark_read(seat(bob, hq), seq=10**12)
    join_room(carol, room=hq)
    [place] = bob.memberships.for_sidebar()
    assert place.unread == 0
    say(alice, hq, "Welcome")
    leave_room(seat(carol, hq))
    [place] = bob.memberships.for_sidebar()
    assert place.unread == 1
    mark_read(seat(bob, hq), seq=10**12)
    [place] = bob.memberships.for_sidebar()
    assert place.unread == 0


def test_the_room_with_the_newest_word_stands_first(alice: User, hq: Room, den: Room) -> None:
    say(alice, hq, "Here")
    assert [place.room for place in alice.memberships.for_sidebar()] == [hq, den]
    say(alice, den, "There")
    assert [place.room for place in alice.memberships.for_sidebar()] == [den, hq]


# Rooms


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Launch week", "launch-week"),
        ("Größe & Maß", "größe-maß"),
        ("غرفة النقاش", "غرفة-النقاش"),
        ("会議室", "会議室"),
        ("🎉 x 🎉", "x"),
        ("?1?", "1"),
    ],
)
def test_a_room_is_called_by_its_name_in_its_own_script(name: str, slug: str, alice: User) -> None:
    assert create_room(alice, name=name).room.slug == slug


def test_rooms_of_one_name_have_addresses_of_their_own(alice: User) -> None:
    slugs = [create_room(alice, name="Harbour").room.slug for _ in range(3)]
    assert slugs == ["harbour", "harbour-2", "harbour-3"]


def test_rooms_of_one_name_made_at_once_have_addresses_of_their_own(alice: User) -> None:
    made = at_once(*[lambda: create_room(alice, name="Harbour").room.slug] * 4)
    assert sorted(made) == ["harbour", "harbour-2", "harbour-3", "harbour-4"]


def test_a_long_name_still_has_an_address(alice: User) -> None:
    slugs = {create_room(alice, name="ß" * 60).room.slug for _ in range(3)}
    assert len(slugs) == 3
    assert max(map(len, slugs)) <= Room._meta.get_field("slug").max_length


def test_links_outlive_the_name(alice: User, hq: Room) -> None:
    room = update_room(seat(alice, hq), name="Headquarters", topic="All of it")
    assert (room.slug, Room.objects.get(pk=hq.pk).name) == ("hq", "Headquarters")


def test_who_may_look_in_is_told_in_the_log(alice: User, hq: Room) -> None:
    before = events(hq)
    for kind in ("private", "private", "public"):
        update_room(seat(alice, hq), kind=kind)
    assert events(hq) == [*before, "alice made this room private", "alice made this room public"]


def test_a_new_room_has_its_owner_in_it_and_is_written_down(alice: User, ada: User) -> None:
    membership = create_room(alice, name="Harbour", kind="private", bots=[ada])
    assert membership.is_owner
    assert {place.user for place in membership.room.memberships.all()} == {alice, ada}
    [place] = alice.memberships.for_sidebar()
    assert place.unread == 0
    assert AuditEntry.objects.filter(action="room.created", target_id=str(membership.room.pk)).exists()
