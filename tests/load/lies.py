"""False evidence of every kind: an oracle that does not notice each of these proves nothing."""

from collections.abc import Callable, Iterator
from copy import deepcopy

from tests.load.log import Shown, View
from tests.load.oracle import Closing, Evidence, Request, Screen, judge
from tests.load.truth import Answered

Lie = Callable[[Evidence], None]


def a_hole(evidence: Evidence) -> None:
    del evidence.truth.messages[0]


def a_lost_message(evidence: Evidence) -> None:
    key, ack = next(iter(evidence.ledger.acks.items()))
    evidence.ledger.acks[f"not {key}"] = ack


def another_seq(evidence: Evidence) -> None:
    key, ack = next(iter(evidence.ledger.acks.items()))
    evidence.ledger.acks[key] = ack._replace(seq=ack.seq + 1)


def said_twice(evidence: Evidence) -> None:
    ack = next(iter(evidence.ledger.acks.values()))
    again = next(one for one in evidence.truth.messages if one.body == ack.body)
    evidence.truth.messages.append(again._replace(key="another"))


def a_message_unseen(evidence: Evidence) -> None:
    view = _full_view(evidence)
    del view.messages[next(reversed(view.messages))]


def other_words(evidence: Evidence) -> None:
    view = _full_view(evidence)
    message, shown = next(reversed(view.messages.items()))
    view.messages[message] = Shown(shown.seq, shown.revision, shown.html.replace("message__body", "nothing"))


def standing_behind(evidence: Evidence) -> None:
    _full_view(evidence).log.revision -= 1


def seen_after_removal(evidence: Evidence) -> None:
    evidence.screens.append(Screen("removed", View("any", newest=8), 7))


def stayed_after_logout(evidence: Evidence) -> None:
    evidence.closings.append(Closing("ended", 1.2, 1.0, 4401))


def never_answered(evidence: Evidence) -> None:
    evidence.truth.runs.append(Answered("one", "streaming", 1, 0, 0, "message", "drafting"))


def memory_grown(evidence: Evidence) -> None:
    evidence.memory["web"] = [100.0, 300.0]


def never_given_up(evidence: Evidence) -> None:
    evidence.stalled.append(None)


def asked_too_often(evidence: Evidence) -> None:
    evidence.requests += [Request("ok", True)] * (1 + sum(one.attempts for one in evidence.truth.runs))


def a_word_in_the_log(evidence: Evidence) -> None:
    evidence.leaks["a log"] = (10, 1)


LIES: dict[str, list[Lie]] = {
    "I1": [a_hole],
    "I2": [a_lost_message, another_seq, said_twice],
    "I3": [a_message_unseen, other_words, standing_behind],
    "I4": [seen_after_removal, stayed_after_logout],
    "I5": [never_answered],
    "I6": [memory_grown, never_given_up],
    "I7": [asked_too_often],
    "I8": [a_word_in_the_log],
}


def unnoticed(evidence: Evidence) -> Iterator[str]:
    """The lies that the oracle believes, told one at a time over true evidence."""
    honest = {verdict.name: verdict.broken for verdict in judge(evidence)}
    for name, lies in LIES.items():
        for lie in lies:
            told = deepcopy(evidence)
            lie(told)
            broken = {verdict.name: verdict.broken for verdict in judge(told)}
            if broken[name] == honest[name]:
                yield f"{name}: {lie.__name__}"


def _full_view(evidence: Evidence) -> View:
    """One that shows everything as it is."""
    return next(
        one.view
        for one in evidence.screens
        if one.removed_at is None and one.view.log.revision == evidence.truth.heads[one.view.room][1]
    )
