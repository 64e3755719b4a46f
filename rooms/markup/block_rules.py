"""What is read line by line otherwise than in CommonMark: formulas on their own lines, small tables, shallow nests."""

from collections.abc import Callable

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import table as any_table

MOST_CELLS = 4000

Rule = Callable[[StateBlock, int, int, bool], bool]


def shallow(rule: Rule, *, deepest: int) -> Rule:
    """Quotes or lists that stop nesting before the parser does, which would drop the rest of the text."""

    def shallow_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < deepest and rule(state, start, end, silent)

    return shallow_rule


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """All tables of a message share its cells: short rows are filled up, so that one character may ask for hundreds."""
    columns = state.src.count("|", state.bMarks[start], state.eMarks[start]) + 1
    left: int = state.env.get("cells", MOST_CELLS)
    if left < columns or not any_table(state, start, min(end, start + 2 + left // columns), silent):
        return False
    if not silent:
        state.env["cells"] = left - columns * (state.line - start)
    return True


def formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`$$` alone on its line, up to a line that ends in `$$`. Like a fence, it may stay open to the end."""
    if state.is_code_block(start) or _line(state, start) != "$$":
        return False
    if silent:
        return True
    last = _last_line(state, start + 1, end)
    closed = last > start and _line(state, last).endswith("$$")
    token = state.push("formula_block", "math", 0)
    source = state.getLines(start + 1, last + 1, state.sCount[start], False)
    token.content = source.rstrip().removesuffix("$$").strip() if closed else source.strip()
    token.meta = {"latex": token.content, "closed": closed}
    state.line = last + 1
    token.map = [start, state.line]
    return True


def _last_line(state: StateBlock, start: int, end: int) -> int:
    for line in range(start, end):
        if not state.isEmpty(line) and state.sCount[line] < state.blkIndent:
            return line - 1
        if _line(state, line).endswith("$$"):
            return line
    return end - 1


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
