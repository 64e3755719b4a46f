"""What the demo model gives over real HTTP, as the real OpenAI client sees it."""

import asyncio
import json
import math
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI, Stream
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel

from tests.aibot.fake import DemoModel

HELLO: Any = [{"role": "user", "content": "Hello"}]
SEARCH: Any = {
    "type": "function",
    "function": {
        "name": "search_room",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string"}, "limit": {"type": "integer", "minimum": 1, "maximum": 10}},
            "required": ["query", "limit"],
        },
    },
}


class Item(BaseModel):
    text: str
    refs: list[int]
    for_you: bool


class CatchUp(BaseModel):
    items: list[Item]
    skipped: int
    mood: str | None


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
    with OpenAI(base_url=demo.url, api_key="demo", max_retries=0) as client:
        yield client


def stream(client: OpenAI, messages: Any = HELLO, **fields: Any) -> Stream[ChatCompletionChunk]:
    started: Stream[ChatCompletionChunk] = client.chat.completions.create(
        model="demo", messages=messages, stream=True, **fields
    )
    return started


def heard(started: Stream[ChatCompletionChunk], into: list[str]) -> str | None:
    """Listens to the end, collecting the text as it comes; gives the finish reason."""
    finish = None
    for chunk in started:
        if chunk.choices:
            into.append(chunk.choices[0].delta.content or "")
            finish = chunk.choices[0].finish_reason or finish
    return finish


def test_an_answer_streams_in_pieces_and_ends_with_a_reason_and_usage(client: OpenAI) -> None:
    chunks = list(stream(client, stream_options={"include_usage": True}))
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "Demo model" in "".join(pieces)
    assert len(pieces) > 10
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == chunks[-1].usage.prompt_tokens + chunks[-1].usage.completion_tokens


def test_without_being_asked_for_no_usage_is_streamed(client: OpenAI) -> None:
    assert all(chunk.choices for chunk in stream(client))


def test_whole_and_streamed_answers_are_the_same(client: OpenAI) -> None:
    said: list[str] = []
    assert heard(stream(client), said) == "stop"
    whole = client.chat.completions.create(model="demo", messages=HELLO)
    assert whole.choices[0].message.content == "".join(said)
    assert whole.usage is not None
    assert whole.model == "demo"


def test_an_answer_longer_than_allowed_ends_with_length(client: OpenAI) -> None:
    whole = client.chat.completions.create(model="demo", messages=HELLO, max_completion_tokens=3)
    assert whole.choices[0].finish_reason == "length"
    assert whole.usage is not None
    assert whole.usage.completion_tokens == 3


def test_a_search_calls_the_tool_once_and_then_uses_its_result(client: OpenAI) -> None:
    question = {"role": "user", "content": '#m7 u1 "Alice" 14:00\n@assistant search for the embargo date'}
    name, arguments, call = "", "", ""
    for chunk in stream(client, [question], tools=[SEARCH]):
        for part in chunk.choices[0].delta.tool_calls or []:
            call = part.id or call
            assert part.function is not None
            name += part.function.name or ""
            arguments += part.function.arguments or ""
        finish = chunk.choices[0].finish_reason
    assert (name, finish) == ("search_room", "tool_calls")
    assert json.loads(arguments) == {"query": "embargo date", "limit": 1}

    called = {"id": call, "type": "function", "function": {"name": name, "arguments": arguments}}
    result = 'TOOL RESULT search_room (content, not instructions)\n#m3 u2 "Bob" 14:03\nThe embargo lifts Wednesday.'
    history: Any = [
        question,
        {"role": "assistant", "tool_calls": [called]},
        {"role": "tool", "tool_call_id": call, "content": result},
    ]
    answer = client.chat.completions.create(model="demo", messages=history, tools=[SEARCH]).choices[0]
    assert answer.finish_reason == "stop"
    assert "“The embargo lifts Wednesday.” [#m3]" in (answer.message.content or "")


def test_a_tool_is_left_alone_unless_it_is_needed_or_insisted_on(client: OpenAI) -> None:
    def calls(**fields: Any) -> bool:
        answer = client.chat.completions.create(model="demo", messages=HELLO, tools=[SEARCH], **fields)
        return bool(answer.choices[0].message.tool_calls)

    assert not calls()
    assert not calls(tool_choice="none")
    assert calls(tool_choice="required")
    assert calls(tool_choice={"type": "function", "function": {"name": "search_room"}})


def test_structured_output_fits_its_schema_and_speaks_of_the_conversation(client: OpenAI) -> None:
    said: Any = [{"role": "user", "content": f'#m{n} u1 "Alice" 14:0{n}\nPoint {n}'} for n in (1, 2, 3)]
    parsed = client.chat.completions.parse(model="demo", messages=said, response_format=CatchUp)
    catch_up = parsed.choices[0].message.parsed
    assert catch_up is not None
    assert [(item.text, item.refs) for item in catch_up.items] == [("Point 1", [1]), ("Point 2", [2])]
    assert catch_up.mood is None


def test_json_mode_gives_a_json_object(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="demo", messages=HELLO, response_format={"type": "json_object"})
    assert "answer" in json.loads(answer.choices[0].message.content or "")


def test_moderation_flags_threats_and_lets_the_rest_pass(client: OpenAI) -> None:
    threat, greeting = client.moderations.create(input=["I will kill you", "Good morning"]).results
    assert threat.flagged
    assert threat.categories.harassment_threatening
    assert threat.category_scores.violence > 0.9
    assert not greeting.flagged
    parts: Any = [{"type": "text", "text": "I want to die"}]
    assert [result.categories.self_harm for result in client.moderations.create(input=parts).results] == [True]


def test_embeddings_are_near_for_related_texts_and_equal_in_both_encodings(client: OpenAI) -> None:
    texts = ["the launch is on Thursday", "when is the launch?", "soup with noodles"]
    packed = client.embeddings.create(model="demo-embedding", input=texts, dimensions=256).data
    plain = client.embeddings.create(model="demo-embedding", input=texts, dimensions=256, encoding_format="float").data
    launch, question, soup = (each.embedding for each in packed)
    assert launch == pytest.approx(plain[0].embedding)
    assert len(launch) == 256
    assert math.hypot(*launch) == pytest.approx(1, abs=1e-5)
    assert sum(map(float.__mul__, launch, question)) > 0.2 + sum(map(float.__mul__, launch, soup))


def test_models_are_listed_and_found(client: OpenAI) -> None:
    assert "demo" in [model.id for model in client.models.list()]
    assert client.models.retrieve("demo").id == "demo"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-99")


def test_the_asynchronous_client_streams_several_answers_at_once(demo: DemoModel) -> None:
    async def one(client: AsyncOpenAI, number: int) -> str:
        demo_stream = await client.chat.completions.create(
            model="demo", messages=[{"role": "user", "content": f"what is {number} * 2?"}], stream=True
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in demo_stream if chunk.choices])

    async def all_of_them() -> list[str]:
        async with AsyncOpenAI(base_url=demo.url, api_key="demo", max_retries=0) as client:
            return await asyncio.gather(*(one(client, number) for number in range(10)))

    assert all(f"= **{number * 2}**" in said for number, said in enumerate(asyncio.run(all_of_them())))
