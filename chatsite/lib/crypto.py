"""The key ring: what is written today opens with the newest key, what was written before still opens with its own."""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = 1
NONCE = 12


class Undecipherable(Exception):
    """The bytes were not written by a key of this ring, or not for this place, or were changed since."""


@dataclass(frozen=True)
class Key:
    """One key; `id` travels in front of everything that it encrypted."""

    id: str
    cipher: AESGCM


@cache
def ring(text: str) -> tuple[Key, ...]:
    """Keys from `id:secret,id:secret`, the newest first. A text without a colon is a ring of one key called k1."""
    entries = [entry.strip().partition(":") for entry in text.split(",") if entry.strip()]
    return tuple(_key(name, secret) if colon else _key("k1", name) for name, colon, secret in entries)


def _key(name: str, secret: str) -> Key:
    return Key(name, AESGCM(hashlib.sha256(f"field|{secret}".encode()).digest()))


def encrypt(plain: bytes, *, context: str) -> bytes:
    """`version | length of key id | key id | nonce | ciphertext and tag`.

    It opens only with the same `context` (say, table and column).
    """
    key = ring(settings.FIELD_KEYS)[0]
    name = key.id.encode()
    nonce = os.urandom(NONCE)
    return bytes([VERSION, len(name)]) + name + nonce + key.cipher.encrypt(nonce, plain, context.encode())


def decrypt(sealed: bytes, *, context: str) -> bytes:
    """The plain bytes, or `Undecipherable`."""
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise Undecipherable("unknown format")
    start = 2 + sealed[1]
    cipher = _cipher(sealed[2:start].decode(errors="replace"))
    try:
        return cipher.decrypt(sealed[start : start + NONCE], sealed[start + NONCE :], context.encode())
    except (InvalidTag, ValueError) as error:
        raise Undecipherable("wrong key, wrong place, or changed") from error


def _cipher(key_id: str) -> AESGCM:
    for key in ring(settings.FIELD_KEYS):
        if key.id == key_id:
            return key.cipher
    raise Undecipherable(f"no key called {key_id!r} in CHATSITE_FIELD_KEYS")


def mac(text: str, *, purpose: str) -> bytes:
    """A keyed fingerprint of 16 bytes: equal texts of one purpose can be told equal, and nothing else be told."""
    key = hmac.digest(settings.BLIND_KEY.encode(), purpose.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256")[:16]


def fresh_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
