"""A message that the assistant owes an answer."""

from typing import Self

from django.db import models

from aibot.models.assistant import Assistant
from aibot.models.run import Run
from rooms.models import Message


class TriggerQuerySet(models.QuerySet["Trigger"]):
    def waiting(self) -> Self:
        return self.filter(status=Trigger.Status.PENDING).order_by("message__seq")


class Trigger(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        TAKEN = "taken", "Being answered"
        ANSWERED = "answered", "Answered"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="trigger")
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="triggers")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="triggers")
    lane = models.BigIntegerField(default=0)
    rule = models.CharField(max_length=4)
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TriggerQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["assistant"], condition=models.Q(status="pending"), name="trigger_waiting")]

    def __str__(self) -> str:
        return f"asked by {self.message_id}"
