"""Reads the conversation out of a request: who is in the room, who said what, and who is to be answered now."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from .protocol import Json

HEADER = re.compile(
    r'#m(?P<number>\d+) (?:(?P<seat>u\d+) "(?P<name>[^"\n]*)"|event)'
    r"(?: (?P<time>[^\n]*?))?(?: re (?:#m(?P<reply>\d+)|a message you cannot read))?"
)
HEADER_LINE = re.compile(rf"(?m)^{HEADER.pattern}$")
ROSTER_LINE = re.compile(r'(?m)^(u\d+) "([^"\n]*)"(.*)$')
TRIGGER = re.compile(r"#m(\d+) from (u\d+)")
DAY_LINE = "#d event"
TAIL_NOTE = re.compile(r"(?m)^(CONTEXT FOR #m\d+|ANSWER NOW\b.*|NOW\b.*)$")
LABEL = "*Demo model: connect a real one with `OPENAI_API_KEY`.*"


@dataclass(frozen=True)
class Person:
    name: str
    seat: str = ""
    handle: str = ""
    keeps_out: bool = False

    @property
    def tag(self) -> str:
        return f"@{self.seat}" if self.seat else self.name


@dataclass(frozen=True)
class Statement:
    """One message. The assistant's own have no number; those of a plain prompt have neither number nor seat."""

    text: str
    name: str
    number: int | None = None
    seat: str = ""
    time: str = ""
    reply_to: int | None = None
    is_event: bool = False
    is_own: bool = False

    @property
    def tag(self) -> str:
        return f"@{self.seat}" if self.seat else self.name

    @property
    def cite(self) -> str:
        return f" [#m{self.number}]" if self.number is not None else ""

    @property
    def is_from_person(self) -> bool:
        return not self.is_event and not self.is_own


NOBODY = Statement("", "nobody")


@dataclass
class Conversation:
    """What a request tells. `asker` is the question being answered, while one of several is."""

    room: str = ""
    now: str = ""
    assistant: str = "Assistant"
    people: dict[str, Person] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    triggers: list[int] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    asker: Statement = NOBODY

    @cached_property
    def said(self) -> list[Statement]:
        return [each for each in self.statements if each.is_from_person]

    @cached_property
    def questions(self) -> list[Statement]:
        """The messages to answer now, in the order given; without word on that, the last one."""
        by_number = {each.number: each for each in self.said}
        named = [by_number[number] for number in self.triggers if number in by_number]
        return named or self.said[-1:]

    @cached_property
    def earlier(self) -> list[Statement]:
        """What people said, without what is to be answered now."""
        return [each for each in self.said if each not in self.questions]

    @property
    def others(self) -> list[Statement]:
        """What people other than the asker said before."""
        return [each for each in self.earlier if each.tag != self.asker.tag]

    def speakers(self) -> dict[str, list[Statement]]:
        by_tag: dict[str, list[Statement]] = {}
        for each in self.said:
            by_tag.setdefault(each.tag, []).append(each)
        return by_tag

    def people_named_in(self, text: str) -> list[Person]:
        """Those whom a text names by tag, full name, first name or handle; the longest kind of name wins."""
        words = text.casefold()
        for names_of in (_tags, _full_names, _first_names):
            found = [each for each in self.people.values() if any(_holds(words, name) for name in names_of(each))]
            if found:
                return found
        return []


def read_conversation(messages: list[Json]) -> Conversation:
    conversation = Conversation()
    for message in messages:
        text = text_of(message)
        match message.get("role"):
            case "developer" | "system":
                _read_instructions(conversation, text)
            case "user":
                conversation.results.clear()
                conversation.statements.append(_statement(text))
            case "assistant" if text:
                own = text.removesuffix(LABEL).removeprefix(LABEL).strip()
                conversation.statements.append(Statement(own, conversation.assistant, is_own=True))
            case "tool" | "function":
                conversation.results.append(text)
    for each in conversation.said:
        if each.seat:
            conversation.people.setdefault(each.seat, Person(each.name, each.seat))
    return conversation


def text_of(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part["text"]) for part in parts if isinstance(part, dict) and part.get("text"))


def statements_in(text: str) -> list[Statement]:
    """Every message with a header in a longer text, such as a tool's result or the last instruction."""
    heads = list(HEADER_LINE.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    return [
        _from_header(head, TAIL_NOTE.split(text[head.end() : end], maxsplit=1)[0])
        for head, end in zip(heads, ends, strict=True)
    ]


def _read_instructions(conversation: Conversation, text: str) -> None:
    if named := re.match(r"You are (?!an? |the )(\w[\w -]{0,40}?)[,.]", text):
        conversation.assistant = named[1]
    if room := re.search(r"(?m)^ROOM (?!INSTRUCTIONS)(.+)$", text):
        conversation.room = room[1].strip()
    for seat, name, rest in ROSTER_LINE.findall(text):
        if "(you)" not in rest:
            handle = re.search(r"@([\w.-]+)", rest)
            person = Person(name, seat, handle[1].casefold() if handle else "", "keeps you out" in rest)
            conversation.people.setdefault(seat, person)
    _read_tail(conversation, text)


def _read_tail(conversation: Conversation, text: str) -> None:
    """The last instruction: the time, whom to answer, and messages that the transcript before it lacks."""
    triggers = TRIGGER.findall(text.rpartition("ANSWER NOW")[2]) if "ANSWER NOW" in text else []
    if not triggers:
        return
    conversation.triggers = [int(number) for number, _ in triggers]
    if now := re.search(r"(?m)^NOW (.+?)(?:[ …]*ANSWER NOW.*)?$", text):
        conversation.now = now[1].strip()
    numbers = [each.number for each in conversation.statements if each.number is not None]
    missing = [each for each in statements_in(text) if each.number not in numbers]
    older = [each for each in missing if numbers and (each.number or 0) < numbers[0]]
    conversation.statements[:0] = older
    conversation.statements += [each for each in missing if each not in older]


def _statement(text: str) -> Statement:
    first, _, rest = text.partition("\n")
    if first == DAY_LINE:
        return Statement(rest.strip(), "", is_event=True)
    head = HEADER.fullmatch(first) if len(first) < 400 else None
    return _from_header(head, rest) if head else Statement(text.strip(), "You")


def _from_header(head: re.Match[str], body: str) -> Statement:
    return Statement(
        text=re.sub(r"(?m)^\\(?=\\*#m\d+ )", "", body).strip(),
        name=head["name"] or "",
        number=int(head["number"]),
        seat=head["seat"] or "",
        time=head["time"] or "",
        reply_to=int(head["reply"]) if head["reply"] else None,
        is_event=head["seat"] is None,
    )


def _holds(words: str, name: str) -> bool:
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words) is not None


def _tags(person: Person) -> list[str]:
    return [person.seat, person.handle]


def _full_names(person: Person) -> list[str]:
    name = person.name.casefold()
    return [name, name.replace(" ", ""), name.replace(" ", "."), name.replace(" ", "_"), name.replace(" ", "-")]


def _first_names(person: Person) -> list[str]:
    return [person.name.casefold().partition(" ")[0]]
