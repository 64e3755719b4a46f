"""Makes JSON that fits a JSON schema, out of the conversation: the demo model's structured output."""

import re
from typing import Any

from .protocol import Json
from .transcript import Conversation, Statement
from .wording import shortened

DEEPEST = 12
MOST_ITEMS = 3
QUIET = ("none", "nobody", "unknown", "other", "fyi", "neutral", "no")
FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T12:00:00Z",
    "time": "12:00:00Z",
    "email": "nobody@example.invalid",
    "uri": "https://example.invalid/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
}
SEAT_FIELDS = {"by", "people", "asker", "owner", "who", "seat", "author", "member"}
NUMBER_FIELDS = {"refs", "ref", "about", "ids", "around", "number", "seq"}


def example(schema: Any, conversation: Conversation) -> Any:
    return Example(schema, conversation).value(schema, "", 0, 0)


class Example:
    def __init__(self, root: Any, conversation: Conversation) -> None:
        self.root = root
        self.statements = (
            conversation.earlier[-MOST_ITEMS:] or conversation.said[-1:] or [Statement("nothing", "nobody")]
        )
        self.focus = self.statements[-1]

    def value(self, schema: Any, name: str, index: int, depth: int) -> Any:
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return _quiet_choice(schema["enum"])
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self.value(self._option(options, depth), name, index, depth)
        match self._kind(schema, depth):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "number" | "integer" as kind:
                return self._number(schema, name, whole=kind == "integer")
            case "boolean":
                return False
            case "null":
                return None
        return self._string(schema, name)

    def _resolved(self, schema: Any) -> Json:
        merged: Json = dict(schema) if isinstance(schema, dict) else {}
        for _ in range(DEEPEST):
            if "$ref" in merged:
                merged = {**self._referred(str(merged.pop("$ref"))), **merged}
            for part in merged.pop("allOf", []):
                part = self._resolved(part)
                merged = {
                    **merged,
                    **part,
                    "properties": {**merged.get("properties", {}), **part.get("properties", {})},
                }
            if "$ref" not in merged and "allOf" not in merged:
                break
        return merged

    def _referred(self, pointer: str) -> Json:
        found = self.root
        for key in pointer.lstrip("#/").split("/") if pointer != "#" else []:
            found = found.get(key, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}

    def _option(self, options: list[Any], depth: int) -> Any:
        """Null where it is allowed: a demo model claims no more than it must."""
        return next((each for each in options if self._resolved(each).get("type") == "null"), options[0])

    def _kind(self, schema: Json, depth: int) -> str:
        kinds = schema.get("type")
        if isinstance(kinds, list):
            return "null" if "null" in kinds else str(kinds[0])
        return str(kinds or ("object" if "properties" in schema else "array" if "items" in schema else "string"))

    def _object(self, schema: Json, depth: int) -> Json:
        properties = schema.get("properties") or {}
        names = list(properties) if depth < DEEPEST else []
        names += [name for name in schema.get("required") or [] if name not in names]
        return {name: self.value(properties.get(name) or {}, name, 0, depth + 1) for name in names}

    def _array(self, schema: Json, name: str, depth: int) -> list[Any]:
        items = schema.get("items") or {}
        told = self._resolved(items).get("properties")
        natural = len(self.statements) if told else 1
        number = max(min(natural, schema.get("maxItems", natural)), schema.get("minItems", 0))
        if depth >= DEEPEST:
            number = schema.get("minItems", 0)
        return [self._item(items, name, index, depth) for index in range(number)]

    def _item(self, items: Any, name: str, index: int, depth: int) -> Any:
        """Each object of a list is about one statement, so that its text and its references belong together."""
        before = self.focus
        if "properties" in self._resolved(items):
            self.focus = self.statements[index % len(self.statements)]
        value = self.value(items, name, index, depth + 1)
        self.focus = before
        return value

    def _number(self, schema: Json, name: str, *, whole: bool) -> int | float:
        step = schema.get("multipleOf") or (1 if whole else 0.001)
        value = self.focus.number or 0 if name in NUMBER_FIELDS else 0
        lows = [schema[key] + nudge for key, nudge in (("minimum", 0), ("exclusiveMinimum", step)) if key in schema]
        highs = [schema[key] - nudge for key, nudge in (("maximum", 0), ("exclusiveMaximum", step)) if key in schema]
        fitting = min([max([value, *lows]), *highs])
        if whole or "multipleOf" in schema:
            fitting = -(-fitting // step) * step
        return int(fitting) if whole else fitting

    def _string(self, schema: Json, name: str) -> str:
        if schema.get("format") in FORMATS:
            return FORMATS[schema["format"]]
        longest = schema.get("maxLength", 400)
        told = shortened(self.focus.text, min(longest, 160)) or "nothing"
        seat, number = self.focus.seat or "u1", self.focus.number or 0
        candidates = [told, seat, f"m{number}", f"#m{number}", str(number), "a", ""]
        if name in SEAT_FIELDS or name in NUMBER_FIELDS:
            candidates.insert(0, seat if name in SEAT_FIELDS else f"m{number}")
        pattern = schema.get("pattern")
        fitting = [each for each in candidates if not pattern or re.search(pattern, each)] or candidates
        return fitting[0].ljust(schema.get("minLength", 0), ".")[:longest]


def _quiet_choice(options: list[Any]) -> Any:
    return next((each for each in options if each in QUIET), options[0] if options else None)
