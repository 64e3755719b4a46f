"""An empty site of its own, with the model that is built in: what somebody sees who has just typed the one command."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.browser.accessible import violations
from tests.browser.conftest import PASSWORD, Visitor, sign_up
from tests.browser.room_page import RoomPage
from tests.browser.watch import Watch
from tests.running import RunningSite


@pytest.fixture
def empty_site(start_site: Callable[..., RunningSite]) -> Iterator[RunningSite]:
    """Its owner is who has the link that is printed where it was started."""
    site = start_site(env={"CHATSITE_FIRST_RUN_TOKEN": "only-in-the-terminal"})
    yield site
    assert site.stop() == 0


@pytest.fixture
def strangers(browser: Browser, empty_site: RunningSite) -> Iterator[Callable[[], BrowserContext]]:
    address, watch = empty_site.url.partition("/welcome/")[0], Watch(empty_site.url)
    watch.allow("status of 403", "status of 404", "status of 422")
    contexts: list[BrowserContext] = []

    def come() -> BrowserContext:
        # axe is a script that the site's own policy would refuse.
        contexts.append(watch.over(browser.new_context(base_url=address, bypass_csp=True)))
        return contexts[-1]

    yield come
    for context in contexts:
        context.close()
    assert watch.unexpected == []


def test_who_has_the_link_makes_the_site_and_the_assistant_says_hello_and_answers(
    strangers: Callable[[], BrowserContext], empty_site: RunningSite
) -> None:
    assert "the built-in demo model" in empty_site.output
    page, stranger = strangers().new_page(), strangers().new_page()
    assert status(stranger.goto("/")) == 403
    expect(stranger.get_by_role("heading", name="This site is not set up yet")).to_be_visible()
    assert violations(stranger) == []
    page.goto(empty_site.url)
    make_the_site(page)

    lobby = RoomPage(page)
    expect(page.get_by_role("heading", name="lobby", level=1)).to_be_visible()
    expect(page).to_have_title(re.compile("lobby · Harbour Studio"))
    expect(lobby.answers).to_contain_text("Welcome to Harbour Studio!")
    assert status(stranger.goto(empty_site.url)) == 404

    sign_up(stranger, name="Jonas Lind", email="jonas@example.com")
    lobby.say("@assistant what is 6 times 7?")
    for room in (lobby, RoomPage(stranger)):
        expect(room.answer(2)).to_contain_text("42")
        expect(room.answers.nth(1)).to_contain_text("answering Mira Okafor")


def make_the_site(page: Page) -> None:
    """At the second try: what is wrong with the first is said beside each field."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(page) == []
    name, password = page.get_by_label("Name", exact=True), page.get_by_label("Password")
    page.get_by_label("Site name").fill("Harbour Studio")
    name.fill("The Assistant")
    page.get_by_label("Email").fill("mira@example.com")
    password.fill("password")
    page.get_by_role("button", name="Create site").click()
    expect(password).to_have_accessible_description(re.compile("too common"))
    expect(name).to_have_accessible_description(re.compile("look like the site"))
    expect(page.get_by_label("Site name")).to_have_value("Harbour Studio")
    assert violations(page) == []
    name.fill("Mira Okafor")
    password.fill(PASSWORD)
    page.get_by_role("button", name="Create site").click()


def test_a_site_that_is_set_up_has_no_first_run(mira: Visitor, watch: Watch) -> None:
    watch.allow("status of 404")
    assert status(mira.visit("/").goto("/welcome/")) == 404


def status(response: Response | None) -> int:
    assert response is not None
    return response.status
