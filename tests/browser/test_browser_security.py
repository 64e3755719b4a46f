"""What the browser is told to refuse, and what stays of a person who has left."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backstage import Backstage, Room
from tests.browser.conftest import Visitor, sign_up
from tests.browser.room_page import RoomPage
from tests.browser.watch import Watch

FOR_ALL = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere/", "/livez"]
FOR_MEMBERS = ["/rooms/", "/rooms/lobby/", "/rooms/lobby/members/", "/profile/", "/people/mira/", "/jump/"]


@pytest.fixture
def leaver(new_context: Callable[..., BrowserContext], room: Room) -> BrowserContext:
    """The browser of somebody with a session of their own, so that leaving takes nobody else along."""
    context = new_context()
    sign_up(context.new_page(), name=f"Lea {room.slug}", email=f"lea@{room.slug}.example")
    return context


def test_every_page_has_a_strict_policy(mira: Visitor, new_context: Callable[..., BrowserContext]) -> None:
    stranger, member = new_context().request, mira.browser().request
    answers = [stranger.get(path) for path in FOR_ALL] + [member.get(path) for path in FOR_ALL + FOR_MEMBERS]
    for answer in answers:
        headers = answer.headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'", answer.url
        # Without a nonce no script runs at all, which is right where there is none.
        assert re.fullmatch(r"('nonce-\S+' )?'strict-dynamic'", policy["script-src"])
        assert policy["style-src"] == "'self'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_a_nonce_is_used_once(mira: Visitor) -> None:
    request = mira.browser().request
    nonces = {re.findall(r"nonce-(\S+?)'", request.get("/rooms/").headers["content-security-policy"])[0] for _ in "ab"}
    assert len(nonces) == 2


def test_markup_that_slipped_in_would_not_run(mira: Visitor, room: Room, watch: Watch) -> None:
    watch.allow("Content Security Policy", "violates the following", "status of 404")
    page = mira.visit(room.path)
    page.evaluate(
        """() => document.body.insertAdjacentHTML("beforeend", `
            <img src="/nowhere.png" onerror="window.taken = true">
            <iframe srcdoc="<script>parent.taken = true</script>"></iframe>
            <a id="trap" href="javascript:window.taken = true">click</a>`)"""
    )
    page.evaluate("document.getElementById('trap').click()")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate("window.taken") is None
    assert watch.faults


def test_cookies_are_kept_from_scripts_and_from_other_sites(mira: Visitor, room: Room) -> None:
    browser = mira.browser()
    page = mira.visit(room.path, browser=browser)
    cookies = {cookie["name"]: cookie for cookie in browser.cookies()}
    assert cookies["session"]["httpOnly"]
    assert {cookie["sameSite"] for cookie in cookies.values()} == {"Lax"}
    assert "session" not in page.evaluate("document.cookie")


def test_signing_out_in_one_tab_ends_the_others_and_leaves_nothing_to_read(leaver: BrowserContext, room: Room) -> None:
    here = RoomPage(leaver.pages[0])
    expect(here.log).to_be_visible()
    here.field.fill("A secret not sent")
    other = leaver.new_page()
    other.goto("/profile/")
    other.get_by_role("button", name=re.compile("your menu")).click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Welcome back")).to_be_visible()
    expect(here.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    for page in (here.page, other):
        assert "secret" not in page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    here.page.go_back()
    expect(here.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert "A secret" not in here.page.content()


def test_links_to_elsewhere_give_nothing_away(mira: Visitor, jonas: Visitor, room: Room, backstage: Backstage) -> None:
    backstage.say(room, jonas.account, "Look at https://example.com/ and ![a picture](https://example.com/pixel.png)")
    here = mira.enter(room)
    link = here.message("Look at").get_by_role("link", name="https://example.com/", exact=True)
    rel = link.get_attribute("rel") or ""
    assert {"noopener", "noreferrer", "nofollow"} <= set(rel.split())
    expect(here.message("Look at").locator("img")).to_have_count(0)


def test_the_administration_is_for_its_people_and_keeps_to_this_site(
    mira: Visitor, jonas: Visitor, watch: Watch
) -> None:
    page = mira.visit("/admin/")
    expect(page.get_by_role("heading", name="Site administration")).to_be_attached()
    page.goto("/admin/rooms/room/")
    expect(page.get_by_role("link", name="lobby")).to_be_visible()
    watch.allow("status of 403", "status of 404")
    refused = jonas.visit("/rooms/").goto("/admin/")
    assert refused is not None
    assert refused.status in {403, 404}
