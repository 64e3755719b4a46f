"""Into the site and out of it, as somebody does who has only a browser and a mailbox."""

import re
import secrets
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from chatsite.supervisor.process import wait_until
from tests.browser.backstage import Account, Backstage, Room
from tests.browser.conftest import PASSWORD, sign_up


@pytest.fixture
def page(new_context: Callable[..., BrowserContext], jonas_account: Account) -> Page:
    """Of somebody whom the site does not know."""
    return new_context().new_page()


@pytest.fixture
def name() -> str:
    return f"Priya{secrets.token_hex(3)}"


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.get_by_label("Email or handle").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name=re.compile("your menu")).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()


def test_one_signs_up_out_and_in_again_by_handle_and_by_email(page: Page, name: str) -> None:
    sign_up(page, name=name, email=f"{name}@example.com")
    expect(page.get_by_role("heading", name="lobby", exact=True)).to_be_visible()
    sign_out(page)
    for login in (name.lower(), f"@{name}", f"{name}@example.com"):
        sign_in(page, login)
        expect(page.get_by_role("heading", name="lobby", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name=re.compile(f"{name}.*your menu"))).to_be_visible()
        sign_out(page)
    page.goto("/rooms/lobby/")
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next="))


def test_who_signs_out_on_the_page_that_asks_is_not_asked_again_after_signing_in(page: Page, name: str) -> None:
    sign_up(page, name=name, email=f"{name}@example.com")
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto("/accounts/logout/")
        tab.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Sign out").click()
    for tab in (page, other):
        expect(tab.get_by_role("heading", name="Welcome back")).to_be_visible()
    sign_in(other, name.lower())
    expect(other.get_by_role("heading", name="lobby", exact=True)).to_be_visible()


def test_what_is_told_above_a_room_can_be_put_away(page: Page, name: str) -> None:
    sign_up(page, name=name, email=f"{name}@example.com")
    told = page.get_by_text(re.compile("Follow the link in it to confirm"))
    expect(told).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(told).to_have_count(0)


def test_a_wrong_password_keeps_the_form_and_says_so(page: Page) -> None:
    page.goto("/accounts/login/")
    sign_in(page, "jonas", "not the password")
    expect(page.get_by_text("That handle and password don't belong together.")).to_be_visible()
    expect(page.get_by_label("Email or handle")).to_have_value("jonas")
    sign_in(page, "jonas@example.com", "nor this one")
    expect(page.get_by_text("That email and password don't belong together.")).to_be_visible()
    sign_in(page, "jonas")
    expect(page.get_by_role("log", name="Messages")).to_be_visible()


def test_a_taken_email_and_a_weak_password_are_said_beside_their_fields(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill("jonas@example.com")
    page.get_by_label("Name", exact=True).fill("Jonas Lind")
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Password")).to_have_accessible_description(re.compile("too common"))
    expect(page.get_by_label("Name", exact=True)).to_have_value("Jonas Lind")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Email")).to_have_accessible_description(re.compile("already has an account"))


def test_a_forgotten_password_is_replaced_by_mail(page: Page, name: str, mailbox: Path) -> None:
    address = f"{name}@example.com".lower()
    sign_up(page, name=name, email=address)
    sign_out(page)
    page.get_by_role("link", name="Forgot it?").click()
    page.get_by_label("Email").fill(address)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()

    page.goto(_link_in_mail(mailbox, to=address))
    page.get_by_role("textbox", name="New password").fill("staple battery horse")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="All set")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, address)
    expect(page.get_by_text("That email and password don't belong together.")).to_be_visible()
    sign_in(page, address, "staple battery horse")
    expect(page.get_by_role("heading", name="lobby", exact=True)).to_be_visible()


def test_after_signing_in_one_is_where_one_wanted_to_be(page: Page, room: Room, backstage: Backstage) -> None:
    page.goto(f"{room.path}members/")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    sign_in(page, "jonas", "not the password")
    sign_in(page, "jonas")
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    assert page.url.endswith(f"{room.path}members/")


def test_who_signs_in_is_never_sent_to_another_site(page: Page) -> None:
    page.goto("/accounts/login/?next=https://evil.example/")
    sign_in(page, "jonas")
    expect(page.get_by_role("log", name="Messages")).to_be_visible()


def _link_in_mail(mailbox: Path, *, to: str) -> str:
    """The one in the newest mail with a reset link; sending is the worker's work and takes a moment."""
    links: list[str] = []

    def has_come() -> bool:
        for file in mailbox.glob("*.log"):
            mail = message_from_bytes(file.read_bytes())
            text = (mail.get_payload(decode=True) or b"").decode()
            if mail["To"] == to:
                links.extend(re.findall(r"http://\S+/password/reset/key/\S+", text))
        return bool(links)

    wait_until(has_come, seconds=20)
    assert links, f"no mail to {to} in {[file.name for file in mailbox.iterdir()]}"
    return links[-1]
