"""One run, from claim to finish: the answer is written before everybody's eyes, block by block."""

import asyncio
import logging
import re
import time
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from aibot import prompt
from aibot.actions import close_run
from aibot.models import Run
from aibot.prompt import Prompt
from aibot.provider import Completion, ProviderError
from chatsite.lib.threads import in_thread
from rooms.actions.messages import finish_message, keep_draft
from rooms.broadcasts import broadcast_draft
from rooms.models import Message

logger = logging.getLogger(__name__)

FLUSH_EARLY, FLUSH_LATER, EARLY = 0.12, 0.2, 2.0
RENEW = 1.0
LONGEST = 180.0

CUT_SHORT = {
    "length": "The answer reached its longest length.",
    "content_filter": "The model's own filter ended the answer.",
}

TAG = re.compile(r"(?<![\w@])@(u\d+)\b")
UNFINISHED = re.compile(r"(?:@u?\d*|\[#?m?\d*)$")
IMITATED_HEADER = re.compile(r'\A\s*#m\d+ u\d+ "[^\n]*\n*')
HALF_HEADER = re.compile(r"\A\s*#(?:m(?:\d+(?: (?:u(?:\d+ ?)?)?)?)?)?\Z")


class LeaseLost(Exception):
    """Somebody stopped the run, or another worker has it: not one more word."""


def write_answer(run_id: UUID) -> None:
    """Claim the run and write it. A run that is taken or over is left alone."""
    run = Run.objects.select_related("room", "assistant__user").filter(pk=run_id).first()
    if run is None or not run.claim():
        return
    connection.close()  # it would be held, idle, for as long as the model speaks
    asyncio.run(Reply(run).write())


class Reply:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.text = ""
        self.prompt = Prompt([], [], {})
        self._shown: list[str] = []
        self._changed = asyncio.Event()
        self._first_word_at: datetime | None = None

    async def write(self) -> None:
        try:
            completion = await in_thread(self._prepare)
            await self._stream(completion)
            await in_thread(self._finish, completion)
        except LeaseLost:
            logger.info("Run %s went on without this worker.", self.run.pk)
        except ProviderError as error:
            await in_thread(self._break_off, error)
        except Exception:
            logger.exception("Run %s failed.", self.run.pk)
            await in_thread(self._break_off, ProviderError("internal", "Something went wrong here."))

    async def _stream(self, completion: Completion) -> None:
        """Read and show side by side; whichever ends badly ends both."""
        showing = asyncio.create_task(self._show_forever())
        reading = asyncio.create_task(self._read(completion))
        try:
            async with asyncio.timeout(LONGEST):
                await asyncio.wait({showing, reading}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            raise ProviderError("too_long", "The answer took too long.") from None
        finally:
            await _cancel(showing, reading)
        for task in (showing, reading):
            if not task.cancelled() and (error := task.exception()):
                raise error

    async def _read(self, completion: Completion) -> None:
        async for piece in completion.pieces():
            self._first_word_at = self._first_word_at or timezone.now()
            self.text += piece
            self._changed.set()

    async def _show_forever(self) -> None:
        """The first word at once, then every 120 ms, later every 200 ms. Quiet or not, the lease is renewed."""
        begun = 0.0
        while True:
            try:
                async with asyncio.timeout(RENEW):
                    await self._changed.wait()
            except TimeoutError:
                await in_thread(self._renew)
                continue
            self._changed.clear()
            begun = begun or time.monotonic()
            await in_thread(self._flush)
            await asyncio.sleep(FLUSH_EARLY if time.monotonic() - begun < EARLY else FLUSH_LATER)

    # In threads, because they ask the database

    def _prepare(self) -> Completion:
        run = self.run
        triggers = list(
            Message.objects.filter(trigger__run=run, deleted_at=None)
            .select_related("author", "reply_to")
            .order_by("seq")
        )
        if not triggers:
            raise ProviderError("withdrawn", "The question was taken back.")
        self.message = Message.objects.select_related("room", "reply_to", "author").get(pk=run.message_id)
        self.prompt = prompt.assemble(run.room, run.assistant, triggers)
        run.model = run.assistant.model_name
        self._hold(model=run.model, read=self.prompt.read)
        return Completion(run.model, self.prompt.messages, prompt.opaque(triggers[0].author))

    def _flush(self) -> None:
        """Keep it, then show it: what anybody has seen is in the database."""
        body = self._body(UNFINISHED.sub("", HALF_HEADER.sub("", self.text)))
        known = len(self.message.body)
        first = {} if self._shown else {"status": Run.Status.STREAMING, "first_word_at": self._first_word_at}
        with transaction.atomic():
            self._hold(**first)
            blocks = keep_draft(self.message, body, citable=self.prompt.read)
        start = _first_difference(self._shown, blocks)
        self._shown = blocks
        broadcast_draft(self.message, blocks, start=start, after=known)

    def _renew(self) -> None:
        self._hold()

    def _hold(self, **changes: object) -> None:
        if not self.run.hold(**changes):
            raise LeaseLost

    def _finish(self, completion: Completion) -> None:
        note = CUT_SHORT.get(completion.usage.finish_reason, "")
        if not self._said():
            return self._break_off(ProviderError("empty", note or "The model had nothing to say."))
        status = Message.Status.INTERRUPTED if note else Message.Status.COMPLETE
        usage = {"prompt_tokens": completion.usage.prompt_tokens, "output_tokens": completion.usage.output_tokens}
        return self._end(Run.Status.DONE, status, note=note, **usage)

    def _break_off(self, error: ProviderError) -> None:
        """Partial text is never lost; no text is said to be none."""
        said = self._said()
        status = Message.Status.INTERRUPTED if said else Message.Status.FAILED
        outcome = Run.Status.INTERRUPTED if said else Run.Status.FAILED
        self._end(outcome, status, note=str(error), error=error.code)

    def _end(self, outcome: str, status: str, *, note: str, **changes: object) -> None:
        with transaction.atomic():
            if not self.run.end(outcome, first_word_at=self._first_word_at, **changes):
                return
            message = Message.objects.select_related("room", "reply_to").get(pk=self.run.message_id)
            body = self._body(self.text).strip()
            finish_message(message, body=body, status=status, note=note, citable=self.prompt.read)
            close_run(self.run)

    def _said(self) -> str:
        return self._body(self.text).strip()

    def _body(self, text: str) -> str:
        """As people read it: tags become handles, and a header that the model imitated goes."""
        named = TAG.sub(lambda tag: f"@{self.prompt.seats[tag[1]]}" if tag[1] in self.prompt.seats else tag[0], text)
        return IMITATED_HEADER.sub("", named)


def _first_difference(old: list[str], new: list[str]) -> int:
    """Blocks that are finished never change; the first that did is where showing starts."""
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    return same


async def _cancel(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
