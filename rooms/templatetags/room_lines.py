"""The lines of the lists beside a page: rooms and members. Each is rendered once for the same row of the database, of
which it shows everything, and so never an old state of it.
"""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from django import template
from django.template.loader import render_to_string

from accounts.models import User
from rooms.models import Membership, Room
from rooms.models.membership import Card, Line

register = template.Library()

MOST = 8192
"""Of each kind, in each process; a line is about a kilobyte."""


@register.simple_tag
def room_lines(lines: Iterable[Line], open_room: UUID | str) -> list[str]:
    """The room that is open, if any is, is marked."""
    return [_room_line(line, line[0] == open_room) for line in lines]


@register.simple_tag
def member_lines(cards: Iterable[Card]) -> list[str]:
    return [_member_line(card) for card in cards]


@lru_cache(maxsize=MOST)
def _room_line(line: Line, is_open: bool) -> str:
    """The list goes on counting by itself, from what was read; and to it an event is as good as read."""
    pk, slug, name, kind, last_seq, unread, mention = line
    room = Room(pk=pk, slug=slug, name=name, kind=kind, last_seq=last_seq)
    shown = {"room": room, "read": last_seq - unread, "unread": unread, "mention": mention, "is_open": is_open}
    return render_to_string("rooms/_room_line.html", shown)


@lru_cache(maxsize=MOST)
def _member_line(card: Card) -> str:
    pk, handle, name, avatar, is_bot, role = card
    user = User(pk=pk, handle=handle, display_name=name, avatar=avatar, is_bot=is_bot)
    return render_to_string("rooms/_member_line.html", {"place": Membership(user=user, role=role)})
