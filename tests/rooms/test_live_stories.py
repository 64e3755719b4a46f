"""Whatever bells, tabs and lines do, every tab ends where the log is: through hub, mailboxes, Valkey and PostgreSQL.

Tabs keep the client's rules and ask nothing of their own accord for want of a change: to spare them that is the hub's
part. What they do about it all the same is tested on paper, in tests/js.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort

from accounts.models import User
from accounts.sessions import visit
from chatsite.lib import feed as feeds
from chatsite.lib import hub as hubs
from chatsite.lib import mailbox as mailboxes
from rooms import replay
from tests.people import browser
from tests.rooms.telling import RoomLog, Telling
from tests.stories import EXAMPLES, FAR_BEHIND, STORIES, Story

pytestmark = pytest.mark.usefixtures("live", "hurry")

# Also how long the hub waits for Valkey, which other work may keep busy.
SOON, NEVER = 0.1, 3_600.0


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that short stories meet every limit."""
    monkeypatch.setattr(feeds, "GATHER", 0.001)
    monkeypatch.setattr(mailboxes, "MOST_FRAMES", 3)
    monkeypatch.setattr(replay, "MOST", FAR_BEHIND)


@pytest.fixture
def new_telling(alice: User) -> Callable[[], Telling]:
    cookie = browser(alice).cookies[settings.SESSION_COOKIE_NAME]
    arrived = visit({settings.SESSION_COOKIE_NAME: cookie.value})
    assert arrived
    return lambda: Telling(RoomLog(alice), arrived)


def told(stories: int) -> Callable[[Any], Any]:
    """Each of the examples, and as many that nobody thought of."""
    forgive = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

    def decorate(test: Any) -> Any:
        for one in EXAMPLES:
            test = example(steps=one)(test)
        return effort(max_examples=stories, deadline=None, suppress_health_check=forgive)(given(steps=STORIES)(test))

    return decorate


@told(stories=15)
def test_what_no_bell_told_of_is_found_by_comparing_heads(
    new_telling: Callable[[], Telling], monkeypatch: pytest.MonkeyPatch, steps: Story
) -> None:
    monkeypatch.setattr(hubs, "POLL_WORRIED", SOON)
    monkeypatch.setattr(hubs, "POLL_CALM", SOON)
    telling = new_telling()

    async def play() -> None:
        try:
            await telling.tell(steps)
            await telling.end()
        finally:
            await telling.leave()

    asyncio.run(play())


@told(stories=15)
def test_the_last_bell_is_enough_whatever_became_of_those_before(
    new_telling: Callable[[], Telling], monkeypatch: pytest.MonkeyPatch, steps: Story
) -> None:
    """Nobody compares heads here, so that each gap is found by the bell behind it."""
    monkeypatch.setattr(hubs, "POLL_WORRIED", NEVER)
    telling = new_telling()

    async def play() -> None:
        try:
            await telling.tell(steps)
            await telling.ring(len(telling.log.bells) - 1)
            await telling.end()
        finally:
            await telling.leave()

    asyncio.run(play())
