"""Who is meant: every situation has its rule, and every message posted has exactly one decision."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection

from aibot.addressing import Verdict, assistants_in
from aibot.addressing import decide as decide_among
from aibot.models import Assistant, Decision, Run, Trigger
from rooms.actions.messages import finish_message, post_message, start_message
from rooms.models import Message
from tests.aibot.table import Table, erase, person, rule_for

Tables = Callable[..., Table]


def decide(message: Message) -> Verdict:
    return decide_among(message, assistants_in([message.room_id])[message.room_id])


def verdict(table: Table, body: str, *, reply_to: Message | None = None) -> str:
    """What would be decided if Mira said this, without anybody acting on it."""
    return decide(table.says("Mira", body, reply_to=reply_to)).rule


@pytest.fixture
def three(db: None) -> Table:
    return Table("Mira", "Jonas", "Dana")


def answer_of(table: Table) -> Message:
    seat = table.room.memberships.select_related("room", "user").get(user__is_bot=True)
    message = start_message(seat, reply_to=table.says("Jonas", "@assistant hello"), client_id=uuid4())
    finish_message(message, body="Hello.")
    return message


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        pytest.param("@assistant when do we meet?", "Y1", id="mentioned"),
        pytest.param("Could you say that again, @assistant?", "Y1", id="mentioned at the end"),
        pytest.param("@ASSISTANT when?", "Y1", id="mentioned loudly"),
        pytest.param("**@assistant** when?", "Y1", id="mentioned in bold"),
        pytest.param("@assistant @jonas when do we meet?", "Y1", id="mentioned beside somebody else"),
        pytest.param("> see you\n\n@assistant when?", "Y1", id="mentioned below a quotation"),
        pytest.param("@assistant", "Y1", id="nothing but the mention"),
        pytest.param("@assistant thanks, and when do we meet?", "Y1", id="thanks and a question"),
        pytest.param("Write `@assistant` to call it", "N8", id="mentioned in code"),
        pytest.param("```\n@assistant help\n```", "N8", id="mentioned in a block of code"),
        pytest.param("> @assistant when?\n\nI wondered too", "N8", id="mentioned in a quotation"),
        pytest.param("Write to team@assistant.example please", "N8", id="mentioned in an address"),
        pytest.param("See https://example.com/@assistant for more", "N8", id="mentioned in a link"),
        pytest.param("@assistants are great", "N8", id="a longer handle"),
        pytest.param("Assistant, when do we meet?", "Y3", id="called by name"),
        pytest.param("hey assistant: when?", "Y3", id="called by name, in passing"),
        pytest.param("ok Assistant — when?", "Y3", id="called by name and a dash"),
        pytest.param("The assistant is slow today", "N8", id="talked about"),
        pytest.param("Assistant is slow today", "N8", id="talked about at the start"),
        pytest.param("Assistant-led meetings are the best", "N8", id="a compound of its name"),
        pytest.param("> Assistant, when?\n\nwhat he said", "N8", id="called in a quotation"),
        pytest.param("Shall we meet on Monday?", "N8", id="two people and nobody addressed"),
        pytest.param("@jonas shall we meet?", "N6", id="somebody else mentioned"),
        pytest.param("@nobody.here shall we meet?", "N8", id="somebody mentioned who is not here"),
        pytest.param("thanks @assistant!", "N5", id="only thanks"),
        pytest.param("@assistant ok", "N5", id="only ok"),
        pytest.param("@assistant Thank you so much!", "N5", id="only many thanks"),
        pytest.param("@assistant 👍", "N5", id="only an emoji"),
        pytest.param("@assistant ???", "Y1", id="only question marks"),
    ],
)
def test_in_a_room_of_three_it_is_settled_by_rule(three: Table, body: str, rule: str) -> None:
    assert verdict(three, body) == rule


def test_a_reply_to_the_assistant_is_for_the_assistant(three: Table) -> None:
    assert verdict(three, "and on Tuesday?", reply_to=answer_of(three)) == "Y2"


def test_thanks_in_reply_to_the_assistant_need_no_answer(three: Table) -> None:
    assert verdict(three, "perfect, thanks", reply_to=answer_of(three)) == "N5"


def test_a_reply_to_somebody_else_is_for_them(three: Table) -> None:
    assert verdict(three, "and on Tuesday?", reply_to=three.says("Jonas", "Not on Monday")) == "N7"


def test_a_mention_counts_in_a_reply_to_somebody_else_too(three: Table) -> None:
    assert verdict(three, "@assistant is he right?", reply_to=three.says("Jonas", "Not on Monday")) == "Y1"


def test_alone_with_one_person_it_answers_everything_but_thanks(db: None) -> None:
    alone = Table("Mira")
    assert verdict(alone, "when do we meet?") == "Y4"
    assert verdict(alone, "thx") == "N5"


def test_whoever_has_left_is_not_counted(db: None) -> None:
    alone = Table("Mira", "Jonas")
    assert verdict(alone, "when do we meet?") == "N8"
    alone.room.memberships.filter(user=person("Jonas")).update(left_at="2026-11-20T12:00Z")
    assert verdict(alone, "when do we meet?") == "Y4"


def test_without_an_assistant_in_the_room_nobody_is_asked(db: None) -> None:
    assert verdict(Table("Mira", "Jonas", assistant=False), "@assistant when?") == "N3"


def test_an_assistant_of_another_room_is_not_asked(three: Table) -> None:
    assert verdict(Table("Mira", "Jonas", room="Cellar", assistant=False), "@assistant when?") == "N3"


def test_events_bots_and_deleted_messages_ask_nothing(three: Table) -> None:
    gone = three.says("Mira", "@assistant when?")
    erase(gone)
    event = three.room.messages.filter(kind=Message.Kind.EVENT).first()
    assert [decide(one).rule for one in (gone, event, answer_of(three))] == ["N1", "N1", "N1"]


def test_of_several_assistants_the_one_called_is_meant(three: Table) -> None:
    spark = person("Spark")
    spark.is_bot = True
    spark.save()
    other = Assistant.objects.create(user=spark)
    three.room.memberships.create(user=spark, seat=three.room.next_seat())
    assert decide(three.says("Mira", "@spark when?")).assistant == other
    assert decide(three.says("Mira", "Assistant, when?")).assistant == Assistant.default()


def test_every_message_posted_has_one_decision_with_its_rule(table: Tables) -> None:
    room = table("Mira", "Jonas")
    asked, said = room.says("Mira", "@assistant when?"), room.says("Jonas", "On Monday")
    assert [(one.message, one.action, one.rule) for one in Decision.objects.order_by("message__seq")] == [
        (asked, "reply", "Y1"),
        (said, "silent", "N8"),
    ]


def test_a_message_sent_twice_is_decided_and_asked_once(table: Tables) -> None:
    room, key = table("Mira", "Jonas"), uuid4()
    for _ in range(2):
        post_message(room.seat("Mira"), body="@assistant when?", client_id=key)
    assert (Decision.objects.count(), Trigger.objects.count(), Run.objects.count()) == (1, 1, 1)


def test_only_a_verdict_to_reply_makes_a_run(table: Tables, broker: object) -> None:
    room = table("Mira", "Jonas")
    silent = [room.says("Mira", body) for body in ("Good morning", "@jonas hello", "thanks @assistant")]
    assert [rule_for(one) for one in silent] == ["N8", "N6", "N5"]
    assert not Run.objects.exists()
    assert room.answers() == []


def test_deciding_asks_the_database_a_fixed_number_of_times(three: Table) -> None:
    few = _queries(three.says("Mira", "when?"))
    for i in range(10):
        three.room.memberships.create(user=person(f"Guest {i}"), seat=three.room.next_seat())
    assert _queries(three.says("Mira", "when?")) == few


def _queries(message: Message) -> int:
    connection.force_debug_cursor = True
    try:
        before = len(connection.queries)
        decide(Message.objects.select_related("author", "room", "reply_to").get(pk=message.pk))
        return len(connection.queries) - before
    finally:
        connection.force_debug_cursor = False
