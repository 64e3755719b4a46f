"""One answer, from the question to its last word, as everybody in the room sees it."""

from collections.abc import Callable

import pytest
import redis
from django.utils import timezone

from aibot.models import Run, Trigger
from rooms import markup
from rooms.models import Message
from rooms.rendering import message_frame
from tests.aibot.fake import DemoModel
from tests.aibot.screens import Screen
from tests.aibot.table import Table, being_written, person, until, write

Tables = Callable[..., Table]
Screens = Callable[[str, Table], Screen]


def test_a_question_gets_one_request_and_one_answer(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    asked = timezone.now()
    run = room.asks("Jonas", "@assistant when do we meet?")
    assert (room.answer().status, room.answer().body) == ("drafting", "")
    model.script({"chunks": ["On ", "**Monday**", " at ten."], "usage": {"prompt_tokens": 91, "completion_tokens": 7}})
    write(run)
    answer = room.answer()
    assert (answer.status, answer.body, answer.note) == ("complete", "On **Monday** at ten.", "")
    assert answer.html == markup.render(answer.body)
    assert "<strong>Monday</strong>" in answer.html
    assert (answer.renderer, answer.attempt, answer.reply_to) == (markup.RENDERER, 1, run.triggers.get().message)
    assert (run.status, run.attempt, run.error) == ("done", 1, "")
    assert (run.prompt_tokens, run.output_tokens, run.model) == (91, 7, "demo")
    assert asked < run.created_at <= run.first_word_at <= run.finished_at
    assert Trigger.objects.get().status == "answered"
    [request] = model.requests()
    assert (request["path"], request["outcome"], request["headers"]["x-stainless-retry-count"]) == (
        "/v1/chat/completions",
        "ok",
        "0",
    )


def test_a_silent_room_makes_no_request(table: Tables, model: DemoModel, broker: redis.Redis) -> None:
    room = table("Mira", "Jonas")
    room.says("Mira", "Good morning")
    assert (model.requests(), broker.llen("work:celery")) == ([], 0)


def test_everybody_sees_it_grow_block_by_block(table: Tables, model: DemoModel, screen: Screens) -> None:
    room = table("Mira", "Jonas")
    screens = [screen("Mira", room), screen("Jonas", room)]
    run = room.asks("Jonas")
    model.script({"chunks": ["First.\n\n", "Sec", {"wait": "a"}, "ond **bo", {"wait": "b"}, "ld** one."]})
    with being_written(run):
        for one in screens:
            one.until_blocks(run.message_id, ["First.", "Sec"])
        model.release("a")
        for one in screens:
            one.until_blocks(run.message_id, ["First.", "Second <strong>bo</strong>"])
        model.release("b")
        for one in screens:
            one.until_status(run.message_id, "complete")
    assert [frame["from"] for frame in screens[0].frames_for(run.message_id)][-1] == 1
    assert screens[0].draft(run.message_id).writes[0] <= 2
    final = message_frame(Message.objects.for_display().get(pk=run.message_id))
    assert room.answer().html in final["html"]
    for one in screens:
        assert one.articles[str(run.message_id)] == final


def test_what_anybody_has_seen_is_in_the_database(table: Tables, model: DemoModel, screen: Screens) -> None:
    room = table("Mira", "Jonas")
    jonas, run = screen("Jonas", room), room.asks("Jonas")
    model.script({"chunks": ["Half an ans", {"wait": "more"}, "wer."]})
    with being_written(run):
        jonas.until(lambda: jonas.draft(run.message_id).blocks)
        answer = room.answer()
        assert (answer.body, answer.status) == ("Half an ans", "drafting")
        assert answer.html == f'<div class="draft-block">{markup.blocks(answer.body)[0]}</div>'
        assert Run.objects.get().status == "streaming"
        model.release("more")


def test_whoever_comes_late_sees_it_from_its_first_block_and_goes_on(
    table: Tables, model: DemoModel, screen: Screens
) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Jonas")
    model.script({"chunks": ["One.\n\nTwo.\n\nThr", {"wait": "more"}, "ee.\n\nFour."]})
    with being_written(run):
        until(lambda: room.answer().body.endswith("Thr"), what="the first words")
        mira = screen("Mira", room)
        mira.until(lambda: mira.frames_for(run.message_id))
        [first] = mira.frames_for(run.message_id)
        assert (first["from"], first["blocks"]) == (0, markup.blocks("One.\n\nTwo.\n\nThr"))
        model.release("more")
        mira.until_status(run.message_id, "complete")
    assert room.answer().html in mira.articles[str(run.message_id)]["html"]
    assert all(frame["from"] >= 2 for frame in mira.frames_for(run.message_id)[1:])


def test_tags_become_handles_and_only_the_asker_is_notified(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas", "Dana")
    run = room.asks("Jonas")
    model.script({"chunks": ["@u2: ask @u", "1 or @dana, not @u77 or me@u1.example."]})
    write(run)
    answer = room.answer()
    assert answer.body == "@jonas: ask @mira or @dana, not @u77 or me@u1.example."
    assert list(answer.mentions.all()) == [person("Jonas")]
    assert answer.html.count('class="mention"') == 3


def test_a_tag_is_shown_only_when_it_is_whole(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Jonas")
    model.script({"chunks": ["Ask @u", {"wait": "a"}, "1 today, see [#m", {"wait": "b"}, "2]."]})
    with being_written(run):
        until(lambda: room.answer().body == "Ask ", what="the words before the tag")
        model.release("a")
        until(lambda: room.answer().body == "Ask @mira today, see ", what="the words before the reference")
        model.release("b")
    assert room.answer().body == "Ask @mira today, see [#m2]."


def test_a_header_that_the_model_imitates_is_never_shown(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Jonas")
    model.script(
        {"chunks": ["#m", '9 u3 "Assistant"', " 14:0", {"wait": "a"}, "5\n", "Good", {"wait": "b"}, " morning."]}
    )
    with being_written(run):
        model.until_waiting_at("a")
        until(lambda: Run.objects.get().status == "streaming", what="the first words")
        assert room.answer().body == ""
        model.release("a")
        until(lambda: room.answer().body, what="the words after the header")
        assert room.answer().body == "Good"
        model.release("b")
    assert room.answer().body == "Good morning."


@pytest.mark.parametrize("text", ["#m4 says Monday.\n\nSo Monday.", "#media\nis a word", "#m4\n\nis where it stands"])
def test_an_answer_that_begins_with_a_reference_keeps_it(table: Tables, model: DemoModel, text: str) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Jonas")
    model.script(text)
    write(run)
    assert room.answer().body == text


def test_a_header_and_nothing_else_is_no_answer(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Jonas")
    model.script('#m9 u3 "Assistant" 14:05\n')
    write(run)
    assert (room.answer().status, run.status, run.error) == ("failed", "failed", "empty")


def test_what_it_writes_is_as_harmless_as_what_anybody_writes(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Jonas")
    model.script({"chunks": ["<script>alert(1)</script> <img src=x", " onerror=alert(1)> [x](javascript:alert(1))"]})
    write(run)
    assert "<script" not in room.answer().html
    assert "<img" not in room.answer().html
    assert "href" not in room.answer().html


def test_two_rooms_at_once_do_not_mix(table: Tables, model: DemoModel) -> None:
    first, second = table("Mira", "Jonas"), table("Mira", "Jonas", room="Cellar")
    runs = [first.asks("Mira", "@assistant tea?"), second.asks("Jonas", "@assistant coffee?")]
    model.script({"match": "tea?", "chunks": ["Gre", {"wait": "tea"}, "en."]})
    model.script({"match": "coffee?", "chunks": ["Bla", {"wait": "coffee"}, "ck."]})
    with being_written(runs[0]), being_written(runs[1]):
        model.until_waiting_at("tea")
        model.until_waiting_at("coffee")
        until(lambda: (first.answer().body, second.answer().body) == ("Gre", "Bla"), what="both halves")
        model.release("tea")
        model.release("coffee")
    assert [(one.answer().body, one.answer().status) for one in (first, second)] == [
        ("Green.", "complete"),
        ("Black.", "complete"),
    ]


def test_the_bell_carries_the_runs_number_and_not_a_word_of_the_room(table: Tables, broker: redis.Redis) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira", "@assistant kingfisher?")
    [bell] = broker.lrange("work:celery", 0, -1)
    assert str(run.pk).encode() in bell
    assert b"kingfisher" not in bell
