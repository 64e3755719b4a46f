"""Coming into a room, going, and what one may do there. Each coming and going stands in the room's log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from chatsite.lib import audit
from rooms.actions.messages import post_event
from rooms.broadcasts import broadcast_read, broadcast_rooms_changed
from rooms.exceptions import NotFound, Refused
from rooms.models import Invite, Membership, Room
from rooms.models.message import LEFT, MAX_SEQ, REMOVED


def add_member(room: Room, *, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    """Seat somebody; whoever was here before gets the old seat again. Being here already is no error."""
    with transaction.atomic():
        room.lock()
        membership = Membership.ever.filter(room=room, user=user).first()
        if membership and membership.left_at is None:
            return membership
        membership = _seat_again(membership, role) if membership else _seat(room, user, role)
        event = post_event(membership, "joined")
        Membership.objects.filter(pk=membership.pk).update(last_read_seq=event.seq)
        transaction.on_commit(partial(broadcast_rooms_changed, user), robust=True)
    return membership


def join_room(user: User, *, room: Room) -> Membership:
    """Walk into a public room."""
    if not room.is_public:
        raise NotFound
    if Membership.ever.filter(room=room, user=user).exclude(removed_at=None).exists():
        raise Refused("You were removed from this room. Ask one of its owners for an invitation.")
    return add_member(room, user=user)


def join_default_rooms(user: User) -> None:
    for room in Room.objects.joined_by_everyone():
        add_member(room, user=user)


def leave_room(membership: Membership) -> None:
    """The last owner first hands the room over."""
    with _one_at_a_time(membership):
        if _is_last_owner(membership):
            raise Refused("You are the only owner. Make somebody else owner first, then leave.")
        _end(membership, LEFT)


def remove_member(membership: Membership, *, by: Membership) -> None:
    with _one_at_a_time(membership):
        if _is_last_owner(membership):
            raise Refused("A room needs an owner. Make somebody else owner first.")
        _end(membership, REMOVED)
        Membership.ever.filter(pk=membership.pk).update(removed_at=timezone.now())
        Invite.objects.filter(room=membership.room, created_by=membership.user, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        audit.record("member.removed", actor=by.user, target=membership.user, room=str(membership.room_id))


def change_role(membership: Membership, *, role: str, by: Membership) -> None:
    with _one_at_a_time(membership):
        if role != Membership.Role.OWNER and _is_last_owner(membership):
            raise Refused("A room needs an owner. Make somebody else owner first.")
        membership.role = role
        membership.save(update_fields=["role"])
        audit.record("member.role_changed", actor=by.user, target=membership.user, role=role)


def mark_read(membership: Membership, *, seq: int) -> None:
    """Forwards only, and not past the end; the person's other devices follow."""
    if Membership.objects.filter(pk=membership.pk).read_up_to(seq):
        membership.refresh_from_db(fields=["last_read_seq"])
        broadcast_read(membership, seq=membership.last_read_seq)


def read_everything(membership: Membership) -> None:
    """For who has just made all that there is to read."""
    Membership.objects.filter(pk=membership.pk).read_up_to(MAX_SEQ)


def create_invite(membership: Membership, *, expires_at: datetime | None, uses_left: int | None) -> Invite:
    return Invite.objects.create(
        room=membership.room, created_by=membership.user, expires_at=expires_at, uses_left=uses_left
    )


def revoke_invite(invite: Invite) -> None:
    Invite.objects.filter(pk=invite.pk, revoked_at=None).update(revoked_at=timezone.now())


def accept_invite(invite: Invite, *, user: User) -> Membership:
    """Enter, and use the link up by one. Who is in already uses nothing."""
    with transaction.atomic():
        invite.room.lock()
        if present := user.memberships.filter(room=invite.room).first():
            return present
        usable = Invite.objects.usable().select_for_update().filter(pk=invite.pk).first()
        if not usable or _was_removed_since(invite, user):
            raise Refused("This invitation has ended. Ask for a new one.")
        Invite.objects.filter(pk=invite.pk).exclude(uses_left=None).update(uses_left=F("uses_left") - 1)
        return add_member(invite.room, user=user)


def _was_removed_since(invite: Invite, user: User) -> bool:
    return Membership.ever.filter(room=invite.room, user=user, removed_at__gte=invite.created_at).exists()


def _seat(room: Room, user: User, role: str) -> Membership:
    membership: Membership = Membership.objects.create(room=room, user=user, role=role, seat=room.next_seat())
    return membership


def _seat_again(membership: Membership, role: str) -> Membership:
    membership.left_at = membership.removed_at = None
    membership.joined_at, membership.role = timezone.now(), role
    membership.save(update_fields=["left_at", "removed_at", "joined_at", "role"])
    return membership


@contextmanager
def _one_at_a_time(membership: Membership) -> Iterator[None]:
    """Who goes and who rules is decided by how things stand once nobody else decides it."""
    with transaction.atomic():
        membership.room.lock()
        membership.refresh_from_db(fields=["role", "left_at"])
        yield


def _end(membership: Membership, how: str) -> None:
    """Going twice is going once."""
    if membership.left_at is not None:
        return
    post_event(membership, how)
    membership.left_at = timezone.now()
    membership.save(update_fields=["left_at"])
    transaction.on_commit(partial(broadcast_rooms_changed, membership.user), robust=True)


def _is_last_owner(membership: Membership) -> bool:
    owners = Membership.objects.filter(
        room=membership.room, role=Membership.Role.OWNER, user__is_bot=False, user__is_active=True
    )
    return membership.is_owner and not owners.exclude(pk=membership.pk).exists()
