"""Keeping what is not sent yet."""

from functools import partial
from typing import NamedTuple

from django.db import transaction

from rooms.broadcasts import broadcast_note
from rooms.models import Membership, Notepad


class Kept(NamedTuple):
    """The new version, and the text of another device that it took the place of, if there was any."""

    version: int
    displaced: str


def write_note(membership: Membership, *, body: str, base: int) -> Kept:
    """The last writer wins, and is handed what the other one wrote since `base`. The person's other tabs are told."""
    with transaction.atomic():
        notepad, _ = Notepad.objects.select_for_update().get_or_create(user=membership.user, room=membership.room)
        displaced = notepad.body if notepad.version != base and notepad.body != body else ""
        notepad.body, notepad.version = body, notepad.version + 1
        notepad.save(update_fields=["body", "version", "updated_at"])
        transaction.on_commit(partial(broadcast_note, notepad), robust=True)
    return Kept(notepad.version, displaced)
