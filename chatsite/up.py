"""`manage.py up`: the whole site by one command, from an empty folder to an address that answers."""

import argparse
import fcntl
import os
import secrets
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import environ

from chatsite import services
from chatsite.lib import environment
from chatsite.supervisor import programs
from chatsite.supervisor.addresses import free_port, is_loopback, require_free, site_url
from chatsite.supervisor.console import Console
from chatsite.supervisor.exceptions import Refused, Stopped
from chatsite.supervisor.keeper import Keeper
from chatsite.supervisor.preparation import is_prepared, note_prepared, preparation
from chatsite.supervisor.process import ROOT, Program

DEMO_KEY = "demo"
# The defaults of .env.example: who copies that file has said no more than who has none.
DEFAULT_SITE, DEFAULT_MODELS = "http://127.0.0.1:8000", "https://api.openai.com/v1"


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
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s; all: 0.0.0.0)")
    parser.add_argument("--port", default=8000, type=int, help="port to listen on (default: %(default)s)")
    default = ROOT / (environment.text("CHATSITE_DATA") or "var")
    parser.add_argument("--data", default=default, type=Path, help="folder that holds all data (default: %(default)s)")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, console: Console) -> int:
    host, port, data = options.host, options.port, options.data.resolve()
    with _lock(data, url=site_url(host, port)):
        require_free(host, port)
        _set_environment(host, port, data)
        keeper = Keeper(console)
        keeper.heed_signals()
        try:
            _start(keeper, console, host=host, port=port, data=data)
            console.say(_welcome(host, port, data))
            keeper.watch()
        finally:
            console.say("Stopping …")
            keeper.stop()
            console.say("Stopped.")
    return 0


def _start(keeper: Keeper, console: Console, *, host: str, port: int, data: Path) -> None:
    console.say("Starting Roundtable …")
    if not environment.text("DATABASE_URL"):
        keeper.start(services.postgres(data, say=console.say))
    if not environment.text("REDIS_URL"):
        keeper.start(services.valkey(data, say=console.say))
    if _has_no_model():
        keeper.start(_demo_model())
    keeper.wait_until_ready()
    _prepare(keeper, data)
    keeper.start(programs.web(host, port), programs.worker(data))
    keeper.wait_until_ready()


def _prepare(keeper: Keeper, data: Path) -> None:
    if environment.text("DATABASE_URL"):
        keeper.run(preparation())
    elif not is_prepared(data):
        keeper.run(preparation())
        note_prepared(data)


def _lock(data: Path, *, url: str) -> TextIO:
    """Held for as long as we live; its text says to the next one who we are."""
    lock = _open_lock(data)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        raise Refused(f"Roundtable already runs on {data} ({holder}); for a second site give --data.") from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, {url}")
    lock.flush()
    return lock


def _open_lock(data: Path) -> TextIO:
    try:
        services.make_data_folder(data)
        return (data / "up.lock").open("a+")
    except OSError as error:
        raise Refused(f"{data} cannot hold the data ({error.strerror}): choose another folder with --data.") from error


def _set_environment(host: str, port: int, data: Path) -> None:
    """What web and worker must know; what the person has set comes first."""
    os.environ |= {"CHATSITE_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    if environment.text("SITE_URL") in {"", DEFAULT_SITE}:
        os.environ["SITE_URL"] = site_url(host, port)
    if _is_exposed(host) and not environment.text("CHATSITE_FIRST_RUN_TOKEN"):
        os.environ["CHATSITE_FIRST_RUN_TOKEN"] = secrets.token_urlsafe(16)


def _is_exposed(host: str) -> bool:
    """Whether others than this machine's own users may come first and take the empty site."""
    return not (is_loopback(host) and is_loopback(urlsplit(environment.text("SITE_URL")).hostname or ""))


def _has_no_model() -> bool:
    return not environment.text("OPENAI_API_KEY") and environment.text("OPENAI_BASE_URL") in {"", DEFAULT_MODELS}


def _demo_model() -> Program:
    port = free_port()
    os.environ |= {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": DEMO_KEY}
    return programs.demo_model(port)


def _welcome(host: str, port: int, data: Path) -> str:
    return f"""
  Roundtable is ready.

    Open       {_address(host, port)}
    Data       {data}
    Assistant  {_model()}
    Stop       Ctrl-C
"""


def _address(host: str, port: int) -> str:
    """On an empty site that others can reach, the link that only the person at this terminal has."""
    site, token = environment.text("SITE_URL").rstrip("/"), environment.text("CHATSITE_FIRST_RUN_TOKEN")
    _, leads_to = programs.answer(host, port, "/")
    is_empty = urlsplit(leads_to).path == "/welcome/"
    return f"{site}/welcome/?token={token}" if token and is_empty else f"{site}/"


def _model() -> str:
    if environment.text("OPENAI_API_KEY") == DEMO_KEY:
        return "the built-in demo model (set OPENAI_API_KEY for a real one)"
    place = urlsplit(environment.text("OPENAI_BASE_URL")).netloc or "api.openai.com"
    return f"{environment.text('AI_MODEL') or 'the default model'} at {place}"
