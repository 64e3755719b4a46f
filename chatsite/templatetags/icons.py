"""The tag `lucide`, which stands on a page thirty times, with a memory: the package's own draws each icon anew."""

from functools import lru_cache

from django import template
from lucide.templatetags import lucide as package

register = template.Library()
register.simple_tag(lru_cache(maxsize=256)(package.lucide), name="lucide")
