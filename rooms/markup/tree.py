"""What is done to the parsed document before anybody reads it: the same tokens then become HTML, text and mentions."""

from collections.abc import Iterable, Iterator

import emoji
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_HEADINGS = {"h1": "h4", "h2": "h5"}
_DIRECTED = ("heading_open", "blockquote_open", "bullet_list_open", "ordered_list_open", "th_open", "td_open")
_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}


def words(tokens: Iterable[Token] | None) -> str:
    """The text of inline tokens, without their marks."""
    return "".join(words(token.children) or _BREAKS.get(token.type, token.content) for token in tokens or ())


def link_images(state: StateCore) -> None:
    """No picture is ever fetched from elsewhere: an image is a link that is named by its alternative text."""
    for token in state.tokens:
        if token.children and any(child.type == "image" for child in token.children):
            token.children = list(_without_images(token.children))


def _without_images(tokens: list[Token]) -> Iterator[Token]:
    in_link = False
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            in_link = token.nesting == 1
        if token.type != "image":
            yield token
            continue
        name = words(token.children) or str(token.attrs["src"])
        text = Token("text", "", 0, content=name)
        yield from [text] if in_link else _link(str(token.attrs["src"]), text)


def _link(url: str, text: Token) -> list[Token]:
    return [Token("link_open", "a", 1, attrs={"href": url}), text, Token("link_close", "a", -1)]


def silence_quotes(state: StateCore) -> None:
    """What is quoted was said before: nobody is called by it again."""
    for token in said(state.tokens, quoted=True):
        for child in token.children or ():
            if child.type == "mention":
                child.type = "text"


def said(tokens: Iterable[Token], *, quoted: bool) -> Iterator[Token]:
    """The tokens that stand inside of quotes, or those outside."""
    depth = 0
    for token in tokens:
        if token.type in ("blockquote_open", "blockquote_close"):
            depth += token.nesting
        if bool(depth) is quoted:
            yield token


def address_readers(state: StateCore) -> None:
    """Levels that fit below a room's own headings, directions for texts of any script, and no inline styles."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = _HEADINGS.get(token.tag, "h6")
        if style := token.attrs.pop("style", None):
            token.attrs["class"] = str(style).replace("text-align:", "align-")
        if token.type == "th_open":
            token.attrs["scope"] = "col"
        if token.nesting == 1 and _has_direction(token):
            token.attrs["dir"] = "auto"


def _has_direction(token: Token) -> bool:
    """Not what stands inside a list or a quote: these take theirs from such text as has none of its own."""
    return token.type in _DIRECTED or (token.type == "paragraph_open" and not token.level)


def label_tasks(state: StateCore) -> None:
    """A task's box is named by the task."""
    for item, content in zip(state.tokens, state.tokens[2:], strict=False):
        if item.type == "list_item_open" and "checked" in item.meta:
            item.meta["label"] = " ".join(words(content.children).split())[:120]


def enlarge_emoji(state: StateCore) -> None:
    """A message of one to three emoji and nothing else."""
    if [token.type for token in state.tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return
    children = state.tokens[1].children or []
    text = "".join(words(children).split())
    if len(text) > 60 or any(child.type not in ("text", "softbreak", "hardbreak") for child in children):
        return
    if emoji.purely_emoji(text) and 1 <= emoji.emoji_count(text) <= 3:
        state.tokens[0].attrs["class"] = "emoji-only"
