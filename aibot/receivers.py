"""The assistant listens: where it has a seat every message is considered, and the decision is written down."""

from typing import Any

from django.db import transaction

from aibot.actions import ask
from aibot.addressing import NOBODY_HERE, decide
from aibot.limits import within_limits
from aibot.models import Decision
from rooms.actions.messages import annotate_message
from rooms.models import Message


def consider(*, message: Message, **_: Any) -> None:
    """All of it or nothing: what was not considered is found again."""
    verdict = decide(message)
    if verdict.rule == NOBODY_HERE:
        return
    verdict = within_limits(message, verdict)
    decided = {"action": verdict.action, "rule": verdict.rule}
    with transaction.atomic():
        new = Decision.objects.get_or_create(message=message, defaults=decided)[1]
        if new and verdict.note:
            annotate_message(message, verdict.note)
        if new and verdict.assistant:
            ask(message, assistant=verdict.assistant, rule=verdict.rule)
