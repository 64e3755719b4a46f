"""When the model breaks off: what was said stays, what was not is said to be missing, and nothing is asked in vain."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from aibot import replies
from aibot.models import Trigger
from tests.aibot.fake import DemoModel
from tests.aibot.screens import Screen
from tests.aibot.table import Table, being_written, erase, until, write

Tables = Callable[..., Table]
Json = dict[str, Any]

OVERLOADED = {"error": {"message": "Overloaded", "type": "server_error", "code": "overloaded"}}


@pytest.mark.parametrize(
    ("step", "error", "note"),
    [
        pytest.param({"chunks": ["Half", OVERLOADED]}, "broken", "The model broke off with an error.", id="error"),
        pytest.param(
            {"chunks": ["Half", {"drop": 1}]}, "connection", "The connection to the model broke off.", id="drop"
        ),
        pytest.param({"chunks": ["Half", {"stall": 1}]}, "timeout", "The model did not answer in time.", id="stall"),
        pytest.param({"chunks": ["Half"], "finish": None}, "quiet_end", "The model broke off.", id="quiet end"),
    ],
)
def test_a_fault_in_mid_answer_keeps_the_words_before_it(
    table: Tables, model: DemoModel, impatient: None, step: Json, error: str, note: str
) -> None:
    run = table("Mira", "Jonas").asks("Mira")
    model.script(step, "Never asked for.")
    write(run)
    answer = run.message
    answer.refresh_from_db()
    assert (answer.status, answer.body, answer.note) == ("interrupted", "Half", note)
    assert "Half" in answer.html
    assert (run.status, run.error) == ("interrupted", error)
    assert len(model.requests()) == 1
    assert Trigger.objects.get().status == "answered"


def test_faults_before_the_first_word_are_tried_again_unseen(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"status": 500, "retry_after": 0.05}, {"status": 429, "retry_after": 0.3}, "At last.")
    write(run)
    assert (room.answer().body, room.answer().status, run.attempt) == ("At last.", "complete", 1)
    first, second, third = model.requests()
    assert [one["outcome"] for one in (first, second, third)] == ["status 500", "status 429", "ok"]
    assert third["received"] - second["received"] >= 0.3
    assert first["body"] == second["body"] == third["body"]


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503])
def test_three_tries_are_all_there_are(table: Tables, model: DemoModel, status: int) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script(*[{"status": status, "retry_after": 0.02}] * 3, "Never asked for.")
    write(run)
    assert (room.answer().status, room.answer().body) == ("failed", "")
    assert room.answer().note == "The model's server has a problem."
    assert (run.status, run.error, len(model.requests())) == ("failed", "server_error", 3)


def test_a_drop_before_the_first_word_is_tried_again(table: Tables, model: DemoModel, impatient: None) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"chunks": [{"drop": True}]}, "At last.")
    write(run)
    assert (room.answer().body, len(model.requests())) == ("At last.", 2)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ({"status": 400}, "status_400"),
        ({"status": 401}, "refused_key"),
        ({"status": 404}, "status_404"),
        ({"status": 429, "code": "insufficient_quota"}, "no_credit"),
        ({"text": ""}, "empty"),
        ({"text": " \n "}, "empty"),
        ({"chunks": [OVERLOADED]}, "broken"),
        ({"chunks": [], "finish": None}, "quiet_end"),
    ],
)
def test_what_would_only_fail_again_fails_at_once_with_a_sentence(
    table: Tables, model: DemoModel, step: Json, error: str
) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script(step, "Never asked for.")
    write(run)
    answer = room.answer()
    assert (answer.status, answer.body, run.status, run.error) == ("failed", "", "failed", error)
    assert answer.note.endswith(".")
    assert len(model.requests()) == 1


def test_an_answer_that_was_cut_at_its_longest_says_so(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"text": "A long st", "finish": "length"})
    write(run)
    answer = room.answer()
    assert (answer.status, answer.body) == ("interrupted", "A long st")
    assert answer.note == "The answer reached its longest length."


def test_an_answer_without_end_is_cut(table: Tables, model: DemoModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "LONGEST", 0.4)
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"chunks": ["On and on", {"wait": "for ever"}]})
    write(run)
    assert (room.answer().status, room.answer().body, run.error) == ("interrupted", "On and on", "too_long")
    assert model.until_finished()[0]["outcome"] == "client went away"


def test_without_a_key_people_are_told(table: Tables, model: DemoModel, settings: Settings) -> None:
    settings.OPENAI_API_KEY = ""
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    write(run)
    assert (room.answer().status, run.error) == ("failed", "not_configured")
    assert room.answer().note == "No model is connected to this site yet."
    assert model.requests() == []


def test_a_question_taken_back_in_time_is_never_sent(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    question = room.says("Mira", "@assistant when?")
    erase(question)
    run = room.run_for(question)
    write(run)
    assert (room.answer().status, room.answer().note) == ("failed", "The question was taken back.")
    assert (run.status, run.error, model.requests()) == ("failed", "withdrawn", [])


def test_a_fault_of_our_own_ends_the_answer_and_says_so(
    table: Tables, model: DemoModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("aibot.prompt.RULES", "{what}")
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    write(run)
    assert (room.answer().status, room.answer().note, run.error) == ("failed", "Something went wrong here.", "internal")
    assert "KeyError" in caplog.text


def test_everybody_sees_how_it_ended(table: Tables, model: DemoModel, screen: Callable[[str, Table], Screen]) -> None:
    room = table("Mira", "Jonas")
    jonas, run = screen("Jonas", room), room.asks("Mira")
    model.script({"chunks": ["Half", {"wait": "seen"}, {"drop": True}]})
    with being_written(run):
        jonas.until_blocks(run.message_id, ["Half"])
        model.release("seen")
        html = jonas.until_status(run.message_id, "interrupted")["html"]
    assert "The connection to the model broke off." in html
    assert "Retry" in html
    assert "Half" in html


def test_after_a_fault_the_next_question_is_answered(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    first = room.asks("Mira")
    second = room.says("Jonas", "@assistant and where?")
    model.script({"status": 401}, "Here.")
    write(first)
    until(lambda: room.active_run, what="the next run")
    write(room.run_for(second))
    assert [one.status for one in room.answers()] == ["failed", "complete"]
