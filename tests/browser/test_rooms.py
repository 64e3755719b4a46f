"""Rooms and their doors: made, found, joined, left, and closed to whom they do not concern."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backstage import Backstage, Room
from tests.browser.conftest import Visitor, sign_up
from tests.browser.room_page import RoomPage
from tests.browser.watch import Watch

NOT_FOUND, GONE = "status of 404", "status of 410"


def invitation(page: Page, room: Room) -> str:
    """The address of a new one, made by hand in the settings."""
    page.goto(f"{room.path}settings/")
    page.get_by_role("button", name="New link").click()
    return page.get_by_label("Invitation link 1").input_value()


def test_a_room_is_made_by_hand_and_found_in_the_directory(mira: Visitor, jonas: Visitor, room: Room) -> None:
    page = mira.visit(room.path)
    page.get_by_role("link", name="New room").click()
    page.get_by_label("Name").fill(f"Sailing {room.slug}")
    page.get_by_label("Topic").fill("Wind, and what to do with it")
    page.get_by_role("radio", name=re.compile("Public")).check()
    page.get_by_role("button", name="Create room").click()
    expect(page.get_by_role("heading", name=f"Sailing {room.slug}", level=1)).to_be_visible()
    expect(RoomPage(page).link(f"Sailing {room.slug}")).to_have_attribute("aria-current", "page")

    other = jonas.visit("/rooms/")
    other.get_by_role("searchbox", name="Find a room").fill(f"sailing {room.slug}")
    expect(other.locator(".list__item")).to_have_count(1)
    other.get_by_role("link", name=f"Sailing {room.slug}").click()
    expect(other.get_by_text(re.compile("Join to write here"))).to_be_visible()
    expect(RoomPage(other).field).to_have_count(0)
    other.get_by_role("button", name="Join room").click()
    RoomPage(other).say("Ahoy!")
    expect(RoomPage(page).message("Ahoy!")).to_be_visible()


def test_who_looks_into_a_public_room_sees_it_live(mira: Visitor, newcomer: Callable[..., Visitor], room: Room) -> None:
    here, outside = mira.enter(room), newcomer("Outside Olga").enter(room)
    here.say("The door is open.")
    expect(outside.message("The door is open.")).to_be_visible()


def test_who_only_looks_in_is_shown_out_of_a_room_that_becomes_private(
    mira: Visitor, newcomer: Callable[..., Visitor], room: Room
) -> None:
    outside, inside = newcomer("Curious Carla").enter(room), mira.enter(room)
    settings = mira.visit(f"{room.path}settings/")
    settings.get_by_role("radio", name=re.compile("Private")).check()
    settings.get_by_role("button", name="Save").click()
    outside.page.wait_for_url("**/rooms/lobby/")
    expect(outside.page.get_by_text("You are no longer in that room.")).to_be_visible()
    expect(inside.message("made this room private")).to_be_visible()


def test_a_private_room_does_not_exist_for_an_outsider(
    mira: Visitor, jonas: Visitor, backstage: Backstage, watch: Watch
) -> None:
    watch.allow(NOT_FOUND)
    room = backstage.room(mira.account, kind="private", topic="Surprise party")
    seqs = backstage.say(room, mira.account, "The cake is for Jonas.")
    page = jonas.visit("/rooms/lobby/")
    for path in ("", str(seqs[0]), "members/", "settings/", "messages/"):
        response = page.goto(room.path + path)
        assert response is not None
        assert response.status == 404
        expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
        assert "cake" not in page.content()
    page.goto(f"/rooms/?q={room.name}")
    expect(page.locator(".list__name", has_text=re.compile(f"^{room.name}$"))).to_have_count(0)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Jump to a room").fill(room.name)
    expect(page.get_by_role("option", name=room.name, exact=True)).to_have_count(0)


def test_an_invitation_lets_a_member_of_the_site_in(mira: Visitor, jonas: Visitor, backstage: Backstage) -> None:
    room = backstage.room(mira.account, kind="private")
    link = invitation(mira.visit("/"), room)
    here = mira.enter(room)
    page = jonas.visit(link)
    expect(page.get_by_text("Mira Okafor invites you to this room.")).to_be_visible()
    page.get_by_role("button", name="Join room").click()
    RoomPage(page).say("Thanks for the invitation.")
    expect(here.message("Jonas Lind joined")).to_be_visible()
    expect(here.message("Thanks for the invitation.")).to_be_visible()


def test_an_invitation_lets_a_stranger_sign_up_and_in(
    mira: Visitor, backstage: Backstage, new_context: Callable[..., BrowserContext]
) -> None:
    room = backstage.room(mira.account, kind="private")
    link = invitation(mira.visit("/"), room)
    page = new_context().new_page()
    page.goto(link)
    page.get_by_role("link", name="Create an account").click()
    sign_up(page, name="Stranger Sam", email=f"sam@{room.slug}.example", path=page.url)
    page.get_by_role("button", name="Join room").click()
    expect(page.get_by_role("heading", name=room.name, level=1)).to_be_visible()
    RoomPage(page).say("Hello, I am new.")
    expect(RoomPage(page).message("Hello, I am new.")).to_be_visible()


def test_a_revoked_invitation_says_so(mira: Visitor, jonas: Visitor, backstage: Backstage, watch: Watch) -> None:
    watch.allow(GONE)
    room = backstage.room(mira.account, kind="private")
    page = mira.visit("/")
    link = invitation(page, room)
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No link is open.")).to_be_visible()
    refused = jonas.visit(link)
    expect(refused.get_by_role("heading", name="This invitation was withdrawn")).to_be_visible()
    expect(refused.get_by_role("button", name="Join room")).to_have_count(0)


def test_the_page_of_a_removed_member_loses_the_room(
    mira: Visitor, jonas: Visitor, backstage: Backstage, watch: Watch
) -> None:
    watch.allow(NOT_FOUND)
    room = backstage.room(mira.account, jonas.account, kind="private")
    here, there = mira.enter(room), jonas.enter(room)
    there.say("Am I still welcome?")
    expect(here.message("Am I still welcome?")).to_be_visible()
    members = mira.visit(f"{room.path}members/")
    members.get_by_role("button", name="Remove Jonas Lind").click()
    expect(members.get_by_text(f"Jonas Lind is no longer in {room.name}.")).to_be_visible()
    expect(here.message("Jonas Lind was removed")).to_be_visible()
    expect(there.link(room.name)).to_have_count(0)
    expect(there.page).not_to_have_url(re.compile(room.path))
    expect(there.page.get_by_text("You are no longer in that room.")).to_be_visible()
    here.say("Now we are alone.")
    response = there.page.goto(room.path)
    assert response is not None
    assert response.status == 404


def test_one_leaves_a_room_and_can_come_back(mira: Visitor, jonas: Visitor, room: Room) -> None:
    here, there = mira.enter(room), jonas.enter(room)
    there.page.get_by_role("button", name="Members").click()
    there.page.get_by_role("button", name="Leave room").click()
    expect(there.page.get_by_text(f"You have left {room.name}.")).to_be_visible()
    expect(there.link(room.name)).to_have_count(0)
    expect(here.message("Jonas Lind left")).to_be_visible()
    there.page.goto(room.path)
    there.page.get_by_role("button", name="Join room").click()
    there.say("Back again.")
    expect(here.message("Back again.")).to_be_visible()


def test_an_owner_changes_name_and_topic_for_everybody(mira: Visitor, jonas: Visitor, room: Room) -> None:
    there = jonas.enter(room)
    page = mira.visit(f"{room.path}settings/")
    page.get_by_label("Name").fill(f"Renamed {room.slug}")
    page.get_by_label("Topic").fill("Nothing but tides")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(there.link(f"Renamed {room.slug}")).to_be_visible()
    there.page.reload()
    expect(there.page.get_by_role("heading", name=f"Renamed {room.slug}", level=1)).to_be_visible()
    expect(there.page.get_by_text("Nothing but tides").first).to_be_visible()


def test_the_settings_of_a_room_are_closed_to_plain_members(jonas: Visitor, room: Room, watch: Watch) -> None:
    watch.allow("status of 403")
    page = jonas.visit(room.path)
    expect(page.get_by_role("link", name="Room settings")).to_have_count(0)
    page.goto(f"{room.path}settings/")
    expect(page.get_by_role("heading", name="Not for you")).to_be_visible()


def test_the_assistant_takes_a_seat_and_gives_it_up(mira: Visitor, room: Room) -> None:
    here = mira.enter(room)
    page = mira.visit(f"{room.path}settings/")
    page.get_by_role("button", name="Add the assistant").click()
    expect(here.message("Assistant joined")).to_be_visible()
    page.get_by_role("button", name="Remove the assistant").click()
    expect(here.message(re.compile("Assistant (left|was removed)"))).to_be_visible()
