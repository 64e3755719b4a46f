"""Removed meanwhile: what was read by then is not handed out, and a lost bell leaves nobody in a room for long."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from chatsite.lib.realtime import room_group
from chatsite.lib.threads import in_thread
from rooms import commands, tabs
from rooms.actions.memberships import remove_member
from rooms.exceptions import NotFound
from rooms.models import Membership, Room
from rooms.tabs import STRANGER
from tests.people import say, seat
from tests.rooms.tabs import tab


def test_a_slow_reader_who_was_removed_gets_nothing_of_what_it_missed(alice: User, bob: User, den: Room) -> None:
    remove_member(seat(bob, den), by=seat(alice, den))
    say(alice, den, "among ourselves")
    with pytest.raises(NotFound):
        commands.replayed(bob, room_group(den.pk), 0)
    assert commands.replayed(alice, room_group(den.pk), 0).frames


def test_who_was_removed_while_opening_gets_no_half_written_answers(alice: User, bob: User, den: Room) -> None:
    asked = commands.opened(bob, {"room": str(den.pk), "since": 0})
    remove_member(seat(bob, den), by=seat(alice, den))
    with pytest.raises(NotFound):
        commands.arrive(bob, asked.room, uuid4().hex)


def test_a_room_that_is_gone_is_not_found(alice: User, den: Room) -> None:
    with pytest.raises(NotFound):
        commands.opened(alice, {"room": str(uuid4()), "since": 0})


@pytest.mark.anyio
async def test_a_room_that_became_private_unheard_closes_on_those_who_only_looked_in(
    alice: User, carol: User, hq: Room, live: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabs, "SWEEP", 0.75)
    async with tab(carol, hq) as outside, tab(alice, hq) as inside:
        await in_thread(Room.objects.filter(pk=hq.pk).update, kind=Room.Kind.PRIVATE)
        assert await outside.closed() == STRANGER
        assert (await inside.ask("heartbeat"))["type"] == "ok"


@pytest.mark.anyio
async def test_who_was_removed_unheard_looks_on_for_a_moment_only(
    alice: User, bob: User, den: Room, live: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabs, "SWEEP", 0.75)
    async with tab(bob, den) as his, tab(alice, den) as hers:
        await in_thread(Membership.objects.filter(user=bob, room=den).update, left_at=timezone.now())
        assert await his.closed() == STRANGER
        assert (await hers.ask("heartbeat"))["type"] == "ok"


@pytest.mark.anyio
async def test_who_has_heard_of_it_keeps_the_line(
    alice: User, bob: User, den: Room, live: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabs, "SWEEP", 0.75)
    async with tab(bob, den) as his:
        await in_thread(lambda: remove_member(seat(bob, den), by=seat(alice, den)))
        await his.receive("message", leaver=str(bob.pk))
        await asyncio.sleep(1.5)
        assert (await his.ask("heartbeat"))["type"] == "ok"


def test_strangers_are_those_who_are_not_in_a_private_room(alice: User, carol: User, hq: Room, den: Room) -> None:
    looking = [(user.pk, room.pk) for user in (alice, carol) for room in (hq, den)]
    assert commands.strangers(looking) == {(carol.pk, den.pk)}
    assert commands.strangers([]) == set()
