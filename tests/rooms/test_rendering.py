"""A message is rendered once, and never again until it looks different; and then it is never shown as it was."""

from collections.abc import Callable
from threading import Thread
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from chatsite.lib import crypto
from rooms import rendering, replay
from rooms.actions.messages import annotate_message, finish_message, keep_draft, start_message
from rooms.models import Message, Room
from rooms.models.message import look_of
from rooms.rendering import BESIDES, KEPT, Kept, message_frame, newest_page
from tests.people import browser, say, seat

pytestmark = pytest.mark.django_db

CANARY = "canary-7f21"


class Talk:
    """A question that calls bob, bob's reply to it, ada's answer, and a note under the question."""

    def __init__(self, alice: User, bob: User, ada: User, room: Room) -> None:
        self.alice, self.bob, self.ada, self.room = alice, bob, ada, room
        self.question = say(alice, room, f"@bob, look: {CANARY}")
        self.reply = say(bob, room, "I see", reply_to=self.question)
        self.answer = self.start()
        finish_message(self.answer, body="So it is.")

    def start(self) -> Message:
        answer = start_message(seat(self.ada, self.room), reply_to=self.question, client_id=uuid4())
        return Message.objects.select_related("room", "reply_to", "author").get(pk=answer.pk)

    def amend(self, message: Message, **changes: object) -> None:
        """As another process would."""
        fresh = Message.objects.select_related("room").get(pk=message.pk)
        fresh.room.amend(fresh, **changes)

    def page(self) -> list[str]:
        return [frame["html"] for frame in newest_page(self.room.pk)]


@pytest.fixture
def talk(alice: User, bob: User, ada: User, hq: Room) -> Talk:
    return Talk(alice, bob, ada, hq)


def someone(user: User, **fields: object) -> None:
    User.objects.filter(pk=user.pk).update(**fields)


CHANGES: dict[str, Callable[[Talk], object]] = {
    "its author has another name": lambda it: someone(it.alice, display_name="Alice Liddell"),
    "its author has a face": lambda it: someone(it.bob, avatar="avatars/0123.webp"),
    "its author has another handle": lambda it: someone(it.bob, display_name="🎉", handle="robert"),
    "its author is a bot": lambda it: someone(it.bob, is_bot=True),
    "it has other words": lambda it: it.amend(it.reply, body="No", html="<p>No</p>", edited_at=timezone.now()),
    "it is deleted": lambda it: it.amend(it.reply, deleted_at=timezone.now()),
    "it is quoted, and has other words": lambda it: it.amend(it.question, body="Never mind", html="<p>Never mind</p>"),
    "it is quoted, and deleted": lambda it: it.amend(it.question, deleted_at=timezone.now()),
    "there is a note under it": lambda it: annotate_message(it.reply, "Too many questions at once."),
    "an answer failed": lambda it: it.amend(it.answer, status=Message.Status.FAILED, note="It broke."),
    "nobody is called any more": lambda it: it.question.mentions.clear(),
    "it replies to nothing": lambda it: Message.objects.filter(pk=it.reply.pk).update(reply_to=None),
    "a new message": lambda it: say(it.bob, it.room, "Ahoy"),
    "its room has another address": lambda it: Room.objects.filter(pk=it.room.pk).update(slug="headquarters"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_what_looks_different_is_shown_as_it_is(change: Callable[[Talk], object], talk: Talk) -> None:
    before = talk.page()
    assert talk.page() == before
    change(talk)
    after = talk.page()
    assert after != before
    KEPT.clear()
    assert talk.page() == after


def test_a_half_written_message_is_always_read(talk: Talk) -> None:
    """It grows without a revision."""
    draft = talk.start()
    for words in ("Half", "Half of it"):
        keep_draft(draft, words)
        assert f'data-length="{len(words)}"' in talk.page()[-1]


def test_a_row_and_a_whole_message_say_the_same_of_its_look(talk: Talk) -> None:
    whole = [look_of(message) for message in talk.room.messages.for_display().in_order()]
    assert list(talk.room.messages.looks().in_order()) == whole
    assert any(look[-1] for look in whole)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The columns of messages that were decrypted."""
    columns: list[str] = []
    decrypt = crypto.decrypt

    def noted(text: bytes, *, context: str) -> bytes:
        columns.extend([context] if context.startswith("rooms_message.") else [])
        return decrypt(text, context=context)

    monkeypatch.setattr(crypto, "decrypt", noted)
    return columns


@pytest.mark.parametrize("address", ["", "1", "messages/?before=100", "messages/?after=0"])
def test_what_is_kept_is_not_decrypted_again(address: str, talk: Talk, opened: list[str]) -> None:
    client = browser(talk.bob)
    first = client.get(f"{talk.room.get_absolute_url()}{address}").content.decode()
    opened.clear()
    again = client.get(f"{talk.room.get_absolute_url()}{address}").content.decode()
    assert CANARY in again
    assert first.count("<article") == again.count("<article") > 3
    assert opened == []


def test_a_replay_finds_what_a_page_has_rendered(talk: Talk, opened: list[str]) -> None:
    talk.page()
    opened.clear()
    found = replay.replay(talk.room.pk, 0)
    assert [frame["html"] for frame in found.frames if frame["id"] == str(talk.reply.pk)] == [
        frame["html"] for frame in newest_page(talk.room.pk) if frame["id"] == str(talk.reply.pk)
    ]
    assert opened == []


@pytest.mark.usefixtures("live")
def test_what_was_posted_was_rendered_then(alice: User, hq: Room, opened: list[str]) -> None:
    newest_page(hq.pk)
    say(alice, hq, CANARY)
    opened.clear()
    assert CANARY in newest_page(hq.pk)[-1]["html"]
    assert opened == []


def test_what_changes_again_while_a_replay_reads_has_its_place_in_the_next(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the revisions between would count as seen."""
    KEPT.clear()
    frames = replay.frames

    def meanwhile(looks: list[tuple[object, ...]]) -> object:
        say(talk.bob, talk.room, "Between")
        talk.amend(talk.reply, note="Changed meanwhile")
        return frames(looks)

    monkeypatch.setattr(replay, "frames", meanwhile)
    head = Room.objects.get(pk=talk.room.pk).last_revision
    found = replay.replay(talk.room.pk, 0)
    assert found.revision == head
    assert str(talk.reply.pk) not in {frame["id"] for frame in found.frames}
    monkeypatch.setattr(replay, "frames", frames)
    assert [frame["revision"] for frame in replay.replay(talk.room.pk, head).frames] == [head + 1, head + 2]


# Memory


def look(number: int, revision: int = 1) -> tuple[object, ...]:
    return UUID(int=number), revision


def test_no_more_is_kept_than_there_is_room_for_and_what_was_used_last_stays() -> None:
    kept = Kept(3 * (BESIDES + 200))
    for number in range(3):
        kept.put(look(number), {"html": str(number)})
    assert kept.get(look(0))
    kept.put(look(3), {"html": "3"})
    assert [number for number in range(4) if kept.get(look(number))] == [0, 2, 3]
    assert kept.size <= 3 * (BESIDES + 200)


def test_what_is_too_large_is_not_kept() -> None:
    kept = Kept(BESIDES + 1000)
    kept.put(look(1), {"html": "x" * 2000})
    assert (kept.get(look(1)), kept.size) == (None, 0)


def test_a_message_is_kept_once_as_it_looks_now() -> None:
    """What was deleted does not stay in memory beside the word that it was."""
    kept = Kept(10**6)
    kept.put(look(1, revision=1), {"html": CANARY})
    kept.put(look(1, revision=2), {"html": "deleted"})
    assert kept.get(look(1, revision=1)) is None
    assert kept.get(look(1, revision=2)) == {"html": "deleted"}
    assert kept.size < 2 * BESIDES


def test_threads_that_keep_at_once_lose_no_count() -> None:
    kept = Kept(20 * BESIDES)

    def work(start: int) -> None:
        for number in range(start, start + 2000):
            kept.put(look(number % 50), {"html": "x" * (number % 7)})
            kept.get(look(number % 31))

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept.put(look(0), {"html": ""})
    left = [frame for _, frame in kept._frames.values()]
    assert kept.size == sum(map(rendering._weight, left)) <= 20 * BESIDES


def test_nobody_changes_what_is_kept(talk: Talk) -> None:
    message = Message.objects.for_display().get(pk=talk.reply.pk)
    message_frame(message)["html"] = "something else"
    assert "I see" in message_frame(message)["html"]
