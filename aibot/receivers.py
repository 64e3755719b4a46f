"""The assistant listens: where it has a seat every message is considered, and the decision is written down."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from aibot.actions import ask
from aibot.addressing import NOBODY_HERE, Verdict, assistants_in, decide
from aibot.limits import within_limits
from aibot.models import Decision
from rooms.actions.messages import annotate_message
from rooms.models import Message


def consider(*, messages: Sequence[Message], **_: Any) -> None:
    """Most call for no more than a note of it, and those are written down together."""
    here = assistants_in({message.room_id for message in messages})
    verdicts = [(message, decide(message, here[message.room_id])) for message in messages]
    heard = [(message, within_limits(message, one)) for message, one in verdicts if one.rule != NOBODY_HERE]
    quiet = [Decision(message=message, action=one.action, rule=one.rule) for message, one in heard if one.is_quiet]
    Decision.objects.bulk_create(quiet, ignore_conflicts=True)
    for message, verdict in heard:
        if not verdict.is_quiet:
            _act(message, verdict)


def _act(message: Message, verdict: Verdict) -> None:
    """All of it or nothing: what was not considered is found again."""
    decided = {"action": verdict.action, "rule": verdict.rule}
    with transaction.atomic():
        new = Decision.objects.get_or_create(message=message, defaults=decided)[1]
        if new and verdict.note:
            annotate_message(message, verdict.note)
        if new and verdict.assistant:
            ask(message, assistant=verdict.assistant, rule=verdict.rule)
