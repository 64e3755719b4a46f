"""The socket, as conversations between tabs and the site."""

import asyncio
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from chatsite.lib.memory import redis
from chatsite.lib.ratelimit import LIMITS, Limit
from chatsite.lib.realtime import STRANGERS
from chatsite.lib.threads import in_thread
from rooms import commands, markup, presence, replay, tabs
from rooms.actions.memberships import add_member, join_room, leave_room, remove_member
from rooms.actions.messages import keep_draft, start_message
from rooms.models import Message, Room
from rooms.models.message import MAX_BYTES
from tests.people import browser, make_person, make_room, say, seat
from tests.rooms.tabs import Frame, OpenTab, knock, ring, tab

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("live")]


async def said(user: User, room: Room, body: str = "Ahoy") -> Message:
    return await in_thread(say, user, room, body)


async def post(page: OpenTab, room: Room, body: str = "Ahoy", **fields: object) -> Frame:
    return await page.ask("post", **{"room": str(room.pk), "client_id": str(uuid4()), "body": body, **fields})


def seqs(frames: list[Frame]) -> list[int]:
    return [frame["seq"] for frame in frames]


# Opening


async def test_the_first_frame_is_a_hello(alice: User) -> None:
    async with tab(alice) as page:
        [hello] = page.seen
        assert hello["user"] == str(alice.pk)
        assert hello["protocol"] == 1
        assert hello["limits"].pop("body") == 16 * 1024
        assert hello["limits"] == {name: LIMITS[name]._asdict() for name in commands.PACES}
        assert 5 < hello["heartbeat"] < 60
        assert hello["build"]


async def test_opening_a_room_replays_its_log_in_order_and_then_says_how_far_it_goes(alice: User, hq: Room) -> None:
    last = await said(alice, hq)
    async with tab(alice) as page:
        answer = await page.open(hq)
        assert answer["revision"] == last.revision
        assert seqs(page.of("message")) == list(range(1, last.seq + 1))
        assert page.seen[-1]["type"] == "ok"


async def test_only_what_is_missing_is_replayed(alice: User, hq: Room) -> None:
    first, *rest = [await said(alice, hq) for _ in range(3)]
    async with tab(alice, hq, since=first.revision) as page:
        assert seqs(page.of("message")) == [message.seq for message in rest]
        assert page.of("message")[0]["after"] == first.revision


async def test_a_tab_that_lacks_too_much_is_told_to_begin_anew(
    alice: User, hq: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "MOST", 2)
    last = await said(alice, hq)
    async with tab(alice, hq) as page:
        assert not page.of("message")
        [reset] = page.of("reset")
        assert reset == {"type": "reset", "room": str(hq.pk), "why": "too_far_behind", "revision": last.revision}
        assert (await post(page, hq))["type"] == "ok"
        await page.receive("message", revision=last.revision + 1)


async def test_a_tab_that_lacks_too_many_bytes_is_told_to_begin_anew(
    alice: User, hq: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, last = [await said(alice, hq, "long " * 2_000) for _ in range(3)]
    monkeypatch.setattr(replay, "HEAVIEST", 30_000)
    async with tab(alice, hq, since=first.revision - 1) as page:
        assert not page.of("message")
        [reset] = page.of("reset")
        assert reset == {"type": "reset", "room": str(hq.pk), "why": "too_far_behind", "revision": last.revision}
        assert (await post(page, hq))["type"] == "ok"
        await page.receive("message", revision=last.revision + 1)
    async with tab(alice, hq, since=second.revision) as page:
        assert seqs(page.of("message")) == [last.seq, last.seq + 1]


async def test_a_tab_that_is_ahead_of_the_log_is_told_to_begin_anew(alice: User, hq: Room) -> None:
    async with tab(alice, hq, since=10_000) as page:
        assert [frame["why"] for frame in page.of("reset")] == ["ahead"]


async def test_a_late_joiner_sees_the_half_written_answer(alice: User, ada: User, hq: Room) -> None:
    draft = await in_thread(start_message, await in_thread(seat, ada, hq), reply_to=None, client_id=uuid4())
    written = "First block.\n\n- an item\n\nLast block, half wri"
    await in_thread(keep_draft, draft, written)
    async with tab(alice, hq) as page:
        [frame] = page.of("draft")
        assert (frame["message"], frame["attempt"], frame["from"]) == (str(draft.pk), 1, 0)
        assert frame["length"] == len(written)
        assert frame["blocks"] == markup.blocks(written)
        assert "First block." in frame["blocks"][0]


async def test_a_room_that_one_may_not_see_does_not_exist(carol: User, den: Room) -> None:
    async with tab(carol) as page:
        answer = await page.open(den)
        assert answer["code"] == "not_found"
        assert answer == {**await page.ask("open", room=str(uuid4()), since=0), "ref": answer["ref"]}


async def test_an_outsider_may_look_into_a_public_room_but_not_write(carol: User, alice: User, hq: Room) -> None:
    async with tab(carol, hq) as page:
        assert (await post(page, hq))["code"] == "not_found"
        message = await said(alice, hq)
        await page.receive("message", seq=message.seq)


# Posting


async def test_what_one_tab_posts_both_show(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice, hq) as hers, tab(bob, hq) as his:
        client_id = str(uuid4())
        answer = await post(hers, hq, "Ahoy *there*", client_id=client_id)
        assert answer["type"] == "ok"
        for page in (hers, his):
            frame = await page.receive("message", seq=answer["seq"])
            assert (frame["id"], frame["client_id"], frame["room"]) == (answer["id"], client_id, str(hq.pk))
            assert "<em>there</em>" in frame["html"]


async def test_sending_again_with_the_same_key_gives_the_same_message(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        client_id = str(uuid4())
        first = await post(page, hq, client_id=client_id)
        again = await post(page, hq, client_id=client_id)
        assert (again["seq"], again["id"]) == (first["seq"], first["id"])
        assert (await post(page, hq, "Something else", client_id=client_id))["code"] == "conflict"
    assert await in_thread(lambda: hq.messages.filter(client_id=client_id).count()) == 1


async def test_a_key_that_was_used_in_another_room_is_a_conflict(alice: User, hq: Room, den: Room) -> None:
    async with tab(alice) as page:
        client_id = str(uuid4())
        await post(page, hq, client_id=client_id)
        assert (await post(page, den, client_id=client_id))["code"] == "conflict"


async def test_a_reply_carries_the_words_that_it_replies_to(alice: User, bob: User, hq: Room) -> None:
    question = await said(alice, hq, "Where is the harbour?")
    async with tab(bob, hq) as page:
        answer = await post(page, hq, "Over there", reply_to=str(question.pk))
        frame = await page.receive("message", seq=answer["seq"])
        assert "Where is the harbour?" in frame["html"]
        assert question.get_absolute_url() in frame["html"]


async def test_nobody_replies_to_a_message_of_another_room(alice: User, hq: Room, den: Room) -> None:
    secret = await said(alice, den)
    async with tab(alice) as page:
        assert (await post(page, hq, reply_to=str(secret.pk)))["code"] == "not_found"


@pytest.mark.parametrize("body", ["", " ", "\n\n \t\n"])
async def test_a_message_without_words_is_refused(body: str, alice: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        assert (await post(page, hq, body))["code"] == "empty"
        assert (await post(page, hq))["type"] == "ok"


@pytest.mark.parametrize("letter", ["a", "ä", "🌊"])
async def test_sixteen_kilobytes_are_a_message_and_one_byte_more_is_none(letter: str, alice: User, hq: Room) -> None:
    longest = letter * (MAX_BYTES // len(letter.encode()))
    async with tab(alice, hq) as page:
        assert (await post(page, hq, longest))["type"] == "ok"
        refused = await post(page, hq, longest + "!")
        assert refused["code"] == "too_long"
        assert "16 KB" in refused["text"]


async def test_who_posts_too_fast_is_told_when_it_goes_on(
    alice: User, hq: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "post", Limit(20, 2000))
    before = await in_thread(lambda: Room.objects.get(pk=hq.pk).last_seq)
    async with tab(alice, hq) as page:
        answers = [await post(page, hq) for _ in range(25)]
        stored = [answer for answer in answers if answer["type"] == "ok"]
        refused = [answer for answer in answers if answer["type"] == "error"]
        assert len(stored) == 20
        assert {answer["code"] for answer in refused} == {"rate_limited"}
        assert all(answer["retry_after"] >= 1 for answer in refused)
    assert await in_thread(lambda: Room.objects.get(pk=hq.pk).last_seq) == before + len(stored)


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ("open", {"since": 0}),
        ("read", {"seq": 1}),
        ("note", {"body": "Not yet", "base": 0}),
        ("typing", {}),
        ("post", {"client_id": "0d4c1a52-6f0e-4d3c-9c53-3f6a4b7f2f11", "body": "Ahoy"}),
    ],
)
async def test_every_command_that_costs_has_a_pace_for_each_person(
    command: str, fields: Frame, alice: User, bob: User, hq: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, command, Limit(1, 50))
    fields["room"] = str(hq.pk)
    async with tab(alice) as page, tab(alice) as other, tab(bob) as his:
        assert (await page.ask(command, **fields))["type"] == "ok"
        for own in (page, other):
            refused = await own.ask(command, **fields)
            assert (refused["code"], refused["retry_after"]) == ("rate_limited", 50)
            assert refused["text"] == "That was a lot at once. It goes on in 50 s."
        assert (await his.ask(command, **fields | ({"client_id": str(uuid4())} if command == "post" else {})))[
            "type"
        ] == "ok"


async def test_a_room_has_a_pace_for_all_who_are_in_it(
    alice: User, bob: User, hq: Room, den: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "room_post", Limit(1, 50))
    async with tab(alice) as hers, tab(bob) as his:
        assert (await post(hers, hq))["type"] == "ok"
        refused = await post(his, hq)
        assert (refused["code"], refused["retry_after"]) == ("rate_limited", 50)
        assert (await post(his, den))["type"] == "ok"


# News of rooms that are not open


async def test_a_tab_that_only_lists_a_room_hears_that_it_has_news(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice) as page:
        message = await said(bob, hq, "Where are you, @alice?")
        unread = await page.receive("unread", seq=message.seq)
        place = {"type": "unread", "room": str(hq.pk), "seq": message.seq}
        assert unread == place | {"mention": True, "mine": False, "quiet": []}
        assert not page.of("message")


async def test_who_comes_is_told_of_as_nothing_to_read(alice: User, bob: User, carol: User, hq: Room) -> None:
    async with tab(alice) as lists, tab(bob, hq) as shows:
        await in_thread(join_room, carol, room=hq)
        unread = await lists.receive("unread")
        message = await shows.receive("message", seq=unread["seq"])
        assert unread["quiet"] == message["quiet"] == [unread["seq"]]


async def test_many_messages_are_one_piece_of_news(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice) as page:
        messages = [await said(bob, hq, body) for body in ("@alice one", "two", "three", "four")]
        await page.receive("unread", seq=messages[-1].seq)
        assert len(page.of("unread")) <= 2
        assert any(frame["mention"] for frame in page.of("unread"))


async def test_a_closed_room_sends_news_and_nothing_else(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        assert (await page.ask("close", room=str(hq.pk)))["type"] == "ok"
        shown = len(page.of("message"))
        message = await said(bob, hq)
        await page.receive("unread", seq=message.seq)
        assert len(page.of("message")) == shown


async def test_reading_reaches_ones_own_other_tab_and_nobody_elses(alice: User, bob: User, hq: Room) -> None:
    message = await said(bob, hq)
    async with tab(alice, hq) as reading, tab(alice) as other, tab(bob, hq) as his:
        assert (await reading.ask("read", room=str(hq.pk), seq=message.seq))["type"] == "ok"
        assert await other.receive("read") == {"type": "read", "room": str(hq.pk), "seq": message.seq}
        await ring(his, bob)
        assert not his.of("read")
    assert (await in_thread(seat, alice, hq)).last_read_seq == message.seq


async def test_nobody_reads_beyond_the_end_nor_backwards(alice: User, bob: User, hq: Room) -> None:
    message = await said(bob, hq)
    async with tab(alice, hq) as page:
        await page.ask("read", room=str(hq.pk), seq=2**60)
        assert (await page.receive("read"))["seq"] == message.seq
        await page.ask("read", room=str(hq.pk), seq=1)
        await ring(page, alice)
        assert len(page.of("read")) == 1
    assert (await in_thread(seat, alice, hq)).last_read_seq == message.seq


async def test_a_new_member_hears_of_the_room_without_loading_the_page_anew(
    alice: User, carol: User, hq: Room, den: Room
) -> None:
    async with tab(carol) as page:
        await in_thread(add_member, den, user=carol)
        await page.receive("rooms")
        assert (await page.open(den))["type"] == "ok"
        await page.ask("close", room=str(den.pk))
        message = await said(alice, den)
        await page.receive("unread", room=str(den.pk), seq=message.seq)


# Fleeting facts


async def test_others_see_who_is_typing(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice, hq) as hers, tab(bob, hq) as his:
        assert (await hers.ask("typing", room=str(hq.pk)))["type"] == "ok"
        typing = await his.receive("typing")
        assert typing == {"type": "typing", "room": str(hq.pk), "user": str(alice.pk), "name": "Alice"}


async def test_a_heartbeat_is_answered_with_the_heads_of_the_open_rooms(alice: User, hq: Room, den: Room) -> None:
    message = await said(alice, hq)
    async with tab(alice, hq) as page:
        assert (await page.ask("heartbeat"))["type"] == "ok"
        assert (await page.receive("heads"))["rooms"] == {str(hq.pk): message.revision}


async def test_others_see_who_arrives_and_who_goes(alice: User, bob: User, ada: User, hq: Room) -> None:
    def names(frame: Frame) -> list[str]:
        return [user["name"] for user in frame["users"]]

    async with tab(alice, hq) as hers:
        assert names(await hers.receive("presence")) == ["Alice", "Ada"]
        async with tab(bob, hq) as his:
            assert names(await his.receive("presence")) == ["Alice", "Bob", "Ada"]
            while (arrived := (await hers.receive("arrived"))["user"]["name"]) != "Bob":
                assert arrived == "Alice"
        departed = await hers.receive("departed")
        assert departed["user"] == str(bob.pk)
        assert departed["at"] > hers.of("arrived")[-1]["at"] > hers.of("presence")[0]["at"]


async def test_who_has_two_tabs_is_here_until_both_are_closed(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice, hq) as hers, tab(bob, hq):
        async with tab(bob, hq):
            pass
        await ring(hers, alice)
        assert hers.of("departed") == []


async def test_who_went_without_a_word_is_missed_at_the_next_round(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice, hq) as hers:
        long_ago = 1.0
        redis().zadd(presence._key(hq.pk), {f"{bob.pk} lost": long_ago})
        await tabs.say_who_is_here({hq.pk})
        assert (await hers.receive("departed"))["user"] == str(bob.pk)


async def test_who_stays_is_said_to_be_here_again(alice: User, hq: Room) -> None:
    async with tab(alice, hq):
        redis().delete(presence._key(hq.pk))
        await tabs.say_who_is_here({hq.pk})
        assert alice in await in_thread(presence.present, hq.pk)


async def test_of_who_only_looks_in_nobody_is_told(alice: User, carol: User, hq: Room) -> None:
    async with tab(alice, hq) as hers:
        async with tab(carol, hq):
            pass
        await ring(hers, alice)
        assert str(carol.pk) not in {frame["user"]["id"] for frame in hers.of("arrived")}
        assert hers.of("departed") == []


# Nonsense


NONSENSE = {
    "no JSON": "{",
    "a list": "[]",
    "a number": "7",
    "no type": "{}",
    "an unknown command": '{"type": "shout"}',
    "a private name": '{"type": "_close"}',
    "a type that is no word": '{"type": {"open": 1}}',
    "open without a room": '{"type": "open", "since": 0}',
    "open without a revision": '{"type": "open", "room": "8c7f0f7e-3f4e-4a3c-9d5b-0d2a4b6c8e1f"}',
    "a room that is no id": '{"type": "typing", "room": "hq"}',
    "a negative revision": '{"type": "open", "room": "8c7f0f7e-3f4e-4a3c-9d5b-0d2a4b6c8e1f", "since": -1}',
    "a number beyond all": f'{{"type": "read", "room": "8c7f0f7e-3f4e-4a3c-9d5b-0d2a4b6c8e1f", "seq": 1{"0" * 60}}}',
    "deeper than anybody digs": "[" * 30_000,
    "half a character": '{"type": "typing", "room": "\\ud83d"}',
    "not a number": '{"type": "heartbeat", "ref": NaN}',
}


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_is_answered_and_the_socket_lives_on(text: str, alice: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        await page.write(text)
        answer = await page.answer(None)
        assert (answer["type"], answer["code"]) == ("error", "bad_request")
        assert answer["text"]
        assert (await post(page, hq))["type"] == "ok"


async def test_half_characters_become_question_marks(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        answer = await post(page, hq, "wave \udc4b of \ud83d hands 👋")
        message = await page.receive("message", seq=answer["seq"])
        assert "wave ? of ? hands 👋" in message["html"]


async def test_the_letter_that_no_database_takes_is_refused(alice: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        assert (await post(page, hq, "nothing\0more"))["code"] == "bad_request"
        assert (await post(page, hq))["type"] == "ok"


async def test_bytes_are_nonsense_too(alice: User) -> None:
    async with tab(alice) as page:
        await page.socket.send_to(bytes_data=b'{"type": "heartbeat"}')
        assert (await page.answer(None))["code"] == "bad_request"


@pytest.mark.parametrize("ref", [7, "seven", None, [1], {"a": 1}])
async def test_an_answer_names_its_question_as_it_was_named(ref: object, alice: User) -> None:
    async with tab(alice) as page:
        await page.say(type="heartbeat", ref=ref)
        answer = await page.receive("ok")
        assert answer["ref"] == ref


async def test_too_much_nonsense_closes_the_socket(alice: User) -> None:
    async with tab(alice) as page:
        for _ in range(19):
            await page.write("{")
            assert (await page.answer(None))["code"] == "bad_request"
        await page.write("{")
        await page.write("{")
        assert await page.closed() == 4400


async def test_a_flood_of_commands_closes_the_socket(alice: User) -> None:
    async with tab(alice) as page:
        for _ in range(200):
            await page.say(type="heartbeat", ref=1)
        assert await page.closed() == 4029


# Who may be here


GOOD = settings.SITE_ORIGINS
BAD = [
    "http://[",
    "http://someone@127.0.0.1:8000",
    "http://127.0.0.1:8000/",
    None,
    "null",
    "",
    settings.SITE_URL.replace("http:", "https:"),
    f"{settings.SITE_URL}0",
    "http://127.0.0.1",
    "http://127.0.0.1:8001",
    "http://[::1]:8000",
    "http://evil.example",
    "http://127.0.0.1.evil.example:8000",
    "http://sub.localhost:8000",
    "file://",
    "*",
]


@pytest.mark.parametrize("origin", GOOD)
async def test_the_sites_own_pages_may_open_a_socket(origin: str, alice: User) -> None:
    assert await is_let_in(alice, origin)


@pytest.mark.parametrize("origin", BAD)
async def test_pages_of_others_may_not(origin: str | None, alice: User) -> None:
    assert not await is_let_in(alice, origin)


async def is_let_in(user: User, origin: str | None) -> bool:
    from tests.people import browser
    from tests.rooms.tabs import PATIENCE, knock

    socket = knock(await in_thread(browser, user), origin=origin)
    accepted, _ = await socket.connect(PATIENCE)
    await socket.disconnect(timeout=PATIENCE)
    return accepted


async def test_who_comes_in_too_often_waits(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "connect", Limit(1, 100))
    async with tab(alice), tab(bob):
        socket = knock(await in_thread(browser, alice))
        await socket.connect()
        assert await OpenTab(socket, Client()).closed() == 4029


async def test_strangers_are_counted_by_address_and_nobody_else_is(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an office behind one address, those who are signed in come in whatever a neighbour does."""
    monkeypatch.setitem(LIMITS, "stranger", Limit(2, 1000))
    ours, theirs = uuid4().hex, uuid4().hex
    assert [await shown_out(ours) for _ in range(3)] == [4401, 4401, 4029]
    assert await shown_out(theirs) == 4401
    socket = knock(await in_thread(browser, alice))
    socket.scope["client"] = [ours, 1]
    await socket.connect()
    await OpenTab(socket, Client()).receive("hello")
    await socket.disconnect()


async def shown_out(address: str) -> int:
    socket = knock(Client())
    socket.scope["client"] = [address, 1]
    await socket.connect()
    return await OpenTab(socket, Client()).closed()


async def test_who_is_not_signed_in_is_shown_out() -> None:
    async with tab(None) as page:
        await page.say(type="heartbeat")
        assert await page.closed() == 4401
        assert page.seen == []


async def test_a_made_up_session_opens_nothing(alice: User) -> None:
    async with tab(alice) as page:
        page.client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
        async with tab(None, client=page.client) as other:
            assert await other.closed() == 4401


async def test_a_removed_member_sees_their_departure_and_nothing_after(alice: User, bob: User, den: Room) -> None:
    async with tab(bob, den) as his, tab(alice, den) as hers:
        await in_thread(remove_member, await in_thread(seat, bob, den), by=await in_thread(seat, alice, den))
        last = await his.receive("message", leaver=str(bob.pk))
        assert "was removed" in last["html"]
        after = await said(alice, den, "Now he is gone")
        await hers.receive("message", seq=after.seq)
        await ring(his, bob)
        assert his.of("message")[-1]["id"] == last["id"]
        assert (await his.open(den))["code"] == "not_found"
        await his.ask("heartbeat")
        assert (await his.receive("heads"))["rooms"] == {}


async def test_a_removed_member_hears_no_more_news_of_a_room_that_they_only_listed(
    alice: User, bob: User, mona: User, den: Room
) -> None:
    async with tab(bob) as his, tab(mona) as hers:
        await in_thread(remove_member, await in_thread(seat, bob, den), by=await in_thread(seat, alice, den))
        await his.receive("rooms")
        after = await said(alice, den, "Now he is gone")
        await hers.receive("unread", seq=after.seq)
        await ring(his, bob)
        assert after.seq not in seqs(his.of("unread"))


async def test_who_leaves_a_public_room_may_look_in_again(bob: User, alice: User, hq: Room) -> None:
    async with tab(bob, hq) as page:
        await in_thread(leave_room, await in_thread(seat, bob, hq))
        left = await page.receive("message", leaver=str(bob.pk))
        assert (await page.open(hq, since=left["revision"]))["type"] == "ok"
        message = await said(alice, hq)
        await page.receive("message", seq=message.seq)


async def test_who_came_back_is_in_the_room_again(bob: User, alice: User, den: Room) -> None:
    async with tab(bob, den) as page:
        await in_thread(leave_room, await in_thread(seat, bob, den))
        left = await page.receive("message", leaver=str(bob.pk))
        await in_thread(add_member, den, user=bob)
        assert (await page.open(den, since=left["revision"]))["type"] == "ok"
        message = await said(alice, den)
        await page.receive("message", seq=message.seq)


async def test_a_room_that_becomes_private_closes_on_those_who_only_looked_in(
    alice: User, carol: User, hq: Room
) -> None:
    async with tab(carol, hq) as outside, tab(alice, hq) as inside:
        changed = {"name": "hq", "topic": "", "kind": "private"}
        response = await in_thread(inside.client.post, "/rooms/hq/settings/", changed)
        assert response.status_code == 302
        await outside.receive("message", leaver=STRANGERS)
        secret = await said(alice, hq, "Now we are alone")
        await inside.receive("message", seq=secret.seq)
        await ring(outside, carol)
        assert secret.seq not in seqs(outside.of("message"))


async def test_two_rooms_do_not_mix(alice: User, bob: User, hq: Room, den: Room) -> None:
    quiet = await in_thread(make_room, "quiet", alice)
    async with tab(bob, hq) as his, tab(alice, quiet) as hers:
        in_hq, in_quiet = await said(alice, hq), await said(alice, quiet)
        await his.receive("message", room=str(hq.pk), seq=in_hq.seq)
        await hers.receive("message", room=str(quiet.pk), seq=in_quiet.seq)
        await ring(his, bob)
        assert {frame["room"] for frame in his.of("message")} == {str(hq.pk)}
        assert {frame["room"] for frame in hers.of("message")} == {str(quiet.pk)}
        assert str(quiet.pk) not in {frame["room"] for frame in his.of("unread")}


async def test_many_tabs_of_many_people_see_the_same_order(hq: Room, alice: User) -> None:
    people = [await in_thread(make_person, f"guest{n}") for n in range(5)]
    for person in people:
        await in_thread(add_member, hq, user=person)
    async with tab(people[0], hq) as a, tab(people[1], hq) as b, tab(people[2], hq) as c:
        start = a.of("message")[-1]["seq"]
        await asyncio.gather(*(said(person, hq) for person in people for _ in range(4)))
        for page in (a, b, c):
            await page.receive("message", seq=start + 20)
            got = [seq for seq in seqs(page.of("message")) if seq > start]
            assert got == list(range(start + 1, start + 21))


@pytest.mark.slow
async def test_a_socket_that_is_quiet_for_long_still_hears_the_next_word(alice: User, bob: User, hq: Room) -> None:
    async with tab(alice, hq) as page:
        await asyncio.sleep(12)
        replays = tabs.hub().metrics.replays
        message = await said(bob, hq)
        await page.receive("message", seq=message.seq)
        assert tabs.hub().metrics.replays == replays, "it came by the database: the bell was not heard"
