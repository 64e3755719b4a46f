"""What was deleted is gone: no replay, page, quotation or half-written block brings its words again."""

import json
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from chatsite.lib.threads import in_thread
from rooms.actions.messages import keep_draft, start_message
from rooms.broadcasts import broadcast_message
from rooms.models import Message, Room
from tests.people import browser, say, seat
from tests.rooms.tabs import tab

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("live")]

WORDS = "canary-41c7"


def delete(message: Message) -> None:
    with transaction.atomic():
        message.room.amend(message, deleted_at=timezone.now())
        transaction.on_commit(lambda: broadcast_message(message))


def half_written(ada: User, room: Room) -> Message:
    answer = start_message(seat(ada, room), reply_to=None, client_id=uuid4())
    keep_draft(answer, f"{WORDS}\n\nand more")
    return Message.objects.select_related("room").get(pk=answer.pk)


@pytest.mark.parametrize("since", [0, "before", "between"])
async def test_deleted_words_are_not_replayed(since: int | str, alice: User, bob: User, hq: Room) -> None:
    message = await in_thread(say, alice, hq, WORDS)
    reply = await in_thread(say, bob, hq, "Indeed", reply_to=message)
    await in_thread(delete, message)
    start = {"before": message.revision - 1, "between": reply.revision}.get(str(since), 0)
    async with tab(bob, hq, since=start) as page:
        [shown] = [frame for frame in page.of("message") if frame["id"] == str(message.pk)]
        assert "message deleted" in shown["html"]
        assert WORDS not in json.dumps(page.seen)


async def test_an_open_page_is_told_without_the_words(alice: User, bob: User, hq: Room) -> None:
    message = await in_thread(say, alice, hq, WORDS)
    async with tab(bob, hq, since=hq.last_revision + 1) as page:
        await in_thread(delete, message)
        await page.receive("message", id=str(message.pk))
        assert WORDS not in json.dumps(page.seen)


def test_a_page_that_is_loaded_shows_them_neither_in_place_nor_quoted(alice: User, bob: User, hq: Room) -> None:
    message = say(alice, hq, WORDS)
    say(bob, hq, "Indeed", reply_to=message)
    assert WORDS in browser(bob).get(hq.get_absolute_url()).content.decode()
    delete(message)
    assert WORDS not in browser(bob).get(hq.get_absolute_url()).content.decode()


async def test_half_a_text_that_was_deleted_is_not_shown_to_who_comes_late(ada: User, bob: User, hq: Room) -> None:
    answer = await in_thread(half_written, ada, hq)
    async with tab(bob, hq) as page:
        assert WORDS in json.dumps(page.of("draft"))
    await in_thread(delete, answer)
    async with tab(bob, hq) as page:
        assert WORDS not in json.dumps(page.seen)
