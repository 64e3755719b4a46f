"""What every page of a signed-in person shows beside it: their rooms."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from rooms.models import Membership

LISTED = 200
"""Who is in more rooms than that finds the quieter ones with the quick switcher."""


def sidebar(request: HttpRequest) -> dict[str, object]:
    """Asked for only where it is shown."""
    return {"sidebar_rooms": SimpleLazyObject(lambda: _listed(request))}


def _listed(request: HttpRequest) -> list[Membership]:
    user = getattr(request, "user", None)
    places = list(user.memberships.for_sidebar()[:LISTED]) if isinstance(user, User) else []
    for place in places:  # the list goes on counting by itself, and to it an event is as good as read
        place.last_read_seq = place.room.last_seq - place.unread
    return places
