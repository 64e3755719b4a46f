"""What a test finds when it begins: people, rooms and messages, made by the site's own actions in a moment."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.running import RunningSite


@dataclass(frozen=True)
class Account:
    """Somebody who is signed in; `cookies` are their browser's."""

    name: str
    handle: str
    cookies: list[dict[str, Any]]


@dataclass(frozen=True)
class Room:
    name: str
    slug: str
    id: str

    @property
    def path(self) -> str:
        return f"/rooms/{self.slug}/"


class Backstage:
    def __init__(self, site: RunningSite) -> None:
        self._site = site
        self._hand = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.stagehand"],
            cwd=Path(__file__).resolve().parents[2],
            env={
                **site.env,
                "CHATSITE_DATA": str(site.data),
                "DJANGO_SETTINGS_MODULE": "chatsite.settings",
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._hand.stdin is not None
        assert self._hand.stdout is not None
        self._hand.stdin.close()
        self._hand.wait(timeout=10)
        self._hand.stdout.close()

    def person(self, name: str) -> Account:
        made = self._do("person", name=name)
        cookie = {"name": "session", "value": made["session"], "url": self._site.url, "httpOnly": True}
        return Account(name, made["handle"], [{**cookie, "sameSite": "Lax"}])

    def room(
        self, *people: Account, name: str = "", kind: str = "public", topic: str = "", assistant: bool = False
    ) -> Room:
        """The first of the people owns it. Without a name it gets one that no other room has."""
        handles = [person.handle for person in people]
        made = self._do("room", name=name, people=handles, kind=kind, topic=topic, assistant=assistant)
        return Room(**made)

    def say(self, room: Room, author: Account, *bodies: str, days_ago: int = 0) -> list[int]:
        seqs: list[int] = self._do("say", slug=room.slug, handle=author.handle, bodies=bodies, days_ago=days_ago)
        return seqs

    def read(self, room: Room, reader: Account, seq: int) -> None:
        self._do("read", slug=room.slug, handle=reader.handle, seq=seq)

    def join(self, room: Room, person: Account) -> None:
        self._do("join", slug=room.slug, handle=person.handle)

    def leave(self, room: Room, person: Account) -> None:
        self._do("leave", slug=room.slug, handle=person.handle)

    def remove(self, room: Room, person: Account) -> None:
        self._do("remove", slug=room.slug, handle=person.handle)

    def forget_limits(self) -> None:
        self._do("forget_limits")

    def _do(self, deed: str, **wishes: object) -> Any:
        assert self._hand.stdin is not None
        assert self._hand.stdout is not None
        self._hand.stdin.write(json.dumps([deed, wishes]) + "\n")
        self._hand.stdin.flush()
        answer = self._hand.stdout.readline()
        assert answer, f"the stagehand fell over at {deed} {wishes}"
        return json.loads(answer)
