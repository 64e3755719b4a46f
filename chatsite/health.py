"""Whether all that the site needs is there."""

import asyncio
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chatsite.celery import app
from chatsite.lib.memory import redis
from chatsite.lib.realtime import layer

PATIENCE = 3


def check() -> dict[str, str]:
    """Name of each need → "ok", or what is wrong with it."""
    needs: dict[str, Callable[[], Any]] = {
        "database": _ask_database,
        "migrations": _ask_migrations,
        "redis": lambda: redis().ping(),
        "channel layer": lambda: asyncio.run(_ask_layer()),
        "worker": _ask_worker,
    }
    return {name: _state(ask) for name, ask in needs.items()}


def _state(ask: Callable[[], Any]) -> str:
    try:
        ask()
    except Exception as error:
        return type(error).__name__
    return "ok"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError("migrations are missing")


async def _ask_layer() -> None:
    """Through Redis and back."""
    channel = await layer().new_channel()
    async with asyncio.timeout(PATIENCE):
        await layer().send(channel, {"type": "round.trip"})
        await layer().receive(channel)
    await layer().flush()


def _ask_worker() -> None:
    if not app.control.ping(timeout=PATIENCE / 2, limit=1):
        raise LookupError("no worker answers")
