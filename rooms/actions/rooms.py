"""Making and changing rooms."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from chatsite.lib import audit
from rooms.actions.memberships import add_member, read_everything
from rooms.broadcasts import broadcast_members_only, broadcast_rooms_changed
from rooms.models import Membership, Room


def create_room(
    owner: User,
    *,
    name: str,
    kind: str = Room.Kind.PUBLIC,
    topic: str = "",
    everyone_joins: bool = False,
    bots: Iterable[User] = (),
) -> Membership:
    """A new room with its owner, and these bots, in it."""
    with transaction.atomic():
        room = _make_room(name=name, kind=kind, topic=topic, everyone_joins=everyone_joins)
        audit.record("room.created", actor=owner, target=room, kind=kind)
        membership = add_member(room, user=owner, role=Membership.Role.OWNER)
        for bot in bots:
            add_member(room, user=bot)
        read_everything(membership)
        return membership


def _make_room(*, name: str, **fields: Any) -> Room:
    """Under the first address that is free, whoever else takes one in the same moment."""
    while True:
        slug = Room.free_slug(name)
        try:
            with transaction.atomic():
                return Room.objects.create(slug=slug, name=name, **fields)
        except IntegrityError:
            if not Room.objects.filter(slug=slug).exists():
                raise


def update_room(membership: Membership, **changes: object) -> Room:
    """Name, topic, kind. The slug stays: links to the room must not break."""
    room = membership.room
    for name, value in changes.items():
        setattr(room, name, value)
    with transaction.atomic():
        room.save(update_fields=list(changes))
        audit.record("room.updated", actor=membership.user, target=room, fields=sorted(changes))
        transaction.on_commit(partial(_tell, room), robust=True)
    return room


def _tell(room: Room) -> None:
    if not room.is_public:
        broadcast_members_only(room)
    for membership in room.memberships.select_related("user"):
        broadcast_rooms_changed(membership.user)
