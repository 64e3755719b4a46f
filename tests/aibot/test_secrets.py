"""What the assistant reads and the key that it pays with stay where they belong."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import redis
from django.db import connection

from aibot import prompt
from aibot.actions import retry_answer
from aibot.mending import mend
from aibot.models import Run
from tests.aibot.conftest import KEY
from tests.aibot.fake import DemoModel
from tests.aibot.table import Table, person, write

CANARY = "kingfisher-4711"
Tables = Callable[..., Table]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """At the level of an administrator who looks for a fault."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_neither_words_nor_key_are_logged_whatever_happens(
    table: Tables, model: DemoModel, everything_logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = table("Mira", "Jonas", room=f"Cellar {CANARY}")
    connection.force_debug_cursor = False
    steps = [
        {"text": f"You said {CANARY}."},
        {"status": 401, "message": f"Wrong key {KEY} for {CANARY}"},
        {"status": 400, "message": f"Bad question {CANARY}"},
        {"chunks": [CANARY, {"drop": True}]},
        {"chunks": [CANARY, {"error": {"message": f"{CANARY} {KEY}"}}]},
    ]
    for step in steps:
        model.script(step)
        write(room.asks("Mira", f"@assistant {CANARY}?"))
    retry_answer(message=room.answers()[-1])
    mend()
    monkeypatch.setattr(prompt, "RULES", "{what}")
    write(room.active_run)
    assert "KeyError" in everything_logged.text
    assert CANARY not in everything_logged.text
    assert KEY not in everything_logged.text


def test_nothing_in_the_broker_holds_words_or_key(table: Tables, model: DemoModel, broker: redis.Redis) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira", f"@assistant {CANARY}?")
    model.script({"chunks": [CANARY, " and more"]})
    write(run)
    room.asks("Jonas", f"@assistant {CANARY}?")
    mend()
    kept = []
    for key in broker.scan_iter():
        kept.append(key)
        kind = broker.type(key)
        kept += broker.lrange(key, 0, -1) if kind == b"list" else []
        kept += [broker.get(key)] if kind == b"string" else []
        kept += broker.hvals(key) if kind == b"hash" else []
    bells = [json.loads(item) for item in kept if item.startswith(b"{")]
    assert {bell["headers"]["task"] for bell in bells} == {"aibot.tasks.answer"}
    assert {bell["headers"]["argsrepr"] for bell in bells} == {f"['{one.pk}']" for one in Run.objects.all()}
    assert CANARY.encode() not in b"".join(kept)
    assert KEY.encode() not in b"".join(kept)


def test_the_database_holds_no_word_of_question_or_answer(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    run = room.asks("Mira", f"@assistant {CANARY}?")
    model.script(f"You said {CANARY}.")
    write(run)
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT string_agg(row::text, chr(10)) FROM "{name}" AS row')
            text = cursor.fetchone()[0] or ""
            assert CANARY not in text, name
            assert CANARY.encode().hex() not in text, name


def test_the_provider_knows_each_person_by_a_name_that_says_nothing(table: Tables, model: DemoModel) -> None:
    room = table("Mira", "Jonas")
    for name in ("Mira", "Jonas", "Mira"):
        model.script("Yes.")
        write(room.asks(name))
    mira, jonas, again = (request["body"]["safety_identifier"] for request in model.requests())
    assert mira == again != jonas
    assert person("Mira").pk.hex not in mira
    assert len(mira) == 32
