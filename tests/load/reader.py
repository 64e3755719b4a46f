"""Somebody who reads: their browser's kept line to the site's pages, and their socket. Both are timed."""

import asyncio
import http.client
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.load.line import Line
from tests.load.log import Frame


class Reader:
    """All times are in milliseconds. What comes is checked, for nothing is as quick as an empty answer."""

    def __init__(self, url: str, session: str) -> None:
        self.url = url
        self._cookie = f"session={session}"

    def pages(self, path: str, *, times: int, expecting: Callable[[str], object]) -> list[float]:
        """The whole answer, as often as that."""
        line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            return [self._page(line, path, expecting) for _ in range(times)]
        finally:
            line.close()

    def openings(self, room: str, since: int, *, times: int, expecting: Callable[[list[Frame]], object]) -> list[float]:
        """From `open` to its `ok`, behind which all frames have come."""
        return asyncio.run(self._openings(room, since, times, expecting))

    # Internal

    def _page(self, line: http.client.HTTPConnection, path: str, expecting: Callable[[str], object]) -> float:
        began = time.perf_counter()
        line.request("GET", path, headers={"Cookie": self._cookie})
        answer = line.getresponse()
        text = answer.read()
        took = (time.perf_counter() - began) * 1000
        assert answer.status == 200, f"{path}: {answer.status}"
        assert expecting(text.decode()), f"{path} is another page"
        return took

    async def _openings(
        self, room: str, since: int, times: int, expecting: Callable[[list[Frame]], object]
    ) -> list[float]:
        frames: list[Frame] = []
        took = []
        async with self._socket(frames.append) as line:
            for _ in range(times):
                frames.clear()
                began = time.perf_counter()
                answer = await line.command("open", patience=60, room=room, since=since)
                took.append((time.perf_counter() - began) * 1000)
                assert answer["type"] == "ok", answer
                assert expecting(frames), f"{len(frames)} other frames"
        return took

    @asynccontextmanager
    async def _socket(self, hear: Callable[[Frame], None]) -> AsyncIterator[Line]:
        address = self.url.replace("http", "ws", 1).rstrip("/") + "/ws/"
        line, up = Line([address], origin=self.url.rstrip("/"), cookie=self._cookie, hear=hear), asyncio.Event()
        line.up = up.set
        running = asyncio.create_task(line.run())
        try:
            async with asyncio.timeout(30):
                await up.wait()
            yield line
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
