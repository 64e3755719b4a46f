"""How the demo model's server runs: what it refuses, how fast it speaks, and how it ends."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from openai import OpenAI

from tests.aibot.fake import ROOT, DemoModel

HELLO: Any = [{"role": "user", "content": "Hello"}]


@pytest.fixture(scope="module")
def process() -> Iterator[DemoModel]:
    with DemoModel() as model:
        yield model


@pytest.fixture
def demo(process: DemoModel) -> DemoModel:
    process.reset()
    return process


def raw_status(url: str, data: bytes | None = None) -> tuple[int, Any]:
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/v1/chat/completions", b"{not json", 400),
        ("/v1/chat/completions", b"[]", 400),
        ("/v1/chat/completions", b'{"model": "demo"}', 400),
        ("/v1/chat/completions", b'{"messages": []}', 400),
        ("/v1/moderations", b"{}", 400),
        ("/v1/embeddings", b'{"input": "x", "dimensions": 0}', 400),
        ("/v1/nothing", b"{}", 404),
        ("/v1/chat/completions", None, 405),
        ("/v1/chat/completions", b" " * (4 * 1024 * 1024 + 1), 413),
    ],
)
def test_a_bad_request_gets_an_error_in_openais_form(
    demo: DemoModel, path: str, data: bytes | None, status: int
) -> None:
    answered, body = raw_status(demo.root + path, data)
    assert answered == status
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert demo.until_finished()[0]["outcome"] == f"status {status}"


def test_unknown_fields_and_odd_content_are_taken_calmly(demo: DemoModel) -> None:
    odd: Any = [{"role": "user"}, {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]
    with OpenAI(base_url=demo.url, api_key="demo") as client:
        answer = client.chat.completions.create(
            model="demo", messages=odd, store=False, extra_body={"prompt_cache_options": {"mode": "explicit"}}
        )
    assert answer.choices[0].message.content


def test_health_is_answered(demo: DemoModel) -> None:
    assert raw_status(demo.root + "/health") == (200, {"status": "ok", "model": "demo"})


def test_it_speaks_at_the_pace_it_was_given() -> None:
    with (
        DemoModel("--first-word", "0.2", "--speed", "50", scripted=False) as model,
        OpenAI(base_url=model.url, api_key="demo") as client,
    ):
        started = time.monotonic()
        times = [
            time.monotonic() - started
            for _ in client.chat.completions.create(model="demo", messages=HELLO, stream=True, max_completion_tokens=10)
        ]
    assert times[0] >= 0.2
    assert times[-1] >= 0.2 + 9 / 50


def test_the_control_plane_is_closed_by_default() -> None:
    with DemoModel(scripted=False) as model:
        for path, data in (("/__requests", None), ("/__script", b"[]"), ("/__reset", b"{}"), ("/__release", b"{}")):
            assert raw_status(model.root + path, data)[0] == 404


def test_it_stops_promptly_even_in_the_middle_of_an_answer() -> None:
    with DemoModel() as model, OpenAI(base_url=model.url, api_key="demo", max_retries=0) as client:
        model.script({"chunks": ["Once upon", {"stall": True}]})
        with client.chat.completions.create(model="demo", messages=HELLO, stream=True) as answer:
            next(iter(answer))
            model.stop()
    assert model.process.returncode is not None


def test_it_ends_with_the_process_that_started_it() -> None:
    with DemoModel() as model:
        assert model.process.stdin is not None
        model.process.stdin.close()
        model.process.wait(timeout=10)


def test_it_knows_nothing_of_django_or_the_apps() -> None:
    asked = "import sys, aibot.demo.__main__; print({name.partition('.')[0] for name in sys.modules})"
    answer = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"django", "openai", "rooms", "accounts", "chatsite"} & eval(answer.stdout)
