"""The rooms' logs in SQL: messages get their numbers in one statement, which takes each of them whole or not at all.

Whoever writes into a room waits for the one before, and so the order of commits is the order of numbers.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps
from django.db import connection

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models.membership import Membership
    from rooms.models.message import Message


class Entry(NamedTuple):
    """A message on its way into its room's log. Where it is said `by` somebody, they must be in the room, and have read
    it; where it is not, it is a fact that needs no reader.
    """

    message: "Message"
    by: "Membership | None" = None
    mentioned: "Sequence[User]" = ()


# Locks are taken in the order of rooms, so that two who write into several never wait for each other. What had to be
# waited for is looked at anew, and whoever was removed meanwhile is no longer there. What is left out takes no number.
APPEND = """
WITH entry AS (
    SELECT * FROM unnest({arrays}) WITH ORDINALITY AS entry (seat, {columns}, place)
), held AS (
    SELECT id FROM rooms_room WHERE id IN (SELECT room_id FROM entry) ORDER BY id FOR NO KEY UPDATE
), seated AS (
    SELECT rooms_membership.id FROM held JOIN rooms_membership ON room_id = held.id
    WHERE rooms_membership.id IN (SELECT seat FROM entry) AND left_at IS NULL FOR NO KEY UPDATE OF rooms_membership
), taken AS (
    SELECT entry.*, row_number() OVER (PARTITION BY room_id ORDER BY place) AS nth
    FROM entry JOIN held ON held.id = room_id
    WHERE (seat IS NULL OR seat IN (SELECT id FROM seated)) AND NOT EXISTS (
        SELECT FROM rooms_message AS earlier
        WHERE earlier.author_id = entry.author_id AND earlier.client_id = entry.client_id
    )
), numbered AS (
    UPDATE rooms_room SET last_seq = last_seq + more.count, last_revision = last_revision + more.count,
        last_message_at = statement_timestamp()
    FROM (SELECT room_id, count(*) FROM taken GROUP BY room_id) AS more WHERE id = more.room_id
    RETURNING id, last_seq - more.count AS seq, last_revision - more.count AS revision
), stored AS (
    INSERT INTO rooms_message (seq, revision, {columns})
    SELECT numbered.seq + nth, numbered.revision + nth, {own_columns} FROM taken JOIN numbered ON numbered.id = room_id
    RETURNING id, room_id, seq, revision
), read AS (
    UPDATE rooms_membership SET last_read_seq = said.seq
    FROM (SELECT seat, max(stored.seq) AS seq FROM stored JOIN entry USING (id) GROUP BY seat) AS said
    WHERE rooms_membership.id = said.seat
), called AS (
    INSERT INTO rooms_message_mentions (message_id, user_id)
    SELECT message, person FROM unnest(%s::uuid[], %s::uuid[]) AS call (message, person) JOIN stored ON id = message
)
SELECT id, seq, revision FROM stored
"""


def append(entries: Sequence[Entry]) -> "list[Message]":
    """Store each under its room's next seq and revision; the rooms are held until the transaction ends.

    Returns those that are stored now. The others were sent before, or their author is no longer in the room. Two with
    one key at the same moment, here or elsewhere, are an `IntegrityError` for all.
    """
    calls = [(entry.message.pk, user.pk) for entry in entries for user in entry.mentioned]
    params = [*_columns(entries), [message for message, _ in calls], [user for _, user in calls]]
    with connection.cursor() as cursor:
        cursor.execute(_sql(), params)
        numbers = {pk: (seq, revision) for pk, seq, revision in cursor.fetchall()}
    stored = [entry.message for entry in entries if entry.message.pk in numbers]
    for message in stored:
        message.seq, message.revision = numbers[message.pk]
        message._state.adding, message._state.db = False, "default"
    return stored


def _columns(entries: Sequence[Entry]) -> Iterator[list[Any]]:
    yield [entry.by and entry.by.pk for entry in entries]
    for field in _fields():
        yield [field.get_db_prep_save(field.pre_save(entry.message, True), connection) for entry in entries]


@cache
def _fields() -> tuple[Any, ...]:
    """A message's columns but for its numbers."""
    fields = apps.get_model("rooms", "Message")._meta.concrete_fields
    return tuple(field for field in fields if field.name not in {"seq", "revision"})


@cache
def _sql() -> str:
    names = [connection.ops.quote_name(field.column) for field in _fields()]
    arrays = [f"%s::{kind}[]" for kind in ("bigint", *(field.db_type(connection) for field in _fields()))]
    taken = [f"taken.{name}" for name in names]
    return APPEND.format(arrays=", ".join(arrays), columns=", ".join(names), own_columns=", ".join(taken))
