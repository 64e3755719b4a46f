"""The browser's own modules hear what the Python client heard, and must come to the same, step by step."""

from collections import Counter

from tests.js.headless import run
from tests.js.transcripts import Transcript, transcripts

STORIES = 300
KINDS = ("message", "heads", "asked", "answered", "reset", "load", "down")
MODULE = "in_browser/transcripts.js"


def counts(told: list[Transcript]) -> Counter[str]:
    return Counter(
        event["frame"]["type"] if "frame" in event else event["event"] for one in told for event in one["events"]
    )


def test_the_browser_shows_and_asks_what_the_rules_say() -> None:
    told = transcripts(STORIES)
    often = counts(told)
    assert min(often[kind] for kind in KINDS) > 50, often
    outcomes = run(MODULE, made={"/transcripts.json": told})[MODULE]
    assert len(outcomes) == len(told)
    assert [outcome for outcome in outcomes if outcome["error"]] == []


def test_the_stories_are_the_same_in_every_run() -> None:
    assert transcripts(20) == transcripts(20)
