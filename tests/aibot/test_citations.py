"""What an answer cites: only messages that were really read, as links that lead to them."""

from collections.abc import Callable

from aibot.actions import stop_answer
from aibot.models import Run
from tests.aibot.fake import DemoModel
from tests.aibot.screens import Screen
from tests.aibot.table import Table, being_written, erase, until, write

Tables = Callable[..., Table]


def link(table: Table, seq: int) -> str:
    return f'href="/rooms/{table.room.slug}/{seq}"'


def test_a_message_that_was_read_is_cited_by_a_link_to_it(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    said = room.says("Jonas", "On Monday")
    run = room.asks("Mira")
    model.script(f"Monday, says Jonas [#m{said.seq}].")
    write(run)
    assert room.answer().body == f"Monday, says Jonas [#m{said.seq}]."
    assert link(room, said.seq) in room.answer().html
    assert "\N{FIRST STRONG ISOLATE}Jonas\N{POP DIRECTIONAL ISOLATE}, " in room.answer().html


def test_what_was_never_read_cannot_be_cited(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    gone = room.says("Jonas", "On Monday")
    erase(gone)
    run = room.asks("Mira")
    later = room.says("Jonas", "too late")
    model.script(f"[#m{gone.seq}] [#m{later.seq}] [#m{run.message.seq}] [#m4711] are invented.")
    write(run)
    assert "href" not in room.answer().html
    assert "are invented" in room.answer().html


def test_a_message_deleted_while_the_answer_was_written_is_not_linked(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    said = room.says("Jonas", "On Monday")
    run = room.asks("Mira")
    model.script({"chunks": ["Monday ", {"wait": "deleted"}, f"[#m{said.seq}]."]})
    with being_written(run):
        model.until_waiting_at("deleted")
        erase(said)
        model.release("deleted")
    assert "href" not in room.answer().html


def test_half_an_answer_links_what_it_cites_already_and_keeps_it_when_stopped(
    table: Tables, model: DemoModel, screen: Callable[[str, Table], Screen], watchful: None
) -> None:
    room = table("Mira", "Jonas")
    said = room.says("Jonas", "On Monday")
    jonas, run = screen("Jonas", room), room.asks("Mira")
    model.script({"chunks": [f"Monday [#m{said.seq}].\n\nAnd ", {"wait": "for ever"}]})
    with being_written(run):
        jonas.until(lambda: link(room, said.seq) in "".join(jonas.draft(run.message_id).blocks))
        until(lambda: Run.objects.get().status == "streaming", what="the first words")
        stop_answer(room.seat("Mira"), message=run.message)
        html = jonas.until_status(run.message_id, "stopped")["html"]
    assert link(room, said.seq) in html
    assert link(room, said.seq) in room.answer().html
