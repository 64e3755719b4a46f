"""`manage.py up`, really started: the whole site by one command."""

import re
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from chatsite.supervisor.process import ROOT, wait_until
from tests.running import RunningSite, command

# What has no value there is as good as absent; a first-run token without a value must not be one.
EXAMPLE = dict(re.findall(r"^(\w+)=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
EXAMPLE |= {"CHATSITE_FIRST_RUN_TOKEN": ""}

StartSite = Callable[..., RunningSite]


@pytest.fixture(scope="module")
def shared(start_site: StartSite) -> RunningSite:
    return start_site(env=EXAMPLE)


@pytest.fixture(scope="module")
def exposed(start_site: StartSite) -> RunningSite:
    """A site that others can reach, with a model of its owner's own, and the rest as .env.example has it."""
    model = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "own", "AI_MODEL": "small-one"}
    return start_site(host="0.0.0.0", env=EXAMPLE | model)


@pytest.fixture
def own(data: Path) -> Iterator[RunningSite]:
    """A site that a test may do anything to."""
    site = RunningSite(data)
    yield site
    site.end()


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def family(site: RunningSite) -> list[psutil.Process]:
    return psutil.Process(site.pid).children(recursive=True)


def survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=15)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def member(site: RunningSite, word: str) -> psutil.Process:
    """The process that the supervisor started for it, not one that this has started in turn."""
    children = psutil.Process(site.pid).children()
    return next(child for child in children if word in command(child))


def test_the_site_is_ready_when_its_address_is_printed(shared: RunningSite) -> None:
    assert shared.url == f"http://127.0.0.1:{shared.port}/"
    assert get(f"{shared.url}readyz") == 200
    assert get(shared.url) == 200


def test_the_block_says_where_data_lies_which_model_answers_and_how_to_stop(shared: RunningSite) -> None:
    assert re.search(rf"Data +{re.escape(str(shared.data))}", shared.output)
    assert re.search(r"Assistant +the built-in demo model", shared.output)
    assert re.search(r"Stop +Ctrl-C", shared.output)


def test_a_second_up_on_the_same_data_says_who_holds_it(shared: RunningSite) -> None:
    second = RunningSite(shared.data).launch()
    assert second.wait() == 1
    assert f"already runs on {shared.data} (process {shared.pid}, http://127.0.0.1:{shared.port})" in second.output


def test_a_taken_port_ends_the_start_before_anything_is_started(shared: RunningSite, own: RunningSite) -> None:
    own.port = shared.port
    assert own.launch().wait() == 1
    assert f"Port {own.port} on 127.0.0.1 is taken: choose another with --port" in own.output
    assert not (own.data / "postgres").exists()


@pytest.mark.parametrize("word", ["chatsite.serve", "celery", "valkey-server", "bin/postgres", "aibot.demo"])
def test_whatever_is_killed_comes_back(shared: RunningSite, word: str) -> None:
    killed = member(shared, word)
    killed.send_signal(signal.SIGKILL)
    # A server says that it shuts down when it ends by itself, so its successor is the sign to wait for.
    assert wait_until(lambda: any(word in command(c) for c in new_children(shared, killed)), seconds=30)
    assert wait_until(lambda: get(f"{shared.url}readyz") == 200, seconds=60), shared.output
    assert "has died (killed by SIGKILL)" in shared.output


def new_children(site: RunningSite, old: psutil.Process) -> list[psutil.Process]:
    return [child for child in psutil.Process(site.pid).children() if child.pid != old.pid and child.is_running()]


def test_ctrl_c_sigterm_and_even_sigkill_leave_no_process_behind_and_the_next_start_works(own: RunningSite) -> None:
    for number, status in ((signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)):
        own.lines.clear()
        processes = family(own.start())
        assert get(f"{own.url}readyz") == 200
        assert len(processes) > 5
        assert own.stop(number) == status
        assert not survivors(processes), own.output
        assert get(f"{own.url}livez") == 0


def test_a_second_start_leaves_out_what_is_done(shared: RunningSite) -> None:
    made = [shared.data / "static" / "staticfiles.json", shared.data / "migrated.json"]
    before = [file.stat().st_mtime_ns for file in made]
    shared.restart()
    assert [file.stat().st_mtime_ns for file in made] == before


def test_a_stop_while_starting_leaves_no_process_behind(own: RunningSite) -> None:
    own.launch()
    assert wait_until(lambda: len(family(own)) > 2, seconds=30)
    processes = family(own)
    assert own.stop() == 0
    assert not survivors(processes)


def test_an_empty_site_that_others_can_reach_shows_its_link_only_to_the_terminal(exposed: RunningSite) -> None:
    found = re.search(r"/welcome/\?token=(\S{20,})$", exposed.url)
    assert found, exposed.url
    local = f"http://127.0.0.1:{exposed.port}/welcome/"
    assert get(f"{local}?token={found[1]}") == 200
    assert get(f"{local}?token=guessed") == 403
    assert get(local) == 403


def test_a_model_of_ones_own_needs_no_demo_model(exposed: RunningSite) -> None:
    assert re.search(r"Assistant +small-one at 127\.0\.0\.1:9", exposed.output)
    assert not [process for process in family(exposed) if "aibot.demo" in command(process)]
