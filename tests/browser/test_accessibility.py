"""No violation of WCAG 2.2 AA that axe can find, on any page, in any state, in both themes, on desk and phone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.aibot.fake import DemoModel
from tests.browser.accessible import violations
from tests.browser.backstage import Account, Backstage, Room
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.room_page import RoomPage
from tests.running import RunningSite

ANSWER = """\
Here is **one**:

```python
def tide():
    return "high"  # at noon
```

| a | b |
|---|---|
| 1 | 2 |
"""
SAID = (
    "Good morning. See https://example.com and `tide.py`.",
    "> quoted\n\n- [x] done\n- [ ] open\n\n1. one\n2. two",
    "$$\\frac{a}{b}$$ and :tada:",
    "@mira have a look",
)

STRANGERS = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-ended/",
    "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/ended/",
    "/accounts/inactive/",
    "/accounts/3rdparty/login/cancelled/",
    "/accounts/3rdparty/login/error/",
    "/nowhere/",
]
MEMBERS = [
    "/rooms/",
    "/rooms/?q=nothing+such",
    "/rooms/new/",
    "/profile/",
    "/people/mira/",
    "/people/assistant/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/3rdparty/",
    "/accounts/logout/",
    "/nowhere/",
]


@pytest.fixture(scope="module")
def full(backstage: Backstage, model_process: DemoModel, mira_account: Account, jonas_account: Account) -> Room:
    """A room in which everything has happened."""
    model_process.reset()
    room = backstage.room(mira_account, jonas_account, topic="Tides and tables", assistant=True)
    backstage.say(room, jonas_account, "From yesterday.", days_ago=1)
    backstage.say(room, jonas_account, *SAID)
    model_process.script(ANSWER, {"status": 401})
    for number, question in enumerate(["@assistant show me", "@assistant again"], start=1):
        backstage.say(room, mira_account, question)
        model_process.until_finished(number)
    return room


@pytest.fixture(scope="module", params=["desktop", "phone"])
def view(request: pytest.FixtureRequest) -> dict[str, object]:
    return {"desktop": DESKTOP, "phone": PHONE}[request.param]


@pytest.fixture(scope="module")
def open_page(browser: Browser, site: RunningSite, view: dict[str, object]) -> Iterator[Callable[..., Page]]:
    """One browser a person, kept for all pages. axe is a script that the site's own policy would refuse."""
    pages: dict[str, Page] = {}

    def open_(path: str, person: Account | None = None) -> Page:
        who = person.handle if person else ""
        if who not in pages:
            context = browser.new_context(base_url=site.url, bypass_csp=True, reduced_motion="reduce", **view)  # type: ignore[arg-type]
            context.add_cookies(person.cookies if person else [])  # type: ignore[arg-type]
            pages[who] = context.new_page()
        pages[who].goto(path)
        return pages[who]

    yield open_
    for page in pages.values():
        page.context.close()


def check(page: Page, *, inside: str = "html") -> None:
    page.emulate_media(color_scheme="light")
    assert violations(page, inside=inside) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, of="colours", inside=inside) == []


@pytest.mark.parametrize("path", STRANGERS)
def test_a_page_for_strangers_is_accessible(open_page: Callable[..., Page], mira_account: Account, path: str) -> None:
    check(open_page(path))


@pytest.mark.parametrize("path", MEMBERS)
def test_a_page_for_members_is_accessible(open_page: Callable[..., Page], mira_account: Account, path: str) -> None:
    check(open_page(path, mira_account))


@pytest.mark.parametrize("path", ["settings/", "members/"])
def test_a_page_about_a_room_is_accessible(
    open_page: Callable[..., Page], mira_account: Account, jonas_account: Account, full: Room, path: str
) -> None:
    check(open_page(full.path + path, mira_account))
    check(open_page(full.path + path, jonas_account))  # who may not manage it is refused


def test_a_room_full_of_everything_is_accessible(
    open_page: Callable[..., Page], mira_account: Account, full: Room
) -> None:
    here = RoomPage(open_page(full.path, mira_account))
    expect(here.answers).to_have_count(2)
    expect(here.page.get_by_role("button", name="Retry")).to_be_visible()
    check(here.page)


def test_a_room_that_one_only_looks_into_is_accessible(
    open_page: Callable[..., Page], backstage: Backstage, mira_account: Account, jonas_account: Account
) -> None:
    check(open_page(backstage.room(jonas_account).path, mira_account))


def test_what_opens_over_a_room_is_accessible(
    open_page: Callable[..., Page], mira_account: Account, full: Room
) -> None:
    page = open_page(full.path, mira_account)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    check(page)
    page.keyboard.type("nothing such")
    expect(page.get_by_text("Try fewer letters.")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Members", exact=True).click()
    expect(page.get_by_role("complementary", name="Members")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Close members").click()

    drawer = page.get_by_role("button", name="Rooms and menu")
    if drawer.is_visible():
        drawer.click()
    page.locator(".me").click()
    expect(page.get_by_role("link", name="Profile")).to_be_visible()
    check(page)


def test_a_composer_at_work_is_accessible(open_page: Callable[..., Page], mira_account: Account, full: Room) -> None:
    here = RoomPage(open_page(full.path, mira_account))
    message = here.message("Good morning.")
    message.focus()
    message.get_by_role("button", name="Reply").click()
    here.field.press_sequentially("@")
    expect(here.page.get_by_role("option").first).to_be_visible()
    # What floats over the log hides some of it; that is no fault of the log's.
    check(here.page, inside="message-composer")
    here.field.fill("ä" * 9_000)
    here.send.click()
    expect(here.page.get_by_role("alert")).to_be_visible()
    check(here.page, inside="message-composer")
    here.field.fill("")


def test_an_answer_that_is_being_written_is_accessible(
    open_page: Callable[..., Page], mira_account: Account, full: Room, backstage: Backstage, model: DemoModel
) -> None:
    room = backstage.room(mira_account, assistant=True)
    here = RoomPage(open_page(room.path, mira_account))
    model.script({"chunks": [{"wait": "first"}, "Half of it ", {"wait": "end"}]})
    here.say("@assistant go on")
    expect(here.page.get_by_text("Thinking…")).to_be_visible()
    check(here.page)
    model.release("first")
    expect(here.answer()).to_have_text("Half of it")
    check(here.page)


def test_an_invitation_is_accessible(
    open_page: Callable[..., Page], backstage: Backstage, mira_account: Account, jonas_account: Account
) -> None:
    room = backstage.room(mira_account, kind="private")
    page = open_page(f"{room.path}settings/", mira_account)
    page.get_by_role("button", name="New link").click()
    link = page.get_by_label("Invitation link 1").input_value()
    check(page)
    check(open_page(link))
    check(open_page(link, jonas_account))
