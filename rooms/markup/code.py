"""Source code with colours: Pygments' classes under `hl-`, for languages whose lexers keep their temper."""

import re
import time
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pygments
from markdown_it.common.utils import escapeHtml
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.util import ClassNotFound

# Left out on purpose: lexers that can spend seconds on one token (ini, console, ocaml, matlab, terraform).
_LANGUAGES = """
    awk bash bat c clojure cmake common-lisp cpp csharp css dart diff docker elixir erlang fortran fsharp go graphql
    groovy haskell html http java javascript jinja json jsx julia kotlin less lua make markdown nasm nginx nix
    objective-c perl php postgresql powershell prolog properties protobuf pycon python r rst ruby rust sass scala
    scheme scss solidity sql swift tex toml tsx typescript vb.net vim vue xml yaml zig
"""
_OTHER_NAMES = {"jsonc": "json", "json5": "json", "jsonl": "json", "yml": "yaml", "ini": "toml", "kt": "kotlin"}
_NAME = re.compile(r"[\w+#.-]{1,24}")
_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True, classprefix="hl-")


class Tedious(Exception):
    """Colours are a courtesy, and this text asks too much for them."""


class Patience:
    """What one message may spend on colours: lexers to load, and processor time. Ordinary code needs a fifth of it."""

    def __init__(self, *, languages: int = 12, seconds: float = 0.15) -> None:
        self.languages = languages
        self.left = seconds
        self.known: set[str] = set()

    def begin(self, language: str) -> None:
        self.known.add(language)
        if len(self.known) > self.languages:
            raise Tedious

    def over(self, tokens: Iterable[Any]) -> Iterator[Any]:
        # Lexers are regular expressions, many of them quadratic. Thread time: a busy machine is not the text's fault.
        before = time.thread_time()
        for token in tokens:
            now = time.thread_time()
            self.left -= now - before
            before = now
            if self.left < 0:
                raise Tedious
            yield token


def language_of(info: str) -> tuple[str, str]:
    """The language that we have colours for, or "", and the name that the author gave it, or ""."""
    found = _NAME.match(info.strip())
    if not found:
        return "", ""
    name = found[0].lower()
    return _names().get(name, ""), _names().get(name, name)


def code(source: str, language: str, *, patience: Patience) -> str:
    """The source as HTML."""
    try:
        patience.begin(language)
        tokens = _lexer(language).get_tokens(source)
        return pygments.format(patience.over(tokens), _FORMATTER)
    except (ClassNotFound, Tedious):
        return escapeHtml(source)


@cache
def _names() -> dict[str, str]:
    """Every name of our languages, with the one by which we call it."""
    ours = {*_LANGUAGES.split()}
    names = dict(_OTHER_NAMES)
    for _, aliases, *_ in get_all_lexers(plugins=False):
        if known := ours.intersection(aliases):
            names.update(dict.fromkeys(aliases, min(known)))
    return names


@cache
def _lexer(language: str) -> Lexer:
    if not language:
        raise ClassNotFound
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


def languages() -> set[str]:
    return set(_names().values())
