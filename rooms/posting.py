"""What people post by their sockets, as much of it as waits: read, allowed and stored together, answered one by one."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, ParamSpec, TypeVar
from uuid import UUID

from django.db.models.expressions import RawSQL

from accounts.models import User
from chatsite.lib import ratelimit
from chatsite.lib.prepared import SAMPLES, Prepared
from chatsite.lib.realtime import Frame
from chatsite.lib.templates import roomy
from rooms.actions.messages import Submission, post_messages
from rooms.exceptions import NotFound, Refused, TooFast
from rooms.forms import PostForm, cleaned
from rooms.models import Membership, Message

P = ParamSpec("P")
T = TypeVar("T")

PAIRED = """
SELECT seat.id FROM unnest(%s::uuid[], %s::uuid[]) AS pair (person, place)
JOIN rooms_membership AS seat ON seat.user_id = person AND seat.room_id = place
"""
ROOM = [f"room__{name}" for name in ("slug", "name", "kind")]
AUTHOR = [f"user__{name}" for name in ("handle", "display_name", "avatar", "is_bot", "is_active")]
IN_ROOMS = Prepared(
    lambda users, rooms: (
        Membership.objects.select_related("room", "user")
        .only("role", "left_at", *ROOM, *AUTHOR)
        .filter(pk__in=RawSQL(PAIRED, [users, rooms]))  # noqa: S611 (our own words)
    ),
    *([sample] for sample in SAMPLES),
)


class Post(NamedTuple):
    """A `post` as it came, and from whom."""

    user: User
    command: Frame


class Written(NamedTuple):
    """A `post` as it was read."""

    user: UUID
    room: UUID
    client_id: UUID
    body: str
    reply_to: UUID | None


@roomy
def post_together(posts: Sequence[Post], answer: Callable[[list[Frame | Refused]], object]) -> None:
    """Each is answered for itself: nobody is kept from posting by what another one wrote. They are answered once all is
    stored, and before others are told.
    """
    written = [_or_refusal(_written, post) for post in posts]
    seats = _seats([(one.user, one.room) for one in written if isinstance(one, Written)])
    seated = [one if isinstance(one, Refused) else _or_refusal(_submission, one, seats) for one in written]
    paced = _keeping_pace(seated)
    submissions = [one for one in paced if isinstance(one, Submission)]
    post_messages(submissions, stored=lambda outcomes: answer(_answers(paced, outcomes)))


def _or_refusal(step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Refused:
    try:
        return step(*args, **kwargs)
    except Refused as refusal:
        return refusal


def _written(post: Post) -> Written:
    return Written(user=post.user.pk, **cleaned(PostForm, post.command))


def _seats(asked: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Membership]:
    """By user and room."""
    seats = IN_ROOMS([user for user, _ in asked], [room for _, room in asked]) if asked else []
    return {(seat.user_id, seat.room_id): seat for seat in seats}


def _submission(written: Written, seats: Mapping[tuple[UUID, UUID], Membership]) -> Submission:
    membership = seats.get((written.user, written.room))
    if membership is None:
        raise NotFound
    if not membership.may_post():
        raise Refused("You can read here, but not write.")
    replied = _replied(membership, written.reply_to) if written.reply_to else None
    return Submission(membership, written.body, written.client_id, replied)


def _keeping_pace(submissions: Sequence[Submission | Refused]) -> list[Submission | Refused]:
    """One look for all of them."""
    seats = [one.membership for one in submissions if isinstance(one, Submission)]
    waits = iter(ratelimit.waits_for([[("post", seat.user_id), ("room_post", seat.room_id)] for seat in seats]))
    return [TooFast(wait) if isinstance(one, Submission) and (wait := next(waits)) else one for one in submissions]


def _answers(paced: Sequence[Submission | Refused], outcomes: Sequence[Message | Refused]) -> list[Frame | Refused]:
    each = iter(outcomes)
    return [_posted(next(each)) if isinstance(one, Submission) else one for one in paced]


def _posted(outcome: Message | Refused) -> Frame | Refused:
    return outcome if isinstance(outcome, Refused) else {"seq": outcome.seq, "id": str(outcome.pk)}


def _replied(membership: Membership, message_id: UUID) -> Message:
    found = membership.room.messages.filter(pk=message_id).select_related("author", "room")
    replied: Message | None = found.first()
    if replied is None:
        raise NotFound("The message that you reply to is not there any more.")
    return replied
