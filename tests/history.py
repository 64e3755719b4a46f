"""Long rooms, made in seconds: rows by COPY, their words as encrypted as those of any message."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from chatsite.lib import crypto
from rooms import markup
from rooms.models import Membership, Message, Room
from rooms.models.message import fingerprint

WORDS = 300
"""So many different texts; ciphertexts of one text are as good as those of many."""
TEXTS = (
    "Good morning, all",
    "The **second** berth is free again, `{n}` boats are waiting. Who takes the early shift?",
    "- fenders\n- lines, {n} of them\n- the *long* ladder\n\nand see <https://example.com/berths/{n}>",
    "> It was {n} knots at the pier\n\nIt was more out there. I would rather wait until the wind turns, and then go "
    "around the north side, where one is out of the swell.",
    "```python\ndef berths(boats):\n    return [boat.length + {n} for boat in boats if boat.is_moored]\n```\nSo?",
)
REPLY_EVERY, MENTION_EVERY = 6, 25
AT_ONCE = 50_000
LINES = (
    *("id", "room_id", "seq", "revision", "author_id", "kind", "status", "attempt", "note"),
    *("body", "html", "renderer", "client_id", "body_mac", "reply_to_id", "created_at"),
)
SEATS = ("room_id", "user_id", "role", "seat", "last_read_seq", "joined_at")
ROOMS = (
    *("id", "slug", "name", "topic", "kind", "everyone_joins"),
    *("created_at", "last_message_at", "last_seq", "last_revision", "last_seat"),
)
Row = Sequence[Any]


def copy_rows(table: type[Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """The foreign keys are right, and checking them would take longer than all the rest."""
    statement = f"COPY {table._meta.db_table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("SET session_replication_role = DEFAULT")


def fill(room: Room, authors: list[User], *, until: int) -> None:
    """More messages, up to this seq: every sixth a reply, every 25th a mention of one of the authors."""
    for start in range(room.last_seq + 1, until + 1, AT_ONCE):
        lines = list(_lines(room, authors, range(start, min(start + AT_ONCE, until + 1))))
        copy_rows(Message, LINES, lines)
        copy_rows(Message.mentions.through, ["message_id", "user_id"], _mentions(lines, authors))
        room.last_seq, room.last_revision = lines[-1][2:4]
    room.last_message_at = timezone.now()
    room.save(update_fields=["last_seq", "last_revision", "last_message_at"])


def found_rooms(number: int, members: list[User], *, prefix: str) -> list[UUID]:
    """Public rooms in which each of these has a seat, without a word said."""
    now, topic = timezone.now(), sealed(Room, "topic", "What there is to say about it")
    keys = [uuid4() for _ in range(number)]
    names = [f"{prefix} {n:05}" for n in range(number)]
    slugs = [name.replace(" ", "-") for name in names]
    numbers = (now, now, 0, 0, len(members))
    rows = (
        (key, slug, name, topic, "public", False, *numbers) for key, slug, name in zip(keys, slugs, names, strict=True)
    )
    copy_rows(Room, ROOMS, rows)
    copy_rows(Membership, SEATS, _seats(keys, members))
    return keys


def sealed(table: type[Model], column: str, text: str) -> bytes:
    """As the database sees it."""
    return crypto.encrypt(text.encode(), context=table._meta.get_field(column).context)


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# Internal


def _lines(room: Room, authors: list[User], seqs: range) -> Iterator[Row]:
    words, chance, began = _words(), random.Random(7), timezone.now() - timedelta(days=365)
    author, revision, earlier = _in_turn(authors), count(room.last_revision + 1), None
    for seq in seqs:
        key, (body, html, mac) = uuid4(), chance.choice(words)
        reply_to = earlier if seq % REPLY_EVERY == 0 else None
        at = began + timedelta(seconds=seq)
        numbers = (seq, next(revision), next(author).pk)
        yield (key, room.pk, *numbers, "message", "complete", 0, "", body, html, 1, uuid4(), mac, reply_to, at)
        earlier = key


def _mentions(lines: list[Row], authors: list[User]) -> Iterator[Row]:
    return ((line[0], author.pk) for line, author in zip(lines[::MENTION_EVERY], _in_turn(authors), strict=False))


@cache
def _words() -> list[tuple[bytes, bytes, bytes]]:
    return [_word(TEXTS[n % len(TEXTS)].replace("{n}", str(n))) for n in range(WORDS)]


def _word(text: str) -> tuple[bytes, bytes, bytes]:
    return sealed(Message, "body", text), sealed(Message, "html", markup.render(text)), fingerprint(text)


def _seats(keys: list[UUID], members: list[User]) -> Iterator[Row]:
    now = timezone.now()
    for key in keys:
        for seat, member in enumerate(members, start=1):
            yield key, member.pk, "member", seat, 0, now


def _in_turn(authors: list[User]) -> Iterator[User]:
    return (authors[n % len(authors)] for n in count())
