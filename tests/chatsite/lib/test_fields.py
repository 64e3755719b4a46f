"""Encrypted columns: the models see words, the database never does, and nobody searches what cannot be compared."""

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Length, Lower

from accounts.models import User
from chatsite.lib.crypto import Undecipherable
from chatsite.lib.fields import EncryptedTextField
from rooms.models import Message, Room
from tests.people import say

pytestmark = pytest.mark.django_db

WORDS = "Ahoy 🌊, größe\n\nand more"


def raw(column: str, table: str) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [bytes(row[0]) for row in cursor.fetchall()]


def test_words_go_in_and_come_out(alice: User, hq: Room) -> None:
    message = say(alice, hq, WORDS)
    assert Message.objects.get(pk=message.pk).body == WORDS
    assert Message.objects.values_list("body", flat=True).get(pk=message.pk) == WORDS
    assert Message.objects.only("body").get(pk=message.pk).body == WORDS


def test_the_database_holds_none_of_them(alice: User, hq: Room) -> None:
    say(alice, hq, "canary")
    Room.objects.filter(pk=hq.pk).update(topic="canary")
    stored = raw("body", "rooms_message") + raw("html", "rooms_message") + raw("topic", "rooms_room")
    assert len(stored) > 3
    assert all(one[0] == 1 and b"canary" not in one for one in stored)


def test_what_was_never_written_is_no_words() -> None:
    assert (Message().body, Message().html, Room().topic) == ("", "", "")
    assert EncryptedTextField(default="-").get_default() == EncryptedTextField(default=lambda: "-").get_default() == "-"
    assert EncryptedTextField(null=True).get_default() is None


def test_every_way_of_writing_encrypts(alice: User, hq: Room) -> None:
    first, second = say(alice, hq, "one"), say(alice, hq, "two")
    Message.objects.filter(pk=first.pk).update(body="updated canary")
    second.body = "saved canary"
    Message.objects.bulk_update([second], ["body"])
    assert [Message.objects.get(pk=one.pk).body for one in (first, second)] == ["updated canary", "saved canary"]
    assert not any(b"canary" in one for one in raw("body", "rooms_message"))


def test_nothing_is_not_encrypted_and_no_words_are(alice: User, hq: Room) -> None:
    assert Room.objects.get(pk=hq.pk).topic == ""
    assert all(raw("topic", "rooms_room"))


@pytest.mark.parametrize("question", ["exact", "in", "contains", "icontains", "startswith", "gt", "regex"])
def test_nobody_filters_by_what_differs_each_time(question: str) -> None:
    value = ["Ahoy"] if question == "in" else "Ahoy"
    with pytest.raises(FieldError):
        Message.objects.filter(**{f"body__{question}": value})
    with pytest.raises(FieldError):
        Message.objects.exclude(Q(**{f"body__{question}": value}))


def test_whether_there_is_something_may_be_asked(alice: User, hq: Room) -> None:
    say(alice, hq, "Ahoy")
    assert not Message.objects.filter(body__isnull=True).exists()


def test_what_is_copied_from_another_column_does_not_open(alice: User, hq: Room) -> None:
    message = say(alice, hq, "Ahoy")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rooms_message SET body = html")
    with pytest.raises(Undecipherable):
        Message.objects.get(pk=message.pk)


@pytest.mark.parametrize("expression", [Lower("body"), Length("body"), F("body")])
def test_no_function_of_the_database_gives_words_away(expression: object, alice: User, hq: Room) -> None:
    say(alice, hq, "canary")
    try:
        found = list(Message.objects.annotate(made=expression).values_list("made", flat=True))
    except Exception as error:
        found = [str(error)]
    assert "canary" not in found or isinstance(expression, F)


def test_it_is_filled_in_as_text() -> None:
    field = EncryptedTextField(blank=True, help_text="Say it.").formfield()
    assert field.clean("  two words ") == "two words"
    assert not field.required
    assert field.help_text == "Say it."
