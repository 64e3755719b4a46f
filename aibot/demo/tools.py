"""The tools that a request offers: when the demo model calls one, and what it makes of the result."""

import json
import re
from typing import Any

from .answers import plain_question
from .protocol import ChatRequest, Json, ToolCall
from .schemas import example
from .transcript import LABEL, Conversation, Statement, statements_in
from .wording import bullets, counted, keywords, quote

SEARCH = "search_room"
ASKS_TO_SEARCH = re.compile(r"\b(search|find|look (?:up|for)|when did|where did)\b", re.IGNORECASE)


def choose_call(request: ChatRequest, conversation: Conversation) -> ToolCall | None:
    """One call a question: the tool that the request insists on, or the room's search where the question is for it."""
    if conversation.results or request.tool_choice == "none" or not conversation.questions:
        return None
    tools = {str(tool.get("name")): tool for tool in request.tools if tool.get("name")}
    question = plain_question(conversation, conversation.questions[0].text)
    if name := _insisted(request.tool_choice, tools):
        return ToolCall(name, _arguments(tools[name], conversation, question))
    if SEARCH in tools and ASKS_TO_SEARCH.search(question):
        return ToolCall(SEARCH, _arguments(tools[SEARCH], conversation, question))
    return None


def _insisted(choice: Any, tools: dict[str, Json]) -> str | None:
    match choice:
        case "required" if tools:
            return SEARCH if SEARCH in tools else next(iter(tools))
        case {"function": {"name": str(name)}} if name in tools:
            return name
    return None


def _arguments(tool: Json, conversation: Conversation, question: str) -> str:
    arguments = example(tool.get("parameters") or {}, conversation)
    arguments = arguments if isinstance(arguments, dict) else {}
    if "query" in arguments or tool.get("name") == SEARCH:
        arguments["query"] = search_words(question)
    return json.dumps(arguments, ensure_ascii=False)


def search_words(question: str) -> str:
    stems = set(keywords(ASKS_TO_SEARCH.sub(" ", question)))
    words = [word for word in re.findall(r"[\w']+", question) if word.casefold()[:6] in stems]
    return " ".join(words) or question[:80]


def report_results(conversation: Conversation) -> str:
    """The answer after a call: what the tool found, told with its citations."""
    text = "\n".join(conversation.results)
    found = statements_in(text) or _hits(conversation.results)
    if found:
        return f"I searched, and found {counted(len(found), 'message')}:\n{bullets(found[:6])}\n\n{LABEL}"
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("TOOL RESULT")]
    said = f"It says {quote(' '.join(lines), 300)}." if lines and lines != ["[]"] else "Nothing was found."
    return f"I asked the tool. {said}\n\n{LABEL}"


def _hits(results: list[str]) -> list[Statement]:
    """Hits given as JSON objects: {"m": 12, "seat": "u1", "name": …, "snippet": …}, in a list or beneath a key."""
    hits = []
    for result in results:
        start = re.search(r"[\[{]", result)
        try:
            value = json.JSONDecoder().raw_decode(result, start.start())[0] if start else []
        except ValueError:
            continue
        lists = [value] if isinstance(value, list) else [each for each in value.values() if isinstance(each, list)]
        hits += [_hit(each) for rows in lists for each in rows if isinstance(each, dict)]
    return [each for each in hits if each.text]


def _hit(row: Json) -> Statement:
    number = re.search(r"\d+", str(row.get("m") or row.get("seq") or row.get("number") or row.get("id") or ""))
    return Statement(
        text=str(row.get("snippet") or row.get("text") or row.get("body") or ""),
        name=str(row.get("name") or "somebody"),
        number=int(number[0]) if number else None,
        seat=str(row.get("seat") or row.get("by") or ""),
        time=str(row.get("time") or row.get("date") or ""),
    )
