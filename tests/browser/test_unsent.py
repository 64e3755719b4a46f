"""What one has written is never lost and never said twice."""

import json

from playwright.sync_api import WebSocketRoute, expect

from tests.browser.backstage import Backstage, Room
from tests.browser.conftest import Visitor
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
    refused: list[str] = []

    def stand_between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(text: str | bytes) -> None:
            command = json.loads(text)
            if command["type"] != "post" or len(refused) == 2:
                return server.send(text)
            refused.append(command["body"])
            error = {"type": "error", "ref": command["ref"], "code": "forbidden", "text": "Not now."}
            return route.send(json.dumps([error]))

        route.on_message(pass_on)

    browser.route_web_socket("**/ws/", stand_between)
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
