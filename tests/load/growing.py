"""A site with ten thousand rooms, a reader who is in many of them, and one room that grows. Needs Django to be set up."""

from collections.abc import Callable
from functools import partial

from django.db import connection

from accounts.models import Site, User
from rooms.actions.memberships import add_member
from rooms.actions.rooms import create_room
from rooms.models import Room
from rooms.replay import MOST
from tests.history import fill, found_rooms
from tests.load.cast import session
from tests.load.log import Frame
from tests.load.reader import Reader

ROOMS, MINE, SAID = 10_000, 300, 20
AUTHORS = 20
PAGES, SHORT_REPLAYS, LONG_REPLAYS = 300, 100, 40
"""How often each is asked; a socket takes a hundred commands at once."""

Gauge = Callable[[], list[float]]


class Settlement:
    """The reader has read nothing yet, anywhere: all the history is unread to them, and nobody has mentioned them."""

    def __init__(self, url: str) -> None:
        Site.objects.create(name="Growth", signup_policy="closed")
        owner, reader = _person("owner"), _person("reader")
        self.authors = [_person(f"author{n:02}") for n in range(AUTHORS)]
        found_rooms(ROOMS - MINE, [owner, self.authors[0]], prefix="other")
        for room in Room.objects.filter(pk__in=found_rooms(MINE, [owner, reader], prefix="mine")):
            fill(room, self.authors, until=SAID)
        self.room = create_room(owner, name="archive", kind="public").room
        for member in (reader, *self.authors):
            add_member(self.room, user=member)
        self.room.refresh_from_db()
        self.reader = Reader(url, session(reader))

    def grow(self, size: int) -> None:
        fill(self.room, self.authors, until=size)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    def gauges(self) -> dict[str, Gauge]:
        last, address = self.room.last_seq, self.room.get_absolute_url()
        return {
            "the room's page, newest 50": self._page(address, articles=50),
            "an older page, from the middle": self._page(f"{address}messages/?before={last // 2}", articles=50),
            "the room's page at an old message": self._page(f"{address}{last // 10}", articles=50),
            "`open`, 1 change": self._replay(1),
            f"`open`, {MOST} changes": self._replay(MOST, times=LONG_REPLAYS),
            f"`open`, {MOST + 1} changes: `reset`": self._reset(MOST + 1),
            f"the sidebar, of {MINE} rooms": self._page("/rooms/sidebar/", links=200),
            f"the directory, of {ROOMS:,} rooms": self._page("/rooms/", links=250),
        }

    # Internal

    def _page(self, path: str, *, articles: int = 0, links: int = 0) -> Gauge:
        def is_whole(text: str) -> bool:
            return text.count("<article") >= articles and text.count("<a ") >= links

        return partial(self.reader.pages, path, times=PAGES, expecting=is_whole)

    def _replay(self, changes: int, *, times: int = SHORT_REPLAYS) -> Gauge:
        def is_whole(frames: list[Frame]) -> bool:
            return sum(frame["type"] == "message" for frame in frames) == changes

        return self._opening(changes, times, is_whole)

    def _reset(self, changes: int) -> Gauge:
        def is_reset(frames: list[Frame]) -> bool:
            return [frame["why"] for frame in frames if frame["type"] == "reset"] == ["too_far_behind"]

        return self._opening(changes, SHORT_REPLAYS, is_reset)

    def _opening(self, changes: int, times: int, expecting: Callable[[list[Frame]], bool]) -> Gauge:
        since = self.room.last_revision - changes
        return partial(self.reader.openings, str(self.room.pk), since, times=times, expecting=expecting)


def _person(handle: str) -> User:
    return User.objects.create_user(handle, f"{handle}@example.com", display_name=handle.title())
