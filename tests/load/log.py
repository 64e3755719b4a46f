"""What one screen knows of one room: the client's rules of docs/protocol.md, as static/js/lib/log.js has them."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Frame = dict[str, Any]


class Shown(NamedTuple):
    """One message as it stands on the screen."""

    seq: int
    revision: int
    html: str


class Early(NamedTuple):
    """A change that came before those ahead of it."""

    id: str
    after: int


class Log:
    """`revision` is the highest one up to which everything has been applied."""

    def __init__(self, revision: int = 0) -> None:
        self.revision = revision
        self._early: dict[int, Early] = {}
        self._is_lost = False

    @property
    def has_gap(self) -> bool:
        """Once it is lost, asking would not help."""
        return bool(self._early) and not self._is_lost

    def take(self, frame: Frame) -> bool:
        """Whether it is news. Of one message only the newest state counts, whatever the order of arrival."""
        revision, after = frame["revision"], frame.get("after", frame["revision"] - 1)
        if revision <= self.revision:
            return False
        known = self._early.get(revision)
        is_news = not known and not self._knows_newer(frame["id"], revision)
        self._early[revision] = Early(frame["id"], min(after, known.after if known else after))
        self._advance()
        return is_news

    def lose(self) -> None:
        """Too much is missing to be sent: the revision waits for a new page, and until then no word moves it."""
        self._is_lost = True

    def reach(self, revision: int) -> None:
        if self._is_lost:
            return
        self.revision = max(self.revision, revision)
        self._advance()

    def _advance(self) -> None:
        for revision, early in sorted(self._early.items()):
            if early.after <= self.revision:
                self.revision = max(self.revision, revision)
                del self._early[revision]

    def _knows_newer(self, message: str, revision: int) -> bool:
        return any(early.id == message and number > revision for number, early in self._early.items())


@dataclass
class View:
    """A room on one screen. `floor` is the oldest seq that it shows; `left_at` the revision that showed us out."""

    room: str
    log: Log = field(default_factory=Log)
    messages: dict[str, Shown] = field(default_factory=dict)
    floor: int = 1
    newest: int = 0
    left_at: int | None = None
    after_leaving: int = 0
    resets: int = 0

    def take(self, frame: Frame, *, me: str) -> bool:
        """Whether the message is news; the newest revision that ever came is noted in any case."""
        self.newest = max(self.newest, frame["revision"])
        is_news = self.log.take(frame)
        if is_news:
            self.messages[frame["id"]] = Shown(frame["seq"], frame["revision"], frame["html"])
        if frame.get("leaver") == me:
            self.left_at = frame["revision"]
        return is_news

    def restart(self, revision: int, messages: dict[str, Shown]) -> None:
        """The page was loaded anew."""
        self.log, self.messages = Log(revision), dict(messages)
        self.floor = min((shown.seq for shown in messages.values()), default=1)
        self.resets += 1
