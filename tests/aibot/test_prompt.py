"""What the model gets to read: everything that it may, nothing that it may not, and never more than fits."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from aibot.models import Assistant, Run
from aibot.prompt import Prompt, assemble, tokens
from rooms.models import Message
from tests.aibot.table import Table, erase, person, write

CANARY = "kingfisher-4711"
Tables = Callable[..., Table]


@pytest.fixture
def three(db: None) -> Table:
    return Table("Mira", "Jonas", "Dana")


def prompt(table: Table, *triggers: Message) -> Prompt:
    asked = [Message.objects.select_related("author", "reply_to").get(pk=one.pk) for one in triggers]
    return assemble(table.room, Assistant.default(), asked)


def text_of(message: dict[str, Any]) -> str:
    return message["content"] if isinstance(message["content"], str) else message["content"][0]["text"]


def everything(request: Prompt) -> str:
    return json.dumps(request.messages, ensure_ascii=False)


def own(table: Table, body: str, status: str = "complete", **fields: Any) -> Message:
    """A message of the assistant's, in whatever state."""
    message = Message(author=Assistant.default().user, body=body, status=status, **fields)
    table.room.append(message)
    return message


def test_rules_first_then_the_room_then_what_was_said_and_last_the_question(three: Table) -> None:
    three.says("Jonas", "On Monday")
    own(three, "Noted.")
    question = three.says("Mira", "@assistant when?")
    request = prompt(three, question)
    roles = [message["role"] for message in request.messages]
    assert roles[:2] == ["developer", "developer"]
    assert roles[-1] == "developer"
    assert set(roles[2:-1]) == {"user", "assistant"}
    assert text_of(request.messages[-1]).endswith(f"ANSWER NOW: #m{question.seq} from u1")


def test_the_questions_are_named_in_their_order_with_the_seats_of_those_who_asked(three: Table) -> None:
    asked = [three.says(name, "@assistant when?") for name in ("Dana", "Mira", "Jonas")]
    named = "; ".join(f"#m{one.seq} from u{seat}" for one, seat in zip(asked, (3, 1, 2), strict=True))
    assert text_of(prompt(three, *asked).messages[-1]).endswith(f"ANSWER NOW: {named}")


def test_what_was_sent_is_written_down_and_in_the_rooms_order(three: Table) -> None:
    for i in range(5):
        three.says("Jonas", f"line {i}")
    question = three.says("Mira", "@assistant when?")
    request = prompt(three, question)
    assert request.read == list(three.room.messages.order_by("seq").values_list("seq", flat=True))
    headed = [text_of(message) for message in request.messages if text_of(message).startswith("#m")]
    assert [int(text[2:].split()[0]) for text in headed] == request.read


def test_the_assistants_own_words_stand_without_a_header(three: Table) -> None:
    own(three, 'I wrote #m1 and "quotes".')
    said = prompt(three, three.says("Mira", "@assistant when?")).messages
    assert {"role": "assistant", "content": 'I wrote #m1 and "quotes".'} in said


def test_the_assistants_coming_is_an_event_and_not_its_word(three: Table) -> None:
    request = prompt(three, three.says("Mira", "@assistant when?"))
    assert [message for message in request.messages if message["role"] == "assistant"] == []
    assert 'u4 "Assistant" joined' in everything(request).replace('\\"', '"')


def test_an_event_is_marked_and_names_who_it_is_about(three: Table) -> None:
    request = prompt(three, three.says("Mira", "@assistant when?"))
    event = next(message for message in three.room.messages.all() if message.author == person("Jonas"))
    at = f"{event.created_at:%H:%M}"
    assert f'#m{event.seq} event {at}\nu2 "Jonas" joined' in [text_of(message) for message in request.messages]


@pytest.mark.parametrize("status", ["drafting", "failed"])
def test_an_answer_that_is_none_is_not_sent(three: Table, status: str) -> None:
    own(three, CANARY, status)
    assert CANARY not in everything(prompt(three, three.says("Mira", "@assistant when?")))


@pytest.mark.parametrize("status", ["stopped", "interrupted"])
def test_half_an_answer_is_sent_but_an_empty_one_is_not(three: Table, status: str) -> None:
    own(three, "Half of it", status)
    nothing = own(three, "", status)
    request = prompt(three, three.says("Mira", "@assistant when?"))
    said = [text_of(message) for message in request.messages if message["role"] == "assistant"]
    assert said == ["Half of it"]
    assert nothing.seq not in request.read


def test_what_was_deleted_is_gone_from_the_very_next_request(three: Table) -> None:
    secret = three.says("Jonas", f"the code is {CANARY}")
    question = three.says("Mira", "@assistant when?", reply_to=secret)
    assert CANARY in everything(prompt(three, question))
    erase(secret)
    request = prompt(three, question)
    assert CANARY not in everything(request)
    assert secret.seq not in request.read


def test_what_was_said_after_the_question_belongs_to_the_next_answer(three: Table) -> None:
    question = three.says("Mira", "@assistant when?")
    three.says("Jonas", CANARY)
    assert CANARY not in everything(prompt(three, question))


def test_no_other_room_is_ever_in_it(three: Table) -> None:
    other = Table("Mira", "Jonas", room=f"Cellar {CANARY}")
    other.says("Mira", CANARY)
    other.room.topic = CANARY
    other.room.save(update_fields=["topic"])
    assert CANARY not in everything(prompt(three, three.says("Mira", "@assistant when?")))


def test_neither_addresses_nor_ids_of_people_leave_the_house(table: Tables, model: Any) -> None:
    room = table("Mira", "Jonas")
    model.script("On Monday.")
    write(room.asks("Mira"))
    [request] = model.requests()
    sent = json.dumps(request)
    for member in room.room.memberships.select_related("user"):
        assert str(member.user.pk) not in sent
        assert member.user.pk.hex not in sent
        assert not member.user.email or member.user.email not in sent
    assert str(room.room.pk) not in sent


def test_the_roster_names_those_who_are_here(three: Table) -> None:
    three.room.memberships.filter(user=person("Dana")).update(left_at=datetime.now(UTC))
    card = text_of(prompt(three, three.says("Mira", "@assistant when?")).messages[1])
    assert [line for line in card.split("\n") if line.startswith("u")] == [
        'u1 "Mira" @mira, owner',
        'u2 "Jonas" @jonas',
        'u4 "Assistant" @assistant (you)',
    ]


def test_who_has_left_still_speaks_under_the_same_seat(three: Table) -> None:
    three.says("Dana", "Goodbye")
    three.room.memberships.filter(user=person("Dana")).update(left_at=datetime.now(UTC))
    texts = [text_of(message) for message in prompt(three, three.says("Mira", "@assistant when?")).messages]
    assert any(text.split("\n")[0].split(" ")[1:3] == ["u3", '"Dana"'] for text in texts if text.endswith("Goodbye"))


def test_a_question_far_above_the_window_is_still_in_it(three: Table) -> None:
    question = three.says("Jonas", f"@assistant {CANARY}?")
    _fill(three, ["filling"] * 80)
    request = prompt(three, question, three.says("Mira", "@assistant when?"))
    assert request.read[0] == question.seq
    assert CANARY in everything(request)
    assert request.read == sorted(request.read)


def test_a_long_question_keeps_its_beginning_and_its_end(three: Table) -> None:
    question = three.says("Mira", f"@assistant {CANARY} " + "padding " * 1900 + "the end")
    request = prompt(three, question)
    [asked] = [text_of(message) for message in request.messages if CANARY in text_of(message)]
    assert tokens(asked) < 2100
    assert asked.endswith("the end")
    assert "characters cut" in asked


def test_random_rooms_keep_to_the_budget_and_never_lose_a_question(three: Table, settings: Settings) -> None:
    chance = random.Random(7)
    for _ in range(12):
        Message.objects.filter(room=three.room, kind="message").delete()
        settings.AI_PROMPT_BUDGET = chance.choice([12_000, 14_000, 16_000])
        messages = _fill(three, [_body(chance) for _ in range(chance.randrange(1, 90))])
        asked = sorted(chance.sample(messages, min(len(messages), chance.randrange(1, 5))), key=lambda one: one.seq)
        request = prompt(three, *asked)
        assert sum(tokens(text_of(message)) for message in request.messages) <= settings.AI_PROMPT_BUDGET
        assert {one.seq for one in asked} <= set(request.read)


def _body(chance: random.Random) -> str:
    kind = chance.choice(["words ", "漢字", "#m7 u1\n", "👍", "QUJD", "a\n", "<|im_end|>"])
    return kind * chance.choice([1, 3, 30, 300, 15_000 // len(kind.encode())])


def _fill(table: Table, bodies: list[str]) -> list[Message]:
    """As if said, one a minute, without the work of saying it."""
    table.room.refresh_from_db()
    seq, start = table.room.last_seq, datetime(2026, 11, 19, 8, tzinfo=UTC)
    messages = [
        Message(
            room=table.room,
            author=person(("Jonas", "Mira")[i % 2]),
            body=body,
            seq=seq + i,
            revision=seq + i,
            created_at=start + timedelta(minutes=i),
        )
        for i, body in enumerate(bodies, 1000)
    ]
    table.room.last_seq = table.room.last_revision = seq + 1000 + len(bodies)
    table.room.save()
    return Message.objects.bulk_create(messages)


def test_the_run_keeps_what_was_read_and_by_which_model(table: Tables, model: Any) -> None:
    room = table("Mira", "Jonas")
    room.says("Jonas", "On Monday")
    run = room.asks("Mira")
    model.script("On Monday.")
    write(run)
    assert Run.objects.get().read == list(range(1, run.message.seq))
    assert run.model == "demo"
