"""What the room's screens get: messages, and the fleeting frames."""

import time
from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from chatsite.lib.prepared import SAMPLES, Prepared
from chatsite.lib.realtime import Frame, push, room_group, user_group
from rooms.models import Membership, Message, Notepad
from rooms.rendering import message_frame

DRAFTS = Prepared(
    lambda room: Message.objects.filter(room=room, status=Message.Status.DRAFTING, deleted_at=None).in_order(),
    SAMPLES[0],
)


def draft_frame(message: Message, blocks: list[str], *, start: int = 0, after: int = 0) -> Frame:
    """A half-written message: its blocks from number `start` on.

    `length` tells older from newer within an attempt, `after` is the length that the frame builds on.
    """
    return {
        "type": "draft",
        "room": str(message.room_id),
        "message": str(message.pk),
        "attempt": message.attempt,
        "length": len(message.body),
        "after": after,
        "from": start,
        "blocks": blocks[start:],
    }


def broadcast_message(message: Message) -> None:
    """A new one, with all that it shows at hand: to all who have the room open, itself; to all who list it, news."""
    committed = time.time()
    frame = message_frame(message)
    news = {"seq": message.seq, "author": str(message.author_id), "mentions": message.mention_ids}
    push(room_group(message.room_id), frame, hint=news | {"quiet": frame.get("quiet", [])}, at=committed)


def broadcast_change(message: Message) -> None:
    """One that is another now; read anew, with all that it shows."""
    broadcast_message(Message.objects.for_display().get(pk=message.pk))


def broadcast_draft(message: Message, blocks: list[str], *, start: int, after: int) -> None:
    push(room_group(message.room_id), draft_frame(message, blocks, start=start, after=after))


def drafts(room_id: UUID) -> list[Frame]:
    """Every half-written message of the room, from its first block: what a late joiner lacks."""
    return [draft_frame(message, message.draft_blocks) for message in DRAFTS(room_id)]


def broadcast_typing(room_id: UUID, user: User) -> None:
    push(room_group(room_id), {"type": "typing", "room": str(room_id), "user": str(user.pk), "name": user.display_name})


def presence_frame(room_id: UUID, present: Iterable[User], *, at: int) -> Frame:
    return {"type": "presence", "room": str(room_id), "users": [_card(user) for user in present], "at": at}


def broadcast_arrival(room_id: UUID, user: User, *, at: int) -> None:
    push(room_group(room_id), {"type": "arrived", "room": str(room_id), "user": _card(user), "at": at})


def broadcast_departure(room_id: UUID, user_id: UUID, *, at: int) -> None:
    push(room_group(room_id), {"type": "departed", "room": str(room_id), "user": str(user_id), "at": at})


def broadcast_read(membership: Membership, *, seq: int) -> None:
    """To the person's own tabs, on all devices."""
    push(user_group(membership.user_id), {"type": "read", "room": str(membership.room_id), "seq": seq})


def note_frame(notepad: Notepad) -> Frame:
    room, version = str(notepad.room_id), notepad.version
    return {"type": "note", "room": room, "body": notepad.body, "version": version}


def broadcast_note(notepad: Notepad) -> None:
    """To the person's own tabs: what they are writing there, on some device."""
    push(user_group(notepad.user_id), note_frame(notepad))


def broadcast_rooms_changed(user: User) -> None:
    """To the person's own tabs: the list of rooms is another one."""
    push(user_group(user.pk), {"type": "rooms"}, order="rooms")


def _card(user: User) -> dict[str, object]:
    return {
        "id": str(user.pk),
        "name": user.display_name,
        "handle": user.handle,
        "initials": user.initials,
        "hue": user.hue_step,
        "avatar": user.avatar_url,
        "bot": user.is_bot,
    }
