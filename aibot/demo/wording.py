"""Turns what people said into words of an answer: quotes that cannot break its Markdown, and keywords to match by."""

import re
from collections.abc import Iterable

from . import texts
from .transcript import Statement

STOPWORDS = frozenset(texts.STOPWORDS.split())


def one_line(text: str) -> str:
    """A message as one line, without the quotes of others, fences and pings."""
    own = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith((">", "```")))
    return re.sub(r"@(?=\w)", "", " ".join((own or text).split()))


def shortened(text: str, limit: int = 140) -> str:
    line = one_line(text)
    if len(line) <= limit:
        return line
    cut = line[:limit]
    return (cut.rpartition(" ")[0] if " " in cut[limit // 2 :] else cut).rstrip(" ,.;:") + "…"


def escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|$~])", r"\\\1", text)


def quote(text: str, limit: int = 140) -> str:
    return f"“{escaped(shortened(text, limit))}”"


def keywords(text: str) -> list[str]:
    """The words that carry the meaning, in their order, cut to their stems by brute force."""
    words = [word.strip("_'") for word in re.findall(r"[\w']+", text.casefold())]
    return list(dict.fromkeys(word[:6] for word in words if len(word) > 2 and word not in STOPWORDS))


def related(statements: Iterable[Statement], words: list[str]) -> list[Statement]:
    """The statements that share a keyword; those that share most come first, newer before older."""
    scored = [(len(set(words).intersection(keywords(each.text))), i, each) for i, each in enumerate(statements)]
    return [each for score, _, each in sorted(scored, key=lambda one: one[:2], reverse=True) if score]


def attributed(statement: Statement) -> str:
    at = f", {statement.time}" if statement.time else ""
    return f"{statement.tag}{at}: {quote(statement.text)}{statement.cite}"


def bullets(statements: Iterable[Statement]) -> str:
    return "\n".join(f"- {attributed(each)}" for each in statements)


def counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def joined(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1] if words else ""]))
