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
BROKEN_OFF = {Message.Status.STOPPED, Message.Status.INTERRUPTED, Message.Status.FAILED}


def ask(message: Message, *, assistant: Assistant, rule: str) -> Trigger:
    """The message is owed an answer: at once, or with the next run where one is under way.

    Asking twice changes nothing.
    """
    trigger, new = Trigger.objects.get_or_create(message=message, defaults={"assistant": assistant, "rule": rule})
    if new:
        start_next_run(message.room)
    return trigger


def start_next_run(room: Room) -> Run | None:
    """One run for the oldest waiting questions, unless the lane is taken; the unique index decides."""
    if Run.objects.active().filter(room=room, lane=0).exists():
        return None
    try:
        with transaction.atomic():
            triggers = _next_questions(room)
            return _queue(room, triggers) if triggers else None
    except IntegrityError:
        return None


def _next_questions(room: Room) -> list[Trigger]:
    """The oldest that wait for an assistant who is here, as far as they are for the same one."""
    here = room.memberships.filter(user__is_bot=True).values("user")
    waiting = Trigger.objects.waiting().filter(message__room=room, assistant__user__in=here)
    triggers = list(waiting.select_related("message__author", "assistant__user").select_for_update(of=["self"]))
    return [trigger for trigger in triggers if trigger.assistant == triggers[0].assistant][:COALESCED]


def _queue(room: Room, triggers: list[Trigger]) -> Run:
    run_id, assistant = uuid4(), triggers[0].assistant
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
    """Once more, in the same place. What is being written already, or was written to its end, stays as it is."""
    try:
        with transaction.atomic():
            run = Run.objects.select_for_update(of=["self"]).select_related("assistant").filter(message=message).first()
            message = Message.objects.select_related("room").get(pk=message.pk)
            if run is None or message.status not in BROKEN_OFF:
                return
            if not message.room.memberships.filter(user=message.author_id).exists():
                raise Refused("The assistant is not in this room any more.")
            _queue_again(run)
            restart_message(message)
    except IntegrityError as error:
        raise Refused("The assistant is busy with another answer. Try again when it has finished.") from error


def _queue_again(run: Run) -> None:
    run.status, run.error, run.stopped_by = Run.Status.QUEUED, "", None
    run.created_at, run.finished_at = timezone.now(), None
    run.save(update_fields=["status", "error", "stopped_by", "created_at", "finished_at"])
    Trigger.objects.filter(run=run).update(status=Trigger.Status.TAKEN)
    transaction.on_commit(partial(call_worker, run), robust=True)


def close_run(run: Run) -> None:
    """Its questions are answered; the next ones may begin once this has been committed."""
    Trigger.objects.filter(run=run).update(status=Trigger.Status.ANSWERED)
    transaction.on_commit(partial(start_next_run, run.room), robust=True)


def seat_assistant(room: Room) -> Membership:
    return add_member(room, user=Assistant.default().user)


def unseat_assistants(membership: Membership) -> None:
    """Their answers under way end first, and what they were asked besides is forgotten."""
    room = membership.room
    with transaction.atomic():
        for message in room.messages.filter(run__status__in=Run.ACTIVE):
            stop_answer(membership, message=message)
        for seat in room.memberships.select_related("room", "user").filter(user__is_bot=True):
            remove_member(seat, by=membership)
        Trigger.objects.waiting().filter(message__room=room).delete()
