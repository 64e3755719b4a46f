"""What the demo model says: it finds out what each asker wants and answers from the conversation it was sent."""

import re
import zlib
from collections.abc import Callable
from dataclasses import replace

from . import arithmetic, recall, showpieces
from .texts import ABILITIES, CANNOT_THINK
from .transcript import LABEL, Conversation, Statement
from .wording import bullets, counted, keywords, quote, related

Answer = Callable[[Conversation, str], str | None]

QUESTION_LIMIT = 600
GREETING = re.compile(
    r"(hi|hello|hey|hallo|hola|bonjour|yo|good (morning|afternoon|evening)|greetings)\b", re.IGNORECASE
)
THANKS = re.compile(
    r"\W*(thanks?( you)?( (a lot|so much|very much))?|thx|ty|cheers|great|perfect|nice|cool)\W*", re.IGNORECASE
)
HELP = re.compile(
    r"\b(help|what can you do|what do you do|who are you|what are you|how do you work|are you (real|an? ai|a bot))\b",
    re.IGNORECASE,
)


def thanks(conversation: Conversation, question: str) -> str | None:
    return "You are welcome." if THANKS.fullmatch(question) else None


def sums(conversation: Conversation, question: str) -> str | None:
    return arithmetic.solve(question)


def another_room(conversation: Conversation, question: str) -> str | None:
    asked = re.search(r"(?<!\w)#(?!m\d)(\w[\w-]*)|\b(?:an)?other rooms?\b", question)
    return "I see only this room, and nothing of any other." if asked else None


def the_time(conversation: Conversation, question: str) -> str | None:
    if not conversation.now or not re.search(r"\bwhat('s| is)? (the )?(time|date|day)\b", question, re.IGNORECASE):
        return None
    return f"I was told that it is {conversation.now}."


def greeting(conversation: Conversation, question: str) -> str | None:
    if not GREETING.match(question) or len(question.split()) > 5 or HELP.search(question):
        return None
    room = f" in **{conversation.room}**" if conversation.room else ""
    company = f" I see {counted(len(conversation.earlier), 'earlier message')}{room}." if conversation.others else ""
    name = f" {conversation.asker.tag}" if conversation.asker.seat else ""
    return f"Hello{name}!{company} Ask me who said what, for a summary or a table; “help” shows the rest."


def abilities(conversation: Conversation, question: str) -> str | None:
    if not question.strip(" ?!.") or (HELP.search(question) and len(question.split()) <= 8):
        names = [each.name for each in conversation.others if each.seat]
        return ABILITIES.format(name=names[-1] if names else "Alice")
    return None


def reflection(conversation: Conversation, question: str) -> str:
    """For everything else: says plainly that it cannot think about that, and what it sees of it here."""
    if found := related(conversation.earlier, keywords(question))[:3]:
        opening = CANNOT_THINK[zlib.crc32(question.encode(errors="replace")) % len(CANNOT_THINK)]
        return f"{opening}\n{bullets(found)}"
    latest = f" The last word before that was {_said(conversation.others[-1])}" if conversation.others else ""
    limits = f"{quote(question)} needs a real model: I only count, quote and calculate."
    return f"{limits}{latest} “help” shows what I can do."


def _said(statement: Statement) -> str:
    return f"{statement.tag}’s: {quote(statement.text)}{statement.cite}."


ANSWERS: list[Answer] = [
    thanks,
    showpieces.count_to,
    recall.what_somebody_said,
    recall.who_said_it,
    showpieces.table,
    showpieces.listing,
    recall.counts,
    recall.summary,
    sums,
    showpieces.code,
    showpieces.formula,
    showpieces.long_read,
    recall.who_is_here,
    the_time,
    another_room,
    greeting,
    abilities,
    recall.lookup,
]


def write_answer(conversation: Conversation) -> str:
    """The whole answer; where several people ask, one part each, which starts with their tag."""
    questions = conversation.questions
    if not questions:
        return f"Hello! Say something, and I answer from it.\n\n{LABEL}"
    by_asker: dict[str, list[str]] = {}
    for each in questions:
        by_asker.setdefault(each.tag, []).append(_answer_one(conversation, each))
    parts = ["\n\n".join(answers) for answers in by_asker.values()]
    if len(parts) > 1:
        parts = [_addressed(tag, part) for tag, part in zip(by_asker, parts, strict=True)]
    body = "\n\n".join(parts)
    # Whoever stops a long answer should have seen the label all the same.
    return f"{LABEL}\n\n{body}" if len(body) > 600 else f"{body}\n\n{LABEL}"


def _addressed(tag: str, part: str) -> str:
    return part if part.startswith(f"Hello {tag}") else f"{tag} {part}"


def _answer_one(conversation: Conversation, asked: Statement) -> str:
    question = plain_question(conversation, asked.text)
    conversation = replace(conversation, asker=asked)
    found = next((text for answer in ANSWERS if (text := answer(conversation, question))), None)
    return found or reflection(conversation, question)


def plain_question(conversation: Conversation, text: str) -> str:
    """The question without quoted lines and without the call of the assistant's name."""
    own = "\n".join(line for line in text[:20_000].split("\n") if not line.lstrip().startswith(">"))
    name = re.escape(conversation.assistant)
    called = re.sub(rf"(?i)(?<!\w)@({name}|assistant)\b[,:]?", " ", own)
    called = re.sub(rf"(?i)^\s*(hey|hi|ok|okay|so)?[\s,]*{name}\s*[,:!]\s*", r"\1 ", called)
    if (first := re.match(r"\s*@\S+", called)) and not conversation.people_named_in(first[0]):
        called = called[first.end() :]
    return " ".join(called[:QUESTION_LIMIT].split()).strip(" ,:")
