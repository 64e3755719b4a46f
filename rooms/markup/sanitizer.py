"""The last word on what a message may hold: a list of all that is allowed, applied to HTML that should hold no more."""

import re

from nh3 import Cleaner
from pygments.token import STANDARD_TYPES

from rooms.markup.code import languages

_TAGS = """
    p br hr h4 h5 h6 blockquote ul ol li input div table thead tbody tr th td pre
    a em strong s code span
    math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover
    mtable mtr mtd mstyle mpadded mphantom menclose
"""
_ATTRIBUTES = {
    "*": {"dir"},
    "a": {"href"},
    "code": {"data-language"},
    "div": {"aria-label"},
    "input": {"aria-label", "checked", "disabled"},
    "ol": {"start"},
    "span": {"data-user"},
    "mo": {"minsize", "maxsize", "lspace", "rspace"},
}
_SWITCH = {"true", "false"}
_VALUES = {
    "a": {"target": {"_blank"}},
    "div": {"role": {"region"}, "tabindex": {"0"}},
    "input": {"type": {"checkbox"}},
    "pre": {"tabindex": {"0"}},
    "th": {"scope": {"col"}},
    "math": {"display": {"block", "inline"}},
    "menclose": {"notation": {"box", "updiagonalstrike", "downdiagonalstrike", "horizontalstrike"}},
    "mfrac": {"linethickness": {"0"}},
    "mi": {"mathvariant": {"normal"}},
    "mo": dict.fromkeys(("stretchy", "fence", "separator", "movablelimits", "largeop", "accent"), _SWITCH),
    "mover": {"accent": _SWITCH},
    # Widths that commands such as `\,` and `\quad` stand for; one's own could push text out of the message.
    "mspace": {"width": {"0.167em", "0.222em", "0.278em", "0.5em", "1em", "2em"}},
    "mstyle": {"displaystyle": _SWITCH, "scriptlevel": {"0", "1", "2"}},
    "mtable": {"displaystyle": _SWITCH},
}
_ALIGNED = {"align-left", "align-center", "align-right"}
_COLOURS = {f"hl-{name}" for name in STANDARD_TYPES.values() if name}
_CLASSES = {
    "a": {"cite"},
    "p": {"emoji-only"},
    "pre": {"code"},
    "code": {"hl", *(f"hl-lang-{language}" for language in languages())},
    "div": {"table-scroll", "math-block"},
    "span": {"mention", *_COLOURS},
    "li": {"task-list-item"},
    "th": _ALIGNED,
    "td": _ALIGNED,
    "mtd": _ALIGNED,
}

_PERMALINK = re.compile(r"/rooms/[^/?#\s]+/[0-9]+")


def _permalink(url: str) -> str | None:
    """The only addresses without a host: of this site's messages."""
    return url if _PERMALINK.fullmatch(url) else None


_CLEANER = Cleaner(
    tags={*_TAGS.split()},
    attributes=_ATTRIBUTES,
    tag_attribute_values=_VALUES,
    allowed_classes=_CLASSES,
    set_tag_attribute_values={"input": {"disabled": "", "type": "checkbox"}},
    link_rel="noopener noreferrer nofollow ugc",
    url_schemes={"http", "https", "mailto"},
    url_relative=_permalink,
)


def clean(html: str) -> str:
    return _CLEANER.clean(html)
