"""The socket of one tab: a table of commands, each answered. No domain logic."""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
from django.db import DatabaseError

from accounts.sessions import visit
from chatsite.lib.addresses import neighbourhood
from chatsite.lib.batches import Batches
from chatsite.lib.ratelimit import Bucket, wait_for
from chatsite.lib.realtime import Frame
from chatsite.lib.threads import in_thread
from rooms import commands, posting
from rooms.exceptions import BadRequest, Refused
from rooms.tabs import SIGNED_OUT, Tab

logger = logging.getLogger(__name__)

HEARTBEAT = 20
NONSENSE, FLOOD, LATER = 4400, 4029, 1013

_posts: dict[asyncio.AbstractEventLoop, Batches[posting.Post, Frame | Refused]] = {}


def posts() -> Batches[posting.Post, Frame | Refused]:
    """What all tabs of this process post."""
    return _posts.setdefault(asyncio.get_running_loop(), Batches(posting.post_together))


class ChatConsumer(AsyncConsumer):
    """A tab has no channel of its own: the hub listens for the whole process."""

    base_send: Any

    def __init__(self) -> None:
        self.tab: Tab | None = None
        self.pace, self.patience = Bucket("command"), Bucket("nonsense")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One message after the other, without the tasks and the shared thread that Channels would use for each.

        However it ends, the tab goes with it.
        """
        self.scope, self.base_send = scope, send
        try:
            with suppress(StopConsumer):
                while True:
                    await self.dispatch(await receive())
        finally:
            if self.tab:
                self.tab.leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        await getattr(self, get_handler_name(message))(message)

    # Lifecycle

    async def websocket_connect(self, _: object) -> None:
        await self.base_send({"type": "websocket.accept"})
        try:
            await self._let_in()
        except DatabaseError as error:
            logger.warning("Nobody can come in now (%s).", error)
            await self._close(LATER)

    async def _let_in(self) -> None:
        found = await in_thread(visit, self.scope.get("cookies", {}))
        if found is None:
            return await self._show_out()
        if await in_thread(wait_for, "connect", found.user.pk):
            return await self._close(FLOOD)
        short_way: Any = (self.scope.get("extensions") or {}).get("chatsite.line", {})
        self.tab = Tab(found, self._send, self._close, **short_way)
        seqs = await self.tab.start()
        return self.tab.mailbox.put(commands.hello(found, heartbeat=HEARTBEAT, seqs=seqs))

    async def _show_out(self) -> None:
        """The address is the visitor's own: behind a proxy that the server trusts, as that proxy says."""
        wait = await in_thread(wait_for, "stranger", neighbourhood(self.scope.get("client")))
        await self._close(FLOOD if wait else SIGNED_OUT)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self.tab and self.pace.take():
            await self.tab.mailbox.wait_for_room()
            await self._heed(self.tab, _parsed(message.get("text")))
        elif self.tab:
            await self.tab.end(FLOOD)

    async def websocket_disconnect(self, _: object) -> None:
        raise StopConsumer

    # Commands

    async def _heed(self, tab: Tab, command: Frame) -> None:
        answer = await self._answer(tab, command)
        tab.mailbox.put({"ref": command.get("ref"), **answer})
        if answer.get("code") == BadRequest.code and not self.patience.take():
            await tab.end(NONSENSE)

    async def _answer(self, tab: Tab, command: Frame) -> Frame:
        try:
            return {"type": "ok", **await self._carry_out(tab, command)}
        except Refused as refusal:
            return {"type": "error", **commands.refusal(refusal)}
        except DatabaseError:
            logger.warning("The database did not answer.", exc_info=True)
            return {"type": "error", **commands.UNAVAILABLE}

    async def _carry_out(self, tab: Tab, command: Frame) -> Frame:
        match command.get("type"):
            case "open":
                opened = await in_thread(commands.opened, tab.user, command)
                return {"room": str(opened.room), "revision": await tab.open(opened.room, since=opened.since)}
            case "close":
                await tab.close_room(commands.named(command))
                return {}
            case "heartbeat":
                tab.mailbox.put({"type": "heads", "rooms": tab.heads()})
                return {}
            case "post":
                return await self._post(tab, command)
            case "note" | "read" | "typing" as name:
                answer: Frame = await in_thread(getattr(commands, name), tab.user, command)
                return answer
        raise BadRequest("There is no such command.")

    async def _post(self, tab: Tab, command: Frame) -> Frame:
        outcome = await posts().do(posting.Post(tab.user, command))
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    async def _send(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    async def _close(self, code: int) -> None:
        await self.base_send({"type": "websocket.close", "code": code})


def _parsed(text: str | None) -> dict[str, Any]:
    """Half characters, which no database and no browser takes, become question marks."""
    try:
        command = json.loads(text or "", parse_constant=_refused)
        if "\\ud" in (text or "").lower():
            command = json.loads(json.dumps(command, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return command if isinstance(command, dict) else {}


def _refused(constant: str) -> None:
    """Python reads and writes NaN, which is no JSON."""
    raise ValueError(constant)
