"""What is read inside a line besides CommonMark: mentions, emoji by name, formulas; and a guard before bare links."""

import re
import unicodedata
from functools import cache

from emoji import EMOJI_DATA, STATUS
from markdown_it.rules_inline import StateInline

_MENTION = re.compile(r"@([A-Za-z0-9_.-]{1,31}[A-Za-z0-9_])(?![.-]*[A-Za-z0-9_]|@|/[A-Za-z0-9_])")
_INSIDE_A_WORD = re.compile(r"(?:[A-Za-z0-9][._+-]*|[/@=%])$")
_CITATION = re.compile(r"\[#m([0-9]{1,15})\](?![(\[])")
_SHORTCODE = re.compile(r":([A-Za-z0-9_+-]{1,64}):(?![A-Za-z0-9])")
_FORMULA = re.compile(
    r"\$\$(?P<display>(?:\\.|[^$\\])++)\$\$"
    # Prices and shell variables are no formulas: `$5 and $6`, `$HOME/$USER`.
    r"|\$(?![\s$])(?P<inline>(?:\\[^\n]|[^$\\\n])++)(?<!\s)\$(?![A-Z0-9_{$])",
    re.DOTALL,
)
_SCHEMES = ("http", "https", "mailto")


def mention(state: StateInline, silent: bool) -> bool:
    """`@handle`, where it is no part of a link, an e-mail address, a path or a longer word."""
    if silent or state.linkLevel or state.src[state.pos] != "@":
        return False
    found = _MENTION.match(state.src, state.pos, state.posMax)
    if not found or _touches_a_word(state, found.end()):
        return False
    handle = found[1].rstrip("_") if _ends_emphasis(state, found[1]) else found[1]
    if len(handle) < 2:
        return False
    token = state.push("mention", "span", 0)
    token.content = f"@{handle}"
    token.meta = {"handle": handle.lower()}
    state.pos += len(token.content)
    return True


def _touches_a_word(state: StateInline, end: int) -> bool:
    before = state.src[max(0, state.pos - 8) : state.pos]
    return bool(_INSIDE_A_WORD.search(before)) or _is_spaced(before[-1:]) or _is_spaced(state.src[end : end + 1])


def _is_spaced(char: str) -> bool:
    """A letter of a script that sets its words apart: "café" must not touch a mention, Chinese or Hebrew may."""
    return not char.isascii() and char.isalnum() and unicodedata.category(char) != "Lo"


def _ends_emphasis(state: StateInline, handle: str) -> bool:
    """Whether the underscore belongs to `_waves at @bob_` rather than to the handle `bob_`."""
    if not handle.endswith("_"):
        return False
    marks = (mark for mark in reversed(state.delimiters[-20:]) if mark.marker == ord("_"))
    return next((mark.open for mark in marks), False)


def citation(state: StateInline, silent: bool) -> bool:
    """`[#m41]`, as the assistant names the room's forty-first message."""
    if silent or state.linkLevel or state.src[state.pos] != "[":
        return False
    if not (found := _CITATION.match(state.src, state.pos, state.posMax)):
        return False
    token = state.push("citation", "a", 0)
    token.content = found[0]
    token.meta = {"seq": int(found[1])}
    state.pos = found.end()
    return True


def shortcode(state: StateInline, silent: bool) -> bool:
    if silent or state.src[state.pos] != ":":
        return False
    before = state.pending[-1:]
    found = _SHORTCODE.match(state.src, state.pos, state.posMax)
    if not found or before == ":" or before.isalnum() or not (emoji := _emoji_by_name().get(found[1])):
        return False
    state.append_pending(emoji)
    state.pos = found.end()
    return True


@cache
def _emoji_by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for emoji, entry in EMOJI_DATA.items():
        if entry["status"] <= STATUS["fully_qualified"]:
            for name in (entry["en"], *entry.get("alias", ())):
                names.setdefault(name.strip(":"), emoji)
    return names


def colon(state: StateInline, silent: bool) -> bool:
    """Leaves to the bare links only the colon of a scheme, with no more text before it than they need.

    They search all pending text at every colon, which takes seconds for a message of colons,
    and they lose the name of a scheme that `validateLink` refuses.
    """
    if state.src[state.pos] != ":":
        return False
    if not silent and state.pending.endswith(_SCHEMES):
        _flush_all_but(state, 6)
        return False
    if not silent:
        state.append_pending(":")
    state.pos += 1
    return True


def _flush_all_but(state: StateInline, count: int) -> None:
    kept = state.pending[-count:]
    state.pending = state.pending[:-count]
    if state.pending:
        state.pushPending()
    state.pending = kept


def formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    before = state.src[state.pos - 1 : state.pos] if state.pos else ""
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if not found or before == "$" or before.isalnum() or not found[found.lastgroup or 0].strip():
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = found[0]
        token.meta = {"latex": found[found.lastgroup or 0].strip(), "display": found.lastgroup == "display"}
    state.pos = found.end()
    return True
