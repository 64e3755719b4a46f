"""A socket lives no longer than the session that opened it."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.sessions import over, visit
from chatsite.lib.feed import Parcel
from chatsite.lib.realtime import sealed
from chatsite.lib.threads import in_thread
from rooms import tabs
from rooms.models import Room
from rooms.tabs import SIGNED_OUT, Tab
from tests.people import browser, say
from tests.rooms.tabs import tab

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("live")]


async def test_signing_out_closes_the_sockets_of_that_session(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        await in_thread(page.client.post, "/accounts/logout/")
        assert await page.closed() == SIGNED_OUT


async def test_signing_out_leaves_the_other_devices_alone(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as phone, tab(alice, hq) as laptop:
        await in_thread(phone.client.post, "/accounts/logout/")
        assert await phone.closed() == SIGNED_OUT
        message = await in_thread(say, alice, hq, "still here")
        assert (await laptop.receive("message", seq=message.seq))["id"] == str(message.pk)


async def test_after_signing_out_not_one_more_frame_arrives(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        await in_thread(page.client.post, "/accounts/logout/")
        await page.closed()
        known = len(page.seen)
        await in_thread(say, bob, hq, "secret")
        assert await page.socket.receive_nothing(0.3)
        assert len(page.seen) == known


async def test_by_the_short_way_out_nothing_leaves_behind_the_order_either(alice: User, hq: Room) -> None:
    """Bells that lie ready are heard one after the other, and no task has its turn between them."""
    written: list[bytes] = []
    client = await in_thread(browser, alice)
    found = await in_thread(visit, _cookies(client))
    assert found
    page = Tab(found, _nothing, _nothing, write=lambda frame: not written.append(frame))
    page.offer(_parcel("before"))
    page.obey(f"ended {found.mark}")
    page.offer(_parcel("secret"))
    page.mailbox.put({"type": "rooms"})
    page.leave()
    assert [b"before" in frame for frame in written] == [True]


async def test_another_password_closes_the_sockets_of_other_devices(alice: User, hq: Room) -> None:
    await in_thread(_set_password, alice, "old horse battery staple")
    async with tab(alice, hq) as thief:
        here = await in_thread(browser, alice)
        form = {"oldpassword": "old horse battery staple", "password1": "new horse battery staple"}
        answer = await in_thread(here.post, "/accounts/password/change/", form)
        assert answer.status_code == 302, answer.content
        assert await thief.closed() == SIGNED_OUT


async def test_a_lost_order_is_made_up_for_by_the_sweep(alice: User, hq: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabs, "SWEEP", 0.2)
    async with tab(alice, hq) as page:
        await in_thread(User.objects.filter(pk=alice.pk).update, is_active=False)
        assert await page.closed() == SIGNED_OUT


async def test_a_living_session_is_not_over(alice: User, bob: User) -> None:
    clients = [await in_thread(browser, user) for user in (alice, bob)]
    visits = [found for client in clients if (found := await in_thread(visit, _cookies(client)))]
    assert len(visits) == 2
    assert await in_thread(over, visits) == []
    await in_thread(User.objects.filter(pk=bob.pk).update, is_active=False)
    assert [one.user for one in await in_thread(over, visits)] == [bob]


async def test_the_vault_key_is_the_sessions_own(alice: User) -> None:
    async with tab(alice) as phone, tab(alice) as laptop:
        keys = {phone.seen[0]["vault"], laptop.seen[0]["vault"]}
    assert len(keys) == 2
    assert all(len(bytes.fromhex(key)) == 16 for key in keys)


def _set_password(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])


async def _nothing(_: object) -> None:
    pass


def _parcel(words: str) -> Parcel:
    text = f'["{words}"]'
    return Parcel("room.1", text[1:-1], 1, None, sealed(text))


def _cookies(client: Client) -> dict[str, str]:
    return {name: cookie.value for name, cookie in client.cookies.items()}
