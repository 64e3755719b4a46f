"""People in the administration: who gets in, and what may be changed there."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import Site, User
from chatsite.lib import audit
from tests.accounts.conftest import PASSWORD, Make

PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def desk(tab: Client, mira: User) -> Client:
    """The browser of the site's owner."""
    User.objects.filter(pk=mira.pk).update(is_staff=True, is_superuser=True)
    return tab


def edit(desk: Client, person: User, **changes: Any) -> Any:
    page = desk.get(f"{PEOPLE}{person.pk}/change/")
    form = page.context["adminform"].form
    kept = {name: form.initial.get(name) for name in form.fields if form.initial.get(name) not in (None, False, "")}
    return desk.post(f"{PEOPLE}{person.pk}/change/", {**kept, **changes})


def test_the_administration_has_the_sites_own_door(visitor: Client, mira: User) -> None:
    asked = visitor.get(PEOPLE, follow=True)
    assert asked.redirect_chain[-1][0] == f"/accounts/login/?next={PEOPLE.replace('/', '%2F')}"
    visitor.post("/accounts/login/", {"login": "mira", "password": PASSWORD})
    assert visitor.get(PEOPLE, follow=True).status_code == 403
    User.objects.update(is_staff=True, is_superuser=True)
    assert visitor.get(PEOPLE).status_code == 200


@pytest.mark.parametrize("model", ["accounts/user", "accounts/site", "account/emailaddress", "auth/group",
                                   "socialaccount/socialaccount", "socialaccount/socialtoken"])  # fmt: skip
def test_every_list_can_be_opened_and_searched(desk: Client, model: str) -> None:
    assert desk.get(f"/admin/{model}/").status_code == 200
    assert desk.get(f"/admin/{model}/?q=mira").status_code == 200


@pytest.mark.parametrize("model", ["accounts/user", "account/emailaddress", "socialaccount/socialaccount"])
def test_a_longer_list_asks_the_database_no_more_often(
    desk: Client, person: Make, model: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        SocialAccount.objects.create(user=person("Jonas"), provider="google", uid=str(number))
    with django_assert_max_num_queries(12):
        desk.get(f"/admin/{model}/")


def test_people_are_found_and_deactivated_but_never_deleted(desk: Client, mira: User, person: Make) -> None:
    jonas = person("Jonas Lind", avatar="avatars/1/abc.webp")
    heard: list[Any] = []
    audit.recorded.connect(receiver := lambda **said: heard.append(said), weak=False)
    assert "Jonas Lind" in desk.get(f"{PEOPLE}?q=jonas&is_active__exact=1").content.decode()
    assert edit(desk, jonas, is_active="").status_code == 302
    jonas.refresh_from_db()
    audit.recorded.disconnect(receiver)
    assert not jonas.is_active
    assert jonas.avatar_url in desk.get(f"{PEOPLE}{jonas.pk}/change/").content.decode()
    assert [(said["action"], said["actor"], said["details"]) for said in heard] == [
        ("person.administered", mira, {"fields": ["is_active"]})
    ]
    assert desk.post(f"{PEOPLE}{jonas.pk}/delete/", {"post": "yes"}).status_code == 403
    desk.post(PEOPLE, {"action": "delete_selected", "_selected_action": [jonas.pk], "post": "yes"})
    assert User.objects.filter(pk=jonas.pk).exists()


def test_what_would_break_things_is_not_for_editing(desk: Client, mira: User, person: Make) -> None:
    jonas = person("Jonas Lind")
    form = desk.get(f"{PEOPLE}{jonas.pk}/change/").context["adminform"].form
    assert not {"id", "is_bot", "email", "date_joined", "timezone"} & set(form.fields)
    assert {"is_active", "is_staff", "is_superuser"} <= set(form.fields)
    own = desk.get(f"{PEOPLE}{mira.pk}/change/").context["adminform"].form
    assert not {"is_active", "is_staff", "is_superuser"} & set(own.fields)


def test_helpers_hand_out_no_rights_and_leave_owners_alone(visitor: Client, mira: User, person: Make) -> None:
    helper, jonas = person("Hana", is_staff=True), person("Jonas")
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    User.objects.filter(pk=mira.pk).update(is_superuser=True)
    visitor.post("/accounts/login/", {"login": "hana", "password": PASSWORD})
    assert edit(visitor, jonas, display_name="Jonas L.", is_superuser="on", is_staff="on").status_code == 302
    jonas.refresh_from_db()
    assert (jonas.display_name, jonas.is_superuser, jonas.is_staff) == ("Jonas L.", False, False)
    assert visitor.post(f"{PEOPLE}{mira.pk}/change/", {"display_name": "Not Mira"}).status_code == 403
    assert visitor.post(f"{PEOPLE}{mira.pk}/password/", {"password1": "x", "password2": "x"}).status_code == 403


def test_an_account_is_made_by_hand_where_sign_up_is_closed(desk: Client) -> None:
    form = {"display_name": "Jonas", "handle": "jonas", "email": "jonas@example.com", "usable_password": "true"}
    response = desk.post(f"{PEOPLE}add/", form | {"password1": PASSWORD, "password2": PASSWORD})
    assert response.status_code == 302
    assert Client().post("/accounts/login/", {"login": "jonas@example.com", "password": PASSWORD}).status_code == 302


def test_the_site_is_renamed_and_its_door_is_set(desk: Client) -> None:
    desk.post("/admin/accounts/site/1/change/", {"name": "Lighthouse", "signup_policy": "closed"})
    site = Site.current()
    assert site is not None
    assert (site.name, site.signup_policy) == ("Lighthouse", "closed")
    assert desk.get("/admin/accounts/site/add/").status_code == 403
    assert desk.post("/admin/accounts/site/1/delete/", {"post": "yes"}).status_code == 403


def test_an_address_is_confirmed_by_hand_where_no_mail_goes_out(desk: Client, mira: User) -> None:
    address = EmailAddress.objects.get(user=mira)
    desk.post("/admin/account/emailaddress/", {"action": "mark_verified", "_selected_action": [address.pk]})
    address.refresh_from_db()
    assert address.verified


def test_tokens_are_known_but_not_shown(desk: Client, mira: User) -> None:
    account = SocialAccount.objects.create(user=mira, provider="google", uid="1")
    token = SocialToken.objects.create(account=account, token="a-secret-token")
    for path in ("", f"{token.pk}/change/"):
        assert "a-secret-token" not in desk.get(f"/admin/socialaccount/socialtoken/{path}").content.decode()
