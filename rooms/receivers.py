"""What the conversation hears from the world outside: somebody signed up."""

from typing import Any

from accounts.models import User
from rooms.actions.memberships import join_default_rooms


def seat_newcomer(*, user: User, **_: Any) -> None:
    join_default_rooms(user)
