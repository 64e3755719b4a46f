"""Saying something: post, and the two steps of what is written while all look on, start and finish."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from rooms import markup
from rooms.broadcasts import broadcast_change, broadcast_message
from rooms.exceptions import Conflict, NotFound, Refused
from rooms.models import Membership, Message, Room
from rooms.models.log import Entry, append
from rooms.models.message import draft_html, fingerprint
from rooms.signals import message_submitted, messages_posted

QUOTATIONS = 20
"""So many of its newest replies show an answer's new beginning at once; older ones when they change themselves."""


class Submission(NamedTuple):
    """What somebody wants to say, under the key of the device that it was written on."""

    membership: Membership
    body: str
    client_id: UUID
    reply_to: Message | None = None


def post_message(membership: Membership, *, body: str, client_id: UUID, reply_to: Message | None = None) -> Message:
    """As `post_messages`; raises what refuses it."""
    (outcome,) = post_messages([Submission(membership, body, client_id, reply_to)])
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def post_messages(
    submissions: Sequence[Submission], *, stored: Callable[[list[Message | Refused]], object] = list
) -> list[Message | Refused]:
    """Store them together and tell everybody; each is posted, or refused, for itself. `stored` hears of it first.

    The same `client_id` gives the same message, however often; with another body, or in another room, `Conflict`.
    """
    composed = [_composed(submission) for submission in submissions]
    messages = _store([entry for entry in composed if isinstance(entry, Entry)])
    outcomes = [_outcome(*pair, messages) for pair in zip(submissions, composed, strict=True)]
    transaction.on_commit(partial(stored, outcomes))
    _announce(messages)
    return outcomes


def start_message(membership: Membership, *, reply_to: Message | None, client_id: UUID) -> Message:
    """An empty message in its place, to be written before everybody's eyes."""
    if earlier := Message.objects.sent_as(membership.user, client_id):
        return earlier
    message = Message(author=membership.user, client_id=client_id, body_mac=fingerprint(""), reply_to=reply_to)
    message.renderer, message.status, message.attempt = markup.RENDERER, Message.Status.DRAFTING, 1
    message.mentioned = []
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


def _composed(submission: Submission) -> Entry | Refused:
    """All the slow work, before any lock is taken."""
    seat, body = submission.membership, submission.body
    mentioned = _mentioned(seat.room, body)
    message = Message(
        room=seat.room,
        author=seat.user,
        body=body,
        html=markup.render(body, _cards(mentioned)),
        renderer=markup.RENDERER,
        client_id=submission.client_id,
        body_mac=fingerprint(body),
        reply_to=submission.reply_to,
    )
    message.mentioned = mentioned
    try:
        message_submitted.send(sender=None, message=message)
    except Refused as refusal:
        return refusal
    return Entry(message, by=seat, mentioned=mentioned)


def _store(entries: list[Entry]) -> list[Message]:
    """Of two with one key the first. Who lost a race for a key to somebody else keeps nobody from being stored."""
    firsts: dict[tuple[UUID, UUID], Entry] = {}
    for entry in entries:
        firsts.setdefault((entry.message.author_id, entry.message.client_id), entry)
    try:
        return append(list(firsts.values()))
    except IntegrityError:
        return [message for entry in firsts.values() for message in _store([entry])] if len(firsts) > 1 else []


def _announce(stored: list[Message]) -> None:
    for message in stored:
        transaction.on_commit(partial(broadcast_message, message), robust=True)
    if stored:
        transaction.on_commit(partial(messages_posted.send_robust, sender=None, messages=stored), robust=True)


def _outcome(submission: Submission, composed: Entry | Refused, stored: list[Message]) -> Message | Refused:
    """What is not stored now was stored before, or is refused, or its author is not in the room any more."""
    if isinstance(composed, Entry) and composed.message in stored:
        return composed.message
    earlier = Message.objects.sent_as(submission.membership.user, submission.client_id)
    if earlier:
        return earlier if _is_same(earlier, submission) else Conflict()
    return composed if isinstance(composed, Refused) else NotFound()


def _is_same(earlier: Message, submission: Submission) -> bool:
    return earlier.room_id == submission.membership.room_id and earlier.says(submission.body)


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
