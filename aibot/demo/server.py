"""The demo model's HTTP server: one raw ASGI application, which any ASGI server can run."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .chat import complete
from .embeddings import embed
from .exchange import Dropped, Exchange, Receive, Send
from .moderation import moderate
from .playing import Pace, Streamed, Whole, follow
from .protocol import EMBEDDING_MODEL, MODEL, MODERATION_MODEL, ApiError, ChatRequest, list_of, model_card
from .script import Record, Script, Step

logger = logging.getLogger(__name__)

Handler = Callable[[Exchange, Record, Step | None], Awaitable[None]]
MODELS = (MODEL, EMBEDDING_MODEL, MODERATION_MODEL)


class DemoServer:
    def __init__(self, *, pace: Pace, script: Script) -> None:
        self.pace = pace
        self.script = script
        self.routes: dict[tuple[str, str], Handler] = {
            ("GET", "/v1/models"): self._models,
            ("POST", "/v1/chat/completions"): self._chat,
            ("POST", "/v1/moderations"): self._moderations,
            ("POST", "/v1/embeddings"): self._embeddings,
        }
        self.routes |= {("GET", f"/v1/models/{name}"): self._model for name in MODELS}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        try:
            await self._serve(exchange)
        except ApiError as error:
            await exchange.answer(error.status, error.body, error.headers)
        except Dropped:
            await exchange.drop()

    async def _serve(self, exchange: Exchange) -> None:
        if exchange.path == "/health":
            await exchange.answer(200, {"status": "ok", "model": MODEL})
        elif exchange.path.startswith("/__") and self.script.is_open:
            body = await exchange.read_json()
            await exchange.answer(200, self.script.control(exchange.method, exchange.path, body))
        else:
            await self._serve_recorded(exchange)

    async def _serve_recorded(self, exchange: Exchange) -> None:
        record = self.script.record(exchange.method, exchange.path, exchange.headers)
        try:
            record.body = await exchange.read_json()
            if not await exchange.unless_gone(self._respond(exchange, record)):
                record.close("client went away")
        except ApiError as error:
            record.close(f"status {error.status}")
            raise
        except Dropped:
            record.close("client went away")
            raise
        except Exception as error:
            record.close("status 500")
            logger.exception("The demo model failed on %s", exchange.path)
            if exchange.started:
                raise Dropped from error
            raise ApiError(500, "The demo model failed.", kind="server_error") from error

    async def _respond(self, exchange: Exchange, record: Record) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.script.playing.add(task)
        task.add_done_callback(self.script.playing.discard)
        handler = self.routes.get((exchange.method, exchange.path))
        if handler is None:
            raise self._no_such_route(exchange)
        step = self.script.take(record)
        if step:
            step.fail_if_told_to()
        await handler(exchange, record, step)
        record.close("ok")

    def _no_such_route(self, exchange: Exchange) -> ApiError:
        if any(path == exchange.path for _, path in self.routes):
            return ApiError(405, f"{exchange.method} is not allowed here.", code="method_not_allowed")
        return ApiError(404, f"Unknown request URL: {exchange.method} {exchange.path}.", code="unknown_url")

    async def _chat(self, exchange: Exchange, record: Record, step: Step | None) -> None:
        request = ChatRequest.read(record.body)
        completion = step.completion(request.messages) if step else complete(request, self.pace)
        streamed = Streamed(exchange, request.model, include_usage=request.include_usage)
        out = streamed if request.stream else Whole(exchange, request.model)
        if await follow(completion.chunks, out, record, self.script):
            await out.finish(completion, record)

    async def _models(self, exchange: Exchange, record: Record, step: Step | None) -> None:
        await exchange.answer(200, list_of([model_card(name) for name in MODELS]))

    async def _model(self, exchange: Exchange, record: Record, step: Step | None) -> None:
        await exchange.answer(200, model_card(exchange.path.rpartition("/")[2]))

    async def _moderations(self, exchange: Exchange, record: Record, step: Step | None) -> None:
        verdicts = moderate(record.body, flagged=step.flagged if step else None)
        await follow(step.chunks if step else [], Whole(exchange), record, self.script)
        await exchange.answer(200, verdicts)

    async def _embeddings(self, exchange: Exchange, record: Record, step: Step | None) -> None:
        vectors = embed(record.body)
        await follow(step.chunks if step else [], Whole(exchange), record, self.script)
        await exchange.answer(200, vectors)
