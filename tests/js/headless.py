"""One visit of the tests' browser to a page of ours, which writes what it found into its <pre>, as JSON."""

import html
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from chatsite.browser import find

ROOT = Path(__file__).parent.parent.parent
RUN = "tests/js/run.html"

Outcomes = dict[str, list[dict[str, str | None]]]


class Files(SimpleHTTPRequestHandler):
    """The files of the project, and those that are `made` for this visit."""

    def __init__(self, *args: Any, made: Mapping[str, Any], **options: Any) -> None:
        self.made = made
        super().__init__(*args, directory=str(ROOT), **options)

    def send_head(self) -> Any:
        if self.path not in self.made:
            return super().send_head()
        text = json.dumps(self.made[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        return BytesIO(text)

    def log_message(self, *_: Any) -> None:
        """Requests are no news."""


@contextmanager
def serving(made: Mapping[str, Any]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, made=made)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run(*modules: str, made: Mapping[str, Any] | None = None) -> Outcomes:
    """Each module's tests, by name and error. Time passes there as fast as nothing happens."""
    options = ["--headless=new", "--disable-gpu", "--dump-dom", "--virtual-time-budget=60000"]
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with serving(made or {}) as address, TemporaryDirectory() as profile:
        page = f"{address}/{RUN}?{urlencode({'module': modules}, doseq=True)}"
        command = [find(), *options, *sandbox, f"--user-data-dir={profile}", page]
        dump = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    written = re.search(r"<pre>(.*?)</pre>", dump, re.DOTALL)
    assert written, dump
    found: Outcomes = json.loads(html.unescape(written[1]))
    return found
