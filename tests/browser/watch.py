"""What no page may do, whatever the test is about: complain, break its policy, fail, or talk to strangers."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError, WebSocket

OWN_SCHEMES = {"data", "blob", "about"}


class Watch:
    """Collects the faults of all pages of a context. A violated policy is an error in the console."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.faults: list[str] = []
        self._allowed: list[str] = []

    def over(self, context: BrowserContext) -> BrowserContext:
        context.on("console", self._heard)
        context.on("weberror", self._threw)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("page", self._opened)
        return context

    def allow(self, *words: str) -> None:
        """Faults with these words belong to this test."""
        self._allowed += words

    @property
    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(words in fault for words in self._allowed)]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type} in the console: {message.text} ({message.location.get('url')})")

    def _threw(self, error: WebError) -> None:
        self.faults.append(f"uncaught: {error.error}")

    def _asked(self, request: Request) -> None:
        self._check_host(request.url)

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"status {response.status}: {response.url}")

    def _opened(self, page: Page) -> None:
        page.on("websocket", self._connected)

    def _connected(self, socket: WebSocket) -> None:
        self._check_host(socket.url)

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in OWN_SCHEMES and parts.netloc != self.host:
            self.faults.append(f"a request to another host: {url}")
