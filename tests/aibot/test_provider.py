"""What the real client makes of a server's faults, in words for people and codes for records."""

import asyncio
import socket
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from aibot import provider
from aibot.provider import Completion, ProviderError
from tests.aibot.conftest import KEY
from tests.aibot.fake import DemoModel

ASKED = [{"role": "user", "content": "when?"}]


def listen(completion: Completion) -> str:
    async def read() -> str:
        return "".join([piece async for piece in completion.pieces()])

    return asyncio.run(read())


def completion(model: str = "demo") -> Completion:
    return Completion(model, ASKED, "0" * 32)


def fault(step: Any, model: DemoModel) -> ProviderError:
    model.script(step)
    with pytest.raises(ProviderError) as raised:
        listen(completion())
    return raised.value


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One try, so that the error is the first one."""
    monkeypatch.setattr(provider, "TRIES", 1)


@pytest.mark.parametrize(
    ("step", "code", "wait"),
    [
        ({"status": 400}, "status_400", None),
        ({"status": 401}, "refused_key", None),
        ({"status": 403}, "refused_key", None),
        ({"status": 404}, "status_404", None),
        ({"status": 408}, "server_error", 0.0),
        ({"status": 409}, "server_error", 0.0),
        ({"status": 413}, "status_413", None),
        ({"status": 422}, "status_422", None),
        ({"status": 429}, "overloaded", 0.0),
        ({"status": 429, "retry_after": 7}, "overloaded", 7.0),
        ({"status": 429, "retry_after": 1.5}, "overloaded", 1.5),
        ({"status": 429, "code": "insufficient_quota", "retry_after": 7}, "no_credit", None),
        ({"status": 500}, "server_error", 0.0),
        ({"status": 503, "retry_after": 2}, "server_error", 2.0),
        ({"chunks": [{"drop": True}]}, "connection", 0),
        ({"chunks": ["Half", {"drop": True}]}, "connection", 0),
        ({"chunks": [{"stall": True}]}, "timeout", 0),
        ({"chunks": ["Half", {"stall": True}]}, "timeout", 0),
        ({"chunks": [{"error": {"message": "no"}}]}, "broken", None),
        ({"chunks": ["Half"], "finish": None}, "quiet_end", None),
    ],
)
def test_each_fault_has_its_code_and_a_sentence(
    model: DemoModel, impatient: None, once: None, step: Any, code: str, wait: float | None
) -> None:
    error = fault(step, model)
    assert (error.code, error.wait) == (code, wait)
    assert str(error)[0].isupper()
    assert str(error).endswith(".")
    assert len(str(error)) <= 120
    assert len(error.code) <= 40


def test_what_the_server_says_about_the_fault_is_not_repeated(model: DemoModel, once: None) -> None:
    assert "kingfisher" not in str(fault({"status": 400, "message": f"kingfisher {KEY}"}, model))


def test_nobody_there_is_a_fault_of_the_connection(model: DemoModel, once: None, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{port}/v1"
    with pytest.raises(ProviderError) as raised:
        listen(completion())
    assert (raised.value.code, raised.value.wait) == ("connection", 0)


def test_a_server_that_speaks_no_json_is_a_fault_too(model: DemoModel, once: None, settings: Settings) -> None:
    settings.OPENAI_BASE_URL = f"{model.root}/nothing/here"
    with pytest.raises(ProviderError) as raised:
        listen(completion())
    assert raised.value.code == "status_404"


def test_words_usage_and_reason_arrive(model: DemoModel) -> None:
    model.script({"chunks": ["On ", "Monday."], "usage": {"prompt_tokens": 9, "completion_tokens": 3}})
    asked = completion()
    assert listen(asked) == "On Monday."
    assert (asked.usage.prompt_tokens, asked.usage.output_tokens, asked.usage.finish_reason) == (9, 3, "stop")


def test_the_request_is_made_as_it_should_be(model: DemoModel, settings: Settings) -> None:
    settings.AI_MAX_OUTPUT = 77
    model.script("Yes.")
    listen(completion(model="gpt-6-luna"))
    [request] = model.requests()
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert request["body"] == {
        "model": "gpt-6-luna",
        "messages": ASKED,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 77,
        "store": False,
        "safety_identifier": "0" * 32,
    }


def test_a_wait_that_the_server_asks_for_is_kept_but_not_for_ever(
    model: DemoModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "LONGEST_WAIT", 0.2)
    model.script({"status": 429, "retry_after": 3600}, "At last.")
    assert listen(completion()) == "At last."
    first, second = model.requests()
    assert 0.2 <= second["received"] - first["received"] < 5


def test_after_the_first_word_nothing_is_tried_again(model: DemoModel) -> None:
    model.script({"chunks": ["Half", {"drop": True}]}, "Never asked for.")
    with pytest.raises(ProviderError):
        listen(completion())
    assert len(model.requests()) == 1


def test_whoever_stops_listening_hangs_up(model: DemoModel) -> None:
    model.script({"chunks": ["One", {"wait": "for ever"}]})

    async def first_word() -> str:
        pieces = completion().pieces()
        try:
            return await anext(pieces)
        finally:
            await pieces.aclose()

    assert asyncio.run(first_word()) == "One"
    assert model.until_finished()[0]["outcome"] == "client went away"
