"""From a chat completion request to the demo model's completion."""

import json

from .answers import write_answer
from .playing import Pace
from .protocol import ApiError, ChatRequest, Completion, count_usage, pieces
from .schemas import example
from .tools import choose_call, report_results
from .transcript import Conversation, read_conversation


def complete(request: ChatRequest, pace: Pace) -> Completion:
    conversation = read_conversation(request.messages)
    if call := choose_call(request, conversation):
        usage = count_usage(request.messages, len(pieces(call.arguments)) + 1)
        return Completion(pace.timed([""]), [call], "tool_calls", usage)
    words = pieces(_text(request, conversation))
    limit = request.max_tokens or len(words)
    usage = count_usage(request.messages, min(limit, len(words)))
    return Completion(pace.timed(words[:limit]), [], "length" if limit < len(words) else "stop", usage)


def _text(request: ChatRequest, conversation: Conversation) -> str:
    match request.response_format:
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return json.dumps(example(schema, conversation), ensure_ascii=False)
        case {"type": "json_schema"}:
            raise ApiError(400, "'response_format.json_schema.schema' is missing.", param="response_format")
        case {"type": "json_object"}:
            return json.dumps({"answer": write_answer(conversation)}, ensure_ascii=False)
    return report_results(conversation) if conversation.results else write_answer(conversation)
