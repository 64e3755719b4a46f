"""What happens to the assistant's work: asked, stopped, tried again, and seated."""

import logging
from functools import partial
from uuid import uuid4, uuid5

from celery import current_app
from django.db import IntegrityError, transaction
from django.utils import timezone

from aibot.models import Assistant, Run, Trigger
from rooms.actions.memberships import add_member, remove_member
from rooms.actions.messages import finish_message, restart_message, start_message
from rooms.exceptions import Refused
from rooms.models import Membership, Message, Room

logger = logging.getLogger(__name__)

COALESCED = 4


def ask(message: Message, *, assistant: Assistant, rule: str) -> Trigger:
    """The message is owed an answer: at once, or with the next run where one is under way.

    Asking twice changes nothing.
    """
    trigger, new = Trigger.objects.get_or_create(message=message, defaults={"assistant": assistant, "rule": rule})
    if new:
        start_next_run(message.room, assistant)
    return trigger


def start_next_run(room: Room, assistant: Assistant) -> Run | None:
    """One run for the oldest waiting questions, unless the lane is taken; the unique index decides."""
    if Run.objects.active().filter(room=room, lane=0).exists():
        return None
    try:
        with transaction.atomic():
            waiting = (
                Trigger.objects.waiting().filter(message__room=room, assistant=assistant).select_for_update(of=["self"])
            )
            triggers = list(waiting.select_related("message__author")[:COALESCED])
            return _queue(room, assistant, triggers) if triggers else None
    except IntegrityError:
        return None


def _queue(room: Room, assistant: Assistant, triggers: list[Trigger]) -> Run:
    run_id = uuid4()
    seat = room.memberships.select_related("room", "user").get(user=assistant.user)
    message = start_message(seat, reply_to=triggers[0].message, client_id=uuid5(run_id, "answer"))
    run: Run = Run.objects.create(id=run_id, room=room, assistant=assistant, message=message)
    Trigger.objects.filter(pk__in=[one.pk for one in triggers]).update(run=run, status=Trigger.Status.TAKEN)
    transaction.on_commit(partial(call_worker, run), robust=True)
    return run


def call_worker(run: Run) -> None:
    """Ring for one. If the bell is broken the run stays queued, and mending rings again."""
    try:
        current_app.send_task("aibot.tasks.answer", [str(run.pk)])
    except Exception as error:
        logger.warning("No worker could be called for run %s (%s).", run.pk, error)


def stop_answer(membership: Membership, *, message: Message) -> None:
    """The text freezes where everybody saw it last; the worker finds its lease gone and hangs up."""
    with transaction.atomic():
        run = Run.objects.select_for_update().active().filter(message=message).first()
        if run is None:
            return
        message = Message.objects.select_related("room", "reply_to").get(pk=message.pk)
        Run.objects.filter(pk=run.pk).update(
            status=Run.Status.STOPPED, stopped_by=membership.user, lease=None, finished_at=timezone.now()
        )
        note = f"Stopped by {membership.user.display_name}"
        finish_message(message, body=message.body, status=Message.Status.STOPPED, note=note, citable=run.read)
        close_run(run)


def retry_answer(*, message: Message) -> None:
    """Once more, in the same place."""
    if message.status not in {Message.Status.STOPPED, Message.Status.INTERRUPTED, Message.Status.FAILED}:
        return
    try:
        with transaction.atomic():
            run = Run.objects.select_for_update().get(message=message)
            run.status, run.error, run.finished_at, run.created_at = Run.Status.QUEUED, "", None, timezone.now()
            run.save(update_fields=["status", "error", "finished_at", "created_at"])
            Trigger.objects.filter(run=run).update(status=Trigger.Status.TAKEN)
            restart_message(message)
            transaction.on_commit(partial(call_worker, run), robust=True)
    except IntegrityError as error:
        raise Refused("The assistant is busy with another answer. Try again when it has finished.") from error


def close_run(run: Run) -> None:
    """Its questions are answered; the next ones may begin once this has been committed."""
    Trigger.objects.filter(run=run).update(status=Trigger.Status.ANSWERED)
    transaction.on_commit(partial(start_next_run, run.room, run.assistant), robust=True)


def seat_assistant(room: Room) -> Membership:
    return add_member(room, user=Assistant.default().user)


def unseat_assistants(membership: Membership) -> None:
    """Their answers under way end first."""
    room = membership.room
    for message in room.messages.filter(run__status__in=Run.ACTIVE):
        stop_answer(membership, message=message)
    for seat in room.memberships.select_related("room", "user").filter(user__is_bot=True):
        remove_member(seat, by=membership)
