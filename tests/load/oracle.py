"""Compares every client's view, and every promise made, with the database: I1 to I8, one verdict each.

Nothing here asks anybody: all of it works on evidence, so that it can be shown false evidence too.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.load.log import View
from tests.load.sender import Ack, Ledger
from tests.load.truth import Answered, Stored, Truth, text_of

FINAL = {"done", "stopped", "interrupted", "failed"}
TRIES = 3
GROWTH = 80.0  # megabytes


class Verdict(NamedTuple):
    name: str
    facts: str
    broken: list[str]


class Screen(NamedTuple):
    """What one client shows of one room. `removed_at` is the revision at which its person was shown out, if at all."""

    who: str
    view: View
    removed_at: int | None


class Closing(NamedTuple):
    """One tab of a session that was ended: how long it stayed, and the code that a new attempt got."""

    who: str
    after: float | None
    within: float
    again: int


class Request(NamedTuple):
    """One call of the model, and how it ended."""

    outcome: str
    said_something: bool


@dataclass
class Evidence:
    truth: Truth
    ledger: Ledger
    screens: list[Screen]
    unsent: int = 0
    removed: set[tuple[str, str]] = field(default_factory=set)
    closings: list[Closing] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    budget: tuple[int, int] = (16_000, 1_200)
    memory: dict[str, list[float]] = field(default_factory=dict)
    stalled: list[float | None] = field(default_factory=list)
    leaks: dict[str, tuple[int, int]] = field(default_factory=dict)


def i1(evidence: Evidence) -> Verdict:
    """Seqs in a room are 1 to last_seq."""
    by_room = evidence.truth.by_room()
    broken = []
    for room, (last_seq, last_revision) in evidence.truth.heads.items():
        messages = by_room.get(room, [])
        if [one.seq for one in messages] != list(range(1, last_seq + 1)):
            broken.append(f"room {room} has {len(messages)} messages, and its last is {last_seq}")
        if messages and max(one.revision for one in messages) != last_revision:
            broken.append(f"room {room} has no message of its last revision {last_revision}")
    facts = f"{len(evidence.truth.heads)} rooms, {len(evidence.truth.messages)} messages"
    return Verdict("I1", f"{facts}, {len(broken)} rooms with holes", broken)


def i2(evidence: Evidence) -> Verdict:
    """An acknowledged key is stored exactly once, under the acknowledged seq, with the words that were sent."""
    ledger, stored = evidence.ledger, {(one.author, one.key): one for one in evidence.truth.messages}
    lost = [f"{key} of seq {ack.seq}" for key, ack in ledger.acks.items() if not _kept(stored, key, ack)]
    bodies = Counter(one.body for one in evidence.truth.messages if one.author not in evidence.truth.bots)
    unique = {ack.body for ack in ledger.acks.values()}
    twice = [f"{count} times {body[:40]!r}" for body, count in bodies.items() if count > 1 and body in unique]
    refused = [f"{code} in {room}" for user, room, code in ledger.refusals if (user, room) not in evidence.removed]
    acked = len(ledger.acks)
    facts = f"acked {acked}, stored {acked - len(lost)}, lost {len(lost)}, duplicates {len(twice)}"
    more = f"; {ledger.doubles} sent twice at once, {ledger.conflicts} conflicts, {len(ledger.delays)} put off"
    rest = f", {len(refused)} refused, {evidence.unsent} left unanswered"
    unsent = [f"{evidence.unsent} messages never got an answer"] if evidence.unsent else []
    return Verdict("I2", facts + more + rest, lost + twice + ledger.contradictions + refused + unsent)


def _kept(stored: dict[tuple[str, str], Stored], key: str, ack: Ack) -> bool:
    one = stored.get((ack.author, key))
    return one is not None and (one.room, one.seq, one.id, one.body) == (ack.room, ack.seq, ack.id, ack.body)


def i3(evidence: Evidence) -> Verdict:
    """Every client shows what the database holds."""
    by_room, broken, compared = evidence.truth.by_room(), [], 0
    present = [screen for screen in evidence.screens if screen.removed_at is None]
    for who, view, _ in present:
        last = evidence.truth.heads[view.room][1]
        wanted = {one.id: one for one in by_room.get(view.room, []) if one.seq >= view.floor}
        wrong = [one for one in wanted.values() if not _shows(view, one)]
        compared += len(wanted)
        if wrong or view.log.revision != last or not view.messages.keys() >= wanted.keys():
            broken.append(f"{who} differs in {len(wrong)} of {len(wanted)}, stands at {view.log.revision} of {last}")
    resets = sum(screen.view.resets for screen in present)
    facts = f"{len(present)} views, {compared} messages compared, {resets} reloaded, {len(broken)} views differ"
    return Verdict("I3", facts, broken)


def _shows(view: View, one: Stored) -> bool:
    shown = view.messages.get(one.id)
    return bool(shown) and (shown.seq, shown.revision, text_of(shown.html)) == (one.seq, one.revision, one.text)


def i4(evidence: Evidence) -> Verdict:
    """Nothing after removal or logout."""
    removed = [screen for screen in evidence.screens if screen.removed_at is not None]
    later = [f"{one.who} saw {one.view.newest}, removed at {one.removed_at}" for one in removed if _saw_more(one)]
    stayed = [f"{one.who} stayed {_time(one.after)} of {one.within:.1f} s" for one in evidence.closings if _stayed(one)]
    back = [f"{one.who} came back ({one.again})" for one in evidence.closings if one.again != 4401]
    slowest = max((one.after or 0.0 for one in evidence.closings), default=0.0)
    facts = f"{len(removed)} views of removed members, {len(later)} saw more"
    more = f"; {len(evidence.closings)} tabs of ended sessions, {len(stayed)} stayed too long (slowest {slowest:.2f} s)"
    return Verdict("I4", facts + more, later + stayed + back)


def _saw_more(screen: Screen) -> bool:
    return screen.view.newest > (screen.removed_at or 0) or bool(screen.view.after_leaving)


def _stayed(closing: Closing) -> bool:
    return closing.after is None or closing.after > closing.within


def _time(seconds: float | None) -> str:
    return "to the end" if seconds is None else f"{seconds:.2f}"


def i5(evidence: Evidence) -> Verdict:
    """One final answer, or one visible failure, for every question; and every question is known as one."""
    truth = evidence.truth
    asked = {one.message: one.status for one in truth.asked}
    questions = [one for one in truth.messages if _asks(one, truth)]
    unheard = [f"seq {one.seq} was never heard" for one in questions if one.id not in asked.keys() | truth.turned_away]
    waiting = [f"{message} is {status}" for message, status in asked.items() if status != "answered"]
    open_ = [f"run {one.id} is {one.status}, its message {one.message_status}" for one in truth.runs if not _over(one)]
    answers = Counter(one.message for one in truth.runs)
    many = [f"{count} runs wrote {message}" for message, count in answers.items() if count > 1]
    spoken = {one.id for one in truth.messages if one.author in truth.bots and one.status != "complete"}
    stray = [f"message {one} has no run" for one in spoken - answers.keys()]
    ends = Counter(one.message_status for one in truth.runs)
    away = len(truth.turned_away)
    facts = f"{len(questions)} questions, {len(truth.runs)} answers ({_counts(ends)}), {away} turned away"
    return Verdict("I5", f"{facts}, {len(unheard) + len(waiting)} unanswered", unheard + waiting + open_ + many + stray)


def _asks(one: Stored, truth: Truth) -> bool:
    return one.body.startswith("@assistant") and one.room in truth.rooms_with_bot and one.author not in truth.bots


def _over(run: Answered) -> bool:
    return run.status in FINAL and run.message_status != "drafting"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())


def i6(evidence: Evidence) -> Verdict:
    """Memory is bounded, whatever a reader asks for and does not take."""
    growth = {name: max(seen) - seen[0] for name, seen in evidence.memory.items() if seen}
    broken = [f"{name} grew by {more:.0f} MB" for name, more in growth.items() if more > GROWTH]
    kept = sum(one is None for one in evidence.stalled)
    broken += [f"{kept} stalled readers were never given up"] if kept else []
    grown = ", ".join(f"{name} +{more:.0f} MB" for name, more in growth.items()) or "not watched"
    slowest = max((one for one in evidence.stalled if one), default=0.0)
    cut = f"{len(evidence.stalled) - kept} of {len(evidence.stalled)} stalled readers given up"
    return Verdict("I6", f"{grown}; {cut} (slowest after {slowest:.0f} s)", broken)


def i7(evidence: Evidence) -> Verdict:
    """No more calls of the model than attempts allow, and none longer than its budget."""
    attempts = sum(one.attempts for one in evidence.truth.runs)
    retried = sum(not one.said_something and one.outcome != "ok" for one in evidence.requests)
    allowed = attempts + min(retried, attempts * (TRIES - 1))
    prompt, output = evidence.budget
    long = [f"run {one.id}: {one.prompt_tokens} in, {one.output_tokens} out" for one in evidence.truth.runs
            if one.prompt_tokens > prompt or one.output_tokens > output]  # fmt: skip
    more = [f"{len(evidence.requests)} calls, {allowed} allowed"] if len(evidence.requests) > allowed else []
    facts = f"{len(evidence.requests)} calls of the model in {attempts} attempts, {retried} of them retries"
    return Verdict("I7", f"{facts}, {len(long)} over budget", more + long)


def i8(evidence: Evidence) -> Verdict:
    """No message text in Redis, logs, Celery's messages or the database's files."""
    facts = ", ".join(f"{place} {looked}" for place, (looked, _) in evidence.leaks.items())
    broken = [f"{found} times in {place}" for place, (_, found) in evidence.leaks.items() if found]
    broken += [f"nothing was looked at in {place}" for place, (looked, _) in evidence.leaks.items() if not looked]
    found = sum(found for _, found in evidence.leaks.values())
    return Verdict("I8", f"looked at {facts}: found {found}", broken)


INVARIANTS: list[Callable[[Evidence], Verdict]] = [i1, i2, i3, i4, i5, i6, i7, i8]


def judge(evidence: Evidence) -> list[Verdict]:
    return [invariant(evidence) for invariant in INVARIANTS]
