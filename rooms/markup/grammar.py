"""The dialect: CommonMark without raw HTML, with tables, strike, tasks, bare links, mentions, emoji and formulas."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import blockquote, list_block
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from rooms.markup import block_rules, inline_rules, tree
from rooms.markup.html import Html

_FOLLOWED = re.compile(r"https?://|mailto:", re.IGNORECASE)


class Grammar(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Addresses that say where they lead; neither scripts nor paths on whichever site shows the message."""
        return bool(_FOLLOWED.match(url))

    def normalizeLinkText(self, link: str) -> str:
        """As it was typed: a decoded host name may look like another one."""
        return link


def _grammar() -> Grammar:
    options = {"html": False, "linkify": False, "breaks": True, "maxNesting": 20, "tasklists": True}
    grammar = Grammar("commonmark", options, renderer_cls=Html)
    grammar.enable(["table", "strikethrough"])
    # A reference may be defined after its use, and would then change blocks that were already shown.
    grammar.disable(["reference", "html_block", "html_inline"])
    grammar.use(gfm_autolink_plugin)
    _read_lines(grammar)
    _read_words(grammar)
    for rule in (tree.link_images, tree.silence_quotes, tree.address_readers, tree.label_tasks, tree.enlarge_emoji):
        grammar.core.ruler.push(rule.__name__, rule)
    # Rules are compiled at their first use, which must not happen in two threads at once.
    grammar.parse("a")
    return grammar


def _read_lines(grammar: Grammar) -> None:
    """The lists name what a rule may interrupt."""
    rules = grammar.block.ruler
    rules.at("table", block_rules.table, {"alt": ["paragraph"]})
    rules.at("blockquote", block_rules.shallow(blockquote, deepest=7), {"alt": ["paragraph", "blockquote", "list"]})
    rules.at("list", block_rules.shallow(list_block, deepest=10), {"alt": ["paragraph", "blockquote"]})
    rules.before("fence", "formula_block", block_rules.formula, {"alt": ["paragraph", "blockquote", "list"]})


def _read_words(grammar: Grammar) -> None:
    rules = grammar.inline.ruler
    rules.before("escape", "formula", inline_rules.formula)
    rules.before("link", "citation", inline_rules.citation)
    for rule in (inline_rules.mention, inline_rules.shortcode, inline_rules.colon):
        rules.before("gfm_autolink_www", rule.__name__, rule)


GRAMMAR = _grammar()
