"""Live = replay = reload: whatever is done in a room, a page that hears of it, a page that asks for what it missed, and
a page that is loaded anew show the same.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from aibot import actions as aibot
from aibot.models import Run
from chatsite.lib.threads import in_thread
from rooms import markup
from rooms.actions import memberships, messages, notepads
from rooms.actions import rooms as room_actions
from rooms.broadcasts import broadcast_draft
from rooms.models import Invite, Message, Room
from tests.people import browser, make_person, make_room, say, seat
from tests.rooms.screen import Screen
from tests.rooms.tabs import OpenTab, ring, tab

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("live")]

WORDS = "Look, @alice:\n\n- **one**\n- two\n\n```python\nprint(1)\n```\n\nand an end"


@dataclass
class Stage:
    """hq with some talk, one answer that is being written, one that failed, and an invitation."""

    alice: User
    bob: User
    carol: User
    mona: User
    ada: User
    room: Room

    def __post_init__(self) -> None:
        self.question = say(self.alice, self.room, "@ada what is this?")
        self.reply = say(self.bob, self.room, "I wonder too", reply_to=self.question)
        self.failed = self.start()
        messages.finish_message(self.failed, body="Half of it", status=Message.Status.FAILED, note="It broke.")
        self.draft = self.start()
        messages.keep_draft(self.draft, "Look")
        self.reply_to_draft = say(self.mona, self.room, "Already curious", reply_to=self.draft)
        expires = timezone.now() + timedelta(days=1)
        self.invite = memberships.create_invite(seat(self.alice, self.room), expires_at=expires, uses_left=3)

    def start(self) -> Message:
        answer = messages.start_message(seat(self.ada, self.room), reply_to=self.question, client_id=uuid4())
        return Message.objects.select_related("room", "reply_to", "author").get(pk=answer.pk)

    def write(self, text: str, draft: Message | None = None) -> None:
        """As the worker does: keep it, then show it, block by block."""
        draft, shown, length = draft or self.draft, [], 0
        for end in range(5, len(text) + 5, 5):
            blocks = messages.keep_draft(draft, text[:end])
            same = next((n for n, (old, new) in enumerate(zip(shown, blocks, strict=False)) if old != new), len(shown))
            broadcast_draft(draft, blocks, start=min(same, len(blocks)), after=length)
            shown, length = blocks, len(draft.body)
        assert shown == markup.blocks(text, {"alice": markup.Mention(id=str(self.alice.pk), name="Alice")})

    def page(self, room: Room | None = None) -> Screen:
        return Screen(browser(self.alice).get((room or self.room).get_absolute_url()).content.decode())

    @property
    def run(self) -> Run:
        """The assistant's own work on what it was asked."""
        return Run.objects.select_related("room", "message").filter(room=self.room).latest("created_at")

    def ask(self) -> None:
        aibot.ask(self.reply, assistant=self.ada.assistant, rule="A1")

    def stop(self) -> None:
        aibot.stop_answer(seat(self.alice, self.room), message=self.run.message)


Action = Callable[[Stage], object]

ACTIONS: dict[str, Action] = {
    "post_message": lambda s: say(s.bob, s.room, WORDS),
    "post_message, a reply": lambda s: say(s.mona, s.room, "Yes *indeed*", reply_to=s.reply),
    "post_message, a reply to an answer": lambda s: say(s.bob, s.room, "Really?", reply_to=s.failed),
    "post_message, the same again": lambda s: [
        messages.post_message(seat(s.bob, s.room), body="Once", client_id=s.room.pk) for _ in range(2)
    ],
    "post_messages": lambda s: messages.post_messages(
        [messages.Submission(seat(user, s.room), "At once", user.pk) for user in (s.bob, s.mona, s.bob)]
    ),
    "start_message": lambda s: s.start(),
    "start_message, and its words": lambda s: s.write(WORDS, s.start()),
    "keep_draft": lambda s: s.write(WORDS),
    "finish_message": lambda s: messages.finish_message(s.draft, body=WORDS),
    "finish_message, after its words": lambda s: s.write(WORDS) or messages.finish_message(s.draft, body=WORDS),
    "finish_message, stopped": lambda s: messages.finish_message(
        s.draft, body="Look", status=Message.Status.STOPPED, note="Stopped by Bob"
    ),
    "finish_message, interrupted": lambda s: (
        s.write(WORDS)
        or messages.finish_message(
            s.draft, body="Look:\n\n- **o", status=Message.Status.INTERRUPTED, note="It was cut short."
        )
    ),
    "finish_message, failed": lambda s: messages.finish_message(
        s.draft, body="", status=Message.Status.FAILED, note="It broke."
    ),
    "restart_message": lambda s: messages.restart_message(s.failed),
    "restart_message, and its words": lambda s: messages.restart_message(s.draft) or s.write("Other words"),
    "annotate_message": lambda s: messages.annotate_message(s.reply, "Too many questions at once."),
    "post_event": lambda s: messages.post_event(seat(s.bob, s.room), "joined"),
    "add_member": lambda s: memberships.add_member(s.room, user=s.carol),
    "join_room": lambda s: memberships.join_room(s.carol, room=s.room),
    "join_default_rooms": lambda s: (
        Room.objects.filter(pk=s.room.pk).update(everyone_joins=True) and memberships.join_default_rooms(s.carol)
    ),
    "leave_room": lambda s: memberships.leave_room(seat(s.bob, s.room)),
    "leave_room, and back": lambda s: (
        memberships.leave_room(seat(s.bob, s.room)) or memberships.join_room(s.bob, room=s.room)
    ),
    "remove_member": lambda s: memberships.remove_member(seat(s.bob, s.room), by=seat(s.alice, s.room)),
    "change_role": lambda s: memberships.change_role(seat(s.bob, s.room), role="moderator", by=seat(s.alice, s.room)),
    "mark_read": lambda s: memberships.mark_read(seat(s.alice, s.room), seq=s.reply.seq),
    "read_everything": lambda s: memberships.read_everything(seat(s.alice, s.room)),
    "create_invite": lambda s: memberships.create_invite(seat(s.alice, s.room), expires_at=None, uses_left=None),
    "accept_invite": lambda s: memberships.accept_invite(Invite.objects.get(pk=s.invite.pk), user=s.carol),
    "revoke_invite": lambda s: memberships.revoke_invite(s.invite),
    "create_room": lambda s: make_room("elsewhere", s.bob, s.alice),
    "update_room": lambda s: room_actions.update_room(seat(s.alice, s.room), name="Headquarters", kind="private"),
    "ask": lambda s: s.ask(),
    "start_next_run": lambda s: s.ask() or s.stop(),
    "call_worker": lambda s: aibot.call_worker(s.run),
    "stop_answer": lambda s: s.stop(),
    "retry_answer": lambda s: s.stop() or aibot.retry_answer(message=s.run.message),
    "close_run": lambda s: aibot.close_run(s.run),
    "seat_assistant": lambda s: aibot.seat_assistant(s.room),
    "unseat_assistants": lambda s: aibot.unseat_assistants(seat(s.alice, s.room)),
    "write_note": lambda s: notepads.write_note(seat(s.alice, s.room), body="Not sent ye", base=0),
}


@pytest.fixture
def stage(alice: User, bob: User, carol: User, mona: User, ada: User, hq: Room) -> Stage:
    return Stage(alice, bob, carol, mona, ada, hq)


async def live(page: OpenTab, user: User) -> list[dict[str, object]]:
    """All that has come since the tab was opened."""
    await ring(page, user)
    return page.seen[next(n for n, frame in enumerate(page.seen) if frame["type"] == "ok") + 1 :]


@pytest.mark.parametrize("name", ACTIONS)
async def test_a_page_that_hears_of_it_shows_what_a_page_loaded_anew_shows(name: str, stage: Stage) -> None:
    screen = await in_thread(stage.page)
    async with tab(stage.alice, stage.room, since=screen.revision) as page:
        await in_thread(ACTIONS[name], stage)
        screen.apply(await live(page, stage.alice))
    anew = await in_thread(stage.page)
    assert screen.view == anew.view
    assert screen.revision == anew.revision


@pytest.mark.parametrize("name", ACTIONS)
async def test_a_page_that_missed_it_shows_the_same_once_it_has_asked(name: str, stage: Stage) -> None:
    screen = await in_thread(stage.page)
    await in_thread(ACTIONS[name], stage)
    async with tab(stage.alice, stage.room, since=screen.revision) as page:
        screen.apply(page.seen)
    anew = await in_thread(stage.page)
    assert screen.view == anew.view
    assert screen.revision == anew.revision


async def test_after_a_long_evening_all_pages_show_the_same(stage: Stage) -> None:
    """One page hears of everything, one comes back now and then, one was asleep from the beginning."""
    awake, dozing, asleep = [await in_thread(stage.page) for _ in range(3)]
    async with tab(stage.alice, stage.room, since=awake.revision) as page:
        for number, act in enumerate(ACTIONS.values()):
            if not await in_thread(stage.carol.memberships.filter(room=stage.room).exists):
                stage.carol = await in_thread(make_person, f"guest{number}")
            await in_thread(rejoin, stage)
            await in_thread(act, stage)
            await in_thread(refresh, stage)
            if number % 4 == 0:
                async with tab(stage.alice, stage.room, since=dozing.revision) as other:
                    dozing.apply(other.seen)
        awake.apply(await live(page, stage.alice))
    for screen in (dozing, asleep):
        async with tab(stage.alice, stage.room, since=screen.revision) as other:
            screen.apply(other.seen)
    anew = await in_thread(stage.page)
    newest = len(anew.view)
    assert awake.view[-newest:] == dozing.view[-newest:] == asleep.view[-newest:] == anew.view


async def test_the_first_words_in_a_new_room_are_shown_as_all_others(stage: Stage) -> None:
    room = await in_thread(make_room, "new", stage.alice, stage.bob)
    screen, missing = [await in_thread(stage.page, room) for _ in range(2)]
    async with tab(stage.alice, room, since=screen.revision) as page:
        await in_thread(say, stage.bob, room, WORDS)
        screen.apply(await live(page, stage.alice))
    async with tab(stage.alice, room, since=missing.revision) as page:
        missing.apply(page.seen)
    anew = await in_thread(stage.page, room)
    assert len(anew.view) == 3
    assert screen.view == missing.view == anew.view


def rejoin(stage: Stage) -> None:
    for gone in (stage.bob, stage.ada):
        memberships.add_member(stage.room, user=gone)


def refresh(stage: Stage) -> None:
    """What another process has in hand is as the database has it."""
    again = Message.objects.select_related("room", "reply_to", "author")
    stage.draft, stage.failed = (again.get(pk=one.pk) for one in (stage.draft, stage.failed))
    if not stage.draft.is_drafting:
        stage.draft = stage.start()


def test_no_action_is_missing_here() -> None:
    modules = (messages, memberships, notepads, room_actions, aibot)
    every = {
        name
        for module in modules
        for name, made in inspect.getmembers(module, inspect.isfunction)
        if made.__module__ == module.__name__ and not name.startswith("_")
    }
    assert every == {name.partition(",")[0] for name in ACTIONS}
