"""Who people are."""

from accounts.models.site import Site
from accounts.models.user import User

__all__ = ["Site", "User"]
