"""Facebook as far as a login needs it: the dialog, the token, and who is speaking."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

SECRET = "facebook-secret"


class Facebook(ThreadingHTTPServer):
    """`profile` is the one person who is signed in there; `url` is where it listens."""

    profile: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Pages(BaseHTTPRequestHandler):
    server: Facebook

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/dialog/oauth":
            self._dialog(asked)
        elif address.path == "/oauth/access_token":
            known = asked["client_secret"] == SECRET and asked["code"] == "a-code"
            self._answer({"access_token": "a-token", "token_type": "bearer", "expires_in": 3600} if known else None)
        elif address.path == "/me":
            proof = hmac.new(SECRET.encode(), b"a-token", hashlib.sha256).hexdigest()
            proven = asked["access_token"] == "a-token" and asked["appsecret_proof"] == proof
            self._answer(
                {name: self.server.profile[name] for name in asked["fields"].split(",") if name in self.server.profile}
                if proven
                else None
            )

    def _dialog(self, asked: dict[str, str]) -> None:
        answer = (
            {"code": "a-code"} if self.server.profile else {"error": "access_denied", "error_reason": "user_denied"}
        )
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(answer | {'state': asked['state']})}")
        self.end_headers()

    def _answer(self, content: dict[str, Any] | None) -> None:
        self.send_response(400 if content is None else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content or {"error": {"message": "no"}}).encode())

    def log_message(self, *args: Any) -> None:
        """Silent."""


@contextmanager
def fake_facebook() -> Iterator[Facebook]:
    server = Facebook(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
