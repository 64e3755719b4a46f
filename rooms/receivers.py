"""What the conversation hears from accounts: somebody shows an invitation, somebody signed up."""

from contextlib import suppress
from typing import Any

from django.http import HttpRequest

from accounts.models import Site, User
from rooms.actions.memberships import accept_invite, join_default_rooms
from rooms.exceptions import Refused
from rooms.models import Invite


def vouch(*, token: str, **_: Any) -> bool:
    return Invite.objects.usable().filter(token=token).exists()


def seat_newcomer(*, request: HttpRequest, user: User, **_: Any) -> None:
    """In the rooms that everybody joins; and where only the invited sign up, in the one that the invitation was for."""
    join_default_rooms(user)
    site, token = Site.current(), getattr(request, "invited", "")
    if site and site.signup_policy == Site.SignupPolicy.INVITATION:
        invite = Invite.objects.select_related("room").filter(token=token).first()
        with suppress(Refused):
            if invite:
                accept_invite(invite, user=user)
