"""The logic of the page's modules, in the browser that all tests use: no other runtime is needed.

The same files run under Node as well: `node --test tests/js/`.
"""

import html
import json
import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from chatsite.browser import find

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MODULES = sorted(path.name for path in HERE.glob("*.test.js"))


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Requests are no news."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=ROOT)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/tests/js/run.html"
        server.shutdown()


@pytest.fixture(scope="module")
def outcomes(address: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str | None]]]:
    """All modules in one page: each test's name and error."""
    options = ["--headless=new", "--disable-gpu", "--dump-dom", "--virtual-time-budget=60000"]
    options.append(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    page = f"{address}?{urlencode({'module': MODULES}, doseq=True)}"
    run = subprocess.run([find(), *options, *sandbox, page], capture_output=True, text=True, timeout=120, check=True)
    written = re.search(r"<pre>(.*?)</pre>", run.stdout, re.DOTALL)
    assert written, run.stdout
    found: dict[str, list[dict[str, str | None]]] = json.loads(html.unescape(written[1]))
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_test_of_the_module_passes(module: str, outcomes: dict[str, list[dict[str, str | None]]]) -> None:
    assert outcomes[module], f"{module} holds no test"
    assert [outcome for outcome in outcomes[module] if outcome["error"]] == []
