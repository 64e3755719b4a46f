"""Unsent text follows its writer from device to device."""

import pytest
from django.db import connection

from accounts.models import User
from chatsite.lib.threads import in_thread
from rooms.models import Notepad, Room
from rooms.models.message import MAX_BYTES
from tests.people import browser
from tests.rooms.tabs import Frame, OpenTab, tab

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("live")]


async def write(page: OpenTab, room: Room, body: str, base: int) -> Frame:
    return await page.ask("note", room=str(room.pk), body=body, base=base)


async def test_what_is_written_here_is_told_to_ones_other_devices(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as phone, tab(alice, hq) as laptop:
        assert (await write(phone, hq, "half a thou", 0))["version"] == 1
        note = await laptop.receive("note")
        assert (note["room"], note["body"], note["version"]) == (str(hq.pk), "half a thou", 1)


async def test_what_others_write_is_nobodys_business(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice, hq) as page, tab(bob, hq) as other:
        await write(page, hq, "secret plan", 0)
        await page.receive("note")
        await other.ask("heartbeat")
        assert other.of("note") == []


async def test_the_last_writer_wins_and_is_handed_the_other_text(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as phone, tab(alice, hq) as laptop:
        await write(phone, hq, "from the phone", 0)
        answer = await write(laptop, hq, "from the laptop", 0)
        assert answer["displaced"] == "from the phone"
        assert (await in_thread(Notepad.objects.get)).body == "from the laptop"


async def test_who_has_seen_the_other_text_is_not_handed_it_again(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        first = await write(page, hq, "one", 0)
        assert "displaced" not in await write(page, hq, "one two", first["version"])


async def test_the_room_opens_with_the_text_on_every_device(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        await write(page, hq, "<b>to be continued", 0)
    html = (await in_thread((await in_thread(browser, alice)).get, hq.get_absolute_url())).content.decode()
    assert "&lt;b&gt;to be continued</textarea>" in html


async def test_an_outsider_and_too_long_a_text_are_refused(alice: User, carol: User, den: Room) -> None:
    async with tab(carol) as page:
        assert (await write(page, den, "hello", 0))["code"] == "not_found"
    async with tab(alice, den) as page:
        assert (await write(page, den, "x" * (MAX_BYTES + 1), 0))["code"] == "too_long"


async def test_the_database_sees_no_word_of_it(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        await write(page, hq, "canary in the coal mine", 0)
    assert b"canary" not in await in_thread(_stored)


def _stored() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM rooms_notepad")
        return bytes(cursor.fetchone()[0])
