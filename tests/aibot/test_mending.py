"""Workers that die, freeze or never hear of a run: every question ends in one answer, or in one word that it failed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import pytest
import redis
from django.db import connection
from django.utils import timezone

from aibot.mending import ATTEMPTS, MISSED_FOR, mend
from aibot.models import Run, Trigger
from aibot.models.run import LEASE
from aibot.receivers import consider
from rooms.models import Membership
from rooms.signals import messages_posted
from tests.aibot.fake import DemoModel
from tests.aibot.table import Table, being_written, until, write

Tables = Callable[..., Table]
QUEUE = "work:celery"


def abandon(run: Run) -> None:
    """As if its worker had been silent for longer than its lease."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def died(run: Run, *, after: str = "") -> None:
    """As a worker leaves it that was killed after these words."""
    run.claim()
    if after:
        Run.objects.filter(pk=run.pk).update(status="streaming")
        type(run.message).objects.filter(pk=run.message_id).update(body=after)
    abandon(run)


@contextmanager
def nobody_listening() -> Iterator[None]:
    messages_posted.disconnect(dispatch_uid="aibot.consider")
    try:
        yield
    finally:
        messages_posted.connect(consider, dispatch_uid="aibot.consider")


def test_a_worker_that_lost_its_run_writes_no_more(table: Tables, model: DemoModel, watchful: None) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"chunks": ["One", {"wait": "more"}, " two."]})
    with being_written(run):
        until(lambda: room.answer().body == "One", what="the first word")
        Run.objects.filter(pk=run.pk).update(lease=uuid4())
        model.release("more")
    assert (room.answer().body, room.answer().status, run.status) == ("One", "drafting", "streaming")


def test_a_frozen_worker_that_wakes_finds_its_run_written_by_another(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"chunks": [{"wait": "awake"}, "First."]}, "Second.")
    with being_written(run):
        model.until_waiting_at("awake")
        abandon(run)
        mend()
        write(run)
        model.release("awake")
    assert (room.answer().body, room.answer().status, run.status, run.attempt) == ("Second.", "complete", "done", 2)
    assert len(model.requests()) == 2


def test_a_run_that_died_before_its_first_word_begins_anew(
    table: Tables, model: DemoModel, broker: redis.Redis
) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    died(run)
    broker.delete(QUEUE)
    mend()
    run.refresh_from_db()
    assert (run.status, run.lease, room.answer().status) == ("queued", None, "drafting")
    assert broker.llen(QUEUE) >= 1
    model.script("At last.")
    write(run)
    assert (room.answer().body, run.attempt) == ("At last.", 2)


def test_a_run_that_died_in_mid_answer_keeps_its_words_and_says_so(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    died(run, after="Half")
    mend()
    run.refresh_from_db()
    answer = room.answer()
    assert (answer.status, answer.body, run.status, run.error) == ("interrupted", "Half", "interrupted", "worker_lost")
    assert answer.note == "The worker writing this went away."
    assert Trigger.objects.get().status == "answered"
    mend()
    assert room.answer().revision == answer.revision


def test_three_deaths_are_enough(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    for _ in range(ATTEMPTS):
        assert run.status == "queued"
        died(run)
        mend()
        run.refresh_from_db()
    assert (run.status, run.error, room.answer().status) == ("failed", "worker_lost", "failed")
    assert room.answer().note == "The worker writing this went away."


@pytest.mark.parametrize("words", ["", "Half"])
def test_the_next_question_is_taken_up_when_a_run_was_given_up(table: Tables, model: DemoModel, words: str) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    Run.objects.filter(pk=run.pk).update(attempt=ATTEMPTS)
    waiting = room.says("Jonas", "@assistant and where?")
    run.refresh_from_db()
    died(run, after=words)
    mend()
    assert room.run_for(waiting).status == "queued"


def test_a_living_worker_is_left_alone(table: Tables, model: DemoModel, watchful: None) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"chunks": ["One", {"wait": "more"}, " two."]})
    with being_written(run):
        model.until_waiting_at("more")
        before = Run.objects.get().lease_until
        until(lambda: Run.objects.get().lease_until > before, what="a renewed lease")
        assert Run.objects.get().lease_until > timezone.now() + LEASE / 2
        mend()
        model.release("more")
    assert (room.answer().body, run.status, run.attempt) == ("One two.", "done", 1)


def test_a_run_that_nobody_heard_of_is_rung_for_again(table: Tables, broker: redis.Redis) -> None:
    run = table("Mira", "Jonas").asks("Mira")
    broker.delete(QUEUE)
    mend()
    assert broker.llen(QUEUE) == 0
    Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(seconds=11))
    mend()
    [bell] = broker.lrange(QUEUE, 0, -1)
    assert str(run.pk).encode() in bell


def test_a_question_without_a_run_is_taken_up(table: Tables, model: DemoModel) -> None:
    """As when a process dies between the end of one answer and the start of the next."""
    room = table("Mira", "Jonas")
    first = room.asks("Mira")
    waiting = room.says("Jonas", "@assistant and where?")
    Run.objects.filter(pk=first.pk).update(status="done")
    mend()
    run = room.run_for(waiting)
    mend()
    assert (run.status, room.active_run) == ("queued", run)


def test_mending_with_the_broker_away_waits_for_the_next_time(
    table: Tables, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = table("Mira", "Jonas").asks("Mira")
    Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(seconds=11))

    def away(*_: object, **__: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr("celery.Celery.send_task", away)
    mend()
    assert "No worker could be called" in caplog.text
    assert Run.objects.get().status == "queued"


def test_a_question_that_nobody_heard_is_considered_later(table: Tables) -> None:
    """Its process went between storing it and telling anybody."""
    room = table("Mira", "Jonas")
    with nobody_listening():
        unheard = room.says("Mira", "@assistant what now?")
    mend()
    assert not Trigger.objects.exists(), "its own process may still be about to"
    type(unheard).objects.filter(pk=unheard.pk).update(created_at=timezone.now() - MISSED_FOR)
    mend()
    assert not Trigger.objects.exists(), "it was said before the assistant came"
    Membership.objects.filter(user__is_bot=True).update(joined_at=timezone.now() - timedelta(minutes=1))
    mend()
    mend()
    assert [trigger.message_id for trigger in Trigger.objects.all()] == [unheard.pk]
    assert room.run_for(unheard).status == "queued"


def test_a_question_that_cannot_be_read_keeps_no_run_from_being_taken_over(table: Tables) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    died(run, after="Half")
    with nobody_listening():
        unheard = room.says("Jonas", "@assistant what now?")
    type(unheard).objects.filter(pk=unheard.pk).update(created_at=timezone.now() - MISSED_FOR)
    Membership.objects.filter(user__is_bot=True).update(joined_at=timezone.now() - timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rooms_message SET body = 'nonsense' WHERE id = %s", [unheard.pk])
    with suppress(Exception):
        mend()
    run.refresh_from_db()
    assert run.status == "interrupted"
