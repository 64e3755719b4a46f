"""What the database holds when all is over. Needs Django to be set up."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from html.parser import HTMLParser
from typing import NamedTuple

from aibot.models import Decision, Run, Trigger
from rooms.models import Message, Room
from rooms.rendering import message_frame

VOID = {"br", "hr", "img", "input", "use", "path", "wbr"}


class Stored(NamedTuple):
    """One message; `text` is the hash of what a reader reads."""

    room: str
    id: str
    seq: int
    revision: int
    author: str
    key: str
    body: str
    status: str
    text: str


class Asked(NamedTuple):
    """One question that the assistant owes an answer."""

    message: str
    status: str


class Answered(NamedTuple):
    """One run of the assistant, and what became of its message."""

    id: str
    status: str
    attempts: int
    prompt_tokens: int
    output_tokens: int
    message: str
    message_status: str


@dataclass
class Truth:
    """`heads` is each room's last seq and last revision."""

    heads: dict[str, tuple[int, int]]
    messages: list[Stored]
    asked: list[Asked] = field(default_factory=list)
    runs: list[Answered] = field(default_factory=list)
    bots: set[str] = field(default_factory=set)
    rooms_with_bot: set[str] = field(default_factory=set)
    turned_away: set[str] = field(default_factory=set)

    def by_room(self) -> dict[str, list[Stored]]:
        rooms = defaultdict(list)
        for message in self.messages:
            rooms[message.room].append(message)
        return rooms


def heads() -> dict[str, int]:
    return {str(room): revision for room, revision in Room.objects.values_list("pk", "last_revision")}


def unfinished() -> int:
    """Answers under way, and questions that wait for one."""
    return Run.objects.active().count() + Trigger.objects.exclude(status=Trigger.Status.ANSWERED).count()


def read() -> Truth:
    rooms = {str(room.pk): (room.last_seq, room.last_revision) for room in Room.objects.all()}
    messages = [_stored(message) for message in Message.objects.for_display().order_by("room", "seq")]
    asked = [Asked(str(one.message_id), one.status) for one in Trigger.objects.all()]
    runs = [_answered(run) for run in Run.objects.select_related("message")]
    with_bot = Room.objects.filter(memberships__user__is_bot=True, memberships__left_at=None)
    bots = {str(pk) for pk in Message.objects.filter(author__is_bot=True).values_list("author", flat=True)}
    return Truth(rooms, messages, asked, runs, bots, {str(room.pk) for room in with_bot}, _turned_away())


def _turned_away() -> set[str]:
    """Questions that nobody could count, and whose askers see that."""
    told = Decision.objects.filter(rule__startswith="Q").exclude(message__note="")
    return {str(message) for message in told.values_list("message", flat=True)}


def _stored(message: Message) -> Stored:
    return Stored(
        str(message.room_id),
        str(message.pk),
        message.seq,
        message.revision,
        str(message.author_id),
        str(message.client_id),
        message.body,
        message.status,
        text_of(message_frame(message)["html"]),
    )


def _answered(run: Run) -> Answered:
    tokens = run.prompt_tokens, run.output_tokens
    return Answered(str(run.pk), run.status, run.attempt, *tokens, str(run.message_id), run.message.status)


class Body(HTMLParser):
    """Collects the words inside the element of class `message__body`."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_body = "message__body" in (dict(attrs).get("class") or "").split()
        if tag not in VOID and (self._depth or is_body):
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.words += data.split()


@lru_cache(maxsize=50_000)
def text_of(html: str) -> str:
    """A hash of what it says."""
    body = Body()
    body.feed(html)
    return sha256(" ".join(body.words).encode()).hexdigest()[:16]
