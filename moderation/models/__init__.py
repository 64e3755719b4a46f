"""What moderators and administrators look back on."""

from moderation.models.audit import AuditEntry

__all__ = ["AuditEntry"]
