import itertools
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models.user import HANDLE
from accounts.names import NAME_LENGTH, check_handle, check_name, clean_name, handles_for, name_allowed


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Mira \t Okafor ", "Mira Okafor"),
        ("Mira\nOkafor", "Mira Okafor"),
        ("Mi\u200bra\u202e\u2066", "Mira"),
        ("Ｍｉｒａ", "Mira"),
        ("Mira\U000e0041\ufe0f", "Mira"),
        ("\u3164\u115f", ""),
        ("a" * 80, "a" * NAME_LENGTH),
        ("J" + "\u0301" * 30 + "o", "J\u0301\u0301\u0301o"),
        ("José", "José"),
    ],
)
def test_a_name_is_cleaned_of_everything_that_one_cannot_see(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


@pytest.mark.parametrize(
    "name", ["Mira Okafor", "Al", "Al Pacino", "Ai Weiwei", "Jane Room", "Abbot", "Иван", "李雷", "Łukasz", "Hey Jo!"]
)
def test_real_names_are_welcome(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "admin", "ADMIN", "Site Admin", "аdmin", "adm1n", "Ádmin", "Adrnin", "a.d.m.i.n", "@dmin", "admin1",
        "Ad\u200bmin", "System", "ѕуѕтем", "The Assistant", "Αssιstant", "assistant2", "everyone", "here", "room",
        "аll", "Help Bot", "AI", "Roundtable AI", "A.I.", "Moderator", "Ｓｙｓｔｅｍ",
    ],
)  # fmt: skip
def test_names_that_speak_for_the_site_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="Choose another name"):
        check_name(name)


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "???", "😀"])
def test_a_name_needs_a_letter(name: str) -> None:
    with pytest.raises(ValidationError, match="at least one letter"):
        check_name(name)


def test_handles_that_speak_for_the_site_are_refused() -> None:
    for handle in ("admin", "all", "mira_bot", "4ssistant", "@everyone"):
        with pytest.raises(ValidationError, match="Choose another handle"):
            check_handle(handle)
    assert check_handle(" @Mira ") == "mira"


@pytest.mark.parametrize(
    ("name", "email", "handles"),
    [
        ("Mira Okafor", "mo@example.com", ["mira", "mira.okafor", "mira2", "mira3"]),
        ("Łukasz Bøe", "", ["lukasz", "lukasz.boe", "lukasz2"]),
        ("Иван", "ivan.petrov@example.com", ["ivan.petrov", "ivan.petrov2"]),
        ("李雷", "", ["person2", "person3"]),
        ("Admin Istrator", "admin@example.com", ["person2"]),
    ],
)
def test_a_handle_is_made_from_the_name_or_else_the_email(name: str, email: str, handles: list[str]) -> None:
    assert list(itertools.islice(handles_for(name, email), len(handles))) == handles


@given(st.text(max_size=90), st.text(max_size=60))
def test_whatever_is_typed_names_are_clean_and_handles_are_valid(name: str, email: str) -> None:
    clean = clean_name(name)
    assert clean == clean_name(clean)
    assert len(clean) <= NAME_LENGTH
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in clean)
    assert name_allowed(name) in {True, False}
    for handle in itertools.islice(handles_for(name, email), 6):
        assert HANDLE.fullmatch(handle)
