"""The model: the only file that knows the `openai` package. Any server that speaks its Chat Completions will do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.conf import settings

CONNECT, FIRST_WORD, BETWEEN_WORDS = 5.0, 60.0, 30.0
TRIES = 3
LONGEST_WAIT = 20.0


class ProviderError(Exception):
    """No answer, or no more of it. `code` is for records, the text is for people; `wait` is set where another try
    makes sense.
    """

    def __init__(self, code: str, text: str, *, wait: float | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.wait = wait


@dataclass
class Usage:
    """What the server counted; zeros where it did not say."""

    prompt_tokens: int = 0
    output_tokens: int = 0
    finish_reason: str = ""


@dataclass
class Completion:
    """One streamed answer: iterate over its pieces of text, then look at `usage`."""

    model: str
    messages: list[dict[str, Any]]
    user: str
    usage: Usage = field(default_factory=Usage)

    async def pieces(self) -> AsyncIterator[str]:
        """Raises ProviderError. Tries again by itself, but only while no text has come."""
        for attempt in range(1, TRIES + 1):
            begun = False
            try:
                async for piece in self._stream():
                    begun = True
                    yield piece
                return
            except ProviderError as error:
                if begun or error.wait is None or attempt == TRIES:
                    raise
                await asyncio.sleep(min(error.wait or 0.5 * 2**attempt, LONGEST_WAIT))

    async def _stream(self) -> AsyncIterator[str]:
        import openai

        if not settings.OPENAI_API_KEY:
            raise ProviderError("not_configured", "No model is connected to this site yet.")
        try:
            async with _client() as client, await client.chat.completions.create(**self._request()) as stream:
                async for piece in self._read(stream):
                    yield piece
        except openai.OpenAIError as error:
            _explain(error)
        if not self.usage.finish_reason:
            raise ProviderError("quiet_end", "The model broke off.")

    async def _read(self, stream: Any) -> AsyncIterator[str]:
        chunks = aiter(stream)
        patience = FIRST_WORD
        while True:
            try:
                async with asyncio.timeout(patience):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise ProviderError("timeout", "The model did not answer in time.", wait=0) from None
            if piece := self._take(chunk):
                patience = BETWEEN_WORDS
                yield piece

    def _take(self, chunk: Any) -> str:
        if chunk.usage:
            self.usage.prompt_tokens, self.usage.output_tokens = (
                chunk.usage.prompt_tokens,
                chunk.usage.completion_tokens,
            )
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        self.usage.finish_reason = choice.finish_reason or self.usage.finish_reason
        return choice.delta.content or ""

    def _request(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "messages": self.messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_completion_tokens": settings.AI_MAX_OUTPUT,
            "store": False,
            "safety_identifier": self.user,
        }


def warm_up() -> None:
    """The package takes a second to load, which the first asker should not wait for."""
    import openai  # noqa: F401


def _client() -> Any:
    """One a run: a client belongs to the event loop that it was made in. Retries are ours, so that they are counted."""
    import openai

    timeout = openai.Timeout(FIRST_WORD, connect=CONNECT)
    return openai.AsyncOpenAI(
        api_key=settings.OPENAI_API_KEY, base_url=settings.OPENAI_BASE_URL, max_retries=0, timeout=timeout
    )


def _explain(error: Exception) -> NoReturn:
    """From the package's error to one that people can read."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        raise ProviderError("timeout", "The model did not answer in time.", wait=0) from error
    if isinstance(error, openai.APIConnectionError):
        raise ProviderError("connection", "The connection to the model broke off.", wait=0) from error
    if isinstance(error, openai.APIStatusError):
        raise _of_status(error) from error
    raise ProviderError("broken", "The model broke off with an error.") from error


def _of_status(error: Any) -> ProviderError:
    status, wait = error.status_code, _retry_after(error)
    if status == 429 and error.code == "insufficient_quota":
        return ProviderError("no_credit", "The model's account has no credit left. An administrator can help.")
    if status == 429:
        return ProviderError("overloaded", "The model is overloaded.", wait=wait)
    if status in {408, 409} or status >= 500:
        return ProviderError("server_error", "The model's server has a problem.", wait=wait)
    if status in {401, 403}:
        return ProviderError("refused_key", "The model refused this site's key. An administrator can help.")
    return ProviderError(f"status_{status}", "The model did not accept the question.")


def _retry_after(error: Any) -> float:
    text = error.response.headers.get("retry-after", "")
    return float(text) if text.replace(".", "", 1).isdigit() else 0.0
