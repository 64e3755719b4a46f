"""One attempt at one answer, from the queue to its end."""

import uuid
from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models import User
from aibot.models.assistant import Assistant
from rooms.models import Message, Room

LEASE = timedelta(seconds=15)


class RunQuerySet(models.QuerySet["Run"]):
    def active(self) -> Self:
        return self.filter(status__in=Run.ACTIVE)

    def abandoned(self) -> Self:
        """Claimed by a worker that no longer renews its lease."""
        return self.filter(status__in=[Run.Status.THINKING, Run.Status.STREAMING], lease_until__lt=timezone.now())

    def unheard(self) -> Self:
        """Queued, but the bell that called a worker seems lost."""
        return self.filter(status=Run.Status.QUEUED, created_at__lt=timezone.now() - timedelta(seconds=10))


class Run(models.Model):
    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        THINKING = "thinking", "Thinking"
        STREAMING = "streaming", "Streaming"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"
        INTERRUPTED = "interrupted", "Interrupted"
        FAILED = "failed", "Failed"

    ACTIVE = [Status.QUEUED, Status.THINKING, Status.STREAMING]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="runs")
    lane = models.BigIntegerField(default=0, help_text="0 is the room's main timeline.")
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="runs")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="run")
    status = models.CharField(max_length=11, choices=Status, default=Status.QUEUED)
    attempt = models.SmallIntegerField(default=0)
    lease = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    model = models.CharField(max_length=100, blank=True)
    read = models.JSONField(default=list, help_text="The seqs of the messages that were sent to the model.")
    prompt_tokens = models.IntegerField(default=0)
    output_tokens = models.IntegerField(default=0)
    error = models.CharField(max_length=40, blank=True)
    stopped_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    first_word_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "lane"],
                condition=models.Q(status__in=["queued", "thinking", "streaming"]),
                name="one_run_a_lane",
            )
        ]
        indexes = [models.Index(fields=["status", "lease_until"], name="run_by_lease")]

    def __str__(self) -> str:
        return f"run {self.id} ({self.status})"

    def claim(self) -> bool:
        """Take it for this worker. Every later write is fenced by the lease that this sets."""
        lease, free = uuid.uuid4(), Run.objects.filter(pk=self.pk, status=Run.Status.QUEUED)
        taken = free.update(
            status=Run.Status.THINKING,
            lease=lease,
            lease_until=timezone.now() + LEASE,
            attempt=models.F("attempt") + 1,
        )
        self.refresh_from_db()
        return bool(taken) and self.lease == lease

    def hold(self, **changes: object) -> bool:
        """Renew the lease and note the changes; False when the run is no longer this worker's."""
        changes["lease_until"] = timezone.now() + LEASE
        return bool(Run.objects.active().filter(pk=self.pk, lease=self.lease).update(**changes))

    def end(self, status: str, **changes: object) -> bool:
        """The last write; False when somebody else has ended it."""
        changes |= {"status": status, "finished_at": timezone.now(), "lease_until": None}
        return bool(Run.objects.active().filter(pk=self.pk, lease=self.lease).update(**changes))
