"""The room as a log: numbers without gaps, one message a key, whoever writes at the same time."""

from functools import partial
from threading import Thread
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from accounts.models import User
from rooms.actions.messages import finish_message, keep_draft, post_message, restart_message, start_message
from rooms.exceptions import Conflict, MessageRejected
from rooms.models import Membership, Message, Room
from rooms.signals import message_submitted, messages_posted
from tests.people import say, seat
from tests.rooms.crowd import at_once

pytestmark = pytest.mark.usefixtures("live")

WRITERS, EACH = 8, 12


def post(membership: Membership, body: str = "Ahoy", client_id: UUID | None = None) -> Message:
    return post_message(membership, body=body, client_id=client_id or uuid4())


def numbers(room: Room, field: str) -> list[int]:
    return sorted(room.messages.values_list(field, flat=True))


def test_eight_threads_write_one_log_without_gaps(alice: User, bob: User, hq: Room) -> None:
    keys = [[uuid4() for _ in range(EACH)] for _ in range(WRITERS)]

    def write(n: int) -> None:
        place = seat((alice, bob)[n % 2], hq)
        for key in keys[n]:
            post(place, f"word {key}", key)

    assert at_once(*(partial(write, n) for n in range(WRITERS))) == [None] * WRITERS
    hq.refresh_from_db()
    stored = list(hq.messages.in_order())
    assert [message.seq for message in stored] == list(range(1, hq.last_seq + 1))
    assert len({message.revision for message in stored}) == len(stored)
    assert numbers(hq, "revision")[-1] == hq.last_revision
    posted = [message.client_id for message in stored if message.kind == Message.Kind.MESSAGE]
    assert sorted(posted) == sorted(key for mine in keys for key in mine)


def test_a_reader_never_sees_a_number_before_the_one_below_it(alice: User, bob: User, hq: Room) -> None:
    """Commit order is number order: who has seen seq 8 will not be told of 7 later."""
    done: list[bool] = []
    holes: list[list[int]] = []

    def watch() -> None:
        try:
            while not done:
                seen = numbers(hq, "seq")
                if seen != list(range(1, len(seen) + 1)):
                    holes.append(seen)
        finally:
            connection.close()

    watcher = Thread(target=watch)
    watcher.start()
    places = [seat(alice, hq), seat(bob, hq)] * 3
    at_once(*(partial(lambda place: [post(place) for _ in range(6)], place) for place in places))
    done.append(True)
    watcher.join(30)
    assert holes == []


def test_fifty_identical_posts_make_one_message(alice: User, hq: Room) -> None:
    place, key, before = seat(alice, hq), uuid4(), hq.last_seq

    def write() -> list[UUID]:
        return [post(place, "Once", key).pk for _ in range(5)]

    found = at_once(*[write] * 10)
    assert {pk for mine in found for pk in mine} == {hq.messages.get(client_id=key).pk}
    hq.refresh_from_db()
    assert hq.last_seq == before + 1
    assert numbers(hq, "seq") == list(range(1, hq.last_seq + 1))


def test_the_same_key_with_other_words_is_a_conflict(alice: User, hq: Room) -> None:
    place, key = seat(alice, hq), uuid4()
    post(place, "First", key)
    with pytest.raises(Conflict):
        post(place, "Second", key)
    assert hq.messages.get(client_id=key).body == "First"


def test_of_two_texts_with_one_key_at_once_one_wins(alice: User, hq: Room) -> None:
    place, key = seat(alice, hq), uuid4()
    results = at_once(*(partial(post, place, f"Text {n}", key) for n in range(4)))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "Conflict", "Message"]
    assert hq.messages.filter(client_id=key).count() == 1


def test_two_people_may_happen_to_use_the_same_key(alice: User, bob: User, hq: Room) -> None:
    key = uuid4()
    assert post(seat(alice, hq), "Mine", key).pk != post(seat(bob, hq), "His", key).pk


def test_what_is_rolled_back_leaves_no_gap(alice: User, hq: Room) -> None:
    before = hq.last_seq
    with transaction.atomic():
        assert post(seat(alice, hq)).seq == before + 1
        transaction.set_rollback(True)
    assert post(seat(alice, hq)).seq == before + 1


def test_a_message_that_is_not_accepted_is_not_stored_and_takes_no_number(alice: User, hq: Room) -> None:
    def refuse(*, message: Message, **_: object) -> None:
        raise MessageRejected("No, thank you.")

    before = numbers(hq, "seq")
    message_submitted.connect(refuse)
    try:
        with pytest.raises(MessageRejected):
            post(seat(alice, hq))
    finally:
        message_submitted.disconnect(refuse)
    assert numbers(hq, "seq") == before


def test_who_listens_and_fails_does_not_stop_the_message(alice: User, hq: Room) -> None:
    heard = []

    def listen(*, messages: list[Message], **_: object) -> None:
        heard.extend(message.pk for message in messages)
        raise RuntimeError("listener")

    messages_posted.connect(listen)
    try:
        message = post(seat(alice, hq))
    finally:
        messages_posted.disconnect(listen)
    assert heard == [message.pk]


def test_what_is_posted_is_read_by_who_posted_it(alice: User, bob: User, hq: Room) -> None:
    message = say(alice, hq, "Ahoy")
    assert seat(alice, hq).last_read_seq == message.seq
    assert seat(bob, hq).last_read_seq < message.seq


def test_only_members_are_mentioned(alice: User, bob: User, carol: User, hq: Room) -> None:
    message = say(alice, hq, "@bob and @CAROL and @nobody, `@mona` said so")
    assert set(message.mentions.all()) == {bob}


def test_an_answer_keeps_its_place_and_takes_a_new_revision_with_each_step(ada: User, alice: User, hq: Room) -> None:
    answer = start_message(seat(ada, hq), reply_to=say(alice, hq, "Why?"), client_id=uuid4())
    place, begun = answer.seq, answer.revision
    say(alice, hq, "Meanwhile")
    keep_draft(answer, "Beca")
    assert Message.objects.get(pk=answer.pk).revision == begun
    finish_message(answer, body="Because.")
    finished = Message.objects.get(pk=answer.pk)
    assert (finished.seq, finished.body, finished.status) == (place, "Because.", Message.Status.COMPLETE)
    assert finished.revision == begun + 2
    restart_message(finished)
    again = Message.objects.get(pk=answer.pk)
    assert (again.seq, again.revision, again.attempt, again.body) == (place, begun + 3, 2, "")


def test_starting_twice_under_one_key_starts_once(ada: User, hq: Room) -> None:
    key = uuid4()
    first = start_message(seat(ada, hq), reply_to=None, client_id=key)
    assert start_message(seat(ada, hq), reply_to=None, client_id=key).pk == first.pk


def test_the_words_of_an_older_attempt_are_not_kept(ada: User, hq: Room) -> None:
    old = start_message(seat(ada, hq), reply_to=None, client_id=uuid4())
    restart_message(Message.objects.get(pk=old.pk))
    keep_draft(old, "Words of the first attempt")
    assert Message.objects.get(pk=old.pk).body == ""


def test_an_answer_calls_nobody_but_whom_it_answers(ada: User, alice: User, bob: User, hq: Room) -> None:
    answer = start_message(seat(ada, hq), reply_to=say(alice, hq, "Who?"), client_id=uuid4())
    finish_message(answer, body="@alice, ask @bob.")
    assert set(answer.mentions.all()) == {alice}
