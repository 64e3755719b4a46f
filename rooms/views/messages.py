"""The room's page, and more of its messages as one scrolls."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from chatsite.lib.prepared import SAMPLES, Prepared, PreparedRows
from chatsite.lib.realtime import Frame
from rooms import presence
from rooms.models import Membership, Room
from rooms.models.message import PAGE
from rooms.models.notepad import NOTEPAD
from rooms.rendering import newest_page, page_after, page_around, page_before
from rooms.views.scope import member_view, person, visible_room

SHOWN_MEMBERS = 100

# What every page of a room asks for beside its messages.
MEMBERS = PreparedRows(lambda room: Membership.objects.filter(room=room).by_name().cards()[:SHOWN_MEMBERS], SAMPLES[0])
SEAT = Prepared(lambda user, room: Membership.objects.filter(user=user, room=room), *SAMPLES)
ASSISTANTS = Prepared(lambda room: Membership.objects.filter(room=room, user__is_bot=True).by_name()[:1], SAMPLES[0])


@require_safe
@member_view
def room(request: HttpRequest, slug: str, seq: int | None = None) -> HttpResponse:
    """The newest messages, or those around one of them. A public room can be read before joining it."""
    found = visible_room(request, slug)
    page = newest_page(found.pk) if seq is None else page_around(found.pk, seq)
    return render(request, "rooms/room.html", _page(person(request), found, page) | {"target_seq": seq})


@require_safe
@member_view
def message_page(request: HttpRequest, slug: str) -> HttpResponse:
    """A fragment: the page before, or after, a seq."""
    found = visible_room(request, slug)
    before, after = _number(request, "before"), _number(request, "after")
    page = page_after(found.pk, after) if after is not None else page_before(found.pk, before or found.last_seq + 1)
    context = {"messages": page, "room": found, "has_older": _has_older(page), "has_newer": _has_newer(found, page)}
    return render(request, "rooms/_messages.html", context)


def _page(user: User, found: Room, page: list[Frame]) -> dict[str, Any]:
    return {
        "room": found,
        "messages": page,
        "has_older": _has_older(page),
        "has_newer": _has_newer(found, page),
        "page_size": PAGE,
        "members": MEMBERS(found.pk),
        "notepad": NOTEPAD.first(user.pk, found.pk),
        "member_count": found.memberships.count(),
        "membership": SEAT.first(user.pk, found.pk),
        "assistant": ASSISTANTS.first(found.pk),
        "present": presence.present(found.pk),
    }


def _has_older(page: list[Frame]) -> bool:
    return bool(page) and page[0]["seq"] > 1


def _has_newer(found: Room, page: list[Frame]) -> bool:
    return bool(page) and page[-1]["seq"] < found.last_seq


def _number(request: HttpRequest, name: str) -> int | None:
    """Bad numbers count as none: the page then is the newest one."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
