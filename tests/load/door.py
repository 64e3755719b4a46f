"""The site's HTTP doors, as a browser with this session knocks: at one process after the other until one answers."""

import asyncio
import http.client
import secrets
import time
from contextlib import closing
from urllib.parse import urlencode

TRIES = 40


class Door:
    def __init__(self, session: str, ports: list[int]) -> None:
        self.ports = ports
        self._token = secrets.token_hex(16)
        self._cookies = f"session={session}; csrf={self._token}"

    async def read(self, path: str) -> str:
        return (await asyncio.to_thread(self._knock, "GET", path, ""))[1]

    async def post(self, path: str, **fields: str) -> int:
        """The status. Each of these can be sent twice."""
        body = urlencode({"csrfmiddlewaretoken": self._token, **fields})
        return (await asyncio.to_thread(self._knock, "POST", path, body))[0]

    def _knock(self, method: str, path: str, body: str) -> tuple[int, str]:
        headers = {"Cookie": self._cookies, "Content-Type": "application/x-www-form-urlencoded"}
        for attempt in range(TRIES):
            line = http.client.HTTPConnection("127.0.0.1", self.ports[attempt % len(self.ports)], timeout=10)
            try:
                with closing(line):
                    line.request(method, path, body, headers)
                    answer = line.getresponse()
                    text = answer.read().decode()
            except (OSError, http.client.HTTPException):
                time.sleep(0.25)
                continue
            if answer.status < 500:
                return answer.status, text
        raise AssertionError(f"No process answered {method} {path}.")
