"""Embeddings by feature hashing: texts with words in common come out near each other, with no model at all."""

import base64
import math
import re
import sys
import zlib
from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from .protocol import EMBEDDING_MODEL, ApiError, Json, count_usage

DEFAULT_DIMENSIONS = 1536
MAX_DIMENSIONS = 3072
MAX_INPUTS = 2048


def embed(body: Any) -> Json:
    """OpenAI's answer, as base64 of little-endian floats where the client asks for that."""
    fields = body if isinstance(body, dict) else {}
    texts, dimensions = _texts(fields.get("input")), _dimensions(fields.get("dimensions"))
    as_base64 = fields.get("encoding_format") == "base64"
    vectors = [vector(text, dimensions=dimensions) for text in texts]
    data = [
        {"object": "embedding", "index": i, "embedding": _encoded(each) if as_base64 else each.tolist()}
        for i, each in enumerate(vectors)
    ]
    tokens = count_usage([{"content": text} for text in texts], 0)["prompt_tokens"]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": fields.get("model") or EMBEDDING_MODEL, "usage": usage}


def vector(text: str, *, dimensions: int) -> "array[float]":
    """A unit vector; each feature adds or takes one weight at a place that its hash names."""
    sums = [0.0] * dimensions
    for feature, weight in _features(text):
        place = zlib.crc32(feature.encode(errors="replace"))
        sums[(place >> 1) % dimensions] += weight if place & 1 else -weight
    length = math.sqrt(sum(value * value for value in sums)) or 1.0
    return array("f", [value / length for value in sums])


def _features(text: str) -> Iterator[tuple[str, float]]:
    words = re.findall(r"\w+", text.casefold())
    for word in words:
        yield word, 1.0
        yield from ((word[i : i + 4], 0.3) for i in range(len(word) - 3))
    for pair in pairwise(words):
        yield " ".join(pair), 0.5


def _encoded(numbers: "array[float]") -> str:
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()


def _texts(given: Any) -> list[str]:
    """Texts as they are; lists of token numbers as texts of their numbers."""
    match given:
        case str():
            return [given]
        case [int(), *_]:
            return [" ".join(map(str, given))]
        case [(str() | list()), *_] if len(given) <= MAX_INPUTS:
            return [each if isinstance(each, str) else " ".join(map(str, each)) for each in given]
    raise ApiError(400, f"'input' must be a text or a list of at most {MAX_INPUTS} texts.", param="input")


def _dimensions(given: Any) -> int:
    if given is None:
        return DEFAULT_DIMENSIONS
    if not isinstance(given, int) or not 1 <= given <= MAX_DIMENSIONS:
        raise ApiError(400, f"'dimensions' must be a number from 1 to {MAX_DIMENSIONS}.", param="dimensions")
    return given
