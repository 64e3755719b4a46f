"""What every page of a signed-in person shows beside it: their rooms."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from chatsite.lib.prepared import SAMPLES, PreparedRows, Row
from rooms.models import Membership

LISTED = 200
"""Who is in more rooms than that finds the quieter ones with the quick switcher."""
LINES = PreparedRows(lambda user: Membership.objects.filter(user=user).lines()[:LISTED], SAMPLES[0])


def sidebar(request: HttpRequest) -> dict[str, object]:
    """Asked for only where it is shown."""
    return {"sidebar_rooms": SimpleLazyObject(lambda: _listed(request))}


def _listed(request: HttpRequest) -> list[Row]:
    user = getattr(request, "user", None)
    return LINES(user.pk) if isinstance(user, User) else []
