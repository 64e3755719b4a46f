"""Who is too fast waits a moment and loses nothing; who speaks another protocol comes back with a new page."""

import json
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from playwright.sync_api import BrowserContext, WebSocketRoute, expect

from tests.browser.backstage import Backstage, Room
from tests.browser.conftest import Visitor
from tests.browser.watch import Watch

MANY = [f"Quick word {number:02}" for number in range(26)]
NOTHING_FAILED = """() => {
  window.alarms = 0
  const count = () => document.querySelectorAll(".message--failed, .composer__error:not([hidden])").length
  const every = { subtree: true, childList: true, attributes: true }
  new MutationObserver(() => (window.alarms += count())).observe(document.body, every)
}"""

Command = dict[str, Any]
Hear = Callable[[Command], None]


def between(browser: BrowserContext, *, answer: Callable[[Command], Command | None]) -> None:
    """Stands between page and server. What `answer` answers does not reach the server."""

    def stand(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(text: str | bytes) -> None:
            command = json.loads(text)
            said = answer(command)
            if said is None:
                return server.send(text)
            return route.send(json.dumps([{"ref": command["ref"], **said}]))

        route.on_message(pass_on)

    browser.route_web_socket("**/ws/", stand)


def too_fast(wait: int) -> Command:
    return {"type": "error", "code": "rate_limited", "text": "That was a lot at once.", "retry_after": wait}


def test_who_posts_too_fast_loses_nothing(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    here.page.evaluate(NOTHING_FAILED)
    for words in MANY:
        here.say(words)
    here.field.fill("Not sent yet")
    expect(here.page.get_by_text("That was a lot at once. It goes on in 1 s.")).to_be_visible()
    for page in (here, there):
        expect(page.log.locator(".message:not(.message--event, .message--pending) .message__body")).to_have_text(MANY)
    expect(here.page.get_by_text("That was a lot at once.")).to_be_hidden()
    expect(here.field).to_have_value("Not sent yet")
    assert here.page.evaluate("window.alarms") == 0
    here.page.reload()
    expect(here.log.locator(".message:not(.message--event) .message__body")).to_have_text(MANY)


def test_a_room_that_was_opened_too_often_is_opened_when_the_server_says(
    mira: Visitor, jonas: Visitor, room: Room
) -> None:
    asked: list[float] = []

    def refuse_the_first_two(command: Command) -> Command | None:
        if command["type"] != "open":
            return None
        asked.append(time.monotonic())
        return too_fast(2) if len(asked) <= 2 else None

    browser = mira.browser()
    between(browser, answer=refuse_the_first_two)
    here, there = mira.enter(room, browser=browser), jonas.enter(room)
    there.say("Do you hear me?")
    expect(here.message("Do you hear me?")).to_be_visible()
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert len(pauses) == 2
    assert all(pause > 1.8 for pause in pauses)


def test_unsent_text_and_the_mark_of_what_was_read_are_told_when_the_server_says(
    mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage
) -> None:
    asked: dict[str, int] = {"note": 0, "read": 0}

    def refuse_the_first(command: Command) -> Command | None:
        if command["type"] not in asked:
            return None
        asked[command["type"]] += 1
        return too_fast(1) if asked[command["type"]] == 1 else None

    backstage.say(room, jonas.account, "Read this.")
    browser = mira.browser()
    between(browser, answer=refuse_the_first)
    here = mira.enter(room, browser=browser)
    here.field.fill("Half a thought")
    here.page.wait_for_timeout(3_500)
    assert asked == {"note": 2, "read": 2}
    expect(mira.enter(room).field).to_have_value("Half a thought")


def test_a_page_that_does_not_know_the_protocol_is_loaded_anew_once(mira: Visitor, room: Room) -> None:
    loads: list[str] = []
    browser = mira.browser()

    def stand(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda text: route.send(str(text).replace('"protocol":1', '"protocol":99')))

    browser.route_web_socket("**/ws/", stand)
    page = browser.new_page()
    page.on("load", lambda _: loads.append(page.url))
    page.goto(room.path)
    page.wait_for_timeout(4_000)
    assert len(loads) == 2
    expect(page.get_by_text("Connecting…")).to_be_visible()


def test_who_jumps_too_fast_is_asked_to_wait_and_then_finds_it(mira: Visitor, room: Room, watch: Watch) -> None:
    watch.allow("status of 429")
    here = mira.enter(room)
    refused: list[int] = []

    def refuse_once(route: Any) -> None:
        if "q=" not in route.request.url or refused:
            return route.continue_()
        refused.append(1)
        sentence = "That was a lot at once. It goes on in 1 s."
        return route.fulfill(status=429, body=sentence, content_type="text/plain", headers={"Retry-After": "1"})

    here.page.route("**/jump/**", refuse_once)
    here.page.keyboard.press("Control+k")
    here.page.get_by_role("combobox").press_sequentially(room.name)
    expect(here.page.get_by_role("option", name=room.name)).to_be_visible()
    assert refused
