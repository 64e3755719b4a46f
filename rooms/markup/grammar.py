"""The dialect: CommonMark with tables, strike, tasks, bare links, mentions, emoji names and formulas; without raw HTML."""

import re

from markdown_it import MarkdownIt
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
    options = {"html": False, "linkify": False, "breaks": True, "maxNesting": 40, "tasklists": True}
    grammar = Grammar("commonmark", options, renderer_cls=Html)
    grammar.enable(["table", "strikethrough"])
    # A reference may be defined after its use, and would then change blocks that were already shown.
    grammar.disable(["reference", "html_block", "html_inline"])
    grammar.use(gfm_autolink_plugin)
    grammar.block.ruler.at("table", block_rules.table, {"alt": ["paragraph"]})
    grammar.block.ruler.before("fence", "formula_block", block_rules.formula, {"alt": ["paragraph", "blockquote", "list"]})
    grammar.inline.ruler.before("escape", "formula", inline_rules.formula)
    grammar.inline.ruler.before("gfm_autolink_www", "mention", inline_rules.mention)
    grammar.inline.ruler.before("gfm_autolink_www", "shortcode", inline_rules.shortcode)
    grammar.inline.ruler.before("gfm_autolink_www", "colon", inline_rules.colon)
    for rule in (tree.link_images, tree.silence_quotes, tree.address_readers, tree.label_tasks, tree.enlarge_emoji):
        grammar.core.ruler.push(rule.__name__, rule)
    # Rules are compiled at their first use, which must not happen in two threads at once.
    grammar.parse("a")
    return grammar


GRAMMAR = _grammar()
