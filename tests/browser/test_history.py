"""A long log: page by page, places in it, and what is new in it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.backstage import Account, Backstage, Room
from tests.browser.conftest import Visitor
from tests.browser.room_page import RoomPage, body

SAID = [f"Line {number} of the log" for number in range(1, 121)]


@pytest.fixture(scope="module")
def long_room(backstage: Backstage, mira_account: Account, jonas_account: Account) -> Room:
    """120 messages of Jonas, all read by Mira. Tests only look at it."""
    room = backstage.room(mira_account, jonas_account, name="the long log")
    seqs = backstage.say(room, jonas_account, *(f"{line}\n\nIt stands in two." for line in SAID))
    backstage.read(room, mira_account, seqs[-1])
    return room


def lines(page: RoomPage) -> list[str]:
    """The first one of each message."""
    said = page.log.locator(".message__body").all_inner_texts()
    return [text.partition("\n")[0] for text in said if text.startswith("Line")]


def scroll_up(page: RoomPage) -> None:
    page.log.hover()
    page.page.mouse.wheel(0, -100_000)


def test_the_newest_fifty_are_there_and_older_ones_come_as_one_scrolls_up(mira: Visitor, long_room: Room) -> None:
    here = mira.enter(long_room)
    assert lines(here) == SAID[-50:]
    expect(here.message(SAID[-1])).to_be_in_viewport()
    scroll_up(here)
    expect(here.message("Line 21 of the log")).to_be_attached()
    scroll_up(here)
    expect(here.message("Line 1 of the log")).to_be_attached()
    expect(here.page.get_by_role("heading", name="This is where the long log begins")).to_be_attached()
    assert lines(here) == SAID


def test_older_ones_come_without_moving_what_one_reads(mira: Visitor, long_room: Room) -> None:
    here = mira.enter(long_room)
    # The next page is loaded 800 pixels ahead.
    here.log.evaluate("log => log.scrollTop = 900")
    anchor = here.message("Line 95 of the log")
    expect(anchor).to_be_in_viewport()
    expect(here.message("Line 70 of the log")).to_have_count(0)
    before = here.top_of(anchor)
    here.log.evaluate("log => log.scrollBy(0, -200)")
    expect(here.message("Line 21 of the log")).to_be_attached()
    assert here.top_of(anchor) == pytest.approx(before + 200, abs=2)


def test_a_permalink_shows_its_message_amid_its_neighbours(mira: Visitor, long_room: Room) -> None:
    here = RoomPage(mira.visit(f"{long_room.path}20"))
    target = here.log.locator('article[data-seq="20"]')
    expect(target).to_be_in_viewport()
    expect(target).to_be_focused()
    expect(target).to_have_css("animation-name", "arrive")
    expect(here.message("Line 1 of the log")).to_be_attached()
    expect(here.message(SAID[-1])).to_have_count(0)
    here.newest.click()
    expect(here.message(SAID[-1])).to_be_in_viewport()
    expect(here.newest).to_be_hidden()


def test_from_a_permalink_one_reads_on_downwards(mira: Visitor, long_room: Room) -> None:
    here = RoomPage(mira.visit(f"{long_room.path}30"))
    for last in ("Line 90 of the log", "Line 120 of the log"):
        here.log.hover()
        here.page.mouse.wheel(0, 100_000)
        expect(here.message(last)).to_be_attached()
    seen = lines(here)
    assert seen == SAID[SAID.index(seen[0]) :]


def test_the_time_of_a_message_is_its_permalink(mira: Visitor, long_room: Room) -> None:
    here = mira.enter(long_room)
    link = here.message("Line 119 of the log").locator("a.message__time")
    path = link.get_attribute("href")
    assert path is not None
    assert re.fullmatch(rf"{long_room.path}\d+", path)


def test_who_reads_further_up_is_told_how_many_came_and_jumps_there(
    mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage
) -> None:
    backstage.say(room, jonas.account, *SAID[:40])
    here = mira.enter(room)
    there = jonas.enter(room)
    expect(here.message("Line 40 of the log")).to_be_in_viewport()
    expect(here.newest).to_be_hidden()
    scroll_up(here)
    expect(here.newest).to_have_text("Jump to newest")
    place = here.top_of(here.message("Line 1 of the log"))
    there.say("News!")
    expect(here.newest).to_have_text("1 new message")
    there.say("More news!")
    expect(here.newest).to_have_text("2 new messages")
    assert here.top_of(here.message("Line 1 of the log")) == pytest.approx(place, abs=2)
    here.newest.click()
    expect(here.message("More news!")).to_be_in_viewport()
    expect(here.newest).to_be_hidden()


def test_who_is_at_the_end_stays_there_as_messages_come(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    for number in range(4):
        there.say("A tall one\n" * 8 + str(number))
        expect(here.message(f"A tall one {number}")).to_be_in_viewport()
    expect(here.newest).to_be_hidden()


def test_unread_messages_are_counted_marked_and_read(
    mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage
) -> None:
    mine = backstage.say(room, mira.account, "I have read up to here.")
    backstage.read(room, mira.account, mine[-1])
    elsewhere = mira.enter(backstage.room(mira.account))
    backstage.say(room, jonas.account, "One.", "Two.", "@mira three?")
    expect(elsewhere.link(room.name)).to_have_accessible_name(f"{room.name} 3 unread")
    expect(elsewhere.link(room.name).locator(".badge--mention")).to_be_visible()
    expect(elsewhere.page).to_have_title(re.compile(r"^\(\d+\+?\) "))
    assert elsewhere.room_names()[0] == room.name

    here = mira.enter(room)
    line = here.page.get_by_role("separator").filter(has_text="New since")
    expect(line).to_have_count(1)
    assert line.evaluate("line => line.nextElementSibling.innerText.includes('One.')")
    for page in (here, elsewhere):
        expect(page.link(room.name)).to_have_accessible_name(room.name)
    expect(elsewhere.link(room.name).locator(".badge--mention")).to_have_count(0)
    here.page.reload()
    expect(here.message("One.")).to_be_visible()
    expect(line).to_have_count(0)


def test_who_comes_and_goes_makes_no_room_unread(
    mira: Visitor, room: Room, newcomer: Callable[..., Visitor], backstage: Backstage
) -> None:
    backstage.read(room, mira.account, 10**9)
    elsewhere, guest = mira.enter(backstage.room(mira.account)), newcomer("Passing Guest").account
    link = elsewhere.link(room.name)
    backstage.join(room, guest)
    expect(link).to_have_attribute("data-seq-last", "3")
    expect(link).to_have_accessible_name(room.name)
    backstage.say(room, guest, "Only looking in.")
    expect(link).to_have_accessible_name(f"{room.name} 1 unread")
    backstage.leave(room, guest)
    expect(link).to_have_attribute("data-seq-last", "5")
    expect(link).to_have_accessible_name(f"{room.name} 1 unread")
    elsewhere.page.reload()
    expect(link).to_have_accessible_name(f"{room.name} 1 unread")
    here = mira.enter(room)
    line = here.page.get_by_role("separator").filter(has_text="New since")
    assert line.evaluate("line => line.nextElementSibling.innerText.includes('Only looking in.')")
    expect(link).to_have_accessible_name(room.name)


def test_days_are_divided_and_a_persons_messages_are_grouped(
    mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage
) -> None:
    backstage.say(room, jonas.account, "Long ago.", days_ago=400)
    backstage.say(room, jonas.account, "The day before.", days_ago=1)
    backstage.say(room, jonas.account, "Good morning.", "Is anybody here?")
    backstage.say(room, mira.account, "I am.")
    here = mira.enter(room)
    days = here.page.get_by_role("separator").filter(has_not_text="New since").all_inner_texts()
    assert re.search(r"\b20\d\d$", days[1])
    assert days[2:] == ["Yesterday", "Today"]
    grouped = here.log.locator(".message--follows").all()
    assert [body(article).inner_text() for article in grouped] == ["Is anybody here?"]
    expect(grouped[0]).to_have_accessible_name(re.compile("^Jonas Lind"))


def test_what_came_while_the_line_was_down_is_there_afterwards(
    mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage
) -> None:
    here = mira.enter(room)
    backstage.say(room, jonas.account, "Before the storm.")
    expect(here.message("Before the storm.")).to_be_visible()
    here.page.goto("about:blank")
    backstage.say(room, jonas.account, *SAID[:3])
    here.page.go_back()
    expect(here.message("Line 3 of the log")).to_be_visible()
    assert lines(here) == SAID[:3]
