"""Why the assistant did, or did not, speak: one row a message, so that silence is never mistaken for failure."""

from django.db import models

from rooms.models import Message


class Decision(models.Model):
    class Action(models.TextChoices):
        REPLY = "reply", "Reply"
        SILENT = "silent", "Silent"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="decision")
    action = models.CharField(max_length=6, choices=Action)
    rule = models.CharField(max_length=4, help_text="Which rule settled it: see aibot/addressing.py.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.action} by {self.rule}"
