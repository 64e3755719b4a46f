"""An invitation link: whoever holds it may enter, until it ends."""

import secrets
from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from rooms.models.room import Room


def fresh_token() -> str:
    return secrets.token_urlsafe(18)


class InviteQuerySet(models.QuerySet["Invite"]):
    def usable(self) -> Self:
        unexpired = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        unused = models.Q(uses_left=None) | models.Q(uses_left__gt=0)
        return self.filter(unexpired, unused, revoked_at=None)


class Invite(models.Model):
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="invites")
    token = models.CharField(max_length=40, unique=True, default=fresh_token, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invites")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    uses_left = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: any number.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = InviteQuerySet.as_manager()

    def __str__(self) -> str:
        return f"invitation to {self.room}"

    def get_absolute_url(self) -> str:
        return reverse("invite", args=[self.token])

    @property
    def state(self) -> str:
        """valid, revoked, expired or used."""
        if self.revoked_at:
            return "revoked"
        if self.expires_at and self.expires_at <= timezone.now():
            return "expired"
        return "used" if self.uses_left == 0 else "valid"
