"""What one has written is never lost and never said twice."""

import json

from playwright.sync_api import BrowserContext, WebSocketRoute, expect

from tests.browser.backstage import Backstage, Room
from tests.browser.conftest import Visitor
from tests.browser.room_page import RoomPage
from tests.browser.watch import Watch

OFFLINE = "ERR_INTERNET_DISCONNECTED"

ALL = """
  const all = await new Promise((resolve) => {
    const open = indexedDB.open("roundtable", 1)
    open.onsuccess = () => {
      const rows = open.result.transaction("outbox").objectStore("outbox").getAll()
      rows.onsuccess = () => resolve(rows.result)
    }
  })
"""
KEPT = (
    f"async () => {{ {ALL}; return all.length === 1 && !new TextDecoder().decode(all[0].sealed).includes('tunnel') }}"
)
IN_CLEAR = "() => Object.values({...localStorage, ...sessionStorage}).filter((text) => text.includes('tunnel')).join()"


def refuse(browser: BrowserContext, *codes: str) -> list[str]:
    """Stands between page and server, and says no to the first posts. Returns what was posted, as it comes."""
    posted: list[str] = []

    def stand_between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(text: str | bytes) -> None:
            command = json.loads(text)
            if command["type"] == "post":
                posted.append(command["body"])
            if command["type"] != "post" or len(posted) > len(codes):
                return server.send(text)
            error = {"type": "error", "ref": command["ref"], "code": codes[len(posted) - 1]}
            return route.send(json.dumps([error | {"text": "Not now.", "retry_after": 60}]))

        route.on_message(pass_on)

    browser.route_web_socket("**/ws/", stand_between)
    return posted


def test_what_is_written_offline_waits_and_is_sent_once(
    mira: Visitor, jonas: Visitor, room: Room, watch: Watch
) -> None:
    watch.allow(OFFLINE)
    browser = mira.browser()
    here, there = mira.enter(room, browser=browser), jonas.enter(room)
    here.say("Before.")
    expect(there.message("Before.")).to_be_visible()
    browser.set_offline(True)
    here.say("Into the silence.")
    here.say("And more.")
    expect(here.page.locator(".message--pending")).to_contain_text(["Into the silence.", "And more."])
    expect(here.page.get_by_text("Offline. Messages will be sent when you are back.")).to_be_visible()
    there.say("Meanwhile.")
    expect(there.message("Meanwhile.")).to_be_visible()
    expect(there.page.locator(".message--pending")).to_have_count(0)
    browser.set_offline(False)
    expect(here.page.get_by_text("You are back.")).to_be_visible()
    for page in (here, there):
        expect(page.message("And more.")).to_be_visible()
        expect(page.page.locator(".message--pending")).to_have_count(0)
        said = ["Before.", "Meanwhile.", "Into the silence.", "And more."]
        expect(page.log.locator(".message:not(.message--event) .message__body")).to_have_text(said)
        page.page.reload()
        expect(page.log.locator(".message:not(.message--event) .message__body")).to_have_text(said)


def test_too_long_a_message_is_refused_with_a_sentence_and_stays_in_the_field(
    mira: Visitor, jonas: Visitor, room: Room
) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    here.say("ä" * 8_700)
    expect(here.page.get_by_role("alert")).to_have_text(
        "This message has 17 KB, and 16 KB is the most. Shorten it, or send it in parts."
    )
    expect(here.field).to_have_value("ä" * 8_700)
    here.say("ä" * 8_000)
    expect(there.message("ääää")).to_be_visible()
    expect(here.field).to_have_value("")
    expect(here.page.get_by_role("alert")).to_have_count(0)
    expect(here.message("ääää")).to_have_count(1)


def test_what_was_not_sent_is_kept_for_each_room(
    mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage
) -> None:
    other = backstage.room(mira.account, jonas.account)
    here = mira.enter(room)
    here.field.fill("Half a thought")
    here.link(other.name).click()
    expect(here.page).to_have_url(f"**{other.path}".replace("**", here.page.url.split("/rooms/")[0]))
    expect(here.field).to_have_value("")
    here.field.fill("Another one")
    here.page.reload()
    expect(here.field).to_have_value("Another one")
    here.link(room.name).click()
    expect(here.field).to_have_value("Half a thought")
    here.send.click()
    expect(here.message("Half a thought")).to_be_visible()
    here.page.reload()
    expect(here.field).to_have_value("")


def test_a_refused_message_stays_as_failed_until_retried_or_deleted(mira: Visitor, jonas: Visitor, room: Room) -> None:
    browser = mira.browser()
    refuse(browser, "forbidden", "forbidden")
    here, there = mira.enter(room, browser=browser), jonas.enter(room)
    here.say("Keep this.")
    here.say("Drop this.")
    failed = here.page.locator(".message--failed")
    expect(failed).to_have_count(2)
    expect(failed.first.get_by_role("alert")).to_contain_text("Not now.")
    here.message("Drop this.").get_by_role("button", name="Delete").click()
    here.message("Keep this.").get_by_role("button", name="Retry").click()
    expect(there.message("Keep this.")).to_be_visible()
    expect(failed).to_have_count(0)
    expect(here.message("Keep this.")).to_have_count(1)
    expect(here.message("Drop this.")).to_have_count(0)


def test_retry_and_delete_leave_the_keyboard_in_the_log(mira: Visitor, room: Room) -> None:
    browser = mira.browser()
    tried = refuse(browser, "forbidden", "forbidden", "forbidden")
    here = mira.enter(room, browser=browser)
    here.say("Keep this.")
    here.say("Drop this.")
    expect(here.page.locator(".message--failed")).to_have_count(2)
    here.message("Keep this.").get_by_role("button", name="Retry").focus()
    here.page.keyboard.press("Enter")
    expect(here.log.locator(".message__body").last).to_have_text("Keep this.")
    expect(here.message("Keep this.").get_by_role("alert")).to_have_text("Not sent. Not now.")
    expect(here.message("Keep this.")).to_be_focused()
    here.page.keyboard.press("Tab")
    here.page.keyboard.press("Enter")
    expect(here.message("Keep this.")).to_have_attribute("data-seq", "3")
    expect(here.message("Keep this.")).to_be_focused()
    here.message("Drop this.").get_by_role("button", name="Delete").focus()
    here.page.keyboard.press("Enter")
    expect(here.message("Keep this.")).to_be_focused()
    assert tried == ["Keep this.", "Drop this.", "Keep this.", "Keep this."]


def test_what_was_written_offline_is_sent_by_the_next_page_of_the_session(
    mira: Visitor, jonas: Visitor, room: Room, watch: Watch
) -> None:
    watch.allow(OFFLINE)
    browser = mira.browser()
    here, there = mira.enter(room, browser=browser), jonas.enter(room)
    browser.set_offline(True)
    here.say("Written in a tunnel.")
    expect(here.page.locator(".message--pending")).to_have_count(1)
    here.page.wait_for_function(KEPT)
    here.page.close()
    browser.set_offline(False)
    again = mira.enter(room, browser=browser)
    for page in (again, there):
        expect(page.message("Written in a tunnel.")).to_have_count(1)
        expect(page.page.locator(".message--pending")).to_have_count(0)
    assert again.page.evaluate(IN_CLEAR) == ""
    again.page.reload()
    expect(again.message("Written in a tunnel.")).to_have_count(1)


def test_unsent_text_follows_its_writer_to_another_device(mira: Visitor, room: Room) -> None:
    phone, laptop = mira.enter(room), mira.enter(room)
    phone.field.fill("Begun on the phone")
    expect(laptop.field).to_have_value("Begun on the phone")
    laptop.field.press_sequentially(", ended at the desk")
    expect(phone.field).to_have_value("Begun on the phone, ended at the desk")
    expect(mira.enter(room).field).to_have_value("Begun on the phone, ended at the desk")
    laptop.send.click()
    expect(phone.field).to_have_value("")


def test_two_devices_that_write_at_once_lose_neither_text(mira: Visitor, room: Room, watch: Watch) -> None:
    watch.allow(OFFLINE)
    away = mira.browser()
    phone, laptop = mira.enter(room, browser=away), mira.enter(room)
    away.set_offline(True)
    phone.field.fill("From the tunnel")
    laptop.field.fill("From the desk")
    expect(mira.enter(room).field).to_have_value("From the desk")
    away.set_offline(False)
    expect(phone.page.get_by_text("On another device you wrote From the desk")).to_be_visible()
    phone.page.get_by_role("button", name="Insert").click()
    expect(laptop.field).to_have_value("From the tunnelFrom the desk")


def test_what_was_written_to_a_room_that_one_was_removed_from_is_shown_and_can_be_copied(
    jonas: Visitor, mira: Visitor, backstage: Backstage, watch: Watch
) -> None:
    watch.allow(OFFLINE)
    den = backstage.room(mira.account, jonas.account, kind="private")
    browser = jonas.browser(permissions=["clipboard-read", "clipboard-write"])
    here = jonas.enter(den, browser=browser)
    browser.set_offline(True)
    here.say("First.\nIn two lines.")
    here.say("Second.")
    here.field.fill("Half a thought")
    backstage.remove(den, jonas.account)
    browser.set_offline(False)
    here.page.wait_for_url("**/rooms/**")
    strays = here.page.locator(".stray")
    expect(strays).to_contain_text(["First.", "Second.", "Half a thought"])
    for stray in strays.all():
        expect(stray).to_contain_text(f"Not sent to {den.name}. You are not in that room, or it is gone.")
    strays.first.get_by_role("button", name="Copy").click()
    expect(strays.first.get_by_role("button", name="Copied")).to_be_visible()
    assert here.page.evaluate("navigator.clipboard.readText()") == "First.\nIn two lines."
    here.page.goto("/rooms/")
    expect(strays).to_have_count(3)
    strays.first.get_by_role("button", name="Delete").focus()
    here.page.keyboard.press("Enter")
    expect(strays).to_have_count(2)
    expect(strays.first.get_by_role("button", name="Copy")).to_be_focused()
    for _ in range(2):
        strays.first.get_by_role("button", name="Delete").click()
    here.page.reload()
    expect(here.rooms).to_be_visible()
    here.page.wait_for_timeout(500)
    expect(strays).to_have_count(0)


def test_text_that_is_refused_while_its_room_is_not_open_waits_there(mira: Visitor, jonas: Visitor, room: Room) -> None:
    browser = mira.browser()
    refuse(browser, "unavailable", "rejected")
    here, there = mira.enter(room, browser=browser), jonas.enter(room)
    here.say("A word of the tunnel.")
    here.page.wait_for_function(KEPT)
    here.page.close()
    elsewhere = mira.visit("/rooms/", browser=browser)
    strays = elsewhere.locator(".stray")
    expect(strays).to_contain_text([f"Not sent to {room.name}. Not now."])
    elsewhere.get_by_role("navigation", name="Rooms").get_by_title(room.name, exact=True).click()
    again = RoomPage(elsewhere)
    expect(again.message("A word of the tunnel.").get_by_role("alert")).to_have_text("Not sent. Not now.")
    expect(strays).to_have_count(0)
    elsewhere.get_by_role("button", name="Retry").click()
    expect(there.message("A word of the tunnel.")).to_be_visible()
