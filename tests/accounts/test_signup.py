from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import user_signed_up
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts import actions
from accounts.models import Site, User
from rooms.models import Invite
from tests.accounts.conftest import PASSWORD, Make
from tests.people import make_person, make_room

FORM = {"email": "jonas@example.com", "name": "Jonas Lind", "password1": PASSWORD}


def test_signing_up_makes_a_person_with_a_handle_and_signs_them_in(visitor: Client) -> None:
    heard: list[User] = []
    user_signed_up.connect(receiver := lambda user, **_: heard.append(user), weak=False)
    response = visitor.post("/accounts/signup/?next=/rooms/", FORM | {"next": "/rooms/"})
    user_signed_up.disconnect(receiver)
    jonas = User.objects.get(handle="jonas")
    assert (response.status_code, response["Location"]) == (302, "/rooms/")
    assert (jonas.display_name, jonas.email, jonas.is_staff) == ("Jonas Lind", "jonas@example.com", False)
    assert jonas.password.startswith("argon2$argon2id$")
    assert EmailAddress.objects.get(user=jonas).primary
    assert visitor.session["_auth_user_id"] == str(jonas.pk)
    assert heard == [jonas]


def test_the_second_mira_gets_another_handle(visitor: Client, mira: User) -> None:
    visitor.post("/accounts/signup/", FORM | {"name": "Mira Berg"})
    assert User.objects.get(email="jonas@example.com").handle == "mira.berg"


def test_an_address_is_taken_in_any_spelling_of_its_letters(visitor: Client, mira: User) -> None:
    response = visitor.post("/accounts/signup/", FORM | {"email": "MIRA@Example.com"})
    assert response.context["form"].errors == {
        "email": ["That email address already has an account. Sign in, or reset its password."]
    }
    assert User.objects.count() == 1


def test_with_confirmed_mail_nobody_learns_who_has_an_account(
    visitor: Client, mira: User, settings: Settings, mailoutbox: list
) -> None:
    """A known address and a new one get the same answer; the difference is in the mail."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    known = visitor.post("/accounts/signup/", FORM | {"email": "mira@example.com"})
    visitor.cookies.clear()
    new = visitor.post("/accounts/signup/", FORM)
    assert known["Location"] == new["Location"] == "/accounts/confirm-email/"
    assert [mail.subject for mail in mailoutbox] == [
        "You have an account on Harbour Studio",
        "Welcome to Harbour Studio: confirm your email",
    ]
    assert "_auth_user_id" not in visitor.session
    assert visitor.get("/accounts/confirm-email/").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "Site Admin", "would look like the site itself"),
        ("name", "\u200b", "Write a name with at least one letter."),
        ("name", "x" * 61, "at most 60 characters"),
        ("email", "not an address", "valid email"),
        ("password1", "short", "at least 8 characters"),
        ("password1", "password123", "too common"),
        ("password1", "jonas@example.com", "too similar to the email"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(visitor: Client, field: str, value: str, says: str) -> None:
    response = visitor.post("/accounts/signup/", FORM | {field: value})
    assert says in str(response.context["form"].errors[field])
    assert not User.objects.exists()


def test_the_form_asks_for_three_things_and_says_so_by_labels(visitor: Client) -> None:
    page = visitor.get("/accounts/signup/").content.decode()
    for label in ("Email", "Name", "Password"):
        assert f">{label}</label>" in page
    assert "placeholder" not in page
    assert "Harbour Studio" in page


def test_a_closed_site_takes_nobody(visitor: Client, harbour: Site) -> None:
    Site.objects.update(signup_policy="closed")
    assert "Sign-up is closed" in visitor.get("/accounts/signup/").content.decode()
    assert "Sign-up is closed" in visitor.post("/accounts/signup/", FORM).content.decode()
    assert not User.objects.exists()
    assert "Create an account" not in visitor.get("/accounts/login/").content.decode()


def test_an_invitation_opens_the_door_once(visitor: Client, harbour: Site) -> None:
    Site.objects.update(signup_policy="invitation")
    assert "By invitation" in visitor.post("/accounts/signup/", FORM).content.decode()
    session = visitor.session
    room = make_room("hq", make_person("alice"))
    link = Invite.objects.create(room=room, created_by=User.objects.get(), uses_left=1)
    session["invited"] = link.token
    session.save()
    assert visitor.post("/accounts/signup/", FORM).status_code == 302
    assert "invited" not in visitor.session
    assert room.memberships.filter(user__handle="jonas").exists()
    second = Client()
    second.get(link.get_absolute_url())
    assert "By invitation" in second.post("/accounts/signup/", {**FORM, "email": "late@example.com"}).content.decode()


def test_before_the_owner_nobody_signs_up(db: None) -> None:
    response = Client().post("/accounts/signup/", FORM)
    assert response["Location"] == reverse("home")
    assert not User.objects.exists()


def test_after_signing_up_nobody_is_sent_to_another_site(visitor: Client) -> None:
    response = visitor.post("/accounts/signup/", FORM | {"next": "https://evil.example/"})
    assert response["Location"] == reverse("home")


def test_many_accounts_from_one_address_have_to_wait(visitor: Client) -> None:
    for number in range(20):
        visitor.post("/accounts/signup/", FORM | {"password1": "short", "email": f"{number}@example.com"})
    response = visitor.post("/accounts/signup/", FORM)
    assert response.status_code == 429
    assert "A little slower, please" in response.content.decode()
    assert Client(REMOTE_ADDR="10.9.9.9").post("/accounts/signup/", FORM).status_code == 302


def test_a_form_sent_twice_at_once_makes_one_account(mira: User) -> None:
    twin = User(email="mira@example.com")
    with pytest.raises(actions.EmailTaken):
        actions.admit(twin, name="Mira Okafor")
    assert User.objects.count() == 1


def test_an_owner_is_made_with_all_rights_and_an_address(db: None) -> None:
    owner = actions.create_owner(name="Mira Okafor", email="Mira@example.com", password=PASSWORD)
    assert owner.is_superuser
    assert owner.is_staff
    assert (owner.handle, owner.email) == ("mira", "mira@example.com")
    assert EmailAddress.objects.get(user=owner).email == "mira@example.com"


def test_people_are_made_with_handles_of_their_own(person: Make) -> None:
    assert [person("Mira Okafor").handle for _ in range(3)] == ["mira", "mira.okafor", "mira2"]


@pytest.mark.django_db(transaction=True)
def test_four_who_come_at_once_under_one_name_get_four_handles() -> None:
    def come(number: int) -> str:
        try:
            return actions.create_person(name="Mira Okafor", email=f"{number}@example.com", password=PASSWORD).handle
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as door:
        handles = set(door.map(come, range(4)))
    assert handles == {"mira", "mira.okafor", "mira2", "mira3"}
