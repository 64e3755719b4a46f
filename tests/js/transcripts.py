"""Stories on paper: what each client hears and asks where a server passes bells on just as they come.

Behind the hub a browser never meets a gap; here it meets every one, and the rules of docs/protocol.md must be enough.
A transcript is what one client heard and did, step by step, with the revision at which it stood then: for another
client to be told the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import Phase, given
from hypothesis import settings as effort

from tests.chatsite.lib.ledger import Ledger
from tests.load.log import Frame, Shown, View
from tests.stories import EXAMPLES, FAR_BEHIND, STORIES, Story

PIPE = 3
"""So many frames wait for a tab that takes nothing; then it is told what it lacks instead."""

Transcript = dict[str, Any]


class Log(Ledger):
    """Knows no more of a message than its place and how it looks."""

    def say(self) -> None:
        self.append(seq=len(self.latest) + 1, html=f"said at {self.head + 1}")

    def change(self, number: int, html: str) -> None:
        if self.latest:
            message = number % len(self.latest) + 1
            self.amend(message, seq=message, html=html)

    def told(self, since: int) -> list[Frame]:
        """What `open` sends: the changes, or one `reset`."""
        changes = self.replay(since)
        reset = {"type": "reset", "why": "too_far_behind", "revision": changes.head}
        return [reset] if len(changes.frames) > FAR_BEHIND else changes.frames

    @property
    def shown(self) -> dict[Any, Shown]:
        return {one["id"]: Shown(one["seq"], one["revision"], one["html"]) for one in self.replay(0).frames}


@dataclass
class Client:
    """When to ask is as static/js/feed.js has it; what to show, as View has it."""

    log: Log
    view: View = field(default_factory=lambda: View("any"))
    is_up: bool = False
    answer: list[Frame] | None = None
    is_stale: bool = False
    is_lost: bool = False
    pipe: list[Frame] | None = None
    head: int = 0
    is_looking: bool = False
    is_asked: bool = False
    news: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    # At the tab

    def open(self) -> None:
        self.wake()
        self.is_up = True
        self._note("up")
        self._ask()

    def sleep(self) -> None:
        self.wake()
        self.is_up, self.answer = False, None
        self._note("down")
        self.no_page()

    def stall(self) -> None:
        if self.pipe is None and self.is_up:
            self.pipe = []

    def wake(self) -> None:
        pipe, self.pipe = self.pipe or [], None
        for frame in pipe if len(pipe) <= PIPE else self.log.told(self.view.log.revision):
            self.hear(frame)

    def heads(self) -> None:
        if self.is_up and self.pipe is None:
            self.head = self.log.head
            self.is_looking |= self._is_behind
            self._note("heads", head=self.head)

    def load(self) -> None:
        if self.is_lost and self.is_up:
            self.is_lost, self.head = False, 0
            self.view.restart(self.log.head, self.log.shown)
            self._note("load", shown=_rows(self.view))
            self._ask()

    def no_page(self) -> None:
        """The one that was on its way does not come, and is asked for again after a while."""
        if self.is_lost:
            self.is_lost, self.is_looking, self.is_asked = False, True, True
            self._note("no_page")

    def pause(self) -> None:
        """A page that was due is there; an answer that is due comes; who lacks something asks."""
        self.wake()
        self.load()
        self._take_answer()
        self._note("pause")
        is_needed = self.is_looking and (self.is_asked or self.view.log.has_gap or self._is_behind)
        self.is_looking = self.is_asked = False
        if is_needed:
            self._ask()

    # From the server

    def bell(self, frame: Frame) -> None:
        if self.pipe is not None:
            self.pipe.append(frame)
        elif self.is_up:
            self.hear(frame)

    def hear(self, frame: Frame) -> None:
        if frame["type"] == "message":
            self.news += self.view.take(frame, me="")
            self._watch_gap()
        else:
            self.is_lost = True
            self.view.log.lose()
        self._note("frame", frame=frame)

    @property
    def is_level(self) -> bool:
        log = self.view.log
        return log.revision == self.log.head and not log.has_gap

    # Asking

    def _ask(self) -> None:
        self.is_stale = self.answer is not None
        if self.is_up and self.answer is None:
            self._note("asked", since=self.view.log.revision)
            told = self.log.told(self.view.log.revision)
            self.answer = [*told, {"type": "ok", "revision": max(self.log.head, self.view.log.revision)}]

    def _take_answer(self) -> None:
        if self.answer is None:
            return
        *told, ok = self.answer
        for frame in told:
            self.hear(frame)
        self.answer = None
        self.view.log.reach(ok["revision"])
        self._watch_gap()
        self._note("answered", head=ok["revision"])
        if self.is_stale:
            self._ask()

    def _watch_gap(self) -> None:
        self.is_looking |= self.view.log.has_gap and self.answer is None

    @property
    def _is_behind(self) -> bool:
        return self.head > self.view.log.revision

    def _note(self, event: str, **more: Any) -> None:
        self.events.append({"event": event, "at": self.view.log.revision, **more})


class Telling:
    """One story. `clients` are those that have the room open."""

    def __init__(self) -> None:
        self.log = Log()
        self.say = self.log.say
        self.clients: dict[int, Client] = {}
        self.transcripts: list[Transcript] = []

    def tell(self, steps: Story) -> None:
        for verb, numbers in steps:
            getattr(self, verb, self._at_a_tab(verb))(*numbers)

    def end(self) -> None:
        """Everybody comes back, and hears the heads at each heartbeat until nothing is missing."""
        for client in self.clients.values():
            client.open()
            for _ in range(5):
                client.pause()
                client.heads()
            assert client.is_level, client
            assert client.view.messages == self.log.shown
            self._write_down(client)

    def amend(self, number: int) -> None:
        self.log.change(number, html=f"amended at {self.log.head + 1}")

    def delete(self, number: int) -> None:
        self.log.change(number, html="message deleted")

    def ring(self, *numbers: int) -> None:
        for number in numbers if self.log.head else ():
            for client in self.clients.values():
                client.bell(self.log.frames[number % self.log.head + 1])

    def pause(self) -> None:
        for client in self.clients.values():
            client.pause()

    def open(self, tab: int) -> None:
        if tab not in self.clients:
            self.clients[tab] = client = Client(self.log)
            client.view.restart(self.log.head, self.log.shown)
            client.events = [{"event": "page", "at": self.log.head, "shown": _rows(client.view)}]
        self.clients[tab].open()

    def close(self, tab: int) -> None:
        if tab in self.clients:
            self._write_down(self.clients.pop(tab))

    def _at_a_tab(self, verb: str) -> Callable[[int], None]:
        return lambda tab: getattr(self.clients[tab], verb)() if tab in self.clients else None

    def _write_down(self, client: Client) -> None:
        self.transcripts.append({"events": client.events, "shown": _rows(client.view), "news": client.news})


def transcripts(stories: int) -> list[Transcript]:
    """Of all examples, and of as many stories more: the same in every run."""
    found = [one for steps in EXAMPLES for one in _told(steps)]

    @effort(max_examples=stories, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(steps=STORIES)
    def tell(steps: Story) -> None:
        found.extend(_told(steps))

    tell()
    return found


def _told(steps: Story) -> list[Transcript]:
    telling = Telling()
    telling.tell(steps)
    telling.end()
    return telling.transcripts


def _rows(view: View) -> list[list[Any]]:
    return sorted([message, *shown] for message, shown in view.messages.items())
