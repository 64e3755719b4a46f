"""Light and dark, and what Markdown becomes on the screen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.backstage import Account, Backstage, Room
from tests.browser.conftest import Visitor
from tests.browser.room_page import RoomPage, body

MARKED_UP = """\
```python
def tide(hours):
    return "high" if hours % 12 < 6 else "low"
```

| Port | Depth |
|------|------:|
| Hull | 9 m   |

- [x] rope
- [ ] anchor

The area is $\\pi r^2$.
"""
HOSTILE = """\
<script>document.title = "taken"</script> <img src=x onerror="document.title='taken'"> <b>not bold</b>

[click](javascript:document.title='taken') ![](https://evil.example/pixel.png)
"""


def lightness(page: Page) -> float:
    """Of the ground that one writes on: 0 is black, 1 is white."""
    channels: list[int] = page.evaluate(
        """() => {
            const brush = document.createElement("canvas").getContext("2d")
            brush.fillStyle = getComputedStyle(document.querySelector("main")).backgroundColor
            brush.fillRect(0, 0, 1, 1)
            return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3)
        }"""
    )
    return sum(channels) / 3 / 255


def choose_theme(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile("your menu")).click()
    page.get_by_role("button", name=name, exact=True).click()
    page.keyboard.press("Escape")


def test_without_a_choice_the_system_decides(jonas: Visitor, room: Room) -> None:
    assert lightness(jonas.visit(room.path, color_scheme="light")) > 0.9
    assert lightness(jonas.visit(room.path, color_scheme="dark")) < 0.15


def test_a_chosen_theme_shows_at_once_and_stays(mira: Visitor, room: Room) -> None:
    page = mira.visit(room.path, color_scheme="light")
    with page.expect_response(re.compile("theme")):
        choose_theme(page, "Dark")
    assert lightness(page) < 0.15
    page.reload()
    assert lightness(page) < 0.15
    assert lightness(mira.visit("/rooms/", color_scheme="light")) < 0.15
    with page.expect_response(re.compile("theme")):
        choose_theme(page, "Auto")
    assert lightness(page) > 0.9


def test_the_profile_keeps_the_theme_too(jonas: Visitor) -> None:
    page = jonas.visit("/profile/", color_scheme="light")
    page.get_by_role("combobox", name="Theme").select_option("dark")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert lightness(page) < 0.15
    page.get_by_role("combobox", name="Theme").select_option("system")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "system")


@pytest.fixture
def marked_up(mira: Visitor, room: Room) -> RoomPage:
    here = mira.enter(room, permissions=["clipboard-read", "clipboard-write"])
    here.say(MARKED_UP)
    expect(here.page.locator(".message--pending")).to_have_count(0)
    return here


def test_code_is_coloured_and_can_be_copied(marked_up: RoomPage) -> None:
    code = marked_up.log.locator("pre")
    expect(code).to_contain_text("def tide(hours):")
    colours = code.locator("span").evaluate_all("spans => new Set(spans.map(s => getComputedStyle(s).color)).size")
    assert colours >= 3
    code.hover()
    code.get_by_role("button", name="Copy code").click()
    expect(code.get_by_role("button", name="Copied")).to_be_visible()
    copied = marked_up.page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == 'def tide(hours):\n    return "high" if hours % 12 < 6 else "low"'


def test_tables_tasks_and_formulas_are_what_they_should_be(marked_up: RoomPage) -> None:
    expect(marked_up.log.get_by_role("columnheader")).to_have_text(["Port", "Depth"])
    expect(marked_up.log.get_by_role("cell")).to_have_text(["Hull", "9 m"])
    boxes = marked_up.log.get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    expect(boxes.first).to_be_checked()
    expect(boxes.last).not_to_be_checked()
    expect(boxes.first).to_be_disabled()
    expect(marked_up.log.locator("math")).to_contain_text("π")


def test_hostile_markup_shows_as_text_and_does_nothing(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    here.say(HOSTILE)
    for page in (here, there):
        shown = body(page.message("not bold"))
        expect(shown).to_contain_text('<script>document.title = "taken"</script>')
        expect(shown.locator("script, img, b")).to_have_count(0)
        expect(shown.locator("a[href^='javascript']")).to_have_count(0)
        expect(page.page).not_to_have_title(re.compile("taken"))


def test_a_copied_link_leads_to_the_message(
    mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage, mira_account: Account
) -> None:
    seqs = backstage.say(room, jonas.account, "Remember this.")
    here = mira.enter(room, permissions=["clipboard-read", "clipboard-write"])
    message = here.message("Remember this.")
    message.hover()
    message.get_by_role("button", name="Copy link").click()
    expect(message.get_by_role("button", name="Copied")).to_be_visible()
    link = here.page.evaluate("navigator.clipboard.readText()")
    assert link.endswith(f"{room.path}{seqs[0]}")
