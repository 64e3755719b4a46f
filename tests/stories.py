"""What may happen to a room and to those who watch it: stories that are told to the real site, and on paper.

They are lists of steps and no state machine of Hypothesis', and lose nothing by it: no step needs what another one
came to, because numbers count round whatever is there, and so every order of steps is a story. And a list can be told
twice: the same stories go through the hub, and past it, through the browser's own modules.
"""

from typing import NamedTuple

from hypothesis import strategies as st

TABS = 3
FAR_BEHIND = 4
"""Stories are short, so a tab that lacks more messages than this is told to begin anew."""


class Step(NamedTuple):
    verb: str
    numbers: tuple[int, ...] = ()


Story = list[Step]


def story(text: str) -> Story:
    """`say, ring 0 0, sleep 1`: numbers are of messages, of bells in the order of their changes, or of a tab."""
    parts = (part.split() for part in text.split(","))
    return [Step(verb, tuple(map(int, numbers))) for verb, *numbers in parts]


def _of(verb: str, numbers: st.SearchStrategy[tuple[int, ...]]) -> st.SearchStrategy[Step]:
    return numbers.map(lambda drawn: Step(verb, drawn))


_ANY = st.tuples(st.integers(0, 30))
_TAB = st.tuples(st.integers(0, TABS - 1))
_DEEDS = ["open", "close", "sleep", "stall", "wake", "heads", "load", "no_page"]
_BELLS = st.lists(st.integers(0, 30), min_size=1, max_size=6).map(tuple)

# In the log; of bells, which come in any order, again, late, or never; at a tab; and nothing, for a while.
CHANGES = st.one_of(st.just(Step("say")), _of("amend", _ANY), _of("delete", _ANY))
BELLS = _of("ring", _BELLS)
AT_A_TAB = st.sampled_from(_DEEDS).flatmap(lambda verb: _of(verb, _TAB))
PAUSES = st.just(Step("pause"))

STORIES = st.lists(st.one_of(CHANGES, CHANGES, BELLS, BELLS, AT_A_TAB, AT_A_TAB, PAUSES), min_size=12, max_size=50).map(
    lambda steps: [*story("open 0, open 1"), *steps]
)

EXAMPLES = [
    story(text)
    for text in (
        # In order, and twice, and backwards.
        "open 0, say, ring 0, say, ring 1, say, ring 2",
        "open 0, say, say, ring 0 0 1 0 1 1",
        "open 0, say, say, say, ring 2 1 0, pause",
        # The one in the middle never rings, or only after it was read; the last one never does.
        "open 0, open 1, say, say, say, ring 0 2, pause, ring 1",
        "open 0, say, say, heads 0, pause",
        # A late bell must not bring back what was amended or deleted since.
        "open 0, say, amend 0, ring 1, ring 0, pause",
        "open 0, say, delete 0, say, ring 2, pause, ring 0 1",
        "say, say, amend 0, open 0, delete 1, ring 4 3 2 1 0, pause",
        # What rings while a tab is told what it lacks.
        "say, say, open 0, say, ring 2, amend 0, ring 3, pause, ring 0 1",
        "open 0, say, say, ring 1, pause, say, ring 2, heads 0, pause",
        # Asleep, and back with its own revision: after nothing, after little, after too much.
        "open 0, pause, sleep 0, open 0, pause, say, ring 0",
        "open 0, say, ring 0, pause, sleep 0, say, amend 0, ring 1 2, open 0, say, ring 3, pause",
        "open 0, pause, sleep 0, say, say, say, say, say, say, say, open 0, say, ring 7, pause",
        "open 0, pause, sleep 0, say, say, say, say, say, say, say, open 0, load 0, say, ring 7, pause",
        "open 0, pause, sleep 0, say, say, say, say, say, say, say, open 0, pause, sleep 0, say, open 0",
        # Lost, and the page that should make it good does not come either.
        "open 0, pause, sleep 0, say, say, say, say, say, say, say, open 0, sleep 0, open 0, pause, heads 0, pause",
        "open 0, open 1, pause, sleep 0, say, say, say, say, say, say, open 0, pause, sleep 0, say, open 0, ring 6",
        "open 0, pause, sleep 0, say, say, say, say, say, say, say, open 0, pause, say, ring 7, no_page 0, pause",
        "open 0, pause, sleep 0, say, say, say, say, say, say, say, open 0, say, ring 7, pause, ring 6, pause, pause",
        # Asked, and the line breaks before the answer.
        "open 0, say, say, ring 1, pause, sleep 0, say, open 0, pause, ring 0 2",
        # Too slow for its mailbox, once and again.
        "open 0, pause, stall 0, say, say, say, say, say, say, ring 0 1 2 3 4 5, pause, wake 0",
        "open 0, open 1, pause, stall 0, say, say, ring 0 1, pause, amend 0, amend 1, ring 2 3, pause, amend 0, "
        "delete 1, ring 4 5, pause, wake 0, say, ring 6, stall 0, say, ring 7",
        # More is missing than the hub reads at once, for everybody.
        "open 0, open 1, pause, say, say, say, say, say, say, say, say, ring 7, pause, say, ring 8, pause",
        # Closed, and opened as a new page.
        "open 0, say, ring 0, close 0, say, ring 1, open 0, amend 0, ring 2, pause",
        "open 0, open 1, say, close 0, ring 0, close 1, say, open 1, ring 1, open 0",
    )
]
