"""Two people in two browsers, in one room, and one person in two tabs."""

import re
import subprocess
import sys

from playwright.sync_api import expect

from chatsite.supervisor.process import ROOT
from tests.browser.backstage import Backstage, Room
from tests.browser.conftest import Visitor
from tests.browser.room_page import body
from tests.running import RunningSite


def test_what_one_says_the_other_sees_at_once(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    here.say("Is the *harbour* open?")
    expect(body(there.message("Is the harbour open?")).locator("em")).to_have_text("harbour")
    there.say("Since nine.")
    expect(here.message("Since nine.")).to_be_visible()
    for page in (here, there):
        his = page.log.get_by_role("article", name=re.compile("^Jonas Lind"))
        expect(his).to_contain_text(["joined", "Since nine."])
        expect(page.page.locator(".message--pending")).to_have_count(0)


def test_one_sees_who_is_here_and_who_has_gone(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    expect(here.page.get_by_role("img", name="Here now: Jonas Lind")).to_be_visible()
    expect(there.page.get_by_role("img", name="Here now: Mira Okafor")).to_be_visible()
    here.page.get_by_role("button", name="Members").click()
    members = here.page.get_by_role("complementary", name="Members")
    expect(members.get_by_role("link", name=re.compile("Jonas Lind.*here now"))).to_be_visible()
    there.page.close()
    expect(here.page.get_by_role("img", name="Here now")).to_have_count(0)
    expect(members.get_by_role("link", name=re.compile("Jonas Lind(?!.*here now)"))).to_be_visible()


def test_one_sees_that_the_other_is_writing_until_they_have_said_it(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    expect(here.page.get_by_role("img", name="Here now: Jonas Lind")).to_be_visible()
    # Taking up an old draft is not typing, so the first seconds of a page are quiet.
    there.page.clock.install()
    there.page.clock.run_for(5_000)
    there.field.press_sequentially("So")
    expect(here.page.get_by_text("Jonas Lind is typing…")).to_be_visible()
    there.field.press("Enter")
    expect(here.message("So")).to_be_visible()
    expect(here.page.get_by_text("Jonas Lind is typing…")).to_have_count(0)


def test_a_reply_quotes_what_it_answers_and_leads_there(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    here.say("Who feeds the cat?")
    question = there.message("Who feeds the cat?")
    question.hover()
    question.get_by_role("button", name="Reply").click()
    expect(there.page.get_by_text("Replying to Mira Okafor: Who feeds the cat?")).to_be_visible()
    there.say("I do.")
    quotation = here.message("I do.").get_by_role("link", name="Mira Okafor: Who feeds the cat?")
    quotation.click()
    expect(body(here.log.locator("article:focus"))).to_have_text("Who feeds the cat?")
    expect(there.page.get_by_text("Replying to")).to_be_hidden()


def test_a_mention_is_marked_for_whom_it_means(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    here.say("@jonas have a look, and mail jonas@example.com")
    expect(there.message("have a look").locator(".mention--me")).to_have_text("@Jonas Lind")
    expect(there.page.locator(".message--mentions-me")).to_have_count(1)
    expect(here.message("have a look").locator(".mention")).to_have_count(1)
    expect(here.page.locator(".message--mentions-me")).to_have_count(0)


def test_my_other_tab_gets_my_messages_and_knows_what_i_have_read(
    mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage
) -> None:
    other = backstage.room(mira.account, jonas.account)
    browser = mira.browser()
    first, second = mira.enter(room, browser=browser), mira.enter(room, browser=browser)
    third = mira.enter(other, browser=browser)
    first.say("From the first tab.")
    expect(second.message("From the first tab.")).to_have_count(1)
    expect(second.page.locator(".message--mine")).to_have_count(2)
    expect(third.link(room.name)).to_have_accessible_name(room.name)

    backstage.say(other, jonas.account, "One.", "Two.")
    expect(third.message("Two.")).to_be_visible()
    for tab in (first, second):
        expect(tab.link(other.name)).to_have_accessible_name(other.name)


def test_somebody_talks_from_a_terminal(mira: Visitor, jonas: Visitor, room: Room, site: RunningSite) -> None:
    there = jonas.enter(room)
    command = [
        sys.executable,
        "manage.py",
        "chat",
        room.slug,
        "--as",
        mira.account.handle,
        "--url",
        site.url.rstrip("/"),
    ]
    env = {**site.env, "CHATSITE_DATA": str(site.data)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipes) as terminal:
        assert terminal.stdin
        assert terminal.stdout
        terminal.stdin.write("Hello from a terminal\n")
        terminal.stdin.flush()
        expect(there.message("Hello from a terminal")).to_be_visible()
        there.say("And *hello* to it")
        assert any("Jonas Lind: And hello to it" in line for line in terminal.stdout)
        terminal.stdin.write("\n")
        terminal.stdin.flush()
        assert terminal.wait(timeout=20) == 0
