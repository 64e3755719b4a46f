"""What a screen lacks: the log after a revision. The database's side of live delivery."""

from collections.abc import Iterable
from contextlib import closing
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from chatsite.lib.hub import Changes
from chatsite.lib.prepared import SAMPLES, Prepared
from chatsite.lib.realtime import Frame, encode, room_group
from chatsite.lib.threads import in_thread
from rooms.broadcasts import message_frame
from rooms.models import Message, Room

MOST = 500
HEAVIEST = 4 * 2**20
"""Characters of all frames together: 500 long messages with highlighted code would be many megabytes."""
AT_ONCE = 50
HEAD = Prepared(lambda room: Room.objects.filter(pk=room).only("last_revision", "last_seq"), SAMPLES[0])


class TooMuch(Exception):
    """A page of the newest messages is the shorter way."""


class Replay(NamedTuple):
    frames: list[Frame]
    revision: int
    seq: int


def replay(room_id: UUID, since: int) -> Replay:
    """All messages that changed after `since`, each once, as it is now; or one `reset` where that is too much.

    The head is read before the rows: what changes in between is sent again, never missed.
    """
    room = HEAD.first(room_id)
    if room is None:
        raise Room.DoesNotExist
    head, seq = room.last_revision, room.last_seq
    if since > head:
        return Replay([_reset(room_id, head, why="ahead")], head, seq)
    if since == head:
        return Replay([], head, seq)
    try:
        frames = _frames(room_id, since)
    except TooMuch:
        return Replay([_reset(room_id, head, why="too_far_behind")], head, seq)
    return Replay(frames, max(head, *(frame["revision"] for frame in frames), since), seq)


def _reset(room_id: UUID, head: int, *, why: str) -> Frame:
    return {"type": "reset", "room": str(room_id), "why": why, "revision": head}


def _frames(room_id: UUID, since: int) -> list[Frame]:
    """Read some at a time, so that nobody's memory has to hold what will not be sent. Raises `TooMuch`."""
    changed = Message.objects.filter(room=room_id).changed_since(since)
    if list(changed.values("revision")[MOST : MOST + 1]):
        raise TooMuch
    rows = changed.for_display()[:MOST].iterator(chunk_size=AT_ONCE)
    # Outside of a transaction PostgreSQL would gather all rows before it gives the first.
    with transaction.atomic(), closing(rows) as messages:  # type: ignore[type-var]
        return _chained(messages, since)


def _chained(messages: Iterable[Message], since: int) -> list[Frame]:
    """Each frame says which revision it follows: a replay skips the numbers of changes that later ones replaced."""
    frames, weight = [], 0
    for message in messages:
        frame = message_frame(message) | {"after": since}
        weight += len(encode(frame))
        if weight > HEAVIEST:
            raise TooMuch
        frames.append(frame)
        since = message.revision
    return frames


def heads(groups: dict[str, UUID]) -> dict[str, int]:
    rooms = Room.objects.filter(pk__in=groups.values()).values_list("pk", "last_revision")
    return {room_group(room_id): revision for room_id, revision in rooms}


class RoomLog:
    """The truth behind the Hub's bells."""

    async def changes(self, group: str, since: int) -> Changes:
        found = await in_thread(replay, _room_of(group), since)
        return Changes(found.frames, found.revision)

    async def heads(self, groups: list[str]) -> dict[str, int]:
        return await in_thread(heads, {group: _room_of(group) for group in groups})


def _room_of(group: str) -> UUID:
    return UUID(group.removeprefix("room."))
