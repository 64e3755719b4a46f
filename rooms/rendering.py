"""Messages as every screen shows them: `rooms/_message.html`, rendered once for everybody, and kept while nothing that
it shows has changed.
"""

import sys
from collections import OrderedDict
from collections.abc import Iterable
from functools import cache
from threading import Lock
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.html import escape

from chatsite.lib.prepared import SAMPLES, PreparedRows
from chatsite.lib.realtime import STRANGERS, Frame
from chatsite.lib.templates import roomy
from rooms.models import Message
from rooms.models.message import MAX_SEQ, PAGE, Look, look_of

ROOM_FOR = 16 * 2**20
"""Bytes of what is kept, in each process: the newest hundred pages or so."""
BESIDES = 3000
"""Bytes that a frame and a look take beside the HTML."""


class Kept:
    """The frames that were asked for last, one of each message, and what they looked like then. Of any thread's.

    They hold words, and so they are in this process' memory alone. What somebody asks for under another look is
    not here, whatever has happened to it.
    """

    def __init__(self, room_for: int) -> None:
        self._room_for, self._lock = room_for, Lock()
        self._frames: OrderedDict[UUID, tuple[Look, Frame]] = OrderedDict()
        self.size = 0

    def get(self, look: Look) -> Frame | None:
        with self._lock:
            seen, frame = self._frames.get(look[0], (None, None))
            if seen != look:
                return None
            self._frames.move_to_end(look[0])
        return frame

    def put(self, look: Look, frame: Frame) -> None:
        with self._lock:
            self._drop(look[0])
            self._frames[look[0]] = look, frame
            self.size += _weight(frame)
            while self.size > self._room_for:
                self._drop(next(iter(self._frames)))

    def clear(self) -> None:
        with self._lock:
            self._frames.clear()
            self.size = 0

    def _drop(self, pk: UUID) -> None:
        _, frame = self._frames.pop(pk, (None, None))
        self.size -= _weight(frame) if frame else 0


def _weight(frame: Frame) -> int:
    return sys.getsizeof(frame["html"]) + BESIDES


KEPT = Kept(ROOM_FOR)


def message_frame(message: Message) -> Frame:
    """The whole message; knows neither viewer nor language. Only of what is committed: a revision that is taken back
    will be given again.
    """
    look = look_of(message)
    frame = KEPT.get(look)
    if frame is None:
        frame = _frame(message)
        # Half a text grows without a revision.
        if not message.is_drafting:
            KEPT.put(look, frame)
    return dict(frame)


def _frame(message: Message) -> Frame:
    frame: Frame = {
        "type": "message",
        "room": str(message.room_id),
        "id": str(message.pk),
        "seq": message.seq,
        "revision": message.revision,
        "client_id": str(message.client_id),
        "html": render_to_string("rooms/_message.html", _facts(message)),
    }
    if message.is_event:
        frame["quiet"] = [message.seq]
    if message.is_departure:
        frame["leaver"] = str(message.author_id)
    if message.is_closing:
        frame["leaver"] = STRANGERS
    return frame


def _facts(message: Message) -> dict[str, object]:
    """Plain words: a template looks up each dot anew, and asks of each number how it is written in this language. What
    stands in many places is escaped once.
    """
    author, question = message.author, message.reply_to
    return {
        "id": escape(message.pk),
        "seq": str(message.seq),
        "revision": str(message.revision),
        "client_id": str(message.client_id),
        "author": author,
        "author_id": str(author.pk),
        "name": author.display_name,
        "at": escape(message.created_at.isoformat()),
        "time": f"{message.created_at:%H:%M}",
        "link": message.get_absolute_url(),
        "mentions": " ".join(message.mention_ids),
        "status": message.status,
        "attempt": str(message.attempt),
        "length": str(len(message.body)),
        "is_event": message.is_event,
        "is_answer": author.is_bot and not message.is_event,
        "is_deleted": message.deleted_at is not None,
        "is_drafting": message.is_drafting,
        "edited": message.edited_at is not None,
        "note": message.note,
        "body": message.body,
        "html": message.html,
        "question": question and _quoted(question),
    }


def _quoted(question: Message) -> dict[str, str]:
    return {
        "link": question.get_absolute_url(),
        "author_id": str(question.author_id),
        "name": question.author.display_name,
        "preview": question.preview,
    }


@roomy
def frames(looks: Iterable[Look]) -> list[Frame]:
    """In this order, each as it is by now. Nothing is decrypted of what is kept."""
    found = [(look[0], KEPT.get(look)) for look in looks]
    missing = [pk for pk, frame in found if frame is None]
    messages = Message.objects.filter(pk__in=missing).for_display() if missing else []
    made = {message.pk: message_frame(message) for message in messages}
    return [frame or made[pk] for pk, frame in found if frame or pk in made]


# The pages of a room, oldest first.


def newest_page(room_id: UUID) -> list[Frame]:
    return page_before(room_id, MAX_SEQ)


def page_before(room_id: UUID, seq: int, size: int = PAGE) -> list[Frame]:
    return frames(_before(size)(room_id, seq)[::-1])


def page_after(room_id: UUID, seq: int, size: int = PAGE) -> list[Frame]:
    return frames(_after(size)(room_id, seq))


def page_around(room_id: UUID, seq: int) -> list[Frame]:
    return page_before(room_id, seq, PAGE // 2) + page_after(room_id, seq - 1, PAGE // 2)


@cache
def _before(size: int) -> PreparedRows:
    return PreparedRows(lambda room, seq: Message.objects.filter(room=room).before(seq).looks()[:size], *SEQS)


@cache
def _after(size: int) -> PreparedRows:
    return PreparedRows(lambda room, seq: Message.objects.filter(room=room).after(seq).looks()[:size], *SEQS)


SEQS = SAMPLES[0], MAX_SEQ
