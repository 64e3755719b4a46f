"""Google and Facebook, from the button to the room: the real site, and providers of our own, over real HTTP."""

import re
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from html import unescape
from typing import Any

import pytest
import requests

from chatsite.supervisor.addresses import free_port
from chatsite.supervisor.process import wait_until
from tests.accounts.conftest import PASSWORD
from tests.accounts.fake_facebook import SECRET, Facebook, fake_facebook
from tests.running import RunningSite


class Browser(requests.Session):
    """Follows redirects and sends the forms that pages hold."""

    def __init__(self, site: str) -> None:
        super().__init__()
        self.site = site

    def page(self, path: str) -> str:
        response = self.get(f"{self.site}{path}")
        response.raise_for_status()
        return response.text

    def submit(self, path: str, **fields: str) -> requests.Response:
        if "csrf" not in self.cookies:
            self.page("/accounts/login/")
        token = {"csrfmiddlewaretoken": self.cookies["csrf"]}
        response = self.post(f"{self.site}{path}", token | fields, headers={"Referer": self.site})
        response.raise_for_status()
        return response


class Google:
    """People are made by name and chosen on its page, as at the real one."""

    def __init__(self, url: str) -> None:
        self.url = url

    def knows(self, sub: str, **claims: Any) -> str:
        requests.put(f"{self.url}/users/{sub}", json={"sub": sub, **claims}, timeout=5).raise_for_status()
        return sub


@pytest.fixture(scope="module")
def google() -> Iterator[Google]:
    """A process of its own, which may warn as it likes. On 127.0.0.1 its cookies would mix with the site's."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--host", "localhost", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert wait_until(lambda: _answers("localhost", port), seconds=30)
    yield Google(f"http://localhost:{port}")
    process.terminate()
    process.wait(timeout=10)


def _answers(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


@pytest.fixture(scope="module")
def facebook() -> Iterator[Facebook]:
    with fake_facebook() as server:
        yield server


@pytest.fixture(scope="module")
def roundtable(start_site: Callable[..., RunningSite], google: Google, facebook: Facebook) -> RunningSite:
    """A site that offers both, with an owner."""
    site = start_site(
        env={
            "GOOGLE_CLIENT_ID": "google-client",
            "GOOGLE_CLIENT_SECRET": "google-secret",
            "GOOGLE_AUTHORIZE_URL": f"{google.url}/oauth2/authorize",
            "GOOGLE_ACCESS_TOKEN_URL": f"{google.url}/oauth2/token",
            "GOOGLE_IDENTITY_URL": f"{google.url}/userinfo",
            "GOOGLE_CERTS_URL": f"{google.url}/jwks",
            "GOOGLE_ID_TOKEN_ISSUER": google.url,
            "FACEBOOK_CLIENT_ID": "facebook-client",
            "FACEBOOK_CLIENT_SECRET": SECRET,
            "FACEBOOK_AUTHORIZE_URL": f"{facebook.url}/dialog/oauth",
            "FACEBOOK_GRAPH_API_URL": facebook.url,
        }
    )
    owner = Browser(site.url.rstrip("/"))
    owner.page("/welcome/")
    who = {"site_name": "Harbour Studio", "name": "Mira Okafor", "email": "mira@example.com", "password": PASSWORD}
    owner.submit("/welcome/", **who).raise_for_status()
    return site


@pytest.fixture
def browser(roundtable: RunningSite) -> Browser:
    return Browser(roundtable.url.rstrip("/"))


def by_google(browser: Browser, sub: str, *, process: str = "login") -> requests.Response:
    asked = browser.submit(f"/accounts/google/login/?process={process}")
    return browser.post(asked.url, {"sub": sub})


def by_facebook(browser: Browser, facebook: Facebook, **profile: str) -> requests.Response:
    facebook.profile = profile
    return browser.submit("/accounts/facebook/login/?process=login")


def profile_of(browser: Browser) -> dict[str, str]:
    page = browser.page("/profile/")
    fields = re.findall(r'<input type="text" name="(\w+)" value="([^"]*)"', page)
    email = re.search(r"<b>([^<]+@[^<]+)</b>", page)
    return {name: unescape(value) for name, value in fields} | {"email": email[1] if email else ""}


def test_both_are_offered_on_the_page(browser: Browser) -> None:
    page = browser.page("/accounts/login/")
    assert 'action="/accounts/google/login/?process=login"' in page
    assert 'action="/accounts/facebook/login/?process=login"' in page


def test_google_signs_a_new_person_up_and_in_again(browser: Browser, google: Google) -> None:
    sub = google.knows("jonas", email="jonas@example.com", email_verified=True, name="Jonas Lind")
    arrived = by_google(browser, sub)
    assert arrived.status_code == 200
    assert arrived.url.startswith(f"{browser.site}/rooms/")
    mine = profile_of(browser)
    assert (mine["display_name"], mine["handle"], mine["email"]) == ("Jonas Lind", "jonas", "jonas@example.com")
    again = Browser(browser.site)
    by_google(again, sub)
    assert profile_of(again) == mine


def test_facebook_signs_a_new_person_up_and_in_again(
    browser: Browser, facebook: Facebook, roundtable: RunningSite
) -> None:
    hana = {"id": "4711", "name": "Hana Sato", "email": "hana@example.com"}
    assert by_facebook(browser, facebook, **hana).url.startswith(f"{browser.site}/rooms/")
    assert profile_of(browser)["email"] == "hana@example.com"
    # Facebook vouches for no address, so a letter asks; the worker's console is this site's mail server.
    assert wait_until(lambda: "Subject: Welcome to Harbour Studio: confirm your email" in roundtable.output, seconds=20)
    assert "To: hana@example.com" in roundtable.output
    again = Browser(browser.site)
    by_facebook(again, facebook, **hana)
    assert profile_of(again)["handle"] == "hana"


def test_an_address_that_is_known_here_is_never_linked_by_itself(browser: Browser, google: Google) -> None:
    sub = google.knows("other-mira", email="mira@example.com", email_verified=True, name="Mira Okafor")
    page = by_google(browser, sub).text
    assert "You are here already" in page
    assert "connect Google in your profile" in page
    assert browser.get(f"{browser.site}/profile/").url.startswith(f"{browser.site}/accounts/login/")
    # The way that the page shows: sign in with the password, then connect.
    browser.submit("/accounts/login/", login="mira", password=PASSWORD, next="/accounts/3rdparty/")
    assert "Connected. You can sign in with it from now on." in by_google(browser, sub, process="connect").text
    again = Browser(browser.site)
    by_google(again, sub)
    assert profile_of(again)["email"] == "mira@example.com"


def test_who_is_known_here_may_still_make_another_account(browser: Browser, facebook: Facebook) -> None:
    page = by_facebook(browser, facebook, id="4712", name="Mira Okafor", email="mira@example.com").text
    assert "You are here already" in page
    same = browser.submit("/accounts/3rdparty/signup/", email="mira@example.com", name="Mira Two")
    assert "That email address already has an account." in same.text
    browser.submit("/accounts/3rdparty/signup/", email="mira.two@example.com", name="Mira Two")
    assert profile_of(browser)["email"] == "mira.two@example.com"


def test_a_provider_without_an_email_leads_to_the_form(browser: Browser, facebook: Facebook) -> None:
    page = by_facebook(browser, facebook, id="4713", name="Noor Haddad").text
    assert "Almost there" in page
    assert 'value="Noor Haddad"' in page
    assert "This field is required" in browser.submit("/accounts/3rdparty/signup/", email="", name="Noor Haddad").text
    browser.submit("/accounts/3rdparty/signup/", email="noor@example.com", name="Noor Haddad")
    assert profile_of(browser)["handle"] == "noor"


def test_a_name_that_speaks_for_the_site_has_to_be_changed(browser: Browser, google: Google) -> None:
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    page = by_google(browser, google.knows("admin", email=email, email_verified=True, name="Site Admin")).text
    assert "Almost there" in page
    refused = browser.submit("/accounts/3rdparty/signup/", email=email, name="Site Admin").text
    assert "would look like the site itself" in refused
    browser.submit("/accounts/3rdparty/signup/", email=email, name="Otis Reed")
    assert profile_of(browser)["display_name"] == "Otis Reed"


def test_whoever_changes_their_mind_is_told_that_nothing_happened(browser: Browser, facebook: Facebook) -> None:
    assert "You changed your mind" in by_facebook(browser, facebook).text


def test_an_answer_that_nobody_asked_for_is_refused(browser: Browser) -> None:
    answer = browser.get(f"{browser.site}/accounts/google/login/callback/?code=stolen&state=made-up")
    assert answer.status_code == 401
    assert "That did not work" in answer.text
