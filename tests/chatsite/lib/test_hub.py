"""The hub, on a real event loop, with a log in memory: whatever the bells do, every tab ends where the log is."""

import asyncio
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from chatsite.lib import feed as feeds
from chatsite.lib import hub as hubs
from chatsite.lib.hub import Hub
from chatsite.lib.realtime import Frame, layer
from tests.chatsite.lib.ledger import GROUP, Ledger, Reader, SlowLayer, until

pytestmark = pytest.mark.anyio

IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}}
SLOW = {"default": {"BACKEND": "tests.chatsite.lib.ledger.SlowLayer", "CONFIG": {"capacity": 10_000}}}
DEAD = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": ["unix:///nowhere/valkey.sock"]},
    }
}


@pytest.fixture(autouse=True)
def bells(settings: Settings) -> None:
    settings.CHANNEL_LAYERS = IN_MEMORY


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def hub(ledger: Ledger) -> Hub:
    return Hub(ledger)


async def open_in(hub: Hub, *readers: Reader, since: int = 0) -> None:
    for reader in readers:
        await hub.open(reader, GROUP, since=since, replay=reader.replay(hub.log))  # type: ignore[arg-type]


async def ring(ledger: Ledger, *frames: Frame, hint: Frame | None = None) -> None:
    for frame in frames:
        await layer().group_send(GROUP, ledger.bell(frame, hint=hint))


async def settle(hub: Hub, bells: int) -> None:
    await until(lambda: hub.metrics.bells >= bells)
    await until(lambda: not any(feed.catching_up for feed in hub.feeds.values()))


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
    assert (ledger.reads, hub.metrics.gaps) == (1, 1)


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


# Together


async def test_the_first_goes_at_once_and_what_follows_goes_together(
    hub: Hub, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "GATHER", 0.3)
    reader = Reader()
    await open_in(hub, reader)
    await ring(ledger, *(ledger.append() for _ in range(4)))
    await until(lambda: reader.revision == 1)
    assert [parcel.frames for parcel in reader.parcels] == [1]
    await until(lambda: reader.revision == 4)
    assert [parcel.frames for parcel in reader.parcels] == [1, 3]
    assert [parcel.revision for parcel in reader.parcels] == [1, 4]


async def test_all_tabs_get_the_very_same_text(hub: Hub, ledger: Ledger) -> None:
    one, other = Reader(), Reader()
    await open_in(hub, one, other)
    await ring(ledger, ledger.append(html="é" * 100))
    await until(lambda: one.revision == other.revision == 1)
    assert one.parcels[0] is other.parcels[0]


async def test_hints_come_at_most_once_in_a_while_and_the_last_says_it_all(
    hub: Hub, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "HINT_EVERY", 0.3)
    reader, clock = Reader(), asyncio.get_running_loop().time
    await hub.list(reader, [GROUP])
    for seq in range(1, 6):
        await ring(ledger, ledger.append(), hint={"seq": seq, "mentions": ["mira"] if seq == 2 else []})
    await until(lambda: reader.hints)
    told = clock()
    await until(lambda: reader.hints[-1]["seq"] == 5)
    assert len(reader.hints) <= 2
    assert any(hint["mentions"] == ["mira"] for hint in reader.hints)
    await ring(ledger, ledger.append(), hint={"seq": 6, "mentions": []})
    await until(lambda: reader.hints[-1]["seq"] == 6)
    assert clock() - told > 0.2
    assert reader.frames == []


async def test_who_shows_the_room_gets_no_hint(hub: Hub, ledger: Ledger) -> None:
    shows, lists = Reader(), Reader()
    await hub.list(shows, [GROUP])
    await open_in(hub, shows)
    await hub.list(lists, [GROUP])
    await ring(ledger, ledger.append(), hint={"seq": 1, "mentions": []})
    await until(lambda: lists.hints)
    assert shows.hints == []
    assert shows.revision == 1


# Going


async def test_who_leaves_gets_that_as_the_last_frame(hub: Hub, ledger: Ledger) -> None:
    stays, goes = Reader("mira"), Reader("jonas")
    await open_in(hub, stays, goes)
    await ring(ledger, ledger.append(), ledger.append(leaver="jonas"), ledger.append(), ledger.append())
    await until(lambda: stays.revision == 4)
    assert goes.revisions == [1, 2]


async def test_who_leaves_during_a_gap_gets_that_as_the_last_frame_too(hub: Hub, ledger: Ledger) -> None:
    stays, goes = Reader("mira"), Reader("jonas")
    await open_in(hub, stays, goes)
    ledger.append(), ledger.append(leaver="jonas"), ledger.append()
    await ring(ledger, ledger.append())
    await until(lambda: stays.revision == 4)
    assert goes.revisions == [1, 2]


async def test_who_leaves_hears_no_more_of_a_room_that_they_only_listed(hub: Hub, ledger: Ledger) -> None:
    stays, goes = Reader("mira"), Reader("jonas")
    await hub.list(stays, [GROUP])
    await hub.list(goes, [GROUP])
    await ring(ledger, ledger.append(leaver="jonas"), hint={"seq": 1, "mentions": []})
    await ring(ledger, ledger.append(), hint={"seq": 2, "mentions": []})
    await until(lambda: stays.hints and stays.hints[-1]["seq"] == 2)
    assert goes.hints == []


@pytest.mark.parametrize("listed", [False, True])
async def test_a_room_that_nobody_looks_at_is_let_go(listed: bool, hub: Hub, ledger: Ledger) -> None:
    reader = Reader()
    if listed:
        await hub.list(reader, [GROUP])
    await open_in(hub, reader)
    hub.close(reader, GROUP)
    assert list(hub.feeds) == ([GROUP] if listed else [])
    hub.leave(reader)
    await until(lambda: not hub.feeds and GROUP not in layer().groups)
    await open_in(hub, reader, since=reader.revision)
    await ring(ledger, ledger.append())
    await until(lambda: reader.revision == 1)


async def test_a_room_is_not_let_go_while_somebody_opens_it(hub: Hub, ledger: Ledger) -> None:
    goes, comes = Reader(), Reader()
    await hub.list(goes, [GROUP])
    replay = comes.replay(ledger)

    async def replay_while_the_other_goes(since: int) -> int:
        head: int = await replay(since)
        hub.leave(goes)
        return head

    await hub.open(comes, GROUP, since=0, replay=replay_while_the_other_goes)
    await ring(ledger, ledger.append())
    await until(lambda: comes.revision == 1)


async def test_a_room_that_could_not_be_opened_is_let_go(hub: Hub, ledger: Ledger) -> None:
    ledger.is_down = True
    with pytest.raises(ConnectionError):
        await open_in(hub, Reader())
    assert not hub.feeds


async def test_orders_reach_the_tabs_that_follow(hub: Hub, ledger: Ledger) -> None:
    follows, lists = Reader(), Reader()
    await hub.follow(follows, GROUP)
    await hub.list(lists, [GROUP])
    await layer().group_send(GROUP, ledger.bell({"type": "rooms"}) | {"order": "rooms"})
    await until(lambda: follows.orders)
    assert (follows.orders, lists.orders) == (["rooms"], [])


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
    settings.CHANNEL_LAYERS = IN_MEMORY
    await until(lambda: GROUP in layer().groups)
    polls = hub.metrics.polls
    await ring(ledger, ledger.append())
    await until(lambda: reader.revision == 3)
    assert hub.metrics.bells == 1 or hub.metrics.polls > polls


# Whatever the bells do


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "POLL_WORRIED", 0.005)
    monkeypatch.setattr(hubs, "POLL_CALM", 0.01)
    monkeypatch.setattr(feeds, "GATHER", 0.001)


STEPS = st.lists(
    st.one_of(
        st.just(("append", 0)),
        st.tuples(st.just("amend"), st.integers(0, 30)),
        st.tuples(st.just("ring"), st.integers(0, 30)),
        st.tuples(st.just("open"), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.integers(1, 6)),
    ),
    max_size=60,
)


@pytest.mark.usefixtures("hurry")
@effort(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@example(steps=[("append", 0), ("append", 0), ("ring", 1), ("wait", 2), ("append", 0), ("ring", 2), ("wait", 6)])
@example(steps=[("open", 0), ("append", 0), ("amend", 0), ("ring", 0), ("ring", 1), ("open", 1), ("ring", 0)])
def test_bells_shuffled_repeated_and_missing_end_at_the_log(steps: list[tuple[str, int]]) -> None:
    with override_settings(CHANNEL_LAYERS=IN_MEMORY):
        asyncio.run(play(steps))


async def play(steps: list[tuple[str, int]]) -> None:
    ledger = Ledger()
    hub, readers = Hub(ledger), [Reader() for _ in range(4)]
    await open_in(hub, readers[0])
    opened = {0}
    for step, number in steps:
        if step == "append" or not ledger.latest:
            ledger.append()
        elif step == "amend":
            ledger.amend(number % len(ledger.latest) + 1)
        elif step == "ring":
            await ring(ledger, ledger.frames[number % ledger.head + 1])
        elif step == "open" and number not in opened:
            opened.add(number)
            await open_in(hub, readers[number])
        for _ in range(number if step == "wait" else 0):
            await asyncio.sleep(0)
    await until(lambda: all(readers[n].revision == ledger.head for n in opened))
    assert all(readers[n].shown == ledger.latest for n in opened)
