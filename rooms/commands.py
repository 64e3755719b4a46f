"""The commands of the socket, as they run in a thread: fetch, ask for the right, do one thing, answer."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from accounts.models import User
from accounts.sessions import Visit
from chatsite.lib import ratelimit
from chatsite.lib.hub import Changes
from chatsite.lib.prepared import SAMPLES, Prepared
from chatsite.lib.realtime import Frame
from rooms import presence
from rooms.actions.memberships import mark_read
from rooms.actions.notepads import write_note
from rooms.broadcasts import (
    broadcast_arrival,
    broadcast_departure,
    broadcast_typing,
    drafts,
    note_frame,
    presence_frame,
)
from rooms.exceptions import NotFound, Refused, TooFast
from rooms.forms import NoteForm, OpenForm, ReadForm, RoomForm, cleaned
from rooms.models import Membership, Room
from rooms.models.message import MAX_BYTES
from rooms.models.notepad import NOTEPAD
from rooms.replay import replay

BUILD = settings.BUILD
PROTOCOL = 1
"""Another number when a client of this one could no longer understand the server: see docs/protocol.md."""

PACES = ("post", "open", "note", "read", "typing", "command", "nonsense")
"""The limits that a client can keep to if it knows them."""


IN_ROOM = Prepared(
    lambda user, room: Membership.objects.select_related("room", "user").filter(user=user, room=room), *SAMPLES
)
SEATS = Prepared(
    lambda user: Membership.objects.select_related("room").only("room__last_seq").filter(user=user), SAMPLES[0]
)
EVER_IN_ROOM = Prepared(lambda user, room: Membership.ever.filter(user=user, room=room), *SAMPLES)
VISIBLE = Prepared(
    lambda user, room: Room.objects.visible_to(User(pk=user)).filter(pk=room).only("slug"),
    *SAMPLES,
)
# Pair by pair: all rooms of all people who are here could be millions of memberships.
STRANGERS = """
SELECT person, place FROM unnest(%s::uuid[], %s::uuid[]) AS looking (person, place)
WHERE NOT EXISTS (SELECT FROM rooms_room WHERE id = place AND kind = %s)
AND NOT EXISTS (SELECT FROM rooms_membership WHERE user_id = person AND room_id = place AND left_at IS NULL)
"""
UNAVAILABLE: Frame = {"code": "unavailable", "text": "The server is catching its breath.", "retry_after": 2}


class Opened(NamedTuple):
    room: UUID
    since: int


def hello(visit: Visit, *, heartbeat: int, seqs: int) -> Frame:
    limits = {"body": MAX_BYTES, **{name: ratelimit.LIMITS[name]._asdict() for name in PACES}}
    facts = {"user": str(visit.user.pk), "vault": visit.vault, "heartbeat": heartbeat, "limits": limits, "seqs": seqs}
    return {"type": "hello", "protocol": PROTOCOL, "build": BUILD, **facts}


def own_rooms(user: User) -> dict[UUID, int]:
    """By id, the newest seq of each."""
    return {seat.room_id: seat.room.last_seq for seat in SEATS(user.pk)}


def strangers(looking: Collection[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Of these people, each with a room, those who may not look into it."""
    people, rooms = [user for user, _ in looking], [room for _, room in looking]
    with connection.cursor() as cursor:
        cursor.execute(STRANGERS, [people, rooms, Room.Kind.PUBLIC])
        return set(cursor.fetchall())


def opened(user: User, command: Frame) -> Opened:
    _require_pace("open", user.pk)
    asked = cleaned(OpenForm, command)
    _require_visible(user, asked["room"])
    return Opened(asked["room"], asked["since"])


def replayed(user: User, group: str, since: int) -> Changes:
    """Who may look is asked after reading: of what was said since somebody was removed, they get nothing."""
    room_id = UUID(group.removeprefix("room."))
    found = replay(room_id, since)
    _require_visible(user, room_id)
    return Changes(found.frames, found.revision)


def arrive(user: User, room_id: UUID, tab: str) -> list[Frame]:
    """What a screen needs besides the log: half-written messages, one's own unsent words, and who is here."""
    change = presence.arrive(room_id, presence.Entry(user.pk, tab))
    here = presence.members_among(room_id, change.here)
    _tell(change, [user] if change.came and IN_ROOM(user.pk, room_id) else [], room_id)
    notes = [note_frame(notepad) for notepad in NOTEPAD(user.pk, room_id)]
    frames = [*drafts(room_id), *notes, presence_frame(room_id, here, at=change.at)]
    _require_visible(user, room_id)
    return frames


def stay(rooms: Mapping[UUID, Collection[presence.Entry]]) -> None:
    """All these tabs are still there, room by room."""
    for room_id, tabs in rooms.items():
        change = presence.arrive(room_id, *tabs)
        _tell(change, presence.members_among(room_id, set(change.came)) if change.came else [], room_id)


def depart(user: User, room_id: UUID, tab: str) -> None:
    _tell(presence.depart(room_id, presence.Entry(user.pk, tab)), [], room_id)


def read(user: User, command: Frame) -> Frame:
    _require_pace("read", user.pk)
    asked = cleaned(ReadForm, command)
    mark_read(_membership(user, asked["room"]), seq=asked["seq"])
    return {}


def note(user: User, command: Frame) -> Frame:
    _require_pace("note", user.pk)
    asked = cleaned(NoteForm, command)
    kept = write_note(_membership(user, asked["room"]), body=asked["body"], base=asked["base"])
    return {"version": kept.version, **({"displaced": kept.displaced} if kept.displaced else {})}


def typing(user: User, command: Frame) -> Frame:
    _require_pace("typing", user.pk)
    membership = _membership(user, named(command))
    if membership.may_post():
        broadcast_typing(membership.room_id, user)
    return {}


def named(command: Frame) -> UUID:
    room: UUID = cleaned(RoomForm, command)["room"]
    return room


def refusal(refused: Refused) -> Frame:
    answer: Frame = {"code": refused.code, "text": str(refused)}
    wait = getattr(refused, "retry_after", None)
    return answer | {"retry_after": wait} if wait else answer


def _tell(change: presence.Change, members: Iterable[User], room_id: UUID) -> None:
    """Those who are here of those who came and went. Of who is no member and only looks in, nobody is told."""
    for member in members:
        if member.pk in change.came:
            broadcast_arrival(room_id, member, at=change.at)
    for gone in change.gone:
        if EVER_IN_ROOM(gone, room_id):
            broadcast_departure(room_id, gone, at=change.at)


def _require_pace(limit: str, key: object) -> None:
    if wait := ratelimit.wait_for(limit, key):
        raise TooFast(wait)


def _require_visible(user: User, room_id: UUID) -> None:
    if not VISIBLE(user.pk, room_id):
        raise NotFound


def _membership(user: User, room_id: UUID) -> Membership:
    membership: Membership | None = IN_ROOM.first(user.pk, room_id)
    if membership is None:
        raise NotFound
    return membership
