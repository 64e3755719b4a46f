"""`python -m chatsite.serve`: uvicorn, which first says goodbye to the live sockets when it is asked to stop."""

import argparse
import sys
from socket import socket
from typing import Any

import uvicorn

from chatsite.asgi import application
from rooms.tabs import say_goodbye

OPTIONS: dict[str, Any] = {
    "lifespan": "off",
    # Compressing each frame for each tab costs several times the processor time that sending it does.
    "ws_per_message_deflate": False,
    "ws_max_size": 64 * 1024,
    "ws_ping_interval": 20.0,
    "timeout_graceful_shutdown": 10,
    "access_log": False,
    "log_level": "warning",
    "proxy_headers": True,
}


class Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Nobody new; who is here moves to another process; then uvicorn's own way."""
        for server in self.servers:
            server.close()
        await say_goodbye()
        await super().shutdown(sockets)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser("chatsite.serve", description="Serves pages and live sockets.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args(arguments)
    Server(uvicorn.Config(application, host=given.host, port=given.port, **OPTIONS)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
