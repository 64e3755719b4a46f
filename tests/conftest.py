"""What every test stands on: own services, own data, and the real site for those that ask for it."""

import atexit
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import django
import pytest
from django.conf import settings
from xdist.remote import Producer

from tests.embedded import EmbeddedServices
from tests.emptying import empty_quickly
from tests.running import RunningSite
from tests.shares import Shares, longest_first

if settings.configured:
    raise pytest.UsageError("The settings were read before the tests had services: unset DJANGO_SETTINGS_MODULE.")

# Settings are read once, by the next lines or by any test module, so the services must be there before.
SERVICES = EmbeddedServices()
atexit.register(SERVICES.stop)
# A build server whose patience ends sends SIGTERM, and would find the folders and services there the next time.
signal.signal(signal.SIGTERM, signal.default_int_handler)
SERVICES.start()
os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
# Nothing is collected here: pages name their static files as they lie.
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.SERVESTATIC_USE_MANIFEST = False
settings.STATIC_ROOT.mkdir()
django.setup()
empty_quickly()
# A parallel test process would inherit it, and read the settings before it has services of its own.
del os.environ["DJANGO_SETTINGS_MODULE"]

from chatsite.lib.threads import release  # noqa: E402

pytest_plugins = ["tests.people"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Shares:
    return Shares(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those in browsers first: Playwright's event loop must be gone when others need theirs."""
    longest_first(items)


def pytest_unconfigure() -> None:
    SERVICES.stop()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("FAILED_STEPS") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if failed := os.environ.get("FAILED_STEPS"):
        terminalreporter.section("other steps")
        terminalreporter.line(f"Failed before the tests, see above: {failed}", red=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The database goes at the end, and so must all who are connected to it."""
    yield
    release()


@pytest.fixture
def data() -> Iterator[Path]:
    """Where a site may put its data; not in `tmp_path`, which is closed to the user that runs root's services."""
    with TemporaryDirectory(prefix="roundtable-test-") as folder:
        yield Path(folder) / "var"


@pytest.fixture(scope="session")
def start_site() -> Iterator[Callable[..., RunningSite]]:
    """Starts real sites, each on its own data: `start_site(env={…})`. They stop at the end."""
    with ExitStack() as at_the_end:

        def start(*, env: dict[str, str] | None = None, host: str = "127.0.0.1") -> RunningSite:
            folder = at_the_end.enter_context(TemporaryDirectory(prefix="roundtable-test-"))
            site = RunningSite(Path(folder) / "var", env=env, host=host)
            at_the_end.callback(site.end)
            return site.start()

        yield start


@pytest.fixture(scope="session")
def site(start_site: Callable[..., RunningSite]) -> RunningSite:
    """The site that most browser tests share."""
    return start_site()
