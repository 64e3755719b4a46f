"""Which pages may open a live socket: the site's own, to the letter of the `Origin` header."""

from collections.abc import Iterable
from typing import Any


class OwnPagesOnly:
    """Around an ASGI application. Browsers send the header with every socket and let no page change it."""

    def __init__(self, application: Any, origins: Iterable[str]) -> None:
        self.application = application
        self.origins = {origin.encode() for origin in origins}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        given = [value for name, value in scope["headers"] if name == b"origin"]
        if len(given) == 1 and given[0] in self.origins:
            return await self.application(scope, receive, send)  # type: ignore[no-any-return]
        await receive()
        return await send({"type": "websocket.close"})  # type: ignore[no-any-return]  # before `accept`: HTTP 403
