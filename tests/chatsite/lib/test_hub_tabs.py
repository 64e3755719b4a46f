"""The hub and its tabs: what goes together, who only gets a hint, and who gets nothing any more."""

import asyncio

import pytest

from chatsite.lib import feed as feeds
from chatsite.lib.hub import Hub
from chatsite.lib.realtime import STRANGERS, layer
from tests.chatsite.lib.ledger import GROUP, Ledger, Reader, is_subscribed, open_in, ring, until

pytestmark = pytest.mark.anyio


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


async def test_an_old_message_that_changes_hides_no_new_one(
    hub: Hub, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "HINT_EVERY", 0.3)
    reader = Reader()
    await hub.list(reader, [GROUP])
    for seq, quiet in ((1, []), (2, [2]), (3, []), (1, [])):
        await ring(ledger, ledger.append(), hint={"seq": seq, "mentions": [], "quiet": quiet})
    await asyncio.sleep(0.5)
    assert max(hint["seq"] for hint in reader.hints) == reader.hints[-1]["seq"] == 3
    assert [seq for hint in reader.hints for seq in hint["quiet"]] == [2]


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


@pytest.mark.parametrize("is_heard", [True, False])
async def test_a_room_that_closes_is_closed_to_strangers_at_that_place(
    is_heard: bool, hub: Hub, ledger: Ledger
) -> None:
    """Whether the bells come or the log is read, and whatever was said behind it already."""
    member, stranger = Reader("mira"), Reader("carol")
    await hub.list(member, [GROUP])
    await open_in(hub, member, stranger)
    frames = [ledger.append(), ledger.append(leaver=STRANGERS), ledger.append(), ledger.append()]
    await ring(ledger, *(frames[::-1] if is_heard else frames[-1:]))
    await until(lambda: member.revision == 4)
    assert stranger.revisions == [1, 2]
    assert member.revisions == [1, 2, 3, 4]


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
    await until(lambda: not hub.feeds and not is_subscribed())
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
