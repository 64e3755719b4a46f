"""What was recorded is written down, in the transaction of the deed."""

from typing import Any

from moderation.models import AuditEntry


def write_down(*, action: str, actor: Any, target: Any, details: dict[str, Any], **_: Any) -> None:
    AuditEntry.objects.create(
        action=action,
        actor=actor,
        target_type=target._meta.label_lower if target else "",
        target_id=str(target.pk) if target else "",
        target_name=str(target)[:120] if target else "",
        details=details,
    )
