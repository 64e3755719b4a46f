"""A message's text, read once: as HTML, as blocks that arrive one by one, as plain words, and as calls to people."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from markdown_it.token import Token

from rooms.markup.drafts import presentable
from rooms.markup.grammar import GRAMMAR
from rooms.markup.html import Citation, Mention
from rooms.markup.sanitizer import clean
from rooms.markup.tree import said, words

RENDERER = 2
"""Raised when the same text would become other HTML: stored beside what was rendered."""

Citations = Mapping[int, Citation] | None

_NOBODY: Mapping[str, Mention] = MappingProxyType({})
_MAY_GO_ON = ("bullet_list_open", "ordered_list_open", "code_block")
_MAY_GO_ON_WITH = frozenset(" \t-+*0123456789")


def render(text: str, mentions: Mapping[str, Mention] = _NOBODY, citations: Citations = None) -> str:
    """Safe HTML. `mentions` are the people who may be called here, by handle in lower case.

    `citations` are the messages that may be cited, by seq; None where citing is not for this author.
    """
    return clean(_html(_parse(text), {"mentions": mentions, "citations": citations}))


def blocks(text: str, mentions: Mapping[str, Mention] = _NOBODY, citations: Citations = None) -> list[str]:
    """The HTML of `render`, cut into its top-level blocks; all but the last stay as they are when the text goes on.

    A block is finished once the next one has begun on a complete line. A last line without its line break is still
    being written: it is shown without its unfinished marks, and shares the last block where it might yet belong to it.
    """
    text = _source(text)
    tokens = GRAMMAR.parse(text)
    if (mended := presentable(text, tokens)) != text:
        tokens = GRAMMAR.parse(mended)
    env: dict[str, Any] = {"mentions": mentions, "citations": citations}
    return [clean(_html(part, env)) for part in _parts(tokens, text.split("\n"))]


def visible_text(text: str) -> str:
    """What is really said: no code, and nothing quoted."""
    tokens = said(_parse(text), quoted=False)
    return "\n".join(_words(token, without_code=True) for token in tokens if token.children)


def mentioned_handles(text: str) -> set[str]:
    """All handles that `render` would show as mentions, given their people; in lower case."""
    if "@" not in text:  # as in most messages, and so nobody has to read them
        return set()
    children = (child for token in _parse(text) for child in token.children or ())
    return {child.meta["handle"] for child in children if child.type == "mention"}


def cited_seqs(text: str) -> set[int]:
    """The numbers of all messages that the text cites, whether or not they exist."""
    children = (child for token in _parse(text) for child in token.children or ())
    return {child.meta["seq"] for child in children if child.type == "citation"}


def plain(text: str) -> str:
    """One line without any marks, for previews."""
    return " ".join(" ".join(_words(token) for token in _parse(text)).split())


def _parse(text: str) -> list[Token]:
    return GRAMMAR.parse(_source(text))


def _source(text: str) -> str:
    """With one kind of line break, and without half characters, which no database and no browser takes."""
    return re.sub(r"\r\n?", "\n", text).encode("utf-8", "replace").decode()


def _html(tokens: list[Token], env: dict[str, Any]) -> str:
    return str(GRAMMAR.renderer.render(tokens, GRAMMAR.options, env))


def _words(token: Token, *, without_code: bool = False) -> str:
    if token.children is None:
        return token.content
    return words(child for child in token.children if not (without_code and child.type == "code_inline"))


def _parts(tokens: list[Token], lines: list[str]) -> Iterator[list[Token]]:
    """The tokens of each block; what the last, incomplete line seems to begin stays with the block before it."""
    begun = _count_begun(lines)
    part: list[Token] = []
    for number, block in enumerate(_top_level(tokens)):
        if part and (number < begun or _is_over(part, lines)):
            yield part
            part = []
        part += block
    if part:
        yield part


def _top_level(tokens: list[Token]) -> Iterator[list[Token]]:
    start = depth = 0
    for end, token in enumerate(tokens, 1):
        depth += token.nesting
        if not depth:
            yield tokens[start:end]
            start = end


def _count_begun(lines: list[str]) -> int:
    """How many blocks there are on complete lines."""
    tokens: list[Token] = []
    GRAMMAR.block.parse("\n".join(lines[:-1]), GRAMMAR, {}, tokens)
    return sum(token.level == 0 and token.nesting >= 0 for token in tokens)


def _is_over(block: list[Token], lines: list[str]) -> bool:
    """Whether an empty line has ended the block, whatever the incomplete line becomes."""
    if lines[-2].strip():
        return False
    return block[0].type not in _MAY_GO_ON or lines[-1][:1] not in _MAY_GO_ON_WITH
