"""A reader that opens a big room again and again and never takes what comes."""

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress

import psutil
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.load.cast import HALL, Cast

ASKS = 60
GIVEN_UP_WITHIN = 50.0
SMALL = 4096
PATIENCE = 10.0


class Sloth:
    """`closed_after` is when the server gave it up: seconds since it stopped reading, None if it never did.

    `tried` tells whether it was there for long enough to be given up.
    """

    def __init__(self, cast: Cast, port: int, *, origin: str, server: Callable[[], int]) -> None:
        self.closed_after: float | None = None
        self.tried = False
        self._room = str(cast.rooms[HALL].pk)
        self._port, self._origin, self._server = port, origin, server
        self._cookie = f"session={cast.sessions['sloth']}"

    async def stall(self, seconds: float) -> None:
        with suppress(OSError, TimeoutError, websockets.WebSocketException):
            socket_ = await self._connect()
            await socket_.recv()
            await self._ask(socket_)
            self.tried = seconds >= GIVEN_UP_WITHIN
            began = asyncio.get_running_loop().time()
            await self._wait_for_end(socket_, seconds)
            if self.is_cut(socket_):
                self.closed_after = asyncio.get_running_loop().time() - began
            socket_.transport.abort()

    def is_cut(self, connection: ClientConnection) -> bool:
        """By the system's word, on the server's side: who reads nothing hears of nothing."""
        ours = connection.transport.get_extra_info("sockname")[1]
        lines = psutil.Process(self._server()).net_connections("tcp")
        return not any(line.raddr and line.raddr.port == ours for line in lines)

    async def _wait_for_end(self, connection: ClientConnection, seconds: float) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline and not self.is_cut(connection):
            await asyncio.sleep(0.5)

    async def _ask(self, connection: ClientConnection) -> None:
        """Sent as far as the server takes it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                for ref in range(ASKS):
                    await connection.send(json.dumps({"type": "open", "ref": ref, "room": self._room, "since": 0}))
                    await asyncio.sleep(0.05)

    async def _connect(self) -> ClientConnection:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", self._port))
        return await connect(
            f"ws://127.0.0.1:{self._port}/ws/",
            sock=line,
            origin=self._origin,
            additional_headers={"Cookie": self._cookie},
            compression=None,
            ping_interval=None,
            max_size=None,
            max_queue=1,
            proxy=None,
        )
