"""How a person's face comes into a page: `accounts/_avatar.html`, drawn once for all who look alike."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import User

register = template.Library()

REMEMBERED = 2048


@register.simple_tag
def face(user: User, size: str = "", here: str = "") -> SafeString:
    """`size` is "xs", "s", "l" or nothing. `here` is "here" when the dot shall show. The name stands beside it."""
    picture = user.avatar_url
    if picture or user.is_bot:
        return _drawn(picture=picture, is_bot=user.is_bot, initials="", hue="", size=size, here=here)
    return _drawn(picture="", is_bot=False, initials=user.initials, hue=str(user.hue_step), size=size, here=here)


@lru_cache(maxsize=REMEMBERED)
def _drawn(**shown: object) -> SafeString:
    return render_to_string("accounts/_avatar.html", shown)
