"""An empty site of its own, with the model that is built in: what somebody sees who has just typed the one command."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Response, expect

from tests.browser.accessible import violations
from tests.browser.conftest import PASSWORD, Visitor, create_site, sign_up
from tests.browser.room_page import RoomPage
from tests.browser.watch import Watch
from tests.running import RunningSite


@pytest.fixture
def empty_site(start_site: Callable[..., RunningSite]) -> RunningSite:
    return start_site()


def test_the_first_visitor_makes_the_site_and_the_assistant_says_hello_and_answers(
    browser: Browser, empty_site: RunningSite
) -> None:
    assert "built-in demo model" in empty_site.output
    watch = Watch(empty_site.url)
    watch.allow("status of 404")
    address = empty_site.url
    with browser.new_context(base_url=address) as context, browser.new_context(base_url=address) as second:
        page = watch.over(context).new_page()
        create_site(page)
        lobby = RoomPage(page)
        expect(page.get_by_role("heading", name="lobby", level=1)).to_be_visible()
        expect(page).to_have_title(re.compile("lobby · Harbour Studio"))
        expect(lobby.answers).to_contain_text("Welcome to Harbour Studio!")
        assert _status(page.goto("/welcome/")) == 404
        page.goto("/")

        sign_up(watch.over(second).new_page(), name="Jonas Lind", email="jonas@example.com")
        other = RoomPage(second.pages[0])
        lobby.say("@assistant what is 6 times 7?")
        for room in (lobby, other):
            expect(room.answer(2)).to_contain_text("42")
            expect(room.answers.nth(1)).to_contain_text("answering Mira Okafor")
    assert watch.unexpected == []
    assert empty_site.stop() == 0


def test_the_form_of_the_first_run_explains_what_is_wrong(
    browser: Browser, start_site: Callable[..., RunningSite]
) -> None:
    site = start_site(env={"CHATSITE_FIRST_RUN_TOKEN": "a-token"})
    with browser.new_context(base_url=site.url, bypass_csp=True) as context:
        page = context.new_page()
        assert _status(page.goto("/welcome/")) == 403
        page.goto("/welcome/?token=a-token")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert violations(page) == []
        page.get_by_label("Site name").fill("Harbour Studio")
        page.get_by_label("Name", exact=True).fill("The Assistant")
        page.get_by_label("Email").fill("mira@example.com")
        page.get_by_label("Password").fill("password")
        page.get_by_role("button", name="Create site").click()
        expect(page.get_by_label("Password")).to_have_accessible_description(re.compile("too common"))
        expect(page.get_by_label("Name", exact=True)).to_have_accessible_description(re.compile("look like the site"))
        expect(page.get_by_label("Site name")).to_have_value("Harbour Studio")
        page.get_by_label("Name", exact=True).fill("Mira Okafor")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create site").click()
        expect(page.get_by_role("heading", name="lobby", level=1)).to_be_visible()
    site.stop()


def test_a_site_that_is_set_up_has_no_first_run(mira: Visitor, watch: Watch) -> None:
    watch.allow("status of 404")
    assert _status(mira.visit("/").goto("/welcome/")) == 404


def _status(response: Response | None) -> int:
    assert response is not None
    return response.status
