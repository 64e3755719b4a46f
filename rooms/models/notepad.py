"""What somebody is writing in a room and has not sent: it follows them from device to device."""

from django.db import models

from accounts.models import User
from chatsite.lib.fields import EncryptedTextField
from chatsite.lib.prepared import SAMPLES, Prepared
from rooms.models.room import Room


class Notepad(models.Model):
    """`version` counts the writings; who writes on an older one has not seen what the other device wrote."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notepads")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="notepads")
    body = EncryptedTextField(blank=True)
    version = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "room"], name="one_notepad_a_room")]

    def __str__(self) -> str:
        return f"notepad of {self.user_id} in {self.room_id}"


NOTEPAD = Prepared(lambda user, room: Notepad.objects.filter(user=user, room=room), *SAMPLES)
"""Asked for with every page of a room, and by every tab that opens one."""
