"""The demo model told by a script what to do wrong, and what the real OpenAI client makes of it."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI, Stream
from openai.types.chat import ChatCompletionChunk

from tests.aibot.fake import DemoModel


@pytest.fixture(scope="module")
def process() -> Iterator[DemoModel]:
    with DemoModel() as model:
        yield model


@pytest.fixture
def demo(process: DemoModel) -> DemoModel:
    process.reset()
    return process


@pytest.fixture
def client(demo: DemoModel) -> Iterator[OpenAI]:
    with OpenAI(base_url=demo.url, api_key="demo", max_retries=0, timeout=openai.Timeout(10, read=0.5)) as client:
        yield client


def ask(client: OpenAI, text: str = "Hello", **fields: Any) -> Stream[ChatCompletionChunk]:
    messages: Any = [{"role": "user", "content": text}]
    answer: Stream[ChatCompletionChunk] = client.chat.completions.create(
        model="demo", messages=messages, stream=True, **fields
    )
    return answer


def heard(answer: Stream[ChatCompletionChunk], into: list[str]) -> str | None:
    """Listens to the end, collecting the text as it comes; gives the finish reason."""
    finish = None
    for chunk in answer:
        if chunk.choices:
            into.append(chunk.choices[0].delta.content or "")
            finish = chunk.choices[0].finish_reason or finish
    return finish


def test_steps_are_played_in_order_and_requests_recorded(demo: DemoModel, client: OpenAI) -> None:
    demo.script("One.", {"chunks": ["Tw", "o."], "finish": "length"})
    first: list[str] = []
    second: list[str] = []
    assert heard(ask(client, "first"), first) == "stop"
    assert heard(ask(client, "second"), second) == "length"
    assert ("".join(first), "".join(second)) == ("One.", "Two.")
    records = demo.until_finished(2)
    assert [each["body"]["messages"][0]["content"] for each in records] == ["first", "second"]
    assert [(each["outcome"], each["sent_chunks"]) for each in records] == [("ok", 1), ("ok", 2)]
    assert records[0]["headers"]["authorization"] == "Bearer demo"
    assert records[0]["received"] <= records[0]["first_chunk"] <= records[0]["finished"]
    assert demo.waiting_steps() == []


def test_a_request_without_a_step_is_answered_and_flagged(demo: DemoModel, client: OpenAI) -> None:
    said: list[str] = []
    assert heard(ask(client), said) == "stop"
    assert "Demo model" in "".join(said)
    assert [each["unscripted"] for each in demo.until_finished()] == [True]


def test_a_step_may_choose_its_request(demo: DemoModel, client: OpenAI) -> None:
    demo.script({"match": "tea", "text": "Green."}, {"match": "coffee", "text": "Black."})
    answers: list[str] = []
    heard(ask(client, "coffee?"), answers)
    heard(ask(client, "tea?"), answers)
    assert "".join(answers) == "Black.Green."


def test_a_request_that_fits_no_waiting_step_is_refused(demo: DemoModel, client: OpenAI) -> None:
    demo.script({"match": "tea", "model": "gpt-6", "text": "Green."})
    with pytest.raises(openai.UnprocessableEntityError):
        ask(client, "tea?")
    assert demo.until_finished()[0]["outcome"] == "script mismatch"


def test_a_step_with_an_unknown_word_is_refused(demo: DemoModel) -> None:
    with pytest.raises(OSError, match="400"):
        demo.script({"txt": "a typing error"})
    with pytest.raises(OSError, match="400"):
        demo.script({"chunks": [{"slep": 1}]})


def test_scripted_tool_calls_and_usage_arrive(demo: DemoModel, client: OpenAI) -> None:
    call = {"id": "call_1", "name": "search_room", "arguments": {"query": "launch date"}}
    demo.script({"tool_calls": [call], "usage": {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 5}}})
    answer = client.chat.completions.create(model="demo", messages=[{"role": "user", "content": "x"}])
    calls = answer.choices[0].message.tool_calls or []
    assert [each.model_dump()["function"]["arguments"] for each in calls] == ['{"query": "launch date"}']
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens_details is not None
    assert (answer.usage.prompt_tokens, answer.usage.prompt_tokens_details.cached_tokens) == (9, 5)


def test_a_gate_holds_the_answer_until_it_is_released(demo: DemoModel, client: OpenAI) -> None:
    demo.script({"chunks": ["Before ", {"wait": "gate"}, "after."]})
    said: list[str] = []
    listening = threading.Thread(target=lambda: heard(ask(client), said))
    listening.start()
    assert demo.until_waiting_at("gate")["sent_chunks"] == 1
    demo.release("gate")
    listening.join(timeout=10)
    assert "".join(said) == "Before after."


def test_a_gate_released_early_stays_open(demo: DemoModel, client: OpenAI) -> None:
    demo.release("gate")
    demo.script({"chunks": ["Before ", {"wait": "gate"}, "after."]})
    said: list[str] = []
    heard(ask(client), said)
    assert "".join(said) == "Before after."


def test_a_rate_limit_tells_when_to_come_back(demo: DemoModel, client: OpenAI) -> None:
    demo.script({"status": 429, "retry_after": 7, "code": "rate_limit_exceeded"})
    with pytest.raises(openai.RateLimitError) as refused:
        ask(client)
    assert refused.value.code == "rate_limit_exceeded"
    assert refused.value.response.headers["retry-after"] == "7"
    assert demo.until_finished()[0]["outcome"] == "status 429"


def test_a_server_error_is_one(demo: DemoModel, client: OpenAI) -> None:
    demo.script({"status": 500, "message": "Out of order."})
    with pytest.raises(openai.InternalServerError, match="Out of order"):
        ask(client)


def test_the_clients_own_retries_are_seen(demo: DemoModel, client: OpenAI) -> None:
    demo.script({"status": 503, "retry_after": 0.01}, {"status": 503, "retry_after": 0.01}, "At last.")
    said: list[str] = []
    heard(ask(client.with_options(max_retries=2)), said)
    assert "".join(said) == "At last."
    assert [each["headers"]["x-stainless-retry-count"] for each in demo.until_finished(3)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("fault", "error", "outcome"),
    [
        (
            {"error": {"message": "Overloaded", "type": "server_error", "code": "overloaded"}},
            openai.APIError,
            "error event",
        ),
        ({"drop": True}, openai.APIConnectionError, "dropped"),
        ({"stall": True}, openai.APITimeoutError, "client went away"),
    ],
)
def test_a_fault_in_mid_answer_leaves_the_words_before_it(
    demo: DemoModel, client: OpenAI, fault: dict[str, Any], error: type[Exception], outcome: str
) -> None:
    demo.script({"chunks": ["Half an ", "answer", fault, " never said"]})
    said: list[str] = []
    with pytest.raises(error) as raised:
        heard(ask(client), said)
    assert type(raised.value) is error
    assert "".join(said) == "Half an answer"
    record = demo.until_finished()[0]
    assert (record["outcome"], record["sent_chunks"]) == (outcome, 2)


@pytest.mark.parametrize(
    ("fault", "error"), [({"drop": True}, openai.APIConnectionError), ({"stall": True}, openai.APITimeoutError)]
)
@pytest.mark.parametrize("streamed", [True, False])
def test_a_fault_before_the_first_word_is_told_apart(
    demo: DemoModel, client: OpenAI, fault: dict[str, Any], error: type[Exception], streamed: bool
) -> None:
    demo.script({"chunks": [fault, "never said"]})
    messages: Any = [{"role": "user", "content": "x"}]
    with pytest.raises(error) as raised:
        list(client.chat.completions.create(model="demo", messages=messages, stream=streamed))
    assert type(raised.value) is error
    assert demo.until_finished()[0]["sent_chunks"] == 0


def test_a_quiet_end_raises_nothing_and_gives_no_reason(demo: DemoModel, client: OpenAI) -> None:
    demo.script({"chunks": ["Half an answer"], "finish": None})
    said: list[str] = []
    assert heard(ask(client, stream_options={"include_usage": True}), said) is None
    assert "".join(said) == "Half an answer"
    assert demo.until_finished()[0]["outcome"] == "quiet end"


def test_a_client_that_closes_the_stream_is_noticed_at_once(demo: DemoModel, client: OpenAI) -> None:
    demo.script({"chunks": ["One ", "two ", {"wait": "for ever"}, "three"]})
    with ask(client) as answer:
        demo.until_waiting_at("for ever")
        assert next(iter(answer)).choices
    record = demo.until_finished()[0]
    assert (record["outcome"], record["sent_chunks"]) == ("client went away", 2)


def test_a_cancelled_task_of_the_asynchronous_client_is_noticed(demo: DemoModel) -> None:
    demo.script({"chunks": ["One ", {"stall": True}]})

    async def stop_after_the_first_words() -> None:
        async with AsyncOpenAI(base_url=demo.url, api_key="demo", max_retries=0) as client:
            messages: Any = [{"role": "user", "content": "x"}]
            async with await client.chat.completions.create(model="demo", messages=messages, stream=True) as answer:
                async for chunk in answer:
                    if chunk.choices[0].delta.content == "One ":
                        return

    asyncio.run(stop_after_the_first_words())
    assert demo.until_finished()[0]["outcome"] == "client went away"


def test_moderation_and_embeddings_have_scripts_of_their_own(demo: DemoModel, client: OpenAI) -> None:
    demo.script(
        "For the chat.",
        {"path": "moderations", "flagged": ["violence"]},
        {"path": "moderations", "status": 503},
        {"path": "embeddings", "chunks": [{"stall": True}]},
    )
    assert client.moderations.create(input="Good morning").results[0].categories.violence
    with pytest.raises(openai.InternalServerError):
        client.moderations.create(input="Good morning")
    with pytest.raises(openai.APITimeoutError):
        client.embeddings.create(model="demo-embedding", input="x")
    said: list[str] = []
    heard(ask(client), said)
    assert said[1:2] == ["For the chat."]
    assert len(demo.requests("moderations")) == 2


def test_a_reset_cuts_what_is_still_being_said(demo: DemoModel, client: OpenAI) -> None:
    demo.script({"chunks": ["One ", {"wait": "for ever"}]}, "Left over.")
    said: list[str] = []
    with ask(client) as answer:
        demo.until_waiting_at("for ever")
        demo.reset()
        with pytest.raises(openai.APIConnectionError):
            heard(answer, said)
    assert (demo.requests(), demo.waiting_steps()) == ([], [])
