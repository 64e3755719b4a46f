"""With a real worker: called by a bell, killed in mid-answer, followed by another; and silent about what it read."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from aibot.actions import retry_answer, stop_answer
from aibot.mending import mend
from aibot.models import Run
from rooms.models import Message
from rooms.rendering import message_frame
from tests.aibot.conftest import KEY
from tests.aibot.fake import DemoModel
from tests.aibot.screens import Screen
from tests.aibot.table import Table, until
from tests.aibot.worker import Worker

CANARY = "kingfisher-4711"
Tables = Callable[..., Table]
Screens = Callable[[str, Table], Screen]


@pytest.fixture(scope="module")
def workers(django_db_setup: None, model_process: DemoModel) -> Iterator[list[Worker]]:
    """Two, both ready: the first is there to be killed."""
    pair = [Worker(model_process.url, KEY, level="debug") for _ in range(2)]
    yield [one.ready() for one in pair]
    for one in pair:
        one.end()


def test_killed_in_mid_answer_it_leaves_its_words_and_another_worker_goes_on(
    workers: list[Worker], table: Tables, model: DemoModel, screen: Screens, broker: redis.Redis
) -> None:
    room = table("Mira", "Jonas")
    mira = screen("Mira", room)
    model.script({"chunks": ["First.\n\n", "Half of", {"wait": "for ever"}]})
    run = room.asks("Mira", f"@assistant {CANARY}?")
    mira.until_blocks(run.message_id, ["First.", "Half of"])
    jonas = screen("Jonas", room)
    jonas.until_blocks(run.message_id, ["First.", "Half of"])

    victim = next(one for one in workers if str(run.pk) in one.output)
    victim.kill()
    assert model.until_finished()[0]["outcome"] == "client went away"
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    mend()
    for one in (mira, jonas):
        one.until_status(run.message_id, "interrupted")
    assert (room.answer().body, room.answer().note) == ("First.\n\nHalf of", "The worker writing this went away.")

    model.script({"chunks": ["Whole", {"wait": "more"}, "."]})
    retry_answer(message=room.answer())
    for one in (mira, jonas):
        one.until_blocks(run.message_id, ["Whole"])
    model.release("more")
    for one in (mira, jonas):
        one.until_status(run.message_id, "complete")
        final = message_frame(Message.objects.for_display().get(pk=run.message_id))
        assert one.articles[str(run.message_id)] == final
    assert room.answer().html in final["html"]
    assert (room.answer().body, Run.objects.get().status, len(model.requests())) == ("Whole.", "done", 2)


def test_whoever_comes_late_sees_all_of_it_and_its_end(
    workers: list[Worker], table: Tables, model: DemoModel, screen: Screens
) -> None:
    room = table("Mira", "Jonas")
    model.script({"chunks": ["One.\n\nTwo.\n\nThr", {"wait": "more"}, "ee.\n\nFour."]})
    run = room.asks("Mira")
    until(lambda: room.answer().body.endswith("Thr"), what="the first words")
    late = screen("Jonas", room)
    late.until_blocks(run.message_id, ["One.", "Two.", "Thr"])
    assert late.frames_for(run.message_id)[0]["from"] == 0
    model.release("more")
    html = late.until_status(run.message_id, "complete")["html"]
    assert room.answer().html in html


def test_a_stop_from_another_process_reaches_the_worker(workers: list[Worker], table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    model.script({"chunks": ["Half", {"wait": "for ever"}]})
    run = room.asks("Mira")
    until(lambda: room.answer().body == "Half", what="the first word")
    stop_answer(room.seat("Mira"), message=run.message)
    assert model.until_finished()[0]["outcome"] == "client went away"
    assert (room.answer().status, room.answer().body) == ("stopped", "Half")


def test_no_log_of_a_worker_holds_a_word_of_the_room_or_the_key(
    workers: list[Worker], table: Tables, model: DemoModel
) -> None:
    room = table("Mira", "Jonas", room=f"Cellar {CANARY}")
    model.script({"text": f"You said {CANARY}."}, {"status": 401, "message": f"Wrong key {KEY} for {CANARY}."})
    first = room.asks("Mira", f"@assistant {CANARY}?")
    until(lambda: Run.objects.get(pk=first.pk).status == "done", what="the answer")
    second = room.asks("Mira", f"@assistant {CANARY}?")
    until(lambda: Run.objects.get(pk=second.pk).status == "failed", what="the failure")
    logs = "\n".join(one.output for one in workers)
    assert str(second.pk) in logs
    assert CANARY not in logs
    assert KEY not in logs
