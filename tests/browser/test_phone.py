"""A small screen and a finger."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.backstage import Account, Backstage, Room
from tests.browser.conftest import PHONE, Visitor
from tests.browser.room_page import RoomPage
from tests.browser.watch import Watch

LONG_WORD = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
LONG_NAME = "The committee for the improvement of unreasonably long names"
ARABIC_NAME = "عبد الرحمن بن محمد الطويل"
CODE = "```\n" + "let wide = " + "x" * 200 + "\n```"
TABLE = "|" + "|".join(f"column {n}" for n in range(14)) + "|\n" + "|---" * 14 + "|\n" + "|cell" * 14 + "|"
FORMULA = "$$" + "+".join(f"x_{{{n}}}^{{{n}}}" for n in range(40)) + "$$"

FITS = "() => document.scrollingElement.scrollWidth <= innerWidth"


@pytest.fixture(scope="module")
def crowded(backstage: Backstage, mira_account: Account, jonas_account: Account) -> Room:
    """Everything that could be too wide."""
    other = backstage.person(ARABIC_NAME)
    topic = "A topic that goes on and on " * 6
    room = backstage.room(mira_account, jonas_account, other, name=LONG_NAME, topic=topic, assistant=True)
    backstage.say(room, other, "مرحبا بالجميع، كيف حالكم اليوم؟", LONG_WORD[:200], f"https://example.com/{LONG_WORD}")
    backstage.say(room, jonas_account, CODE, TABLE, FORMULA, f"> {LONG_WORD}", f"`{LONG_WORD}`", f"- [ ] {LONG_WORD}")
    return room


def test_the_drawer_leads_to_a_room_where_one_writes(mira: Visitor, jonas: Visitor, room: Room) -> None:
    there = jonas.enter(room)
    page = mira.visit("/rooms/lobby/", **PHONE)
    here = RoomPage(page)
    expect(here.rooms).to_be_hidden()
    page.get_by_role("button", name="Rooms and menu").tap()
    here.link(room.name).tap()
    expect(page.get_by_role("heading", name=room.name, level=1)).to_be_visible()
    expect(here.rooms).to_be_hidden()
    here.field.tap()
    here.field.press_sequentially("From the train")
    here.field.press("Enter")
    here.field.press_sequentially("in two lines.")
    here.send.tap()
    expect(there.message("From the train\nin two lines.")).to_be_visible()
    expect(here.message("in two lines.")).to_be_in_viewport()


def test_a_tap_outside_closes_the_drawer(mira: Visitor, room: Room) -> None:
    page = mira.visit(room.path, **PHONE)
    page.get_by_role("button", name="Rooms and menu").tap()
    expect(RoomPage(page).rooms).to_be_visible()
    page.touchscreen.tap(380, 400)
    expect(RoomPage(page).rooms).to_be_hidden()


def test_a_message_is_answered_by_finger(mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage) -> None:
    backstage.say(room, jonas.account, "Who comes along?")
    here = mira.enter(room, **PHONE)
    message = here.message("Who comes along?")
    expect(message.get_by_role("button", name="Reply")).to_be_hidden()
    message.get_by_role("button", name="Message actions").tap()
    message.get_by_role("button", name="Reply").tap()
    expect(here.page.get_by_text("Replying to Jonas Lind: Who comes along?")).to_be_visible()


def test_the_members_cover_the_screen_and_go_again(mira: Visitor, crowded: Room) -> None:
    page = mira.visit(crowded.path, **PHONE)
    page.get_by_role("button", name="Members", exact=True).tap()
    pane = page.get_by_role("complementary", name="Members")
    expect(pane.get_by_role("link", name=re.compile("Jonas Lind"))).to_be_visible()
    assert page.evaluate(FITS)
    pane.get_by_role("button", name="Close members").tap()
    expect(pane).to_be_hidden()


def test_no_page_scrolls_sideways(
    mira: Visitor, newcomer: Callable[..., Visitor], crowded: Room, watch: Watch, backstage: Backstage
) -> None:
    watch.allow("status of 404")
    named = newcomer(f"{ARABIC_NAME} {LONG_WORD}"[:60])
    backstage.say(crowded, mira.account, f"Welcome @{named.account.handle}")
    wide: list[str] = []
    page = mira.visit(crowded.path, **PHONE)
    for path in (
        "",
        "/rooms/",
        f"/rooms/?q={LONG_WORD[:90]}",
        "/rooms/new/",
        f"{crowded.path}settings/",
        f"{crowded.path}members/",
        "/profile/",
        f"/people/{named.account.handle}/",
        "/accounts/password/change/",
        "/accounts/email/",
        "/nowhere/",
    ):
        if path:
            page.goto(path)
        if not page.evaluate(FITS):
            wide.append(path or crowded.path)
    assert wide == []


def test_what_is_too_wide_scrolls_inside_its_message(mira: Visitor, crowded: Room) -> None:
    for options in ({}, PHONE):
        here = mira.enter(crowded, **options)
        expect(here.message("let wide")).to_be_attached()
        room = here.log.evaluate("log => log.getBoundingClientRect().right")
        for article in here.articles.all():
            right = article.evaluate("article => article.getBoundingClientRect().right")
            content = article.locator(".message__content")
            inner = content.evaluate("content => content.scrollWidth - content.clientWidth")
            assert right <= room
            # Broken inside a word, a line of code keeps the padding of its box beside it.
            assert inner <= 4, article.inner_text()[:80]
        assert here.log.evaluate("log => log.scrollWidth - log.clientWidth") <= 0


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_no_entrance_scrolls_sideways(new_context: Callable[..., object], mira_account: Account, path: str) -> None:
    page: Page = new_context(**PHONE).new_page()  # type: ignore[attr-defined]
    page.goto(path)
    assert page.evaluate(FITS)
