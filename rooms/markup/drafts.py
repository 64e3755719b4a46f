"""How half a text looks while it is being written: without the marks that only the next letters will explain."""

import re

from markdown_it.token import Token

# A bullet without its item, a heading without its words, half a rule, a fence or a table's second row.
_BARE_MARKS = re.compile(r"[\s>]*(?:[-+*=_#~`|:$\s]*|\d{1,9}[.)]\s*|[-+*]\s+\[[ xX]?\]?\s*)")
_BARS = re.compile(r"\s*\|[\s|:-]*")
_HALF_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*$")
_LITERAL = ("fence", "code_block", "formula_block")


def presentable(text: str, tokens: list[Token]) -> str:
    """The text, its last line mended if it is incomplete. `tokens` are those of the text as it is."""
    head, newline, line = text.rpartition("\n")
    if not line.strip():
        return text
    last = next((token for token in reversed(tokens) if token.nesting == 0), None)
    if last and last.type in _LITERAL:
        half_closed = not line.strip().strip("`~$") and not last.meta.get("closed")
        return head + newline if half_closed else text
    in_table = bool(tokens) and tokens[-1].type == "table_close"
    return head + newline + _mended(line, head.rpartition("\n")[2], in_table=in_table)


def _mended(line: str, above: str, *, in_table: bool) -> str:
    if above.lstrip().startswith("|") and _BARS.fullmatch(line) and not in_table:
        return _separator(above)
    if line.lstrip().startswith("|") and not in_table:
        return ""
    if _BARE_MARKS.fullmatch(line) and not in_table:
        return ""
    return _closed(_HALF_LINK.sub(r"\1", line))


def _separator(header: str) -> str:
    """A table shows from its first row on, instead of a row of bars that becomes a table."""
    return "|" + "---|" * (header.strip().strip("|").replace(r"\|", "").count("|") + 1)


def _closed(line: str) -> str:
    """With the end of a code span or of bold, italic or struck words that have begun."""
    bare = line.rstrip("*`~")
    for mark in ("`", "**", "~~", "*"):
        parts = bare.split(mark)
        if len(parts) % 2 == 0 and parts[-1][:1].strip():
            return bare + mark
    return line
