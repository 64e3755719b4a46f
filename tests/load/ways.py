"""The ways to serve a room that are compared: ours, ours under daphne, the tutorial's, and the bare minimum."""

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from chatsite import services
from chatsite.supervisor.process import Program
from chatsite.supervisor.programs import answer


def ours(port: int) -> Program:
    return _site("-m", "chatsite.serve", "--port", str(port), port=port)


def ours_on_daphne(port: int) -> Program:
    return _site("-m", "daphne", "--verbosity", "0", "--port", str(port), "chatsite.asgi:application", port=port)


def tutorial(port: int) -> Program:
    """On the channel layer that the tutorial names."""
    layer = {"LOAD_LAYER": "channels_redis.core.RedisChannelLayer"}
    return _site("-m", "tests.load.tutorial", "--port", str(port), port=port, **layer)


def bare(port: int) -> Program:
    """Not a site: no accounts, no rooms, one table."""
    sockets = services.socket_folder(Path(os.environ["CHATSITE_DATA"]))
    database = f"host={sockets} user={services.SUPERUSER} dbname={services.DATABASE}"
    command = [sys.executable, "-m", "tests.load.bare", "--port", str(port), "--database", database]
    return Program(name="web", command=command, is_ready=lambda: _is_open(port))


def _site(*command: str, port: int, **env: str) -> Program:
    """Ready when the process answers: not all that are compared have a worker beside them."""
    return Program(
        name="web",
        command=[sys.executable, *command],
        is_ready=lambda: answer("127.0.0.1", port, "/livez")[0] == 200,
        env=os.environ | env,
        patience=15,
    )


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
