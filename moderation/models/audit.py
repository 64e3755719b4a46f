"""The audit log: who did what to whom. Written once, never changed."""

from django.db import models

from accounts.models import User


class AuditEntry(models.Model):
    action = models.CharField(max_length=60)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=40, blank=True)
    target_name = models.CharField(max_length=120, blank=True)
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["-created_at"], name="audit_newest")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_id}"
