"""Answers that are worth looking at: lists, tables, code, formulas, and long ones to try Stop on."""

import json
import re

from .texts import LONG, SNIPPETS
from .transcript import Conversation
from .wording import attributed, counted, escaped, shortened

COUNT_LIMIT = 1000
WANTED = (
    r"\b(show|make|give|write|draw|create|please|try|as an?|in an?|need|want|example|sample|can you|could you|render)"
    r"\b"
)
SPELLINGS = {
    "js": "javascript",
    "javascript": "javascript",
    "sql": "sql",
    "bash": "bash",
    "shell": "bash",
    "html": "html",
}


def count_to(conversation: Conversation, question: str) -> str | None:
    asked = re.search(r"\bcount\b.*?\bto (\d{1,9})\b", question, re.I)
    if asked is None:
        return None
    last = min(int(asked[1]), COUNT_LIMIT)
    rows = [range(start, min(start + 10, last + 1)) for start in range(1, last + 1, 10)]
    stop = "" if last == int(asked[1]) else f"\n\nI stop at {COUNT_LIMIT}."
    return "\n".join(", ".join(map(str, row)) + ("," if row[-1] < last else ".") + "  " for row in rows).rstrip() + stop


def wanted(question: str, kind: str) -> bool:
    return bool(re.search(rf"\b({kind})\b", question, re.I)) and bool(
        re.search(WANTED, question, re.I) or len(question.split()) <= 4
    )


def table(conversation: Conversation, question: str) -> str | None:
    if not wanted(question, "table|spreadsheet"):
        return None
    rows = [
        f"| {tag} | {len(said)} | {escaped(shortened(said[-1].text, 60))}{said[-1].cite} |"
        for tag, said in conversation.speakers().items()
    ]
    return "\n".join(["Who wrote how much here:\n", "| Who | Messages | Last words |", "| --- | ---: | --- |", *rows])


def code(conversation: Conversation, question: str) -> str | None:
    if not wanted(question, "code|snippet|script|program|function|python|javascript|js|sql|bash|shell|html"):
        return None
    language = next(
        (SPELLINGS[word] for word in re.findall(r"\w+", question.casefold()) if word in SPELLINGS), "python"
    )
    numbers = {_name(conversation, tag): len(said) for tag, said in conversation.speakers().items()}
    data, total = json.dumps(numbers, ensure_ascii=False).replace("`", "'"), sum(numbers.values())
    snippet = SNIPPETS[language].format(data=data, total=total)
    return f"Here is some {language}, fed with the numbers of this conversation:\n\n```{language}\n{snippet}\n```"


def _name(conversation: Conversation, tag: str) -> str:
    person = conversation.people.get(tag.removeprefix("@"))
    return person.name if person else tag


def formula(conversation: Conversation, question: str) -> str | None:
    if not wanted(question, "math|maths|formula|equation|latex"):
        return None
    numbers = [len(said) for said in conversation.speakers().values()] or [1]
    n, terms = len(numbers), " + ".join(map(str, numbers[:6])) + (r" + \dots" if len(numbers) > 6 else "")
    people, mean = counted(n, "person", "people"), f"{sum(numbers) / n:.3g}"
    return (
        f"With $n_i$ messages from person $i$, the mean of the {people} here is\n\n"
        rf"$$\bar{{n}} = \frac{{1}}{{{n}}} \sum_{{i=1}}^{{{n}}} n_i = \frac{{{terms}}}{{{n}}} = {mean}$$"
    )


def listing(conversation: Conversation, question: str) -> str | None:
    if not wanted(question, "list|bullets?|bullet points|checklist|todos?|to-?do list"):
        return None
    latest = conversation.earlier[-5:]
    if not latest:
        return (
            "Nothing was said before your message, so there is little to list:\n\n1. Say something.\n2. Ask me again."
        )
    if re.search(r"\b(checklist|to-?dos?|tasks?)\b", question, re.I):
        return "What was said, to tick off:\n\n" + "\n".join(f"- [ ] {attributed(each)}" for each in latest)
    return "The last things said here:\n\n" + "\n".join(f"{i}. {attributed(each)}" for i, each in enumerate(latest, 1))


def long_read(conversation: Conversation, question: str) -> str | None:
    if not re.search(
        r"\b((?<!how )long(er)?|story|essay|at length|in detail|everything you know|keep (talking|writing)|lorem)\b",
        question,
        re.I,
    ):
        return None
    said = counted(len(conversation.said), "message")
    opening = (
        f"This is a long one, so that there is time to try **Stop**. {said.capitalize()} so far; what happens to each:"
    )
    return f"{opening}\n\n{LONG}"
