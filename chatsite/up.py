"""`manage.py up`: the whole site by one command, from an empty folder to an address that answers."""

import argparse
import fcntl
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ

from chatsite import services
from chatsite.lib import environment
from chatsite.supervisor import programs
from chatsite.supervisor.addresses import free_port, is_loopback, require_free, site_url
from chatsite.supervisor.console import Console
from chatsite.supervisor.exceptions import Refused, Stopped
from chatsite.supervisor.keeper import Keeper
from chatsite.supervisor.process import ROOT


def main(arguments: list[str]) -> int:
    if (ROOT / ".env").exists():
        environ.Env.read_env(ROOT / ".env")
    options, console = _parse(arguments), Console()
    try:
        return _run(options, console)
    except Stopped:
        return 0
    except Refused as refusal:
        console.say(str(refusal))
        return 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("manage.py up", description="Runs the whole site until Ctrl-C.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all (default: %(default)s)")
    parser.add_argument("--port", default=8000, type=int, help="port to listen on (default: %(default)s)")
    default = environment.text("CHATSITE_DATA") or str(ROOT / "var")
    parser.add_argument("--data", default=default, type=Path, help="folder that holds all data (default: %(default)s)")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, console: Console) -> int:
    host, port, data = options.host, options.port, options.data.resolve()
    lock = _lock(data, url=site_url(host, port))
    require_free(host, port)
    _set_environment(host, port, data)
    keeper = Keeper(console)
    keeper.heed_signals()
    try:
        _start(keeper, console, host=host, port=port, data=data)
        console.say(_welcome(host, port, data))
        keeper.watch()
        console.say("Stopping; a second Ctrl-C hurries.")
    finally:
        keeper.stop()
        lock.close()
    console.say("Stopped.")
    return 0


def _start(keeper: Keeper, console: Console, *, host: str, port: int, data: Path) -> None:
    console.say("Starting Roundtable …")
    if not environment.text("DATABASE_URL"):
        keeper.start(services.postgres(data, say=console.say))
    if not environment.text("REDIS_URL"):
        keeper.start(services.valkey(data, say=console.say))
    if _needs_demo_model():
        keeper.start(_demo_model())
    keeper.wait_until_ready()
    keeper.run(programs.preparation())
    keeper.start(programs.web(host, port), programs.worker(data))
    keeper.wait_until_ready()
