"""Moderation by a few plain rules of our own: enough to try what the site does with a verdict."""

import re
import secrets
from typing import Any

from .protocol import MODERATION_MODEL, ApiError, Json

CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
RULES = [
    (
        r"\b(i|we)('ll| will| am going to|'m going to|'re going to) (kill|hurt|stab|shoot|beat) (you|him|her|them)\b",
        ("harassment/threatening", "violence"),
    ),
    (r"\b(kill yourself|kys|go and die|go die)\b", ("harassment", "self-harm/instructions")),
    (r"\b(kill|hurt|cut) myself\b|\bend my life\b|\bsuicid(e|al)\b|\bwant to die\b", ("self-harm", "self-harm/intent")),
    (
        r"\byou('re| are) (such )?an? (idiot|moron|loser|piece of shit)\b|\b(shut|fuck) (the fuck )?(up|you|off)\b",
        ("harassment",),
    ),
    (
        r"\b(all|those) (immigrants|foreigners|gays|jews|muslims|christians|women|men) (should|must) (die|go away)\b",
        ("hate", "hate/threatening"),
    ),
    (r"\b(build|make) an? (pipe ?)?bomb\b", ("illicit", "illicit/violent")),
    (r"\b(buy|sell|cook) (cocaine|heroin|meth)\b", ("illicit",)),
    (r"\b(porn|nudes?|blowjob)\b", ("sexual",)),
    (r"\b(behead|dismember|disembowel)(ed|ing)?\b", ("violence", "violence/graphic")),
]
COMPILED = [(re.compile(pattern, re.IGNORECASE), categories) for pattern, categories in RULES]


def moderate(body: Any, *, flagged: bool | list[str] | None = None) -> Json:
    """OpenAI's answer for one text, a list of texts, or a list of parts; `flagged` overrules the rules."""
    texts = _texts(body.get("input") if isinstance(body, dict) else None)
    results = [_verdict(_overruled(flagged) if flagged is not None else _broken(text)) for text in texts]
    return {"id": "modr-" + secrets.token_hex(8), "model": MODERATION_MODEL, "results": results}


def _texts(given: Any) -> list[str]:
    match given:
        case str():
            return [given]
        case [str(), *_] if all(isinstance(each, str) for each in given):
            return list(given)
        case [dict(), *_] if all(isinstance(each, dict) for each in given):
            return ["\n".join(str(part.get("text", "")) for part in given)]
    raise ApiError(400, "'input' must be a text, a list of texts or a list of parts.", param="input")


def _broken(text: str) -> set[str]:
    return {category for pattern, categories in COMPILED if pattern.search(text) for category in categories}


def _overruled(flagged: bool | list[str]) -> set[str]:
    if isinstance(flagged, list):
        return set(flagged)
    return {"harassment"} if flagged else set()


def _verdict(broken: set[str]) -> Json:
    return {
        "flagged": bool(broken),
        "categories": {category: category in broken for category in CATEGORIES},
        "category_scores": {category: 0.98 if category in broken else 0.0001 for category in CATEGORIES},
        "category_applied_input_types": {category: ["text"] for category in CATEGORIES},
    }
