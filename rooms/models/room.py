"""A room is a log: its messages are numbered 1, 2, 3 … for ever, and every change of one of them is numbered too."""

import uuid
from typing import TYPE_CHECKING, Any, Self

from django.db import connection, models
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils.text import slugify

from accounts.models import User
from chatsite.lib.fields import EncryptedTextField
from rooms.exceptions import NotFound
from rooms.models import log

if TYPE_CHECKING:
    from rooms.models.membership import Membership
    from rooms.models.message import Message

SLUG_LENGTH = 60
RESERVED = {"new", "sidebar"}
"""Addresses beside those of the rooms."""


class RoomQuerySet(models.QuerySet["Room"]):
    def public(self) -> Self:
        return self.filter(kind=Room.Kind.PUBLIC)

    def joined_by_everyone(self) -> Self:
        return self.filter(everyone_joins=True)

    def visible_to(self, user: User) -> Self:
        """Public rooms, and those that the person is in. What is not here does not exist for them."""
        mine = models.Exists(user.memberships.filter(room=models.OuterRef("pk")))
        return self.filter(models.Q(kind=Room.Kind.PUBLIC) | mine)

    def named_like(self, text: str) -> Self:
        return self.filter(name__icontains=text) if text else self

    def for_directory(self, user: User) -> Self:
        """Counted one room at a time, and so only for those of the page, however many rooms there are."""
        present = user.memberships.model.objects.filter(room=models.OuterRef("pk"))
        count = present.order_by().values("room").annotate(count=models.Count("pk")).values("count")
        return self.annotate(
            member_count=Coalesce(models.Subquery(count), 0),
            assistant_present=models.Exists(present.filter(user__is_bot=True)),
            is_member=models.Exists(present.filter(user=user)),
        ).order_by(Lower("name"))


class Room(models.Model):
    class Kind(models.TextChoices):
        PUBLIC = "public", "Public"
        PRIVATE = "private", "Private"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=SLUG_LENGTH + 8, unique=True, allow_unicode=True, editable=False)
    name = models.CharField(max_length=60)
    topic = EncryptedTextField(blank=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PUBLIC)
    everyone_joins = models.BooleanField(default=False, help_text="New people are members from the start.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_message_at = models.DateTimeField(auto_now_add=True)
    last_seq = models.BigIntegerField(default=0, editable=False)
    last_revision = models.BigIntegerField(default=0, editable=False)
    last_seat = models.IntegerField(default=0, editable=False)

    objects = RoomQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(Lower("name"), name="room_by_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("room", args=[self.slug])

    @property
    def is_public(self) -> bool:
        return self.kind == self.Kind.PUBLIC

    @classmethod
    def free_slug(cls, name: str) -> str:
        """From the name, in its own script; numbered where it is taken."""
        slug = slugify(name, allow_unicode=True)[:SLUG_LENGTH] or "room"
        taken = set(cls.objects.filter(slug__startswith=slug).values_list("slug", flat=True)) | RESERVED
        return next(free for free in (slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))) if free not in taken)

    def append(self, message: "Message", *, by: "Membership | None" = None) -> None:
        """Store a new message under the room's next seq and revision, as read by whoever says it.

        Holds the room's row until the transaction ends. `NotFound` when they are no longer in the room.
        """
        message.room = self
        if not log.append([log.Entry(message, by)]):
            raise NotFound

    def amend(self, message: "Message", **changes: object) -> None:
        """Change a message under the room's next revision. Holds the room's row until the transaction ends."""
        self._count()
        message.revision = self.last_revision
        for name, value in changes.items():
            setattr(message, name, value)
        message.save(update_fields=["revision", *changes])

    def lock(self) -> None:
        """Holds the room's row until the transaction ends."""
        type(self).objects.select_for_update().get(pk=self.pk)

    def next_seat(self) -> int:
        """A member's number in this room: given once, never reused."""
        return self._advance("last_seat = last_seat + 1", "last_seat")[0]

    def _count(self) -> None:
        """The next revision."""
        (self.last_revision,) = self._advance("last_revision = last_revision + 1", "last_revision")

    def _advance(self, change: str, returning: str) -> tuple[int, ...]:
        """One statement takes the row's lock and the numbers. `change` and `returning` are this class's own words."""
        row = _ask(f"UPDATE rooms_room SET {change} WHERE id = %s RETURNING {returning}", [self.pk])  # noqa: S608
        assert row, "the room is gone"
        return row


def _ask(sql: str, params: list[Any]) -> tuple[int, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row: tuple[int, ...] | None = cursor.fetchone()
    return row
