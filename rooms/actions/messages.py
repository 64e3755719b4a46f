"""Saying something: post, and the two steps of what is written while all look on, start and finish."""

from collections.abc import Collection
from functools import partial
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from rooms import markup
from rooms.broadcasts import broadcast_change, broadcast_message
from rooms.exceptions import Conflict, Refused
from rooms.models import Membership, Message, Room
from rooms.models.message import draft_html, fingerprint
from rooms.signals import message_posted, message_submitted

QUOTATIONS = 20
"""So many of its newest replies show an answer's new beginning at once; older ones when they change themselves."""


def post_message(membership: Membership, *, body: str, client_id: UUID, reply_to: Message | None = None) -> Message:
    """Store it and tell everybody. The same `client_id` gives the same message, however often; with another body, or
    in another room, `Conflict`.
    """
    message = _compose(membership, body=body, client_id=client_id, reply_to=reply_to)
    try:
        message_submitted.send(sender=None, message=message)
        return _store(membership, message)
    except (IntegrityError, Refused):  # sent before, perhaps: seldom, so that nobody else pays for asking first
        if earlier := Message.objects.sent_as(membership.user, client_id):
            return _same(earlier, membership, body)
        raise


def start_message(membership: Membership, *, reply_to: Message | None, client_id: UUID) -> Message:
    """An empty message in its place, to be written before everybody's eyes."""
    if earlier := Message.objects.sent_as(membership.user, client_id):
        return earlier
    drafting = Message.Status.DRAFTING
    message = _compose(membership, body="", client_id=client_id, reply_to=reply_to)
    message.status, message.attempt = drafting, 1
    with transaction.atomic():
        membership.room.append(message)
        transaction.on_commit(partial(broadcast_message, message), robust=True)
    return message


def restart_message(message: Message) -> None:
    """Another attempt in the same place: what was there is gone."""
    with transaction.atomic():
        message.room.amend(
            message, body="", html="", note="", status=Message.Status.DRAFTING, attempt=message.attempt + 1
        )
        transaction.on_commit(partial(broadcast_change, message), robust=True)
        _amend_quotations(message)


def keep_draft(message: Message, body: str, *, citable: Collection[int] = ()) -> list[str]:
    """So that a late joiner sees the half-written text. No change of the log: the final word takes the revision.

    Returns the blocks, as `broadcast_draft` wants them.
    """
    blocks = markup.blocks(body, _cards(_mentioned(message.room, body)), _citations(message.room, body, citable))
    message.body, message.html = body, draft_html(blocks)
    drafting = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFTING, attempt=message.attempt)
    drafting.update(body=message.body, html=message.html)
    return blocks


def finish_message(
    message: Message,
    *,
    body: str,
    status: str = Message.Status.COMPLETE,
    note: str = "",
    citable: Collection[int] = (),
) -> None:
    """The final word, whatever became of it. Of those whom it mentions, only its `reply_to`'s author is called."""
    mentioned = _mentioned(message.room, body)
    html = markup.render(body, _cards(mentioned), _citations(message.room, body, citable))
    with transaction.atomic():
        message.room.amend(message, body=body, html=html, renderer=markup.RENDERER, status=status, note=note)
        message.mentions.set([user for user in mentioned if message.reply_to and user.pk == message.reply_to.author_id])
        transaction.on_commit(partial(broadcast_change, message), robust=True)
        _amend_quotations(message)


def annotate_message(message: Message, note: str) -> None:
    """A sentence under it, for all who see it, about what became of it."""
    with transaction.atomic():
        message.room.amend(message, note=note)
        transaction.on_commit(partial(broadcast_message, message), robust=True)


def post_event(membership: Membership, text: str) -> Message:
    """A fact in the log, such as "joined". Runs in the transaction that makes it true."""
    message = Message(author=membership.user, kind=Message.Kind.EVENT, body=text, client_id=uuid4())
    membership.room.append(message)
    transaction.on_commit(partial(broadcast_message, message), robust=True)
    return message


def _amend_quotations(message: Message) -> None:
    """Replies show the beginning of what they reply to, and so they are others now."""
    for reply in message.replies.filter(author__is_bot=False).order_by("-seq")[:QUOTATIONS]:
        message.room.amend(reply)
        transaction.on_commit(partial(broadcast_change, reply), robust=True)


def _compose(membership: Membership, *, body: str, client_id: UUID, reply_to: Message | None) -> Message:
    """All the slow work, before any lock is taken."""
    mentioned = _mentioned(membership.room, body)
    message = Message(
        room=membership.room,
        author=membership.user,
        body=body,
        html=markup.render(body, _cards(mentioned)),
        renderer=markup.RENDERER,
        client_id=client_id,
        body_mac=fingerprint(body),
        reply_to=reply_to,
    )
    message.mentioned = mentioned
    return message


def _store(membership: Membership, message: Message) -> Message:
    with transaction.atomic():
        membership.room.append(message, by=membership)
        if message.mentioned:
            message.mentions.set(message.mentioned)
        transaction.on_commit(partial(broadcast_message, message), robust=True)
        transaction.on_commit(partial(message_posted.send_robust, sender=None, message=message), robust=True)
    return message


def _same(earlier: Message, membership: Membership, body: str) -> Message:
    if earlier.room_id != membership.room_id or not earlier.says(body):
        raise Conflict
    return earlier


def _mentioned(room: Room, body: str) -> list[User]:
    """Members whom the text calls by handle; the outside world is not called."""
    if not (handles := markup.mentioned_handles(body)):
        return []
    return list(User.objects.filter(Q(handle__in=handles), memberships__room=room, memberships__left_at=None))


def _cards(users: list[User]) -> dict[str, markup.Mention]:
    return {user.handle: markup.Mention(id=str(user.pk), name=user.display_name) for user in users}


def _citations(room: Room, body: str, citable: Collection[int]) -> dict[int, markup.Citation]:
    """Only what the author has really read can be cited."""
    if not (seqs := markup.cited_seqs(body).intersection(citable)):
        return {}
    cited = room.messages.filter(seq__in=seqs, deleted_at=None).select_related("author")
    return {message.seq: _citation(room, message) for message in cited}


def _citation(room: Room, message: Message) -> markup.Citation:
    """The name is set apart (FSI, PDI): beside an Arabic one the day would change places with its month."""
    label = f"\N{FIRST STRONG ISOLATE}{message.author.display_name}\N{POP DIRECTIONAL ISOLATE}"
    date = f"{message.created_at.day} {message.created_at:%b}"
    return markup.Citation(reverse("message", args=[room.slug, message.seq]), f"{label}, {date}")
