"""The hottest questions find their answer by an index, however long a room's history has become."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Site, User
from chatsite.lib.realtime import room_group
from rooms import commands
from rooms.broadcasts import drafts
from rooms.context import LINES
from rooms.models import Message, Room
from rooms.rendering import newest_page, page_around, page_before
from rooms.replay import heads, replay
from tests.history import analyze, fill, found_rooms
from tests.people import make_person, make_room

LONG, MINE, OTHERS, SAID = 12_000, 50, 3_000, 10
NEVER_READ_WHOLE = {"rooms_message", "rooms_membership"}

Node = dict[str, Any]


class Archive(NamedTuple):
    """One long room among many; bob is in it and in fifty others, of three thousand."""

    room: Room
    bob: User
    said: Message
    mine: list[UUID]


@pytest.fixture
def archive(studio: Site) -> Archive:
    alice, bob, carol = (make_person(handle) for handle in ("alice", "bob", "carol"))
    room = make_room("archive", alice, bob)
    fill(room, [alice, bob], until=LONG)
    found_rooms(OTHERS, [alice, carol], prefix="other")
    mine = found_rooms(MINE, [carol, bob], prefix="mine")
    for other in Room.objects.filter(pk__in=mine):
        fill(other, [carol], until=SAID)
    analyze()
    return Archive(room, bob, room.messages.filter(author=bob).in_order()[LONG // 4], mine)


QUESTIONS: dict[str, tuple[set[str], Callable[[Archive], object]]] = {
    "the newest page": ({"message_seq"}, lambda it: newest_page(it.room.pk)),
    "an older page": ({"message_seq"}, lambda it: page_before(it.room.pk, LONG // 2)),
    "a page around a message": ({"message_seq"}, lambda it: page_around(it.room.pk, LONG // 3)),
    "what a tab lacks": ({"message_revision"}, lambda it: replay(it.room.pk, it.room.last_revision - 20)),
    "what a tab lacks that was away": ({"message_revision"}, lambda it: replay(it.room.pk, 0)),
    "half-written messages": ({"message_drafting"}, lambda it: drafts(it.room.pk)),
    "heads of many rooms": ({"rooms_room_pkey"}, lambda it: heads({room_group(pk): pk for pk in it.mine[:5]})),
    "the sidebar": (set(), lambda it: LINES(it.bob.pk)),
    "a message sent again": ({"message_sent_once"}, lambda it: Message.objects.sent_as(it.bob, it.said.client_id)),
    "one's own seat": ({"one_membership_each"}, lambda it: commands._membership(it.bob, it.room.pk)),
    "one's own rooms": (set(), lambda it: commands.own_rooms(it.bob)),
    "who is in a room": (set(), lambda it: list(it.room.memberships.by_name()[:100])),
    "a reader's mark": (set(), lambda it: it.bob.memberships.filter(room=it.room).read_up_to(it.said.seq)),
}


def test_no_hot_question_reads_a_whole_table(archive: Archive) -> None:
    assert not {name: faults for name in QUESTIONS if (faults := faults_of(name, archive))}


def test_a_missing_index_is_noticed(archive: Archive) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE rooms_message DROP CONSTRAINT message_seq")
        cursor.execute("ALTER TABLE rooms_message DROP CONSTRAINT message_sent_once")
    assert faults_of("the newest page", archive)
    assert faults_of("a message sent again", archive)
    assert not faults_of("what a tab lacks", archive)


def faults_of(name: str, archive: Archive) -> list[str]:
    expected, question = QUESTIONS[name]
    nodes = list(plans(lambda: question(archive)))
    read_whole = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} & NEVER_READ_WHOLE
    missed = expected - {node.get("Index Name") for node in nodes}
    return [f"reads all of {table}" for table in read_whole] + [f"does not use {index}" for index in missed]


def plans(question: Callable[[], object]) -> Iterator[Node]:
    """All steps of all plans for what is really asked."""
    with CaptureQueriesContext(connection) as asked:
        question()
    statements = [query["sql"] for query in asked if query["sql"].startswith(("SELECT", "UPDATE", "DECLARE"))]
    assert statements
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + statement.replace("%", "%%"))
            [[[plan]]] = cursor.fetchall()
        yield from steps(plan["Plan"])


def steps(node: Node) -> Iterator[Node]:
    yield node
    for part in node.get("Plans", []):
        yield from steps(part)
