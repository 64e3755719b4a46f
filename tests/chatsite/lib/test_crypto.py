"""The key ring: what was written opens with its own key, in its own place, unchanged, and in no other case."""

import base64

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from chatsite.lib.crypto import Undecipherable, decrypt, encrypt, fresh_key, mac

PLACE = "rooms_message.body"


@pytest.fixture(autouse=True)
def two_keys(settings: Settings) -> None:
    settings.FIELD_KEYS, settings.BLIND_KEY = "new:fresh secret,old:first secret", "blind"


def write_with(keys: str, settings: Settings) -> bytes:
    """As a site with these keys wrote it; the present keys stay as they are."""
    present, settings.FIELD_KEYS = settings.FIELD_KEYS, keys
    sealed = encrypt(b"Ahoy", context=PLACE)
    settings.FIELD_KEYS = present
    return sealed


@effort(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(plain=st.binary(max_size=300), context=st.text(max_size=40))
def test_what_is_written_can_be_read(plain: bytes, context: str) -> None:
    sealed = encrypt(plain, context=context)
    assert decrypt(sealed, context=context) == plain
    assert len(plain) < 4 or plain not in sealed


def test_the_same_words_never_look_the_same() -> None:
    assert len({encrypt(b"Ahoy", context=PLACE) for _ in range(50)}) == 50


def test_what_an_older_key_wrote_still_opens(settings: Settings) -> None:
    assert decrypt(write_with("old:first secret", settings), context=PLACE) == b"Ahoy"


def test_the_newest_key_writes_and_says_so() -> None:
    sealed = encrypt(b"Ahoy", context=PLACE)
    assert sealed[:5] == b"\x01\x03new"


def test_a_key_that_is_gone_opens_nothing(settings: Settings) -> None:
    with pytest.raises(Undecipherable, match="'gone'"):
        decrypt(write_with("gone:lost secret", settings), context=PLACE)


def test_another_secret_under_the_same_name_opens_nothing(settings: Settings) -> None:
    with pytest.raises(Undecipherable):
        decrypt(write_with("new:another secret", settings), context=PLACE)


def test_a_key_without_a_name_is_called_k1(settings: Settings) -> None:
    settings.FIELD_KEYS = "only a secret"
    assert encrypt(b"Ahoy", context=PLACE)[2:4] == b"k1"
    settings.FIELD_KEYS = "k2:newer, k1:only a secret"
    assert decrypt(write_with("only a secret", settings), context=PLACE) == b"Ahoy"


def test_a_key_may_have_a_name_in_any_script(settings: Settings) -> None:
    settings.FIELD_KEYS = "schlüssel:geheim"
    assert decrypt(encrypt(b"Ahoy", context=PLACE), context=PLACE) == b"Ahoy"


@pytest.mark.parametrize("context", ["rooms_message.html", "rooms_room.topic", "", PLACE + " "])
def test_what_was_written_for_one_place_opens_in_no_other(context: str) -> None:
    with pytest.raises(Undecipherable):
        decrypt(encrypt(b"Ahoy", context=PLACE), context=context)


def test_a_change_of_any_byte_is_noticed() -> None:
    sealed = encrypt(b"Ahoy", context=PLACE)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(Undecipherable):
            decrypt(bytes(changed), context=PLACE)


def test_what_was_cut_off_is_noticed() -> None:
    sealed = encrypt(b"Ahoy", context=PLACE)
    for length in range(len(sealed)):
        with pytest.raises(Undecipherable):
            decrypt(sealed[:length], context=PLACE)


def test_a_fingerprint_tells_equal_from_unequal_and_depends_on_the_key(settings: Settings) -> None:
    mine = mac("Ahoy", purpose="body")
    assert mine == mac("Ahoy", purpose="body")
    assert len(mine) == 16
    assert mine not in {mac("ahoy", purpose="body"), mac("Ahoy", purpose="session")}
    settings.BLIND_KEY = "another"
    assert mine != mac("Ahoy", purpose="body")


def test_fresh_keys_are_long_and_never_the_same() -> None:
    keys = {fresh_key() for _ in range(20)}
    assert len(keys) == 20
    assert all(len(base64.urlsafe_b64decode(f"{key}==")) == 32 for key in keys)
    assert not any(sign in key for key in keys for sign in ",: ")
