"""Confirming, changing and losing things by way of a mailbox."""

import base64
import re
import smtplib

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends import locmem
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.tasks import deliver_mail, post_mail
from chatsite.celery import app
from tests.accounts.conftest import PASSWORD, Make

Outbox = list[EmailMessage]
NEW = "another quiet harbour"


def link_in(message: EmailMessage) -> str:
    return re.search(r"https?://[^/\s]+(/\S+)", str(message.body))[1]


def test_following_the_link_confirms_the_address(tab: Client, mira: User, mailoutbox: Outbox) -> None:
    tab.post("/accounts/email/", {"email": "mira@example.com", "action_send": ""})
    (letter,) = mailoutbox
    assert letter.subject == "Confirm your email for Harbour Studio"
    assert letter.to == ["mira@example.com"]
    # A name is what strangers may choose; it has no place in a mail to an address that nobody has confirmed.
    assert "Mira Okafor" not in letter.body
    assert "Yes, confirm it" in tab.get(link_in(letter)).content.decode()
    assert not EmailAddress.objects.get(user=mira).verified
    assert tab.post(link_in(letter)).status_code == 302
    assert EmailAddress.objects.get(user=mira).verified
    assert "This link has ended" in tab.get(link_in(letter)).content.decode()


def test_whoever_signs_up_gets_a_link_to_confirm(visitor: Client, mailoutbox: Outbox) -> None:
    visitor.post("/accounts/signup/", {"email": "jonas@example.com", "name": "Jonas", "password1": PASSWORD})
    (letter,) = mailoutbox
    assert letter.subject == "Welcome to Harbour Studio: confirm your email"
    visitor.post(link_in(letter))
    assert EmailAddress.objects.get(email="jonas@example.com").verified


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(
    visitor: Client, mira: User, mailoutbox: Outbox
) -> None:
    asked = visitor.post("/accounts/password/reset/", {"email": "Mira@Example.com"}, follow=True)
    assert "Check your inbox" in asked.content.decode()
    (letter,) = mailoutbox
    assert letter.subject == "A new password for Harbour Studio"
    assert "Your handle is @mira." in letter.body
    form = visitor.get(link_in(letter))
    assert form["Location"].endswith("-set-password/")
    assert visitor.post(form["Location"], {"password1": "short"}).status_code == 200
    done = visitor.post(form["Location"], {"password1": NEW}, follow=True)
    assert "All set" in done.content.decode()
    assert mailoutbox[1].subject == "Your password on Harbour Studio was changed"
    assert "This link has ended" in visitor.get(link_in(letter)).content.decode()
    assert visitor.post("/accounts/login/", {"login": "mira", "password": NEW}).status_code == 302


def test_a_new_password_signs_every_other_browser_out(tab: Client, mira: User, mailoutbox: Outbox) -> None:
    elsewhere = Client()
    elsewhere.post("/accounts/password/reset/", {"email": "mira@example.com"})
    elsewhere.post(elsewhere.get(link_in(mailoutbox[0]))["Location"], {"password1": NEW})
    assert tab.get("/profile/").status_code == 302


def test_asking_for_a_new_password_tells_nobody_who_has_an_account(
    visitor: Client, mira: User, mailoutbox: Outbox
) -> None:
    known = visitor.post("/accounts/password/reset/", {"email": "mira@example.com"})
    unknown = visitor.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert known["Location"] == unknown["Location"]
    assert [letter.subject for letter in mailoutbox] == [
        "A new password for Harbour Studio",
        "No account on Harbour Studio",
    ]


def test_a_mailbox_is_not_flooded_with_reset_links(visitor: Client, mira: User, mailoutbox: Outbox) -> None:
    answers = [visitor.post("/accounts/password/reset/", {"email": "mira@example.com"}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    assert len(mailoutbox) == 5


def test_changing_the_password_takes_the_old_one_and_keeps_this_browser(tab: Client, mailoutbox: Outbox) -> None:
    wrong = tab.post("/accounts/password/change/", {"oldpassword": "no", "password1": NEW})
    assert wrong.context["form"].errors == {"oldpassword": ["That is not your current password."]}
    assert tab.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW}).status_code == 302
    assert tab.get("/profile/").status_code == 200
    assert mailoutbox[0].subject == "Your password on Harbour Studio was changed"
    assert Client().post("/accounts/login/", {"login": "mira", "password": NEW}).status_code == 302


def test_an_address_changes_when_the_new_one_is_confirmed(tab: Client, mira: User, mailoutbox: Outbox) -> None:
    EmailAddress.objects.update(verified=True)
    tab.post("/accounts/email/", {"email": "mira@harbour.example", "action_add": "1"})
    mira.refresh_from_db()
    assert mira.email == "mira@example.com"
    assert mailoutbox[0].to == ["mira@harbour.example"]
    tab.post(link_in(mailoutbox[0]))
    mira.refresh_from_db()
    assert mira.email == "mira@harbour.example"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("mira@harbour.example", True, True)
    ]
    assert mailoutbox[1].to == ["mira@example.com"]
    assert "from mira@example.com to mira@harbour.example" in mailoutbox[1].body


def test_a_mistyped_address_is_replaced_at_once_while_none_is_confirmed(tab: Client, mira: User) -> None:
    tab.post("/accounts/email/", {"email": "mira@harbour.example", "action_add": "1"})
    mira.refresh_from_db()
    assert mira.email == "mira@harbour.example"
    assert EmailAddress.objects.get(user=mira).primary


def test_long_after_signing_in_the_password_is_asked_for_again(tab: Client, mira: User) -> None:
    session = tab.session
    session["account_authentication_methods"][0]["at"] -= 3600
    session.save()
    asked = tab.post("/accounts/email/", {"email": "mira@harbour.example", "action_add": "1"})
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert "Confirm it is you" in tab.get(asked["Location"]).content.decode()
    wrong = tab.post(asked["Location"], {"password": "no", "next": "/accounts/email/"})
    assert wrong.context["form"].errors == {"password": ["That is not your password."]}
    tab.post(asked["Location"], {"password": PASSWORD, "next": "/accounts/email/"})
    mira.refresh_from_db()
    assert mira.email == "mira@harbour.example"


def test_whoever_holds_the_mailbox_gets_the_address_from_whoever_typed_it(
    visitor: Client, mira: User, person: Make, mailoutbox: Outbox
) -> None:
    person("Jonas", "jonas@example.com")
    visitor.post("/accounts/login/", {"login": "jonas", "password": PASSWORD})
    visitor.post("/accounts/email/", {"email": "mira@example.com", "action_add": "1"})
    visitor.post(link_in(mailoutbox[0]))
    assert User.objects.get(email="mira@example.com").handle == "jonas"
    mira.refresh_from_db()
    assert mira.email == ""


def test_a_confirmed_address_is_not_taken_by_anybody(
    visitor: Client, mira: User, person: Make, mailoutbox: Outbox
) -> None:
    person("Jonas", "jonas@example.com")
    visitor.post("/accounts/login/", {"login": "jonas", "password": PASSWORD})
    visitor.post("/accounts/email/", {"email": "mira@example.com", "action_add": "1"})
    EmailAddress.objects.filter(user=mira).update(verified=True)
    assert "belongs to another account" in visitor.get(link_in(mailoutbox[0])).content.decode()
    visitor.post(link_in(mailoutbox[0]))
    mira.refresh_from_db()
    assert mira.email == "mira@example.com"
    assert User.objects.get(handle="jonas").email != "mira@example.com"


def test_letters_wait_in_the_queue_sealed(monkeypatch: pytest.MonkeyPatch, mailoutbox: Outbox) -> None:
    queued: list[str] = []
    monkeypatch.setattr(deliver_mail, "delay", queued.append)
    post_mail(EmailMessage("A new password", "http://testserver/secret-link", to=["mira@example.com"]))
    assert b"secret-link" not in base64.b64decode(queued[0])
    assert mailoutbox == []
    deliver_mail(queued[0])
    assert mailoutbox[0].body == "http://testserver/secret-link"


class ShakyBackend(locmem.EmailBackend):
    """A mail server that is busy twice."""

    failures = 2

    def send_messages(self, messages: list[EmailMessage]) -> int:
        if ShakyBackend.failures:
            ShakyBackend.failures -= 1
            raise smtplib.SMTPServerDisconnected("come back later")
        return super().send_messages(messages)


def test_a_letter_that_the_server_refuses_is_sent_again(
    settings: Settings, mailoutbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_account_mail.ShakyBackend"
    app.conf.task_eager_propagates = False
    post_mail(EmailMessage("Hello", "a secret", to=["mira@example.com"]))
    assert len(mail.outbox) == 1
    assert "a secret" not in caplog.text
