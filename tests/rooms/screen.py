"""A room's page as a browser keeps it: the articles that the server rendered, and what frames make of them."""

import re
from dataclasses import dataclass, replace
from typing import Any, Self

Frame = dict[str, Any]

ARTICLE = re.compile(r'<article class="message[^"]*" id="message-.*?</article>', re.DOTALL)
BODY = '<div class="message__body" dir="auto">'
BLOCK = '<div class="draft-block">'
DIV = re.compile(r"<(/?)div\b[^>]*>")


@dataclass(frozen=True)
class Article:
    """One message as it is shown."""

    html: str

    def __getattr__(self, name: str) -> str:
        """`article.seq` is the article's `data-seq`."""
        found = re.search(rf' data-{name}="([^"]*)"', self.html.partition(">")[0])
        if found is None:
            raise AttributeError(name)
        return found[1]

    def written(self, *, blocks: list[str], length: int) -> Self:
        """With another half-written text in it."""
        start, end = _inside(self.html, BODY)
        body = "".join(f"{BLOCK}{block}</div>" for block in blocks)
        html = f"{self.html[:start]}{body}{self.html[end:]}"
        return replace(self, html=re.sub(r'data-length="\d+"', f'data-length="{length}"', html, count=1))

    @property
    def blocks(self) -> list[str]:
        found, rest = [], self.html[slice(*_inside(self.html, BODY))]
        while BLOCK in rest:
            start, end = _inside(rest, BLOCK)
            found.append(rest[start:end])
            rest = rest[end:]
        return found


class Screen:
    """`articles` in the order of the log. Frames that do not follow from what is shown fail the test."""

    def __init__(self, page: str) -> None:
        self.articles = {article.id: article for article in map(Article, ARTICLE.findall(page))}
        self.revision = int(re.search(r'<message-list[^>]* revision="(\d+)"', page)[1])  # type: ignore[index]

    def apply(self, frames: list[Frame]) -> None:
        for frame in frames:
            if frame["type"] == "message":
                self._upsert(frame)
            elif frame["type"] == "draft":
                self._write(frame)
            assert frame["type"] != "reset"

    @property
    def view(self) -> list[str]:
        return [article.html for article in sorted(self.articles.values(), key=lambda one: int(one.seq))]

    def _upsert(self, frame: Frame) -> None:
        if frame["revision"] <= self.revision:
            return
        assert frame.get("after", frame["revision"] - 1) <= self.revision, "a revision is missing"
        [html] = ARTICLE.findall(frame["html"])
        article = Article(html)
        assert (article.id, article.seq) == (frame["id"], str(frame["seq"]))
        self.articles[frame["id"]], self.revision = article, frame["revision"]

    def _write(self, frame: Frame) -> None:
        article = self.articles[frame["message"]]
        is_newer = frame["attempt"] > int(article.attempt)
        if article.status != "drafting" or frame["attempt"] < int(article.attempt):
            return
        length = 0 if is_newer else int(article.length)
        if frame["length"] <= length:
            return
        assert frame["after"] <= length, "a frame is missing"
        assert frame["from"] <= len(article.blocks), "blocks are missing"
        blocks = article.blocks[: frame["from"]] + frame["blocks"]
        self.articles[frame["message"]] = article.written(blocks=blocks, length=frame["length"])


def _inside(html: str, opening: str) -> tuple[int, int]:
    """From where to where the element with this opening tag goes, without its tags."""
    start = html.index(opening) + len(opening)
    depth = 1
    for tag in DIV.finditer(html, start):
        depth += -1 if tag[1] else 1
        if not depth:
            return start, tag.start()
    raise AssertionError(f"{opening} is never closed")
