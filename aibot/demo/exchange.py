"""One HTTP request and its answer, on top of bare ASGI."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import Any

from .protocol import ApiError, Json

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_LIMIT = 4 * 1024 * 1024


class Dropped(Exception):
    """The connection is to be cut; raised out of the application, it makes the HTTP server close the socket."""


class Exchange:
    def __init__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"].rstrip("/") or "/"
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.started = False
        self._receive = receive
        self._send = send

    async def read_json(self) -> Any:
        raw = await self._read()
        if not raw:
            return None
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, "The body is not valid JSON.") from error

    async def _read(self) -> bytes:
        # A body that is too large is still read to its end, so that the client hears the refusal instead of a reset.
        kept, size = bytearray(), 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Dropped
            size += len(message.get("body", b""))
            if size <= BODY_LIMIT:
                kept += message.get("body", b"")
            if not message.get("more_body"):
                break
        if size > BODY_LIMIT:
            raise ApiError(413, "The body is larger than 4 MB.", code="request_too_large")
        return bytes(kept)

    async def unless_gone(self, work: Coroutine[Any, Any, None]) -> bool:
        """Does the work, or abandons it the moment the client closes the connection; says whether it was done."""
        working = asyncio.create_task(work)
        gone = asyncio.create_task(self._client_gone())
        try:
            await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                return False
            if working.cancelled():
                raise Dropped
            working.result()
            return True
        finally:
            for task in (working, gone):
                task.cancel()
            with suppress(asyncio.CancelledError):
                await gone
            await asyncio.wait({working})

    async def _client_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        await self.start(
            status, {"content-type": "application/json", "content-length": str(len(raw)), **(headers or {})}
        )
        await self._send({"type": "http.response.body", "body": raw})

    async def start(self, status: int, headers: dict[str, str]) -> None:
        self.started = True
        fields = {"x-request-id": "req_" + secrets.token_hex(8), **headers}
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})

    async def event(self, body: Json | str, *, last: bool = False) -> None:
        """One server-sent event; the first opens the stream."""
        if not self.started:
            await self.start(200, {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"})
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        raw = f"data: {text}\n\n".encode(errors="replace")
        await self._send({"type": "http.response.body", "body": raw, "more_body": not last})

    async def end(self) -> None:
        """Ends a stream cleanly, without a last event."""
        if not self.started:
            await self.start(200, {"content-type": "text/event-stream; charset=utf-8"})
        await self._send({"type": "http.response.body", "body": b""})

    async def drop(self) -> None:
        """Cuts the connection in the middle of an answer."""
        if not self.started:
            await self.start(200, {"content-type": "text/event-stream", "content-length": "1000000"})
        raise Dropped
