"""Pictures of the main pages, for people to look at: SCREENSHOTS=<folder> pytest tests/browser/test_pictures.py."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.aibot.fake import DemoModel
from tests.browser.backstage import Backstage, Room
from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.browser.room_page import RoomPage

FOLDER = os.environ.get("SCREENSHOTS", "")
VIEWS: dict[str, dict[str, Any]] = {"1440": DESKTOP, "390": PHONE}
ANSWER = """\
Run it **the evening before**, Jonas:

1. Check the free disk first, it needs room for a second copy.
2. Build the new index beside the old one.

```sql
REINDEX INDEX CONCURRENTLY events_at;  -- 24 minutes
```

| Step | Minutes |
|------|--------:|
| Copy | 9 |
| Index | 24 |
"""

pytestmark = pytest.mark.skipif(not FOLDER, reason="SCREENSHOTS names no folder")


@pytest.fixture
def launch(backstage: Backstage, model: DemoModel, mira: Visitor, jonas: Visitor) -> Room:
    room = backstage.room(
        mira.account, jonas.account, name="launch-week", topic="Everything for the 2.0 launch.", assistant=True
    )
    backstage.say(room, mira.account, "Rehearsal took 41 min on staging. We promised under 30. Ideas?", days_ago=1)
    backstage.say(room, mira.account, "The slow step is `REINDEX` on `events`, 24 of the 41 minutes.")
    model.script(ANSWER)
    page = jonas.enter(room)
    page.say("@assistant what did we decide about the index in the August postmortem, and does it apply here?")
    expect(page.answer()).to_contain_text("Copy")
    backstage.say(room, mira.account, "@jonas can you check the free disk on db-2?")
    return room


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", VIEWS)
def test_pictures(mira: Visitor, jonas: Visitor, launch: Room, model: DemoModel, width: str, scheme: str) -> None:
    folder = Path(FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    browser = jonas.browser(**VIEWS[width], color_scheme=scheme)
    page = browser.new_page()

    def shoot(name: str) -> None:
        page.evaluate("document.fonts.ready")
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")

    page.goto(launch.path)
    here = RoomPage(page)
    model.script({"chunks": ["In August you agreed to build the index ", {"wait": "end"}, "first."]})
    here.say("@assistant and in one sentence?")
    expect(here.answer(2)).to_contain_text("In August")
    shoot("room")
    page.get_by_role("button", name="Members", exact=True).click()
    shoot("members-open")
    page.get_by_role("button", name="Close members").click()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    shoot("switcher")
    page.keyboard.press("Escape")
    if page.get_by_role("button", name="Rooms and menu").is_visible():
        page.get_by_role("button", name="Rooms and menu").click()
        shoot("drawer")
        page.keyboard.press("Escape")
    model.release("end")
    for name, path in {
        "directory": "/rooms/",
        "new-room": "/rooms/new/",
        "profile": "/profile/",
        "person": "/people/mira/",
        "room-members": f"{launch.path}members/",
        "lobby": "/rooms/lobby/",
    }.items():
        page.goto(path)
        shoot(name)
    owner = mira.browser(**VIEWS[width], color_scheme=scheme).new_page()
    owner.goto(f"{launch.path}settings/")
    owner.screenshot(path=folder / f"settings-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", VIEWS)
def test_pictures_for_strangers(new_context: Any, watch: Any, mira: Visitor, width: str, scheme: str) -> None:
    watch.allow("status of 404")
    page = new_context(**VIEWS[width], color_scheme=scheme).new_page()
    names = {"sign-in": "/accounts/login/", "sign-up": "/accounts/signup/", "404": "/nowhere/"}
    for name, path in names.items():
        page.goto(path)
        page.screenshot(path=Path(FOLDER) / f"{name}-{width}-{scheme}.png")
    page.goto("/accounts/login/")
    page.get_by_label("Email or handle").fill("jonas")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("belong together")).to_be_visible()
    page.screenshot(path=Path(FOLDER) / f"sign-in-wrong-{width}-{scheme}.png")
