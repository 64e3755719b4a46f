"""A site of ten thousand rooms, of which one grows, and people in few and in many of them. Needs Django set up."""

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

ROOMS, FEW, MANY, SAID = 10_000, 10, 300, 20
AUTHORS = 20
PAGES, SHORT_REPLAYS, LONG_REPLAYS = 100, 50, 20
"""How often each is asked: of a hundred, p99 is the slowest but one."""

Gauge = Callable[[], list[float]]


class Settlement:
    """Neither has read anything yet: all the history is unread to them, and nobody has mentioned them."""

    def __init__(self, url: str) -> None:
        Site.objects.create(name="Growth", signup_policy="closed")
        owner, newcomer, regular = _person("owner"), _person("newcomer"), _person("regular")
        self.authors = [_person(f"author{n:02}") for n in range(AUTHORS)]
        found_rooms(ROOMS - MANY, [owner, self.authors[0]], prefix="other")
        shared = found_rooms(FEW, [owner, regular, newcomer], prefix="shared")
        for room in Room.objects.filter(pk__in=shared + found_rooms(MANY - FEW, [owner, regular], prefix="mine")):
            fill(room, self.authors, until=SAID)
        self.room = create_room(owner, name="archive", kind="public").room
        for member in (newcomer, regular, *self.authors):
            add_member(self.room, user=member)
        self.room.refresh_from_db()
        self.newcomer, self.regular = Reader(url, session(newcomer)), Reader(url, session(regular))

    def grow(self, size: int) -> None:
        fill(self.room, self.authors, until=size)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    def gauges(self) -> dict[str, Gauge]:
        last, address = self.room.last_seq, self.room.get_absolute_url()
        older = f"{address}messages/?before={last // 2}"
        return {
            "the room's page, newest 50": self._page(self.newcomer, address, articles=50),
            f"the same, beside a sidebar of {MANY} rooms": self._page(self.regular, address, articles=50),
            "an older page, from the middle": self._page(self.newcomer, older, articles=50),
            "the room's page at an old message": self._page(self.newcomer, f"{address}{last // 10}", articles=50),
            "`open`, 1 change": self._replay(1),
            f"`open`, {MOST} changes": self._replay(MOST, times=LONG_REPLAYS),
            f"`open`, {MOST + 1} changes: `reset`": self._reset(MOST + 1),
            f"the sidebar, of {MANY} rooms": self._page(self.regular, "/rooms/sidebar/", links=200),
            f"the directory, of {ROOMS:,} rooms": self._page(self.newcomer, "/rooms/", links=60),
        }

    # Internal

    def _page(self, reader: Reader, path: str, *, articles: int = 0, links: int = 0) -> Gauge:
        def is_whole(text: str) -> bool:
            return text.count("<article") >= articles and text.count("<a ") >= links

        return partial(reader.pages, path, times=PAGES, expecting=is_whole)

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
        return partial(self.newcomer.openings, str(self.room.pk), since, times=times, expecting=expecting)


def _person(handle: str) -> User:
    return User.objects.create_user(handle, f"{handle}@example.com", display_name=handle.title())
