"""What was said. The message is the unit of replication: whatever happens to it, the whole of it is sent again."""

import uuid
from functools import cached_property
from operator import attrgetter
from typing import Any, Self
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from chatsite.lib import crypto
from chatsite.lib.fields import EncryptedTextField
from rooms import markup
from rooms.models.room import Room

PAGE = 50
MAX_BYTES = 16 * 1024
MAX_SEQ = 2**62
LEFT, REMOVED = "left", "was removed"
OPENED, CLOSED = "made this room public", "made this room private"
BLOCK_START, BLOCK_END = '<div class="draft-block">', "</div>"
DEPARTURES = {LEFT, REMOVED}

NOT_SHOWN = "room__topic", "reply_to__html", "reply_to__room__topic"
"""Encrypted, and so not free to read."""

OWN_LOOK = ("pk", "revision", "kind", "status", "attempt", "note", "edited_at", "deleted_at", "room__slug")
AUTHOR_LOOK = ("author_id", "author__display_name", "author__handle", "author__avatar", "author__is_bot")
QUOTED_LOOK = (
    *("reply_to_id", "reply_to__revision", "reply_to__status", "reply_to__deleted_at"),
    *("reply_to__room__slug", "reply_to__author_id", "reply_to__author__display_name"),
)
Look = tuple[Any, ...]
"""All that `rooms/_message.html` shows, but for the words: those change with a revision. Costs nothing to decrypt."""


class MessageQuerySet(models.QuerySet["Message"]):
    def for_display(self) -> Self:
        """With all that `rooms/_message.html` shows, in a fixed number of queries."""
        shown = self.select_related("author", "room", "reply_to__author", "reply_to__room").defer(*NOT_SHOWN)
        return shown.prefetch_related("mentions")

    def looks(self) -> "models.QuerySet[Message, Look]":
        """As `look_of` tells them of whole messages."""
        called = Message.mentions.through.objects.filter(message=models.OuterRef("pk")).order_by("user")
        return self.values_list(*OWN_LOOK, *AUTHOR_LOOK, *QUOTED_LOOK, ArraySubquery(called.values("user")))

    def in_order(self) -> Self:
        return self.order_by("seq")

    def before(self, seq: int) -> Self:
        """The nearest first."""
        return self.filter(seq__lt=seq).order_by("-seq")

    def after(self, seq: int) -> Self:
        return self.filter(seq__gt=seq).in_order()

    def changed_since(self, revision: int) -> Self:
        return self.filter(revision__gt=revision).order_by("revision")

    def sent_as(self, author: User, client_id: UUID) -> "Message | None":
        return self.filter(author=author, client_id=client_id).first()


class Message(models.Model):
    class Kind(models.TextChoices):
        MESSAGE = "message", "Message"
        EVENT = "event", "Event"

    class Status(models.TextChoices):
        COMPLETE = "complete", "Complete"
        DRAFTING = "drafting", "Being written"
        STOPPED = "stopped", "Stopped"
        INTERRUPTED = "interrupted", "Interrupted"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="messages")
    seq = models.BigIntegerField(editable=False)
    revision = models.BigIntegerField(editable=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.MESSAGE)
    status = models.CharField(max_length=11, choices=Status, default=Status.COMPLETE)
    attempt = models.SmallIntegerField(default=0, editable=False, help_text="Which try at writing it this is.")
    note = models.CharField(max_length=120, blank=True, help_text="A word on how it ended, for everybody.")
    body = EncryptedTextField(blank=True)
    html = EncryptedTextField(blank=True)
    renderer = models.SmallIntegerField(default=0, editable=False, help_text="The renderer's version.")
    client_id = models.UUIDField(default=uuid.uuid4, editable=False)
    body_mac = models.BinaryField(max_length=16, default=bytes)
    reply_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replies")
    mentions = models.ManyToManyField(User, related_name="mentioned_in", blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        # Whoever opens a room asks for its half-written messages, of which there are few among a million.
        # Whoever lists a room counts who came and went since they read it last.
        indexes = [
            models.Index(fields=["room", "seq"], name="message_drafting", condition=models.Q(status="drafting")),
            models.Index(fields=["room", "seq"], name="message_event", condition=models.Q(kind="event")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="message_seq"),
            models.UniqueConstraint(fields=["room", "revision"], name="message_revision"),
            models.UniqueConstraint(fields=["author", "client_id"], name="message_sent_once"),
        ]

    def __str__(self) -> str:
        return f"message {self.seq} in {self.room_id}"

    def get_absolute_url(self) -> str:
        return reverse("message", args=[self.room.slug, self.seq])

    @property
    def is_drafting(self) -> bool:
        return self.status == self.Status.DRAFTING

    @property
    def is_event(self) -> bool:
        return self.kind == self.Kind.EVENT

    @property
    def is_departure(self) -> bool:
        """With this message its author is no longer in the room."""
        return self.is_event and self.body in DEPARTURES

    @property
    def is_closing(self) -> bool:
        """With this message the room is for its members alone."""
        return self.is_event and self.body == CLOSED

    @cached_property
    def mentioned(self) -> list[User]:
        """Whom it calls; known before it is stored to whoever composes it."""
        return list(self.mentions.all())

    @property
    def mention_ids(self) -> list[str]:
        """In an order of their own, so that a message looks the same however they were read."""
        return [str(pk) for pk in sorted(user.pk for user in self.mentioned)]

    @property
    def draft_blocks(self) -> list[str]:
        """Of a half-written message: its blocks, as they were shown last."""
        return [part.removesuffix(BLOCK_END) for part in self.html.split(BLOCK_START)[1:]]

    @property
    def preview(self) -> str:
        """One line of it, for a reply's quotation. Of half a text nothing: it would be another with each word."""
        if self.is_drafting:
            return "still being written"
        return "message deleted" if self.deleted_at else markup.plain(self.body)[:120]

    def says(self, body: str) -> bool:
        """Whether it was sent with these words. Compared by keyed fingerprint: the words may have been edited since."""
        return bytes(self.body_mac) == fingerprint(body)


_own = attrgetter(*(path.replace("__", ".") for path in OWN_LOOK))
_author = attrgetter("author_id", "author.display_name", "author.handle", "author.avatar.name", "author.is_bot")
_quoted = attrgetter("pk", "revision", "status", "deleted_at", "room.slug", "author_id", "author.display_name")
_NOTHING_QUOTED = (None,) * len(QUOTED_LOOK)


def look_of(message: Message) -> Look:
    quoted = _quoted(message.reply_to) if message.reply_to else _NOTHING_QUOTED
    return (*_own(message), *_author(message), *quoted, sorted(user.pk for user in message.mentioned))


def draft_html(blocks: list[str]) -> str:
    """No block can hold the mark that begins one: the renderer allows that class to nobody."""
    return "".join(f"{BLOCK_START}{block}{BLOCK_END}" for block in blocks)


def fingerprint(body: str) -> bytes:
    return crypto.mac(body, purpose="message.body")
