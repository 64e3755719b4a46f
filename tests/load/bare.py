"""The physical limit, for comparison: a room without accounts, on picows. One INSERT a message, and out it goes."""

import argparse
import asyncio
from typing import Any

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server
from psycopg_pool import AsyncConnectionPool

CONNECTIONS = 4


class Room:
    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self.pool = pool
        self.peers: set[WSTransport] = set()
        self._storing: set[asyncio.Task[None]] = set()

    def hear(self, payload: bytes) -> None:
        task = asyncio.ensure_future(self._store_and_say(payload))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)

    async def _store_and_say(self, payload: bytes) -> None:
        async with self.pool.connection() as connection:
            await connection.execute("INSERT INTO bare_message (body) VALUES (%s)", [payload.decode()])
        for peer in self.peers:
            peer.send(WSMsgType.TEXT, payload)


class Peer(WSListener):
    def __init__(self, room: Room) -> None:
        self.room = room

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.room.peers.add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.room.peers.discard(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self.room.hear(frame.get_payload_as_bytes())


async def serve(port: int, database: str) -> None:
    async with AsyncConnectionPool(database, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE TABLE IF NOT EXISTS bare_message (id bigserial PRIMARY KEY, body text)")
        room = Room(pool)

        def admit(_: WSUpgradeRequest) -> Peer:
            return Peer(room)

        server = await ws_create_server(admit, "127.0.0.1", port)
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", required=True)
    given = parser.parse_args()
    uvloop.run(serve(given.port, given.database))
