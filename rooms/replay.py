"""What a screen lacks: the log after a revision. The database's side of live delivery."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from chatsite.lib.hub import Changes
from chatsite.lib.prepared import SAMPLES, Prepared, PreparedRows
from chatsite.lib.realtime import Frame, encode, room_group
from chatsite.lib.threads import in_thread
from rooms.models import Message, Room
from rooms.models.message import MAX_SEQ, Look
from rooms.rendering import frames

MOST = 500
HEAVIEST = 4 * 2**20
"""Characters of all frames together: 500 long messages with highlighted code would be many megabytes."""
AT_ONCE = 50
PLACES = SAMPLES[0], MAX_SEQ
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
        found = _frames(room_id, since)
    except TooMuch:
        return Replay([_reset(room_id, head, why="too_far_behind")], head, seq)
    return Replay(found, max(head, *(frame["revision"] for frame in found), since), seq)


def _reset(room_id: UUID, head: int, *, why: str) -> Frame:
    return {"type": "reset", "room": str(room_id), "why": why, "revision": head}


def _frames(room_id: UUID, since: int) -> list[Frame]:
    """Raises `TooMuch`."""
    if _one_beyond(MOST)(room_id, since):
        raise TooMuch
    return _chained(_unchanged(_changed(MOST)(room_id, since)), since)


@cache
def _changed(most: int) -> PreparedRows:
    return PreparedRows(
        lambda room, since: Message.objects.filter(room=room).changed_since(since).looks()[:most], *PLACES
    )


@cache
def _one_beyond(most: int) -> PreparedRows:
    def beyond(room: UUID, since: int) -> QuerySet[Message, tuple[int]]:
        return Message.objects.filter(room=room).changed_since(since).values_list("revision")[most : most + 1]

    return PreparedRows(beyond, *PLACES)


def _unchanged(looks: list[Look]) -> Iterator[Frame]:
    """As they were when they were listed. What has changed again since is not of this replay: it has another place.

    Read some at a time, so that nobody's memory has to hold what will not be sent.
    """
    revisions = {str(pk): revision for pk, revision, *_ in looks}
    for start in range(0, len(looks), AT_ONCE):
        for frame in frames(looks[start : start + AT_ONCE]):
            if frame["revision"] == revisions[frame["id"]]:
                yield frame


def _chained(changed: Iterable[Frame], since: int) -> list[Frame]:
    """Each frame says which revision it follows: a replay skips the numbers of changes that later ones replaced."""
    chain, weight = [], 0
    for frame in changed:
        chain.append(frame | {"after": since})
        weight += len(encode(chain[-1]))
        if weight > HEAVIEST:
            raise TooMuch
        since = frame["revision"]
    return chain


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
