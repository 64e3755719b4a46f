"""Formulas as MathML, which browsers set by themselves: no script, no font, no picture."""

import html
import re
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import Converter

LONGEST = 500
# Macros expand: a few hundred characters can ask for gigabytes.
_MACROS = re.compile(r"\\(?:re)?(?:new|def|Declare)")


def mathml(latex: str, *, display: bool) -> str | None:
    """None for what cannot be set: too long, too deep, or not understood."""
    if len(latex) > LONGEST or _MACROS.search(latex):
        return None
    try:
        formula = Converter(display="block" if display else "inline").convert_to_element(latex)
        _tidy(formula)
        return tostring(formula, encoding="unicode", short_empty_elements=False)
    except Exception:  # The converter has some twenty exceptions and raises IndexError and RecursionError besides.
        return None


def _tidy(formula: Element) -> None:
    """The converter writes character references into text and leaves markup in it: as text, both are harmless."""
    formula.attrib.pop("xmlns", None)
    for element in formula.iter():
        element.text = html.unescape(element.text) if element.text else None
        if align := element.attrib.pop("columnalign", None):
            element.set("class", f"align-{align}")
