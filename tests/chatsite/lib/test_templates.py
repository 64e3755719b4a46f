"""Rendering asks the system for memory once, not with each tag."""

import resource
import sys
from collections.abc import Callable

import pytest
from django.template import engines

from chatsite.lib.templates import DeepTemplates, here, roomy

CALLS, DEPTHS = 2_000, range(150)


def leaf(words: str = "") -> str:
    return words


def page() -> None:
    for _ in range(CALLS):
        leaf()


def nested(depth: int, function: Callable[[], None]) -> None:
    """Frames of Python's own between us and the function, as the layers of a site have them."""
    if depth:
        return nested(depth - 1, function)
    return function()


def asked_for(function: Callable[[], None]) -> int:
    """How often this thread got a page of memory that it did not have."""
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    function()
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux counts the memory of a thread.")
def test_no_depth_makes_each_call_ask_for_memory() -> None:
    assert max(asked_for(lambda: nested(depth, roomy(page))) for depth in DEPTHS) < CALLS / 10  # noqa: B023


def test_it_is_the_same_function() -> None:
    assert roomy(leaf)("Ahoy") == roomy(leaf)(words="Ahoy") == "Ahoy"
    assert roomy(leaf).__name__ == "leaf"


def test_the_sites_templates_are_rendered_so() -> None:
    [engine] = engines.all()
    assert isinstance(engine, DeepTemplates)
    messages = [{"html": lambda: here.is_roomy}]
    assert engine.get_template("rooms/_messages.html").render({"messages": messages}).strip() == "True"


def test_the_stack_is_claimed_once() -> None:
    """Within a template others are rendered, and within a page many templates."""
    once, each_time = (asked_for(roomy(repeatedly(render))) for render in (roomy(leaf), claimed))
    assert once < CALLS / 10 < each_time
    assert not here.is_roomy


def repeatedly(function: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(CALLS):
            function()

    return run


def claimed() -> str:
    """As if for the first time."""
    here.is_roomy = False
    return roomy(leaf)()
