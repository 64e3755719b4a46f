"""What templates need besides: how long ago, and the import map, by which modules find each other's hashed files."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

SCRIPTS = Path(settings.BASE_DIR) / "static"


STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@register.filter
def ago(moment: datetime) -> str:
    """now, 5 min ago, 3 h ago, 12 d ago."""
    seconds = (timezone.now() - moment).total_seconds()
    return next((f"{int(seconds // step)} {unit} ago" for step, unit in STEPS if seconds >= step), "now")


@register.simple_tag(takes_context=True)
def import_map(context: template.Context) -> SafeString:
    """Must stand before the first module script of the page."""
    names = mark_safe(_map())  # noqa: S308 (made of our own file names)
    return format_html('<script type="importmap" nonce="{}">{}</script>', context.get("csp_nonce", ""), names)


def _map() -> str:
    return _mapped() if not settings.DEBUG else json.dumps({"imports": {}})


@cache
def _mapped() -> str:
    """From each module's plain URL to its hashed one."""
    names = sorted(path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.glob("js/**/*.js"))
    return json.dumps({"imports": {f"/{settings.STATIC_URL.lstrip('/')}{name}": static(name) for name in names}})
