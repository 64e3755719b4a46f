"""How much one person may ask, and what the room sees of a question that is not taken."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from aibot.mending import mend
from aibot.models import Decision, Run, Trigger
from chatsite.lib import memory, ratelimit
from chatsite.lib.ratelimit import LIMITS, Limit
from rooms.models import Message
from tests.aibot.fake import DemoModel
from tests.aibot.table import Table, person, rule_for, write
from tests.people import browser

Tables = Callable[..., Table]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "ask", Limit(2, 1200))


@pytest.fixture
def uncounted(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    memory.redis.cache_clear(), ratelimit._buckets.cache_clear()
    yield
    memory.redis.cache_clear(), ratelimit._buckets.cache_clear()


def note_of(message: Message) -> str:
    message.refresh_from_db()
    return message.note


def was_turned_away(message: Message) -> bool:
    return Decision.objects.get(message=message).action == "silent" and not Trigger.objects.filter(message=message)


def test_who_asks_a_lot_at_once_is_told_when_the_assistant_answers_again(table: Tables, few: None) -> None:
    room = table("Mira", "Jonas")
    taken = [room.says("Mira", "@assistant when?") for _ in range(2)]
    refused = room.says("Mira", "@assistant and where?")
    assert [rule_for(message) for message in taken] == ["Y1", "Y1"]
    assert rule_for(refused) == "Q1"
    assert was_turned_away(refused)
    assert note_of(refused) == "Too many questions at once. The assistant takes the next one in 10 min."
    assert rule_for(room.says("Jonas", "@assistant who?")) == "Y1"
    assert rule_for(room.says("Mira", "Never mind.")) == "N8"


def test_the_note_is_seen_at_once_and_after_a_reload(table: Tables, few: None) -> None:
    room = table("Mira", "Jonas")
    *_, refused = [room.says("Mira", "@assistant when?") for _ in range(3)]
    refused.refresh_from_db()
    newest = max(room.room.messages.values_list("revision", flat=True))
    assert refused.revision == newest
    assert "Too many questions at once." in browser(person("Jonas")).get(f"/rooms/{room.room.slug}/").content.decode()


def test_the_limit_holds_in_all_rooms_together(table: Tables, few: None) -> None:
    harbour, lighthouse = table("Mira", "Jonas"), table("Mira", "Jonas", room="Lighthouse")
    rules = [rule_for(room.says("Mira", "@assistant when?")) for room in (harbour, lighthouse, harbour)]
    assert rules == ["Y1", "Y1", "Q1"]


def test_what_nobody_can_count_is_not_asked(table: Tables, uncounted: None) -> None:
    room = table("Mira", "Jonas")
    refused = room.says("Mira", "@assistant when?")
    assert rule_for(refused) == "Q3"
    assert was_turned_away(refused)
    assert note_of(refused) == "The assistant cannot take questions right now. Ask again in a moment."
    assert rule_for(room.says("Mira", "Then not.")) == "N8"


def test_a_question_that_was_turned_away_is_not_taken_up_later(table: Tables, few: None) -> None:
    room = table("Mira", "Jonas")
    *_, refused = [room.says("Mira", "@assistant when?") for _ in range(3)]
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    mend()
    assert Run.objects.count() == 1
    assert was_turned_away(refused)


def test_trying_again_is_asking_again(table: Tables, few: None, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira")
    model.script({"status": 401})
    write(run)
    client, address = browser(person("Mira")), f"/messages/{run.message_id}/retry/"
    assert client.post(address).status_code == 204
    refused = client.post(address)
    assert (refused.status_code, refused["Retry-After"]) == (429, "600")
    assert refused.content.decode() == "That was a lot at once. It goes on in 10 min."
    page = client.post(address, headers={"accept": "text/html"})
    assert (page.status_code, page["Retry-After"]) == (429, "600")


def test_nobody_tries_again_uncounted(table: Tables, model: DemoModel, request: pytest.FixtureRequest) -> None:
    run = table("Mira", "Jonas").asks("Mira")
    model.script({"status": 401})
    write(run)
    request.getfixturevalue("uncounted")
    refused = browser(person("Mira")).post(f"/messages/{run.message_id}/retry/")
    assert (refused.status_code, refused.content.decode()) == (
        409, "The assistant cannot take questions right now. Ask again in a moment."
    )  # fmt: skip
