"""Sums that a question asks for, worked out exactly and within bounds."""

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction

ASKS = re.compile(r"(what('?s| is| are| does)|how much( is| are)?|calculate|compute|work out|solve)\b", re.IGNORECASE)
EXPRESSION = re.compile(r"[-+(]*\d[\d\s.,()+\-*/^%]*")
WORDS = [
    (r"(\d)\s*%\s+of\s+", r"\1/100*"),
    (r"\bplus\b", "+"),
    (r"\bminus\b", "-"),
    (r"\b(times|multiplied by)\b|[×·]|(?<=\d)\s*x\s*(?=\d)", "*"),
    (r"\bdivided by\b|÷", "/"),
    (r"\bto the power of\b|\^", "**"),
    (r"(?<=\d),(?=\d{3}\b)", ""),
]
OPERATORS: dict[type[ast.AST], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}


def solve(question: str) -> str | None:
    """“12 × 12 = 144”, where the question is a sum."""
    text = question.strip(" ?=.!")
    for pattern, sign in WORDS:
        text = re.sub(pattern, sign, text, flags=re.IGNORECASE)
    found = EXPRESSION.search(text)
    if found is None or len(found[0]) > 80 or re.search(r"\d{4}-\d\d-\d\d", text):
        return None
    expression = found[0].strip(" ,.")
    if not re.search(r"\d[\s)]*[-+*/%]", expression) or not (ASKS.match(text) or expression == text):
        return None
    try:
        value = _value(ast.parse(expression, mode="eval").body)
    except (SyntaxError, ValueError, OverflowError):
        return None
    except ZeroDivisionError:
        return "Division by zero has no answer."
    shown = expression.replace("**", "^").replace("*", "×").replace("/", "÷")
    return f"{shown} = **{_written(value)}**"


def _value(node: ast.AST) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Fraction(str(number))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](_value(left), _value(right))
    raise ValueError("not a sum")


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > 64 or max(abs(base.numerator), base.denominator) > 10**6:
        raise ValueError("too large to work out here")
    return base**exponent.numerator


def _written(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value)
    return f"{float(value):.6g}" if abs(value) < 10**6 else f"{float(value):,.2f}"
