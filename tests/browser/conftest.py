"""One site for all browser tests, started as a user starts it. Its model is scripted, its people sign up by hand."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from chatsite.browser import find
from tests.aibot.fake import DemoModel
from tests.browser.backstage import Account, Backstage, Room
from tests.browser.room_page import RoomPage
from tests.browser.watch import Watch
from tests.running import RunningSite

PASSWORD = "correct horse battery"
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 15_000

expect.set_options(timeout=PATIENCE)


# Once for all


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    browser = playwright.chromium.launch(executable_path=find() or None, args=[*QUIET, *sandbox])
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def model_process() -> Iterator[DemoModel]:
    with DemoModel() as model:
        yield model


@pytest.fixture(scope="package")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mail")


@pytest.fixture(scope="package")
def site(start_site: Callable[..., RunningSite], model_process: DemoModel, mailbox: Path) -> Iterator[RunningSite]:
    model = {"OPENAI_BASE_URL": model_process.url, "OPENAI_API_KEY": "sk-of-the-tests", "AI_MODEL": "demo"}
    site = start_site(env={**model, "EMAIL_URL": f"filemail:///{mailbox}"})
    yield site
    site.stop()


@pytest.fixture(scope="package")
def mira_account(browser: Browser, site: RunningSite) -> Account:
    """She comes first, and makes the site."""
    with browser.new_context(base_url=site.url) as context:
        create_site(context.new_page())
        return Account("Mira Okafor", "mira", context.cookies())


@pytest.fixture(scope="package")
def jonas_account(browser: Browser, site: RunningSite, mira_account: Account) -> Account:
    with browser.new_context(base_url=site.url) as context:
        sign_up(context.new_page(), name="Jonas Lind", email="jonas@example.com")
        return Account("Jonas Lind", "jonas", context.cookies())


@pytest.fixture(scope="package")
def backstage(site: RunningSite, mira_account: Account) -> Iterator[Backstage]:
    with Backstage(site) as backstage:
        yield backstage


def create_site(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Site name").fill("Harbour Studio")
    page.get_by_label("Name", exact=True).fill("Mira Okafor")
    page.get_by_label("Email").fill("mira@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create site").click()
    page.wait_for_url("**/rooms/lobby/")


def sign_up(page: Page, *, name: str, email: str, path: str = "/accounts/signup/") -> None:
    page.goto(path)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url(re.compile("/(rooms|invite)/"))


# For each test


@pytest.fixture
def watch(site: RunningSite) -> Iterator[Watch]:
    """Every fault of a page fails its test, unless the test has named it; so does an exception in the site itself."""
    watch, before = Watch(site.url), len(site.lines)
    yield watch
    assert watch.unexpected == []
    said = site.lines[before:]
    assert not any("Traceback" in line or "ERROR" in line for line in said), "\n".join(said)


@pytest.fixture
def new_context(browser: Browser, site: RunningSite, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own; of `person`, when one is given."""
    contexts: list[BrowserContext] = []

    def new(person: Account | None = None, **options: Any) -> BrowserContext:
        context = browser.new_context(base_url=site.url, reduced_motion="reduce", **{**DESKTOP, **options})
        contexts.append(watch.over(context))
        context.set_default_timeout(PATIENCE)
        if person:
            context.add_cookies(person.cookies)  # type: ignore[arg-type]
        return context

    yield new
    for context in contexts:
        context.close()


class Visitor:
    """Somebody who is signed in, and opens a browser of their own for each page unless given one."""

    def __init__(self, account: Account, new_context: Callable[..., BrowserContext]) -> None:
        self.account = account
        self._new_context = new_context

    def visit(self, path: str, *, browser: BrowserContext | None = None, **options: Any) -> Page:
        page = (browser or self.browser(**options)).new_page()
        page.goto(path)
        return page

    def enter(self, room: Room, *, browser: BrowserContext | None = None, **options: Any) -> RoomPage:
        return RoomPage(self.visit(room.path, browser=browser, **options))

    def browser(self, **options: Any) -> BrowserContext:
        return self._new_context(self.account, **options)


@pytest.fixture
def mira(mira_account: Account, new_context: Callable[..., BrowserContext]) -> Visitor:
    """The owner of the site, and of every `room`."""
    return Visitor(mira_account, new_context)


@pytest.fixture
def jonas(jonas_account: Account, new_context: Callable[..., BrowserContext]) -> Visitor:
    """A member of the site, and of every `room`."""
    return Visitor(jonas_account, new_context)


@pytest.fixture
def newcomer(backstage: Backstage, new_context: Callable[..., BrowserContext]) -> Callable[..., Visitor]:
    return lambda name: Visitor(backstage.person(name), new_context)


@pytest.fixture
def room(backstage: Backstage, mira_account: Account, jonas_account: Account) -> Room:
    """A new one: public, with Mira and Jonas in it, and nobody else."""
    backstage.forget_limits()
    return backstage.room(mira_account, jonas_account)


@pytest.fixture
def table(backstage: Backstage, model: DemoModel, mira_account: Account, jonas_account: Account) -> Room:
    """A room in which the assistant sits too."""
    backstage.forget_limits()
    return backstage.room(mira_account, jonas_account, assistant=True)


@pytest.fixture
def model(model_process: DemoModel) -> Iterator[DemoModel]:
    """What a test leaves open is cut when it ends."""
    model_process.reset()
    yield model_process
    model_process.reset()
