"""A room to test in: people at one table with the assistant, what they say, and answers being written."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.db import connection

from accounts.models import User
from aibot.actions import seat_assistant
from aibot.models import Decision, Run, Trigger
from aibot.replies import write_answer
from rooms.actions.memberships import add_member
from rooms.actions.messages import post_message
from rooms.actions.rooms import create_room
from rooms.models import Membership, Message

PATIENCE = 15.0


def person(name: str) -> User:
    """The same name is the same person."""
    handle = name.lower().replace(" ", ".")
    found = User.objects.filter(handle=handle).first()
    return found or User.objects.create_user(handle, f"{handle}@example.com", display_name=name)


class Table:
    """The first one named owns the room; the assistant sits down last."""

    def __init__(self, *names: str, room: str = "Harbour", assistant: bool = True, kind: str = "public") -> None:
        self.room = create_room(person(names[0]), name=room, kind=kind).room
        for name in names[1:]:
            add_member(self.room, user=person(name))
        if assistant:
            seat_assistant(self.room)

    def seat(self, name: str) -> Membership:
        return self.room.memberships.select_related("room", "user").get(user=person(name))

    def says(self, name: str, body: str, *, reply_to: Message | None = None) -> Message:
        return post_message(self.seat(name), body=body, client_id=uuid4(), reply_to=reply_to)

    def asks(self, name: str, body: str = "@assistant what now?", *, reply_to: Message | None = None) -> Run:
        """Says it, and gives the run that will answer it."""
        return self.run_for(self.says(name, body, reply_to=reply_to))

    def run_for(self, message: Message) -> Run:
        trigger = Trigger.objects.select_related("run").get(message=message)
        assert trigger.run, f"no run has taken {message}"
        return trigger.run

    @property
    def active_run(self) -> Run | None:
        return Run.objects.active().filter(room=self.room).first()

    def answers(self) -> list[Message]:
        said = self.room.messages.filter(author__is_bot=True, kind=Message.Kind.MESSAGE)
        return list(said.select_related("room", "reply_to").in_order())

    def answer(self) -> Message:
        """The only one."""
        [only] = self.answers()
        return only


def rule_for(message: Message) -> str:
    """The rule of its decision. There must be exactly one."""
    return Decision.objects.get(message=message).rule


def erase(message: Message) -> None:
    """Deleted, as every reader sees it."""
    message.deleted_at = message.created_at
    message.save(update_fields=["deleted_at"])


def write(run: Run) -> None:
    """What the worker does when it hears of the run, here and now."""
    write_answer(run.pk)
    run.refresh_from_db()


_running: list[threading.Thread] = []


@contextmanager
def in_background(*jobs: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """The jobs run side by side, each on its own connection. The value waits until they have ended; leaving does too.

    A job that fails, fails the test.
    """
    errors: list[BaseException] = []

    def work(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[job], daemon=True) for job in jobs]

    def join() -> None:
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a job in the background does not end"
        if errors:
            raise errors[0]

    _running.extend(threads)
    for thread in threads:
        thread.start()
    yield join
    join()


def join_stragglers() -> None:
    """After a test that failed while jobs were running: the next one needs the database for itself."""
    while _running:
        _running.pop().join(PATIENCE)


@contextmanager
def being_written(run: Run) -> Iterator[Callable[[], None]]:
    """A worker of its own writes the run meanwhile."""
    with in_background(lambda: write_answer(run.pk)) as join:
        yield join
    run.refresh_from_db()


def until(condition: Callable[[], object], *, what: str = "what was expected", patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"still waiting for {what}"
        time.sleep(0.01)
