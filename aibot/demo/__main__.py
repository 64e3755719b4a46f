"""Starts the demo model: python -m aibot.demo --host 127.0.0.1 --port 8100."""

import argparse
import logging
import os
import socket
import sys
import threading
from contextlib import suppress

import uvicorn

from .playing import Pace
from .script import Script
from .server import DemoServer


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    pace = Pace(options.first_word, options.speed)
    server = uvicorn.Server(_config(DemoServer(pace=pace, script=Script(is_open=options.scripted))))
    # Bound and listening before the address is printed: whoever reads the line can connect at once.
    listener = socket.create_server((options.host, options.port), backlog=128)
    sys.stdout.write(f"Demo model: http://{options.host}:{listener.getsockname()[1]}/v1\n")
    sys.stdout.flush()
    if options.until_stdin_closes:
        threading.Thread(target=_stop_with_stdin, args=[server], daemon=True).start()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m aibot.demo", description="A small OpenAI-compatible demo model.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100, help="0 takes a free one; the first line printed names it")
    parser.add_argument("--speed", type=float, help="tokens a second; 0 is at once (40)")
    parser.add_argument("--first-word", type=float, help="seconds before the first word (0.4)")
    parser.add_argument("--scripted", action="store_true", help="open the control plane of the tests, answer at once")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when the parent is gone")
    options = parser.parse_args()
    options.scripted |= os.environ.get("DEMO_MODEL_SCRIPTED") == "1"
    if options.speed is None:
        options.speed = 0 if options.scripted else 40
    if options.first_word is None:
        options.first_word = 0 if options.scripted else 0.4
    return options


def _config(application: DemoServer) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        # A cut connection reaches uvicorn as an exception; that is meant, so only our own log speaks.
        log_level="critical",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )


def _stop_with_stdin(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
