"""One room's, or one person's, frames in this process: gathered, encoded once, handed to every tab that wants them."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from chatsite.lib.metrics import Metrics
from chatsite.lib.realtime import STRANGERS, Frame, sealed

GATHER = 0.010
HINT_EVERY = 1.0


class Parcel(NamedTuple):
    """Frames of one group, shared by all tabs: `inner` is the array without its brackets, `wire` the whole of it as it
    goes over a WebSocket.
    """

    group: str
    inner: str
    frames: int
    revision: int | None
    wire: bytes = b""


class Piece(NamedTuple):
    """One encoded frame on its way into a parcel; whoever it says has left gets it as the last one.

    `at` is when what it tells of was committed, as the clock of that process had it.
    """

    frame: str
    revision: int | None = None
    leaver: str | None = None
    at: float | None = None


class Tab(Protocol):
    """None of these may wait, and none may raise."""

    user_id: str

    def offer(self, parcel: Parcel) -> None:
        """Queue it."""

    def hint(self, group: str, hint: Frame) -> None:
        """Something happened in a room that this tab only lists."""

    def obey(self, order: str) -> None:
        """A word from the person's own group."""


@dataclass(eq=False)
class Feed:
    """What this process knows of one group.

    `revision` is the last one handed out, None before anybody opened it; `heard` is the newest that was named.
    """

    group: str
    metrics: Metrics
    subscribed: "asyncio.Future[bool]"
    revision: int | None = None
    heard: int = 0
    opening: int = 0
    open_in: set[Tab] = field(default_factory=set)
    listed_in: set[Tab] = field(default_factory=set)
    catching_up: bool = False
    _early: dict[int, Piece] = field(default_factory=dict)
    _waiting: list[Piece] = field(default_factory=list)
    _flushed_at: float = 0.0
    _next_hint: Frame | None = None
    _hinted_at: float = 0.0

    def is_idle(self) -> bool:
        return not self.open_in and not self.listed_in and not self.opening

    def serves(self, tab: Tab) -> bool:
        return tab in self.open_in or tab in self.listed_in

    def forget(self, tab: Tab) -> None:
        self.open_in.discard(tab)
        self.listed_in.discard(tab)

    def admit(self, piece: Piece) -> bool:
        """In order: at once, and with it what waited for it. Shown before: no more. True where others are missing."""
        if piece.revision is None:
            self.gather(piece)
        elif self.revision is not None and piece.revision > self.revision:
            self._early[piece.revision] = piece
            self.reach(self.revision)
        return self.has_gap()

    def reach(self, revision: int | None) -> None:
        """Up to here all has been handed out; what comes next and waits follows, unless the log is being read."""
        self.revision = revision
        self._early = {number: piece for number, piece in self._early.items() if number > (revision or 0)}
        while not self.catching_up and (piece := self._early.pop((self.revision or 0) + 1, None)):
            self.revision = piece.revision
            self.gather(piece)

    def disbelieve(self) -> None:
        """What was heard of is not in the log."""
        self.heard = self.revision or 0
        self._early.clear()

    def has_gap(self) -> bool:
        return bool(self._early)

    def gather(self, piece: Piece) -> None:
        """The first frame after a quiet moment goes at once; what follows within 10 ms goes together."""
        self._waiting.append(piece)
        wait = self._flushed_at + GATHER - time.monotonic()
        if piece.leaver or wait <= 0:
            self.flush()
            if piece.leaver:
                self.show_out(piece.leaver)
        elif len(self._waiting) == 1:
            asyncio.get_running_loop().call_later(wait, self.flush)

    def give_hint(self, hint: Frame) -> None:
        """At most one a second, with all that was told meanwhile."""
        already_waiting, self._next_hint = self._next_hint is not None, together(self._next_hint or hint, hint)
        if not already_waiting:
            wait = max(0.0, self._hinted_at + HINT_EVERY - time.monotonic())
            asyncio.get_running_loop().call_later(wait, self._flush_hint)

    def flush(self) -> None:
        pieces, self._waiting = self._waiting, []
        if not pieces:
            return
        self._flushed_at = time.monotonic()
        inner = ",".join(piece.frame for piece in pieces)
        revisions = [piece.revision for piece in pieces if piece.revision is not None]
        last = revisions[-1] if revisions else None
        parcel = Parcel(self.group, inner, len(pieces), last, sealed(f"[{inner}]"))
        self._measure(pieces)
        for tab in self.open_in:
            tab.offer(parcel)

    def _measure(self, pieces: list[Piece]) -> None:
        self.metrics.deliveries += len(pieces) * len(self.open_in)
        now = time.time()
        for piece in pieces:
            if piece.at:
                self.metrics.lag.observe(max(0.0, now - piece.at))

    def show_out(self, leaver: str) -> None:
        """Members list the room; who does not only looked in."""
        everybody, strangers = self.open_in | self.listed_in, self.open_in - self.listed_in
        leaving = strangers if leaver == STRANGERS else {tab for tab in everybody if tab.user_id == leaver}
        for tab in leaving:
            self.forget(tab)

    def _flush_hint(self) -> None:
        hint, self._next_hint = self._next_hint, None
        self._hinted_at = time.monotonic()
        for tab in self.listed_in - self.open_in:
            tab.hint(self.group, hint or {})


def together(one: Frame, other: Frame) -> Frame:
    """Two hints as one. The newest message says it all, but for whom the other mentions and which need no reading: an
    older one that has changed is told of as well, and is no news.
    """
    newest = max(one, other, key=lambda hint: int(hint["seq"]))
    return newest | {name: sorted({*one.get(name, ()), *other.get(name, ())}) for name in ("mentions", "quiet")}
