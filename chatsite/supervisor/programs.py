"""The programs that make up a site besides its services: demo model, web, worker."""

import http.client
import socket
import sys
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

from chatsite.lib import environment
from chatsite.supervisor.addresses import local_address
from chatsite.supervisor.process import Program


def demo_model(port: int) -> Program:
    command = [sys.executable, "-m", "aibot.demo", "--host", "127.0.0.1", "--port", str(port)]
    return Program(name="model", command=command, is_ready=lambda: _is_open(port))


def web(host: str, port: int) -> Program:
    """Ready when the whole site is: `/readyz` asks the database, Redis and the worker too."""
    return Program(
        name="web",
        command=[sys.executable, "-m", "chatsite.serve", "--host", host, "--port", str(port)],
        is_ready=lambda: answer(host, port, "/readyz")[0] == 200,
        patience=15,
    )


def worker(data: Path) -> Program:
    """Celery on threads, with the clock inside."""
    celery = "-m celery -A chatsite --quiet worker --beat --pool threads --concurrency 8 --loglevel warning"
    return Program(
        name="worker",
        # Root is warned about pickled tasks, whether or not they are allowed; ours are JSON.
        command=[sys.executable, "-W", "ignore:You're running", *celery.split(), "--schedule", str(data / "schedule")],
        patience=15,
    )


def answer(host: str, port: int, path: str) -> tuple[int, str]:
    """Status and place to go next, asked as the site's own visitors would ask, through a proxy or not."""
    site = urlsplit(environment.text("SITE_URL"))
    connection = http.client.HTTPConnection(local_address(host), port, timeout=5)
    with suppress(OSError, http.client.HTTPException), closing(connection) as line:
        line.request("GET", path, headers={"Host": site.netloc, "X-Forwarded-Proto": site.scheme})
        response = line.getresponse()
        return response.status, response.headers.get("Location", "")
    return 0, ""


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
