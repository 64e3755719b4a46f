"""Django's templates, rendered on a stack that is large from the start."""

from collections.abc import Callable
from functools import wraps
from threading import local
from typing import Any, ParamSpec, TypeVar

from django.template.backends.django import DjangoTemplates

P = ParamSpec("P")
T = TypeVar("T")

SLOTS = 2**15
"""Of eight bytes. Python rounds up to the next power of two, and what is left over is for the frames within."""
here = local()
"""This thread: claiming the stack takes some 20 microseconds, and a page is made of many templates."""


class DeepTemplates(DjangoTemplates):
    def get_template(self, template_name: str) -> Any:
        template = super().get_template(template_name)
        template.render = roomy(template.render)  # type: ignore[method-assign]
        return template


def roomy(function: Callable[P, T]) -> Callable[P, T]:
    """The same, begun by a frame that claims much of Python's stack, unless it runs within such a one.

    Python keeps its frames in pieces of 16 KB, and gives a piece back to the system when the last frame in it returns.
    Templates go up and down across the border of two pieces with each tag, and so a page of fifty messages asked the
    system four thousand times for the same memory: half of all the time that it took. Measured with Python 3.11.
    """

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    call.__code__ = call.__code__.replace(co_stacksize=SLOTS)

    @wraps(function)
    def call_once(*args: P.args, **kwargs: P.kwargs) -> T:
        if getattr(here, "is_roomy", False):
            return function(*args, **kwargs)
        here.is_roomy = True
        try:
            return call(*args, **kwargs)
        finally:
            here.is_roomy = False

    return call_once
