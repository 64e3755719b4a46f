"""What a screen lacks: the log after a revision. The database's side of live delivery."""

from typing import NamedTuple
from uuid import UUID

from chatsite.lib.hub import Changes
from chatsite.lib.realtime import Frame, room_group
from chatsite.lib.threads import in_thread
from rooms.broadcasts import message_frame
from rooms.models import Message, Room

MOST = 500


class Replay(NamedTuple):
    frames: list[Frame]
    revision: int
    seq: int


def replay(room_id: UUID, since: int) -> Replay:
    """All messages that changed after `since`, each once, as it is now; or one `reset` where that is too much.

    The head is read before the rows: what changes in between is sent again, never missed.
    """
    head, seq = Room.objects.values_list("last_revision", "last_seq").get(pk=room_id)
    changed = list(Message.objects.filter(room=room_id).changed_since(since).for_display()[: MOST + 1])
    if since > head or len(changed) > MOST:
        why = "ahead" if since > head else "too_far_behind"
        return Replay([{"type": "reset", "room": str(room_id), "why": why, "revision": head}], head, seq)
    return Replay(_chained(changed, since), max(head, *(message.revision for message in changed), since), seq)


def _chained(messages: list[Message], since: int) -> list[Frame]:
    """Each frame says which revision it follows: a replay skips the numbers of changes that later ones replaced."""
    frames = []
    for message in messages:
        frames.append(message_frame(message) | {"after": since})
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
