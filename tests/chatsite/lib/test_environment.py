"""Settings from the environment: given, read from a file, left empty, or made once."""

import json
import stat
from functools import partial
from pathlib import Path

import pytest

from chatsite.lib import environment
from chatsite.lib.environment import kept_secret
from tests.rooms.crowd import at_once


def test_what_is_given_counts_without_the_space_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", "  given \n")
    assert environment.text("A_SETTING", "default") == "given"


def test_what_is_not_given_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_SETTING", raising=False)
    assert environment.text("A_SETTING", "default") == "default"
    assert environment.text("A_SETTING") == ""


def test_what_is_left_empty_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", " ")
    assert environment.text("A_SETTING", "default") == "default"
    assert environment.flag("A_SETTING", True) is True
    assert environment.number("A_SETTING", 7) == 7
    assert environment.words("A_SETTING", "a,b") == ["a", "b"]


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("A_SETTING_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("A_SETTING", "from the variable")
    assert environment.text("A_SETTING") == "from the file"


def test_a_file_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("A_SETTING_FILE", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError):
        environment.text("A_SETTING", "default")


@pytest.mark.parametrize(("word", "means"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("no", False)])
def test_flags_are_said_in_several_ways(word: str, means: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", word)
    assert environment.flag("A_SETTING", not means) is means


def test_words_are_parted_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", " a.example, b.example,, ")
    assert environment.words("A_SETTING") == ["a.example", "b.example"]


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "new" / "folder", "SECRET_KEY")
    assert len(first) >= 64
    assert kept_secret(tmp_path / "new" / "folder", "SECRET_KEY") == first
    assert kept_secret(tmp_path / "new" / "folder", "ANOTHER") != first
    assert kept_secret(tmp_path / "elsewhere", "SECRET_KEY") != first


def test_nobody_else_may_read_the_secrets(tmp_path: Path) -> None:
    kept_secret(tmp_path, "SECRET_KEY")
    kept_secret(tmp_path, "ANOTHER")
    assert [file.name for file in tmp_path.glob("secrets.json*")] == ["secrets.json"]
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_many_who_start_at_once_agree_on_the_secrets(tmp_path: Path) -> None:
    """Or what one of them encrypts, none could ever read again."""
    names = ["SECRET_KEY", "CHATSITE_FIELD_KEYS", "CHATSITE_BLIND_KEY"] * 3
    made = at_once(*(partial(kept_secret, tmp_path, name) for name in names))
    assert len(set(made)) == 3
    kept = json.loads((tmp_path / "secrets.json").read_text())
    assert [kept[name] for name in names] == made
