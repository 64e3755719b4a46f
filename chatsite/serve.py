"""`python -m chatsite.serve`: uvicorn, which first says goodbye to the live sockets when it is asked to stop."""

import argparse
import asyncio
import gc
import random
import socket
import sys
from asyncio import BaseTransport
from importlib import import_module
from typing import Any

import uvicorn
from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from chatsite.asgi import application
from rooms.tabs import say_goodbye

UNTAKEN = 40
"""Seconds for which a reader may take nothing of what was sent to it."""


BEHIND = 64 * 1024
"""Bytes not yet taken by a reader, from which on what comes for it waits its turn."""


class Line(WebSocketsSansIOProtocol):
    """A live socket with a short way out, which the system cuts off when its reader takes nothing.

    A close, uvicorn's own after a missed ping too, first waits until all is taken, and so it would wait for ever.
    """

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"]["chatsite.line"] = {"write": self.write}

    def write(self, frame: bytes) -> bool:
        """Send a whole frame that is the same for everybody, without a task of its own; False where it must wait."""
        open_ = self.handshake_complete and not (self.close_sent or self.disconnected or self.transport.is_closing())
        if not open_ or self.transport.get_write_buffer_size() > BEHIND:
            return False
        self.transport.write(frame)
        return True

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        line: socket.socket = transport.get_extra_info("socket")
        if hasattr(socket, "TCP_USER_TIMEOUT") and line.family != socket.AF_UNIX:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN * 1000)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.transport.abort()


SWITCH = 0.0005
"""Seconds after which a busy thread must let others run. Of Python's own 5 ms, an answer of the database would wait for
several.
"""

OPTIONS: dict[str, Any] = {
    "lifespan": "off",
    "ws": Line,
    # Compressing each frame for each tab costs several times the processor time that sending it does.
    "ws_per_message_deflate": False,
    "ws_max_size": 64 * 1024,
    "ws_ping_interval": 20.0,
    "timeout_graceful_shutdown": 10,
    "access_log": False,
    "log_level": "warning",
    "proxy_headers": True,
}


TIDY_EVERY = 600.0
"""Seconds, more or less, so that processes do not do it at once.

To look through all that is in memory for garbage takes 90 ms for each thousand tabs, and nothing else runs meanwhile.
By itself Python would do so every few seconds where many talk.
"""
SELDOM = 1_000_000


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.tidying = asyncio.create_task(tidy())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Nobody new; who is here moves to another process; then uvicorn's own way."""
        for server in self.servers:
            server.close()
        await say_goodbye()
        await super().shutdown(sockets)


def settle() -> None:
    """All that is loaded stays, and is looked through no more; what comes later, when it is time to."""
    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, SELDOM)


async def tidy() -> None:
    while True:
        await asyncio.sleep(TIDY_EVERY * random.uniform(0.5, 1.5))  # noqa: S311
        gc.collect()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser("chatsite.serve", description="Serves pages and live sockets.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args(arguments)
    settle()
    sys.setswitchinterval(SWITCH)
    Server(uvicorn.Config(application, host=given.host, port=given.port, **OPTIONS)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
