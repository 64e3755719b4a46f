"""`record` says that something worth keeping was done; who writes it down is not known here."""

from typing import Any

from django.dispatch import Signal

recorded = Signal()
"""Sent in the transaction of the deed: `action` ("room.created"), `actor`, `target` (a model instance or None),
`details` (JSON).
"""


def record(action: str, *, actor: Any, target: Any = None, **details: Any) -> None:
    recorded.send(sender=None, action=action, actor=actor, target=target, details=details)
