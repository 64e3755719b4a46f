"""The JSON of OpenAI's API: what a request may ask and how answers, fragments and errors are shaped."""

import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

MODEL = "demo"
EMBEDDING_MODEL = "demo-embedding"
MODERATION_MODEL = "demo-moderation"


class ApiError(Exception):
    """Answered to the client as OpenAI's error JSON."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: Json = {"error": {"message": message, "type": kind, "param": param, "code": code}}


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: str
    id: str = field(default_factory=lambda: "call_" + secrets.token_hex(8))

    def as_json(self) -> Json:
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


@dataclass(frozen=True)
class Completion:
    """One answer to be played: chunks of text and stage directions like {"sleep": 0.5}; finish None ends quietly."""

    chunks: list[str | Json]
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish: str | None = "stop"
    usage: Json = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "".join(chunk for chunk in self.chunks if isinstance(chunk, str))


@dataclass(frozen=True)
class ChatRequest:
    """The fields of a chat completion request that this server knows; all others are ignored."""

    model: str
    messages: list[Json]
    stream: bool
    include_usage: bool
    tools: list[Json]
    tool_choice: Any
    response_format: Json
    max_tokens: int | None

    @classmethod
    def read(cls, body: Any) -> "ChatRequest":
        if not isinstance(body, dict):
            raise ApiError(400, "The body must be a JSON object.")
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages or not all(isinstance(each, dict) for each in messages):
            raise ApiError(400, "'messages' must be a list of at least one message.", param="messages")
        return cls(
            model=str(body.get("model") or MODEL),
            messages=messages,
            stream=bool(body.get("stream")),
            include_usage=bool(_object(body.get("stream_options")).get("include_usage")),
            tools=[_object(tool.get("function")) for tool in body.get("tools") or [] if isinstance(tool, dict)],
            tool_choice=body.get("tool_choice"),
            response_format=_object(body.get("response_format")),
            max_tokens=_positive(body.get("max_completion_tokens") or body.get("max_tokens")),
        )


def pieces(text: str) -> list[str]:
    """The text in word pieces, as a model's tokens are: joined they are the text again."""
    return re.findall(r"\s*\S{1,8}|\s+", text)


def count_usage(messages: list[Json], completion_tokens: int) -> Json:
    prompt_tokens = max(1, len(json.dumps(messages, ensure_ascii=False)) // 4)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def completion_head(model: str, *, kind: str) -> Json:
    return {"id": "chatcmpl-" + secrets.token_hex(12), "object": kind, "created": int(time.time()), "model": model}


def list_of(data: list[Json]) -> Json:
    return {"object": "list", "data": data}


def model_card(name: str) -> Json:
    return {"id": name, "object": "model", "created": 1767225600, "owned_by": "roundtable"}


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _positive(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
