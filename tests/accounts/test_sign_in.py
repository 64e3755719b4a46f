import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.accounts.conftest import PASSWORD

SIGN_IN = "/accounts/login/"


@pytest.mark.parametrize("login", ["mira", "@mira", "MIRA", "mira@example.com", " Mira@Example.com "])
def test_one_signs_in_by_handle_or_email(visitor: Client, mira: User, login: str) -> None:
    response = visitor.post(SIGN_IN, {"login": login, "password": PASSWORD})
    assert response["Location"] == reverse("home")
    assert visitor.session["_auth_user_id"] == str(mira.pk)


def test_one_returns_to_where_one_was_going(visitor: Client, mira: User) -> None:
    asked = visitor.get("/profile/")
    assert asked["Location"] == "/accounts/login/?next=/profile/"
    page = visitor.get(asked["Location"]).content.decode()
    assert '<input type="hidden" name="next" value="/profile/">' in page
    assert "/accounts/signup/?next=%2Fprofile%2F" in page
    response = visitor.post(SIGN_IN, {"login": "mira", "password": PASSWORD, "next": "/profile/"})
    assert response["Location"] == "/profile/"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "http:///evil.example"]
)
def test_nobody_is_sent_to_another_site(visitor: Client, mira: User, target: str) -> None:
    response = visitor.post(SIGN_IN, {"login": "mira", "password": PASSWORD, "next": target})
    assert response["Location"] == reverse("home")


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(visitor: Client, mira: User) -> None:
    wrong = visitor.post(SIGN_IN, {"login": "mira", "password": "no"}).context["form"].errors
    unknown = visitor.post(SIGN_IN, {"login": "nobody", "password": "no"}).context["form"].errors
    assert wrong == unknown == {"password": ["That handle and password don't belong together. Four tries left."]}
    by_email = visitor.post(SIGN_IN, {"login": "who@example.com", "password": "no"}).context["form"].errors
    assert by_email == {"password": ["That email and password don't belong together. Four tries left."]}


def test_after_five_wrong_passwords_one_has_to_wait(visitor: Client, mira: User) -> None:
    said = [
        visitor.post(SIGN_IN, {"login": "mira", "password": "no"}).context["form"].errors["password"][0]
        for _ in range(5)
    ]
    assert [text.rpartition("together. ")[2] for text in said] == [
        "Four tries left.", "Three tries left.", "Two tries left.", "One try left.", "No tries left."
    ]  # fmt: skip
    refused = visitor.post(SIGN_IN, {"login": "mira", "password": PASSWORD})
    assert refused.context["form"].errors["password"] == ["Too many tries. Wait five minutes, or reset your password."]
    assert "_auth_user_id" not in visitor.session


def test_each_address_behind_a_trusted_proxy_counts_for_itself(visitor: Client, mira: User, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    guesses = [{"login": f"somebody{number}", "password": "no"} for number in range(12)]
    for guess in guesses:
        last = visitor.post(SIGN_IN, guess, headers={"X-Forwarded-For": "198.51.100.7"})
    assert "Too many tries" in str(last.context["form"].errors)
    # What the visitor claims to be stands before what the proxy has seen, and is not believed.
    elsewhere = visitor.post(SIGN_IN, guesses[0], headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert "tries left" in str(elsewhere.context["form"].errors)


def test_signing_out_clears_what_the_browser_kept(tab: Client) -> None:
    assert "Sign out?" in tab.get("/accounts/logout/").content.decode()
    response = tab.post("/accounts/logout/")
    assert response["Location"] == reverse("account_login")
    assert response["Clear-Site-Data"] == '"storage"'
    assert "_auth_user_id" not in tab.session


def test_a_deactivated_account_stays_outside(visitor: Client, mira: User) -> None:
    User.objects.update(is_active=False)
    response = visitor.post(SIGN_IN, {"login": "mira", "password": PASSWORD}, follow=True)
    assert "This account is deactivated" in response.content.decode()
    assert "_auth_user_id" not in visitor.session


def test_whoever_is_deactivated_is_signed_out_at_the_next_page(tab: Client) -> None:
    assert tab.get("/profile/").status_code == 200
    User.objects.update(is_active=False)
    assert tab.get("/profile/")["Location"].startswith("/accounts/login/")


def test_signing_in_gives_the_session_a_new_key(visitor: Client, mira: User) -> None:
    session = visitor.session
    session["invited"] = True
    session.save()
    before = session.session_key
    visitor.post(SIGN_IN, {"login": "mira", "password": PASSWORD})
    assert visitor.session.session_key != before
    assert visitor.session["invited"]


def test_a_bot_never_signs_in_whatever_password_it_was_given(visitor: Client, mira: User) -> None:
    bot = User.objects.create_user("assistant", is_bot=True)
    empty = visitor.post(SIGN_IN, {"login": "assistant", "password": ""})
    assert empty.context["form"].errors == {"password": ["This field is required."]}
    bot.set_password(PASSWORD)
    bot.save()
    assert visitor.post(SIGN_IN, {"login": "assistant", "password": PASSWORD})["Location"] == "/accounts/inactive/"
    assert "_auth_user_id" not in visitor.session


@pytest.mark.parametrize(
    "path",
    ["login/", "signup/", "password/reset/", "password/reset/done/", "password/reset/key/done/", "inactive/",
     "confirm-email/", "confirm-email/no-such-key/", "password/reset/key/abc-def/", "3rdparty/login/cancelled/"],
)  # fmt: skip
def test_every_page_before_the_door_wears_the_sites_look(visitor: Client, path: str) -> None:
    page = visitor.get(f"/accounts/{path}").content.decode()
    assert "Harbour Studio" in page
    assert 'class="card"' in page
    assert "testserver" not in page
    assert "style=" not in page


@pytest.mark.parametrize("path", ["email/", "password/change/", "3rdparty/", "reauthenticate/", "logout/"])
def test_every_page_behind_the_door_wears_the_sites_look(tab: Client, path: str) -> None:
    page = tab.get(f"/accounts/{path}").content.decode()
    assert "Harbour Studio" in page
    assert 'class="card"' in page
    assert "style=" not in page


def test_a_provider_that_is_not_configured_is_neither_offered_nor_found(visitor: Client) -> None:
    assert "Google" not in visitor.get(SIGN_IN).content.decode()
    assert visitor.post("/accounts/google/login/").status_code == 404
