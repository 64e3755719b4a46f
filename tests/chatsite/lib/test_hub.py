"""The hub between bells and the log: in order, once and without gaps, whatever rings and whoever does not answer."""

import asyncio
from typing import Any

import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from chatsite.lib import hub as hubs
from chatsite.lib.hub import Hub
from tests.chatsite.lib.ledger import GROUP, Ledger, Reader, SlowLayer, is_subscribed, open_in, ring, settle, until

pytestmark = pytest.mark.anyio

REAL = settings.CHANNEL_LAYERS["default"]
SLOW = {"default": {**REAL, "BACKEND": "tests.chatsite.lib.ledger.SlowLayer"}}
DEAD = {"default": {**REAL, "CONFIG": {"hosts": ["unix:///nowhere/valkey.sock"]}}}


# In order, once, and without gaps


async def test_what_comes_in_order_is_handed_on_without_asking_the_log(hub: Hub, ledger: Ledger) -> None:
    reader = Reader()
    await open_in(hub, reader)
    ledger.reads = 0
    await ring(ledger, *(ledger.append() for _ in range(5)))
    await until(lambda: reader.revision == 5)
    assert reader.revisions == [1, 2, 3, 4, 5]
    assert (ledger.reads, hub.metrics.gaps) == (0, 0)


async def test_what_comes_twice_is_handed_on_once(hub: Hub, ledger: Ledger) -> None:
    reader = Reader()
    await open_in(hub, reader)
    first, second = ledger.append(), ledger.append()
    await ring(ledger, first, first, second, first, second)
    await settle(hub, 5)
    await until(lambda: reader.revision == 2)
    assert reader.revisions == [1, 2]


async def test_a_gap_is_read_once_for_all_tabs(hub: Hub, ledger: Ledger) -> None:
    readers = [Reader() for _ in range(3)]
    await open_in(hub, *readers)
    ledger.reads = 0
    ledger.append(), ledger.append()
    await ring(ledger, ledger.append())
    await until(lambda: all(reader.revision == 3 for reader in readers))
    assert all(reader.revisions == [1, 2, 3] for reader in readers)
    assert (ledger.reads, hub.metrics.gaps, hub.metrics.polls) == (1, 1, 0)


async def test_what_rings_while_the_log_is_read_is_not_lost(hub: Hub, ledger: Ledger) -> None:
    reader = Reader()
    await open_in(hub, reader)
    reading, go_on = asyncio.Event(), asyncio.Event()
    read = ledger.changes

    async def slowly(group: str, since: int) -> Any:
        changes = await read(group, since)
        reading.set()
        await go_on.wait()
        return changes

    ledger.changes = slowly  # type: ignore[method-assign]
    ledger.append()
    await ring(ledger, ledger.append())
    await reading.wait()
    await ring(ledger, ledger.append())
    await until(lambda: hub.metrics.bells == 2)
    go_on.set()
    await until(lambda: reader.revision == 3, seconds=0.9)
    assert hub.metrics.polls == 0


async def test_a_bell_for_what_the_log_does_not_hold_ends_in_peace(hub: Hub, ledger: Ledger) -> None:
    reader = Reader()
    await open_in(hub, reader)
    await ring(ledger, {"type": "message", "id": 9, "revision": 9})
    await settle(hub, 1)
    assert reader.revision == 0
    await ring(ledger, ledger.append())
    await until(lambda: reader.revision == 1)


async def test_a_log_that_does_not_answer_is_asked_again(
    hub: Hub, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "POLL_WORRIED", 0.01)
    monkeypatch.setattr(hubs, "POLL_CALM", 0.01)
    reader = Reader()
    await open_in(hub, reader)
    ledger.append(), ledger.append()
    ledger.is_down = True
    await ring(ledger, ledger.frames[2])
    await until(lambda: ledger.reads > 2)
    assert reader.revision == 0
    ledger.is_down = False
    await until(lambda: reader.revision == 2)


async def test_the_tail_that_no_bell_told_of_is_found(
    hub: Hub, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "POLL_WORRIED", 0.01)
    monkeypatch.setattr(hubs, "POLL_CALM", 0.02)
    reader = Reader()
    await open_in(hub, reader)
    ledger.append()
    await until(lambda: reader.revision == 1)
    assert hub.metrics.bells == 0


async def test_a_tab_that_opens_late_gets_what_it_lacks_and_nothing_twice(hub: Hub, ledger: Ledger) -> None:
    early, late = Reader(), Reader()
    await open_in(hub, early)
    await ring(ledger, ledger.append(), ledger.append())
    await until(lambda: early.revision == 2)
    await open_in(hub, late, since=0)
    await ring(ledger, ledger.append())
    await until(lambda: early.revision == late.revision == 3)
    assert late.revisions == [1, 2, 3]


async def test_frames_without_a_revision_pass_as_they_come(hub: Hub, ledger: Ledger) -> None:
    reader = Reader()
    await hub.follow(reader, GROUP)
    await ring(ledger, {"type": "typing"}, {"type": "presence"})
    await until(lambda: len(reader.frames) == 2)
    assert [frame["type"] for frame in reader.frames] == ["typing", "presence"]


async def test_two_tabs_that_open_at_once_both_hear_what_is_said_next(ledger: Ledger, settings: Settings) -> None:
    settings.CHANNEL_LAYERS = SLOW
    SlowLayer.gate, SlowLayer.subscribing = asyncio.Event(), 0
    hub, readers = Hub(ledger), [Reader(), Reader()]
    opening = [asyncio.ensure_future(open_in(hub, reader)) for reader in readers]
    await until(lambda: SlowLayer.subscribing)
    for _ in range(20):
        await asyncio.sleep(0)
    unheard = ledger.append()
    SlowLayer.gate.set()
    await asyncio.gather(*opening)
    assert [reader.revision for reader in readers] == [unheard["revision"]] * 2
    assert hub.metrics.polls == 0


async def test_who_goes_while_coming_in_leaves_nothing_behind(ledger: Ledger, settings: Settings) -> None:
    settings.CHANNEL_LAYERS = SLOW
    SlowLayer.gate, SlowLayer.subscribing = asyncio.Event(), 0
    hub = Hub(ledger)
    listing = asyncio.ensure_future(hub.list(Reader(), [GROUP]))
    await until(lambda: SlowLayer.subscribing)
    listing.cancel()
    await until(lambda: not hub.feeds, seconds=1)
    SlowLayer.gate.set()
    await asyncio.sleep(0.1)
    assert not is_subscribed()


# Without Redis


async def test_without_redis_rooms_open_and_the_log_delivers(
    ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHANNEL_LAYERS = DEAD
    monkeypatch.setattr(hubs, "POLL_WORRIED", 0.02)
    reader, hub = Reader(), Hub(ledger)
    ledger.append()
    await open_in(hub, reader)
    assert reader.revision == 1
    ledger.append()
    await until(lambda: reader.revision == 2)
    settings.CHANNEL_LAYERS = {"default": REAL}
    await until(is_subscribed)
    polls = hub.metrics.polls
    await ring(ledger, ledger.append())
    await until(lambda: reader.revision == 3)
    assert hub.metrics.bells == 1 or hub.metrics.polls > polls
