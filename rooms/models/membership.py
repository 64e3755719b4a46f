"""Somebody's place in a room: what they may do there, and how far they have read."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models.functions import Coalesce, Greatest, Lower
from django.utils import timezone

from accounts.models import User
from rooms.models.message import Message
from rooms.models.room import Room

LISTED = "slug", "name", "kind", "last_seq"
"""What a line in the list of rooms shows. Reading the rest, of which the topic is encrypted, would double its time."""


Card = tuple[UUID, str, str, str, bool, str]
Line = tuple[UUID, str, str, str, int, int, bool]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def by_name(self) -> Self:
        return self.select_related("user").order_by("user__is_bot", Lower("user__display_name"))

    def for_sidebar(self) -> Self:
        """With the room, the count of unread messages, and whether one of them mentions the person.

        Events are in the log, but nothing to read. Newest activity first.
        """
        unread = Message.objects.filter(room=models.OuterRef("room"), seq__gt=models.OuterRef("last_read_seq"))
        events = unread.filter(kind=Message.Kind.EVENT).order_by().values("room").annotate(count=models.Count("pk"))
        return (
            self.select_related("room")
            .only("user", "last_read_seq", *(f"room__{name}" for name in LISTED))
            .annotate(
                unread=models.F("room__last_seq")
                - models.F("last_read_seq")
                - Coalesce(models.Subquery(events.values("count")), 0),
                mention=models.Exists(unread.filter(mentions=models.OuterRef("user"))),
            )
            .order_by("-room__last_message_at")
        )

    def lines(self) -> "models.QuerySet[Membership, Line]":
        """For the sidebar, as rows: of two hundred models hardly anything would be used."""
        shown = ("room_id", *(f"room__{name}" for name in LISTED), "unread", "mention")
        return self.for_sidebar().values_list(*shown)

    def cards(self) -> "models.QuerySet[Membership, Card]":
        """As rows: who they are and what they look like."""
        shown = ("handle", "display_name", "avatar", "is_bot")
        return self.values_list("user_id", *(f"user__{name}" for name in shown), "role")

    def read_up_to(self, seq: int) -> int:
        """Forwards only, and never past the room's end. Returns how many rows moved."""
        end = models.Subquery(Room.objects.filter(pk=models.OuterRef("room")).values("last_seq"))
        ahead = models.functions.Least(models.Value(seq, models.BigIntegerField()), end)
        return self.filter(last_read_seq__lt=ahead).update(last_read_seq=Greatest("last_read_seq", ahead))


class PresentManager(models.Manager.from_queryset(MembershipQuerySet)):  # type: ignore[misc]
    """Only those who have not left: a right is never found on a row of the past."""

    def get_queryset(self) -> models.QuerySet["Membership"]:
        return super().get_queryset().filter(left_at=None)  # type: ignore[no-any-return]


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        MODERATOR = "moderator", "Moderator"
        MEMBER = "member", "Member"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=9, choices=Role, default=Role.MEMBER)
    seat = models.IntegerField(editable=False)
    last_read_seq = models.BigIntegerField(default=0, editable=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    left_at = models.DateTimeField(null=True, blank=True, editable=False)
    removed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Came back only by a newer invitation."
    )

    objects = PresentManager()
    ever = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="one_membership_each"),
            models.UniqueConstraint(fields=["room", "seat"], name="one_seat_each"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    def may_post(self) -> bool:
        return self.left_at is None

    def may_manage(self) -> bool:
        """Change the room, its people and its invitations."""
        return self.left_at is None and self.role in {self.Role.OWNER, self.Role.MODERATOR}

    def may_set_kind(self) -> bool:
        """Open the room to everybody with all that was said in it, or close it on those who only look in."""
        return self.left_at is None and self.is_owner

    def may_change(self, other: "Membership") -> bool:
        """Give another role to somebody, or take them out. Only owners touch owners and moderators."""
        return self.may_manage() and self.room_id == other.room_id and (self.is_owner or other.role == self.Role.MEMBER)

    def may_stop(self, message: Message) -> bool:
        """End an answer that is being written: who asked, and who manages the room."""
        asked = message.reply_to is not None and message.reply_to.author_id == self.user_id
        return self.left_at is None and (asked or self.may_manage())
