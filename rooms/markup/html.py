"""The document as HTML: how each token looks where the library's own way is not ours."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from rooms.markup.code import Patience, code, language_of
from rooms.markup.mathml import mathml

MOST_FORMULAS = 150


class Mention(NamedTuple):
    id: UUID | str
    name: str


class Citation(NamedTuple):
    """A message of the room, and what its chip says. `url` is a path of this site."""

    url: str
    label: str


class Html(RendererHTML):
    """`env` holds `mentions` and `citations`, and what is left of the message's share of slow work."""

    def mention(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        who: Mention | None = env["mentions"].get(tokens[idx].meta["handle"])
        if who is None:
            return escapeHtml(tokens[idx].content)
        return f'<span class="mention" data-user="{escapeHtml(str(who.id))}">@{escapeHtml(who.name)}</span>'

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        said = tokens[idx].content
        if idx and tokens[idx - 1].type == "mention":
            said = _without_rest_of_name(said, tokens[idx - 1].meta["handle"], env)
        return escapeHtml(said)

    def citation(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Who may not cite is left the words; what may not be cited is left out."""
        if env["citations"] is None:
            return escapeHtml(tokens[idx].content)
        cited: Citation | None = env["citations"].get(tokens[idx].meta["seq"])
        return f'<a class="cite" href="{escapeHtml(cited.url)}">{escapeHtml(cited.label)}</a>' if cited else ""

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        tokens[idx].attrs["target"] = "_blank"
        return self.renderToken(tokens, idx, options, env)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<code dir="ltr">{escapeHtml(tokens[idx].content)}</code>'

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _code_box(tokens[idx].content, "", env)

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _code_box(tokens[idx].content, tokens[idx].info, env)

    def formula(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _math(tokens[idx], env) or f'<code dir="ltr">{escapeHtml(tokens[idx].content)}</code>'

    def formula_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # Half a formula would be another formula at each new letter.
        math = _math(tokens[idx], env) if tokens[idx].meta["closed"] else None
        if math is None:
            return _code_box(tokens[idx].meta["latex"], "latex", env)
        return f'<div class="math-block" dir="ltr" tabindex="0">{math}</div>\n'

    def list_item_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        item = self.renderToken(tokens, idx, options, env)
        if "checked" not in tokens[idx].meta:
            return item
        checked = " checked" if tokens[idx].meta["checked"] else ""
        return f'{item}<input type="checkbox" disabled{checked} aria-label="{escapeHtml(tokens[idx].meta["label"])}"> '

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table-scroll" role="region" aria-label="Table" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"


def _without_rest_of_name(said: str, handle: str, env: EnvType) -> str:
    """Of a name that was written out: "@Mira Okafor" calls `mira`, which already shows as her whole name."""
    who: Mention | None = env["mentions"].get(handle)
    if who is None or who.name[: len(handle)].lower() != handle:
        return said
    rest = re.escape(who.name[len(handle) :])
    return re.sub(rf"^{rest}(?!\w)", "", said, count=1, flags=re.IGNORECASE)


def _code_box(source: str, info: str, env: EnvType) -> str:
    language, name = language_of(info)
    classes = f"hl hl-lang-{language}" if language else "hl"
    label = f' data-language="{escapeHtml(name)}"' if name else ""
    coloured = code(source, language, patience=env.setdefault("patience", Patience()))
    return f'<pre class="code" dir="ltr" tabindex="0"><code class="{classes}"{label}>{coloured}</code></pre>\n'


def _math(token: Token, env: EnvType) -> str | None:
    """None when it is no formula that we can set, or one too many."""
    env["formulas"] = env.get("formulas", 0) + 1
    if env["formulas"] > MOST_FORMULAS:
        return None
    return mathml(token.meta["latex"], display=token.meta.get("display", True))
