"""Everything without a mouse."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backstage import Backstage, Room
from tests.browser.conftest import PASSWORD, Visitor
from tests.browser.room_page import RoomPage, body


def tab_to(page: Page, name: str, *, key: str = "Tab") -> None:
    """Goes from control to control until the one with this name has the focus."""
    for _ in range(60):
        page.keyboard.press(key)
        focused = page.locator("*:focus")
        if focused.count() and name in (focused.get_attribute("aria-label") or focused.inner_text()):
            return
    raise AssertionError(f"no way to {name} by {key}")


def test_one_signs_in_jumps_to_a_room_and_writes_without_a_mouse(
    new_context: Callable[..., BrowserContext], mira: Visitor, jonas: Visitor, room: Room
) -> None:
    there = mira.enter(room)
    page = new_context().new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email or handle").focus()
    page.keyboard.type("jonas")
    page.keyboard.press("Tab")
    if page.get_by_role("link", name="Forgot it?").evaluate("link => link === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/rooms/"))

    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Jump to a room")).to_be_visible()
    page.keyboard.type(room.name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=room.name, level=1)).to_be_visible()
    here = RoomPage(page)
    expect(here.field).to_be_focused()

    page.keyboard.press("Control+b")
    page.keyboard.type("bold")
    for _ in "**":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    expect(here.field).to_have_value("**bold**\nsecond line")
    page.keyboard.press("Enter")
    said = body(there.message("second line"))
    expect(said.locator("strong")).to_have_text("bold")
    expect(said.locator("br")).to_have_count(1)
    expect(here.field).to_be_focused()


def test_marks_are_put_around_a_selection_and_taken_off_again(mira: Visitor, room: Room) -> None:
    here = mira.enter(room)
    here.field.fill("tide")
    for keys, marked in [("Control+b", "**tide**"), ("Control+i", "*tide*"), ("Control+e", "`tide`")]:
        here.field.press("Control+a")
        here.field.press(keys)
        expect(here.field).to_have_value(marked)
        here.field.press(keys)
        expect(here.field).to_have_value("tide")
    here.field.press("Control+a")
    here.field.press("Control+b")
    here.field.press("Control+z")
    expect(here.field).to_have_value("tide")


def test_a_list_goes_on_by_itself_and_ends_with_an_empty_item(mira: Visitor, room: Room) -> None:
    here = mira.enter(room)
    here.field.press_sequentially("- bread")
    here.field.press("Shift+Enter")
    here.field.press_sequentially("salt")
    here.field.press("Shift+Enter")
    expect(here.field).to_have_value("- bread\n- salt\n- ")
    here.field.press("Shift+Enter")
    expect(here.field).to_have_value("- bread\n- salt\n")


def test_somebody_is_mentioned_with_a_few_keys(mira: Visitor, jonas: Visitor, table: Room) -> None:
    here, there = mira.enter(table), jonas.enter(table)
    here.field.press_sequentially("Hello @")
    people = here.page.get_by_role("listbox", name="Members")
    expect(people.get_by_role("option")).to_have_text([re.compile("Assistant"), re.compile("Jonas Lind")])
    here.field.press("ArrowDown")
    expect(people.get_by_role("option", selected=True)).to_contain_text("Jonas Lind")
    here.field.press("Enter")
    expect(here.field).to_have_value("Hello @jonas ")
    expect(people).to_be_hidden()
    here.field.press("Enter")
    expect(there.message("Hello @Jonas Lind").locator(".mention--me")).to_be_visible()

    here.field.press_sequentially("@li")
    expect(people.get_by_role("option")).to_have_count(1)
    here.field.press("Escape")
    expect(people).to_be_hidden()
    expect(here.field).to_have_value("@li")
    here.field.press_sequentially("n")
    here.field.press("Tab")
    expect(here.field).to_have_value("@jonas ")


def test_the_switcher_finds_chooses_and_closes(mira: Visitor, room: Room, backstage: Backstage) -> None:
    other = backstage.room(mira.account, name=f"Cove of {room.slug}")
    here = mira.enter(room)
    here.page.keyboard.press("Control+k")
    dialog = here.page.get_by_role("dialog", name="Jump to a room")
    expect(dialog.get_by_role("option").first).to_be_visible()
    here.page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    here.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(here.field).to_be_focused()
    here.page.keyboard.press("Control+k")
    here.page.keyboard.type("cove of")
    expect(dialog.get_by_role("option", name=other.name)).to_have_attribute("aria-selected", "true")
    here.page.keyboard.type(" nothing such")
    expect(dialog).to_contain_text("Try fewer letters.")
    here.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(here.page).to_have_url(re.compile(room.path))


def test_one_walks_through_the_log_and_acts_on_a_message(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here = mira.enter(room)
    for line in ("First.", "Second.", "Third."):
        here.say(line)
    expect(here.page.locator(".message--pending")).to_have_count(0)
    here.log.focus()
    for line in ("Third.", "Second.", "First."):
        here.page.keyboard.press("ArrowUp")
        expect(body(here.log.locator("article:focus"))).to_have_text(line)
    tab_to(here.page, "Reply")
    expect(here.message("First.").get_by_role("button", name="Reply")).to_be_visible()
    here.page.keyboard.press("Enter")
    expect(here.field).to_be_focused()
    expect(here.page.get_by_text("Replying to Mira Okafor: First.")).to_be_visible()
    here.page.keyboard.press("Escape")
    expect(here.page.get_by_text("Replying to")).to_be_hidden()
    here.log.focus()
    here.page.keyboard.press("Escape")
    expect(here.field).to_be_focused()


def test_the_tab_key_leads_past_the_list_to_the_message_field(
    newcomer: Callable[..., Visitor], backstage: Backstage
) -> None:
    someone = newcomer("Tabea Schnell")
    here = someone.enter(backstage.room(someone.account))
    expect(here.field).to_be_focused()
    tab_to(here.page, "Skip to content", key="Shift+Tab")
    here.page.keyboard.press("Tab")
    expect(here.page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    here.page.keyboard.press("Enter")
    expect(here.field).to_be_focused()
    tab_to(here.page, "Messages", key="Shift+Tab")
    tab_to(here.page, "Message")
    expect(here.field).to_be_focused()
    tab_to(here.page, "Send")


def test_menus_and_panes_open_and_close_by_key_and_give_the_focus_back(mira: Visitor, room: Room) -> None:
    page = mira.visit(room.path)
    menu = page.get_by_role("button", name=re.compile("^Mira Okafor.*your menu"))
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Profile")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Profile")).to_be_hidden()
    expect(menu).to_be_focused()

    members = page.get_by_role("button", name="Members", exact=True)
    members.focus()
    page.keyboard.press("Enter")
    pane = page.get_by_role("complementary", name="Members")
    expect(pane).to_be_visible()
    tab_to(page, "Close members")
    page.keyboard.press("Enter")
    expect(pane).to_be_hidden()
    expect(members).to_be_focused()
