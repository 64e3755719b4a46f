"""Runs whose worker died, runs that no worker has heard of, questions that no run has taken, and messages that nobody
considered.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from aibot.actions import call_worker, close_run, start_next_run
from aibot.models import Run, Trigger
from aibot.receivers import consider
from rooms.actions.messages import finish_message
from rooms.models import Membership, Message, Room

ATTEMPTS = 3
MISSED_FOR, MISSED_UP_TO = timedelta(seconds=5), timedelta(minutes=10)
NEWEST = 200


def mend() -> None:
    """What people wrote comes last: a message that cannot be read keeps nothing else from being mended."""
    for run in Run.objects.abandoned().select_related("message__room"):
        _take_over(run)
    for run in Run.objects.unheard():
        call_worker(run)
    for room in Room.objects.filter(pk__in=Trigger.objects.waiting().values("message__room")):
        start_next_run(room)
    for message in _missed():
        consider(messages=[message])


def _missed() -> QuerySet[Message]:
    """Stored, but the process or its database went before anybody heard of it. Looks only at the ends of rooms, and
    at what was said since an assistant came.
    """
    now = timezone.now()
    recent = Message.objects.filter(room__last_message_at__gt=now - MISSED_UP_TO, seq__gt=F("room__last_seq") - NEWEST)
    written = recent.filter(created_at__range=(now - MISSED_UP_TO, now - MISSED_FOR), kind=Message.Kind.MESSAGE)
    heard = Membership.objects.filter(room=OuterRef("room"), user__is_bot=True, joined_at__lt=OuterRef("created_at"))
    missed = written.filter(Exists(heard), author__is_bot=False, decision=None)
    return missed.select_related("room", "author", "reply_to")


def _take_over(run: Run) -> None:
    """What has text keeps it and can be tried again by hand; what has none starts anew by itself, a few times."""
    with transaction.atomic():
        held = Run.objects.select_for_update().abandoned().filter(pk=run.pk).first()
        if held is None:
            return
        message = Message.objects.select_related("room").get(pk=held.message_id)
        if message.body or held.attempt >= ATTEMPTS:
            _give_up(held, message)
        else:
            Run.objects.filter(pk=held.pk).update(status=Run.Status.QUEUED, lease=None, lease_until=None)
            transaction.on_commit(lambda: call_worker(held), robust=True)


def _give_up(run: Run, message: Message) -> None:
    status = Message.Status.INTERRUPTED if message.body else Message.Status.FAILED
    run.end(str(status), error="worker_lost")
    finish_message(
        message, body=message.body, status=status, note="The worker writing this went away.", citable=run.read
    )
    close_run(run)
