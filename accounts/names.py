"""What people may be called: names made clean, words that would pass for the house refused, handles found."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from django.core.exceptions import ValidationError

NAME_LENGTH = 60
HANDLE_LENGTH = 32
MARKS_IN_A_ROW = 3

# Refused wherever they stand as a word: whoever wears one seems to speak for the site or for the assistant.
OFFICIAL = frozenset(
    {"system", "assistant", "admin", "admins", "administrator", "administrators", "moderator", "moderators"}
    | {"everyone", "developer", "bot", "chatbot", "gpt", "chatgpt", "openai", "roundtable"}
    | {"support", "staff", "official", "webmaster"}
)
# Refused as the whole name: alone they mean something to the site, beside others they are parts of real names.
RESERVED = (
    OFFICIAL
    | {"ai", "all", "here", "room", "channel", "user", "tool", "mod", "root", "me", "you"}
    | {"nobody", "anonymous", "deleted", "null", "undefined"}
)

# Letters of other scripts, digits and signs that are drawn like a Latin letter.
_CYRILLIC = dict(zip("авсеԁһіјкӏмнорԛѕтухѵԝ", "abcedhijkimhopqstyxvw", strict=True))
_GREEK = dict(zip("αβεηικμνορτυχ", "abehikmnoptux", strict=True))
_SIGNS = dict(zip("0134578@$!|", "oieastbasii", strict=True))
LOOKALIKES = str.maketrans(_CYRILLIC | _GREEK | _SIGNS | {"ı": "i", "ɡ": "g", "ø": "o", "ł": "l"})
# Latin letters that have no accent to take off.
PLAIN_LATIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)

# Letters and digits, and the signs that are drawn like letters.
WORDS = re.compile(r"(?:[^\W_]|[@$!|])+")
SPACES = {"Cc", "Zl", "Zp"}
INVISIBLE = {"Cf", "Co", "Cn", "Cs"}
# Counted among letters and marks, and drawn as nothing: fillers, joiners, variation selectors.
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")


def clean_name(raw: str) -> str:
    """The name as it is stored: composed, on one line, without anything invisible. It may come out empty."""
    text = BLANK.sub("", unicodedata.normalize("NFKC", raw))
    kinds = [(character, unicodedata.category(character)) for character in text]
    seen = "".join(" " if kind in SPACES else character for character, kind in kinds if kind not in INVISIBLE)
    return " ".join(_without_towers(seen).split())[:NAME_LENGTH].strip()


def _without_towers(text: str) -> str:
    """Marks pile up over the lines above and below; no written language needs more than three on a letter."""
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= MARKS_IN_A_ROW:
            kept.append(character)
    return "".join(kept)


def check_name(raw: str) -> str:
    """The clean name, or a `ValidationError` that says what to do."""
    name = clean_name(raw)
    if not any(character.isalnum() for character in name):
        raise ValidationError("Write a name with at least one letter.", code="empty_name")
    if word := official_word(name):
        raise ValidationError(f"“{word}” would look like the site itself. Choose another name.", code="reserved_name")
    return name


def name_allowed(raw: str) -> bool:
    try:
        check_name(raw)
    except ValidationError:
        return False
    return True


def check_handle(raw: str) -> str:
    """The handle without its @, in small letters, or a `ValidationError`. Its form is for the model to check."""
    handle = raw.strip().removeprefix("@").lower()
    if word := official_word(handle):
        raise ValidationError(
            f"“{word}” would look like the site itself. Choose another handle.", code="reserved_handle"
        )
    return handle


def official_word(text: str) -> str:
    """The word of the text that is kept for the site, or looks as if it were; else nothing."""
    words = WORDS.findall(text)
    if whole := "".join(words) if len(words) == 1 or all(len(word) == 1 for word in words) else "":
        return text if _looks_like(whole, RESERVED) else ""
    return next((word for word in words if word == "AI" or _looks_like(word, OFFICIAL)), "")


def _looks_like(word: str, kept: frozenset[str]) -> bool:
    """With and without the numbers and signs at its edges: admin1 and @admin are meant as admin."""
    return not _skeletons(kept).isdisjoint({skeleton(word), skeleton(word.strip("@$!|0123456789"))})


def skeleton(word: str) -> str:
    """What the word looks like: without accents, look-alikes as Latin letters.

    From four letters on l and i are one, and rn is m; in short words that would make AI of every Al.
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    shape = bare.translate(LOOKALIKES)
    return shape.replace("rn", "m").replace("l", "i") if len(shape) > 3 else shape


@cache
def _skeletons(words: frozenset[str]) -> frozenset[str]:
    return frozenset(skeleton(word) for word in words)


def handles_for(name: str, email: str) -> Iterator[str]:
    """Handles to try for a new person, the nicest first, without end: mira, mira.okafor, mira2, mira3 …

    The email speaks only for whoever's name has no Latin letters: its beginning is nobody else's business.
    """
    words = [slug for word in clean_name(name).split() if (slug := _slug(word))]
    bases = _usable(*words[:1], _slug(".".join(words))) or _usable(_slug(email.partition("@")[0]))
    yield from bases
    yield from _numbered(bases[0] if bases else "person")


def _usable(*handles: str) -> list[str]:
    return [handle for handle in dict.fromkeys(handles) if len(handle) > 1 and not official_word(handle)]


def _numbered(base: str) -> Iterator[str]:
    number = 1
    while number := number + 1:
        yield f"{base[: HANDLE_LENGTH - len(str(number))]}{number}"


def _slug(text: str) -> str:
    """Accents are dropped; a word with letters that have no Latin form gives no handle rather than half of one."""
    latin = unicodedata.normalize("NFKD", text.lower().translate(PLAIN_LATIN))
    plain = "".join(c for c in latin if not unicodedata.combining(c))
    if any(c.isalnum() and not c.isascii() for c in plain):
        return ""
    return re.sub(r"[^a-z0-9]+", ".", plain).strip(".")[:HANDLE_LENGTH].strip(".")
