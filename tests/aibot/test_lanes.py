"""Several questions at once: one answer at a time in a room, and nobody is forgotten."""

import threading
from collections.abc import Callable

from django.conf import settings

from aibot.actions import seat_assistant, start_next_run, unseat_assistants
from aibot.models import Assistant, Run, Trigger
from rooms.actions.memberships import add_member, remove_member
from rooms.models import Message
from tests.aibot.fake import DemoModel
from tests.aibot.table import Table, being_written, erase, in_background, person, until, write

Tables = Callable[..., Table]


def tail(request: dict[str, object]) -> str:
    return request["body"]["messages"][-1]["content"].split("\n")[-1]  # type: ignore[index]


def write_all(table: Table, model: DemoModel) -> int:
    """All runs, one after the other, until none is left; how many there were."""
    count = 0
    while run := table.active_run:
        model.script("Yes.")
        write(run)
        count += 1
    return count


def test_what_is_asked_meanwhile_is_answered_together_and_in_order(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas", "Dana")
    run = room.asks("Mira", "@assistant one?")
    model.script({"chunks": ["First", {"wait": "asked"}, "."]}, "All of you.")
    with being_written(run):
        model.until_waiting_at("asked")
        later = [room.says(name, f"@assistant {name}?") for name in ("Dana", "Mira", "Jonas")]
        assert [one.trigger.run for one in later] == [None, None, None]
        model.release("asked")
    second = room.run_for(later[0])
    write(second)
    first_request, second_request = model.requests()
    assert tail(first_request) == f"ANSWER NOW: #m{run.triggers.get().message.seq} from u1"
    assert tail(second_request) == "ANSWER NOW: " + "; ".join(
        f"#m{one.seq} from u{seat}" for one, seat in zip(later, (3, 1, 2), strict=True)
    )
    assert room.active_run is None
    assert set(Trigger.objects.values_list("status", flat=True)) == {"answered"}
    assert [one.body for one in room.answers()] == ["First.", "All of you."]
    assert room.answers()[1].reply_to == later[0]


def test_one_answer_takes_no_more_than_four_questions(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    room.asks("Mira")
    for _ in range(6):
        room.says("Jonas", "@assistant and now?")
    assert write_all(room, model) == 3
    assert [tail(request).count("#m") for request in model.requests()] == [1, 4, 2]


def test_a_question_deleted_while_it_waits_is_not_answered(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    room.asks("Mira")
    gone, kept = room.says("Jonas", "@assistant gone?"), room.says("Jonas", "@assistant kept?")
    erase(gone)
    write_all(room, model)
    assert tail(model.requests()[-1]) == f"ANSWER NOW: #m{kept.seq} from u2"


def test_eight_who_ask_at_the_same_moment_get_one_run_and_no_question_is_lost(table: Tables, model: DemoModel) -> None:
    names = ["Mira", "Jonas", "Dana", "Ines", "Otto", "Pia", "Quin", "Rosa"]
    room, together = table(*names), threading.Barrier(8)

    def ask(name: str) -> None:
        seat = room.seat(name)
        together.wait()
        room.says(seat.user.display_name, f"@assistant {name}?")

    with in_background(*[lambda name=name: ask(name) for name in names]):
        pass
    assert Run.objects.active().count() == 1
    assert (Trigger.objects.count(), Run.objects.count()) == (8, 1)
    runs = write_all(room, model)
    assert runs == len(model.requests()) <= 8
    assert set(Trigger.objects.values_list("status", flat=True)) == {"answered"}
    assert sum(tail(request).count("#m") for request in model.requests()) == 8
    seqs = list(room.room.messages.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))


def test_questions_asked_just_as_an_answer_ends_are_not_lost(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    for _ in range(4):
        run = room.asks("Mira")
        model.script("Yes.")
        with being_written(run), in_background(lambda: room.says("Jonas", "@assistant and now?")):
            pass
        write_all(room, model)
    assert not Trigger.objects.exclude(status="answered").exists()


def test_the_same_task_delivered_twice_writes_one_answer(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script("Once.", "Never asked for.")
    with in_background(*[lambda: write(Run.objects.get(pk=run.pk))] * 3):
        pass
    write(run)
    assert (room.answer().body, len(model.requests()), run.attempt) == ("Once.", 1, 1)


def test_each_room_has_a_lane_of_its_own(table: Tables, model: DemoModel) -> None:
    runs = [table("Mira", "Jonas", room=name).asks("Mira") for name in ("Harbour", "Cellar")]
    assert [run.status for run in runs] == ["queued", "queued"]


def test_a_question_to_one_assistant_waits_for_the_answer_of_another_and_then_gets_its_own(
    table: Tables, model: DemoModel
) -> None:
    room = table("Mira", "Jonas")
    spark = person("Spark")
    spark.is_bot = True
    spark.save()
    Assistant.objects.create(user=spark, model="demo")
    add_member(room.room, user=spark)
    first = room.asks("Mira", "@assistant one?")
    waiting = room.says("Jonas", "@spark two?")
    also = room.says("Jonas", "@assistant three?")
    model.script("One.", "Two.", "Three.")
    write(first)
    write(room.run_for(waiting))
    write(room.run_for(also))
    assert [(one.author.handle, one.body) for one in room.answers()] == [
        ("assistant", "One."),
        ("spark", "Two."),
        ("assistant", "Three."),
    ]


def test_removing_the_assistant_ends_its_answer_and_forgets_what_it_was_still_asked(
    table: Tables, model: DemoModel, watchful: None
) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"chunks": ["Half", {"wait": "for ever"}]})
    with being_written(run):
        until(lambda: room.answer().body == "Half", what="the first word")
        room.says("Jonas", "@assistant and where?")
        unseat_assistants(room.seat("Mira"))
        assert model.until_finished()[0]["outcome"] == "client went away"
    assert (room.answer().status, room.answer().body) == ("stopped", "Half")
    assert room.active_run is None
    assert not Trigger.objects.waiting().exists()
    assert room.room.messages.order_by("seq").last().body == "was removed"
    seat_assistant(room.room)
    assert start_next_run(room.room) is None


def test_a_question_that_waits_for_somebody_who_left_keeps_nobody_from_an_answer(
    table: Tables, model: DemoModel
) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    room.says("Jonas", "@assistant and where?")
    remove_member(room.room.memberships.select_related("room", "user").get(user__is_bot=True), by=room.seat("Mira"))
    model.script("There.")
    write(run)
    assert (run.status, room.active_run) == ("done", None)


def test_answers_never_ask_anything(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script("@assistant what do you think, Assistant? @u3")
    write(run)
    assert (Run.objects.count(), Message.objects.filter(author__is_bot=True, kind="message").count()) == (1, 1)


def test_more_answers_than_database_connections_can_be_written_at_once(table: Tables, model: DemoModel) -> None:
    count = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] + 2
    runs = [table("Mira", "Jonas", room=f"Room {i}").asks("Mira") for i in range(count)]
    model.script(*[{"chunks": ["One", {"wait": "all"}, " two."]}] * count)
    with in_background(*[lambda run=run: write(run) for run in runs]):
        model.until(lambda all_: sum(each["waiting"] == "all" for each in all_) == count, what="all of them")
        model.release("all")
    assert {run.status for run in runs} == {"done"}
