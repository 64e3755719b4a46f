"""Making and changing rooms."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from chatsite.lib import audit
from rooms.actions.memberships import add_member, read_everything
from rooms.actions.messages import post_event
from rooms.broadcasts import broadcast_rooms_changed
from rooms.models import Membership, Room
from rooms.models.message import CLOSED, OPENED


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
    """Name, topic, kind. The slug stays: links to the room must not break.

    Another kind stands in the room's log, and whoever only looks in sees no more of it from there on.
    """
    room = membership.room
    with transaction.atomic():
        room.lock()
        before = Room.objects.values_list("kind", flat=True).get(pk=room.pk)
        for name, value in changes.items():
            setattr(room, name, value)
        room.save(update_fields=list(changes))
        if room.kind != before:
            post_event(membership, OPENED if room.is_public else CLOSED)
        audit.record("room.updated", actor=membership.user, target=room, fields=sorted(changes))
        transaction.on_commit(partial(_tell, room), robust=True)
    return room


def _tell(room: Room) -> None:
    for membership in room.memberships.select_related("user"):
        broadcast_rooms_changed(membership.user)
