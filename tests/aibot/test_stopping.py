"""Stop, and try again: what everybody saw stays, and only whom it concerns may do it."""

from collections.abc import Callable

import pytest

from aibot.actions import retry_answer, stop_answer
from aibot.models import Run, Trigger
from rooms import markup
from rooms.exceptions import Refused
from rooms.models import Message
from tests.aibot.fake import DemoModel
from tests.aibot.screens import Screen
from tests.aibot.table import Table, being_written, in_background, person, until, write

Tables = Callable[..., Table]
Screens = Callable[[str, Table], Screen]


def failed(table: Table, model: DemoModel) -> Run:
    """A run that Mira's question began and a fault ended."""
    run = table.asks("Mira")
    model.script({"chunks": ["Half", {"drop": True}]})
    write(run)
    return run


def test_stopped_after_three_chunks_it_keeps_exactly_what_was_shown(
    table: Tables, model: DemoModel, screen: Screens, watchful: None
) -> None:
    room = table("Mira", "Jonas")
    jonas, run = screen("Jonas", room), room.asks("Mira")
    model.script({"chunks": ["One, ", "two, ", "thr", {"wait": "more"}, "ee, four."]})
    with being_written(run):
        jonas.until_blocks(run.message_id, ["One, two, thr"])
        stop_answer(room.seat("Mira"), message=run.message)
        html = jonas.until_status(run.message_id, "stopped")["html"]
        assert model.until_finished()[0]["outcome"] == "client went away"
    answer = room.answer()
    assert (answer.body, answer.status, answer.note) == ("One, two, thr", "stopped", "Stopped by Mira")
    assert answer.html == markup.render(answer.body)
    assert answer.html in html
    assert (run.status, run.stopped_by, run.error) == ("stopped", person("Mira"), "")
    assert run.finished_at
    assert Trigger.objects.get().status == "answered"


def test_words_that_come_after_the_stop_are_not_written(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"chunks": ["One", {"wait": "more"}, " two three."]})
    with being_written(run):
        until(lambda: room.answer().body == "One", what="the first word")
        stop_answer(room.seat("Mira"), message=run.message)
        revision = room.answer().revision
        model.release("more")
    assert (room.answer().body, room.answer().revision) == ("One", revision)
    assert len(model.requests()) == 1


def test_stopped_before_its_first_word_it_is_empty_and_never_asked_for(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    stop_answer(room.seat("Mira"), message=run.message)
    write(run)
    assert (room.answer().status, room.answer().body) == ("stopped", "")
    assert (run.status, model.requests()) == ("stopped", [])


def test_stopping_twice_or_too_late_changes_nothing(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script("Done.")
    write(run)
    before = room.answer().revision
    stop_answer(room.seat("Mira"), message=room.answer())
    assert (room.answer().revision, room.answer().status, Run.objects.get().status) == (before, "complete", "done")


def test_a_stop_and_the_last_word_at_once_give_one_end(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    for _ in range(5):
        run = room.asks("Mira")
        model.script("The end.")
        with being_written(run):
            stop_answer(room.seat("Mira"), message=run.message)
        answer = Message.objects.get(pk=run.message_id)
        assert (run.status, answer.status) in {("done", "complete"), ("stopped", "stopped")}


def test_the_next_question_is_answered_after_a_stop(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    waiting = room.says("Jonas", "@assistant and where?")
    stop_answer(room.seat("Mira"), message=run.message)
    model.script("Here.")
    write(room.run_for(waiting))
    assert [(one.status, one.body) for one in room.answers()] == [("stopped", ""), ("complete", "Here.")]


def test_a_retry_begins_anew_in_the_same_place(table: Tables, model: DemoModel, screen: Screens) -> None:
    room = table("Mira", "Jonas")
    run = failed(room, model)
    jonas, seq = screen("Jonas", room), room.answer().seq
    retry_answer(message=room.answer())
    jonas.until_status(run.message_id, "drafting")
    assert (room.answer().body, room.answer().html, room.answer().note) == ("", "", "")
    model.script({"chunks": ["Wh", {"wait": "more"}, "ole."]})
    with being_written(run):
        jonas.until_blocks(run.message_id, ["Wh"])
        model.release("more")
        jonas.until_status(run.message_id, "complete")
    answer = room.answer()
    assert (answer.seq, answer.body, answer.status, answer.attempt) == (seq, "Whole.", "complete", 2)
    assert (run.status, run.error, run.attempt) == ("done", "", 2)
    assert Trigger.objects.get().status == "answered"
    assert len(model.requests()) == 2


def test_what_the_first_attempt_still_sends_is_older_than_the_second(
    table: Tables, model: DemoModel, screen: Screens, watchful: None
) -> None:
    room = table("Mira", "Jonas")
    jonas, run = screen("Jonas", room), room.asks("Mira")
    model.script({"chunks": ["A long first", {"wait": "for ever"}]}, {"chunks": ["Sec", {"wait": "more"}, "ond."]})
    with being_written(run):
        jonas.until_blocks(run.message_id, ["A long first"])
        stop_answer(room.seat("Mira"), message=run.message)
        retry_answer(message=room.answer())
    with being_written(run):
        jonas.until_blocks(run.message_id, ["Sec"])
        model.release("more")
        jonas.until_status(run.message_id, "complete")
    attempts = [frame["attempt"] for frame in jonas.frames_for(run.message_id)]
    assert attempts == sorted(attempts)
    assert set(attempts) == {1, 2}
    assert room.answer().body == "Second."


def test_a_retry_asks_the_same_question(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = failed(room, model)
    room.says("Jonas", "never mind me")
    retry_answer(message=room.answer())
    model.script("Whole.")
    write(run)
    first, second = (one["body"]["messages"] for one in model.requests())
    assert first[:-1] == second[:-1]
    assert [message for message in second if message["content"] == "Half"] == []


def test_two_retries_at_once_are_one(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = failed(room, model)
    seen = [Message.objects.get(pk=run.message_id) for _ in range(4)]
    with in_background(*[lambda one=one: retry_answer(message=one) for one in seen]):
        pass
    assert (room.answer().attempt, Run.objects.get().status) == (2, "queued")


def test_a_retry_of_an_answer_that_is_under_way_again_changes_nothing(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = failed(room, model)
    stale = room.answer()
    retry_answer(message=stale)
    model.script({"chunks": ["Wh", {"wait": "more"}, "ole."]}, "Never asked for.")
    with being_written(run):
        model.until_waiting_at("more")
        stale.status = "interrupted"
        retry_answer(message=stale)
        write(Run.objects.get())
        model.release("more")
    assert (room.answer().body, room.answer().attempt, len(model.requests())) == ("Whole.", 2, 2)


def test_a_complete_answer_cannot_be_tried_again(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script("Done.")
    write(run)
    retry_answer(message=room.answer())
    assert (room.answer().status, Run.objects.get().status) == ("complete", "done")


def test_a_retry_waits_while_another_answer_is_being_written(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = failed(room, model)
    busy = room.asks("Jonas", "@assistant and where?")
    with pytest.raises(Refused, match="busy"):
        retry_answer(message=Message.objects.get(pk=run.message_id))
    run.refresh_from_db()
    assert (run.status, Message.objects.get(pk=run.message_id).body) == ("interrupted", "Half")
    assert Trigger.objects.get(run=run).status == "answered"
    assert room.active_run == busy


def test_a_stop_is_forgotten_once_the_answer_was_written_after_all(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    stop_answer(room.seat("Mira"), message=run.message)
    retry_answer(message=room.answer())
    model.script("Whole.")
    write(run)
    assert (run.status, run.stopped_by, room.answer().note) == ("done", None, "")
