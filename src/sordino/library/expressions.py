"""A small, safe language for the formulas of a model file.

Numbers, names, `+ - * / **`, unary minus, parentheses, the functions
`exp log sqrt min max abs logit ilogit`, and `if_else(condition, then, otherwise)`, whose
condition compares with `== != < <= > >=` and joins with `and`, `or`, `not`. Nothing else is
read: no attribute, no index, no other call. A formula is turned into a tree of plain tuples
once and evaluated with whatever array module the caller brings (`numpy` or `jax.numpy`).
"""

from __future__ import annotations

import ast
import difflib
import functools
import math
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sordino.errors import DocumentError

MAX_LENGTH = 400
MAX_NODES = 150
MAX_DEPTH = 40

_CHARACTERS = re.compile(r"[A-Za-z0-9_+\-*/(),. <>=!]*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
CONDITIONAL = "if_else"
# Each function with the fewest and the most arguments it takes.
FUNCTIONS: dict[str, tuple[int, int]] = {
    "exp": (1, 1),
    "log": (1, 1),
    "sqrt": (1, 1),
    "min": (2, 8),
    "max": (2, 8),
    "abs": (1, 1),
    "logit": (1, 1),
    "ilogit": (1, 1),
    CONDITIONAL: (3, 3),
}
_ALLOWED = f"numbers, names, + - * / **, parentheses and {', '.join(FUNCTIONS)}"
_CONDITION = "a comparison with == != < <= > >=, joined by and, or, not"

Node = tuple[Any, ...]


@dataclass(frozen=True)
class Expression:
    """One formula, read and checked.

    Two expressions are equal when their text is. `names` are the names it needs.
    Instances are hashable and can be pickled.
    """

    text: str
    names: frozenset[str] = field(compare=False, repr=False)
    tree: Node = field(compare=False, repr=False)

    def evaluate(self, namespace: Mapping[str, Any], xp: Any = np) -> Any:
        """Return the value for the numbers or arrays in `namespace`.

        `xp` is the array module, `numpy` or `jax.numpy`; arrays broadcast. A value outside
        the domain of a function (the log of -1) gives nan or inf, as in the array module.

        Raises `DocumentError` for a name that `namespace` lacks.
        """
        missing = sorted(self.names - namespace.keys())
        if missing:
            near = difflib.get_close_matches(missing[0], list(namespace), n=3, cutoff=0.5)
            raise DocumentError(
                f"unknown name {missing[0]!r} in the formula {self.text!r}",
                allowed=", ".join(sorted(namespace)),
                hint=f"did you mean {' or '.join(near)}?" if near else "",
            )
        try:
            with np.errstate(all="ignore"):
                return _value(self.tree, namespace, xp)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise DocumentError(f"the formula {self.text!r} has no value here: {error}") from error


@functools.lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Read a formula. Raises `DocumentError` with the column for anything not allowed."""
    if not text.strip():
        raise DocumentError("a formula is empty", allowed=_ALLOWED)
    if len(text) > MAX_LENGTH:
        raise DocumentError(
            f"a formula has {len(text)} characters", allowed=f"at most {MAX_LENGTH}"
        )
    end = _CHARACTERS.match(text)
    if end is None or end.end() != len(text):
        column = end.end() if end else 0
        raise _refusal(text, f"character {text[column]!r}", column)
    if text.count("(") > MAX_DEPTH:
        raise DocumentError("a formula is nested too deeply", allowed=f"{MAX_DEPTH} levels")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, Warning, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None) or 1
        raise DocumentError(
            f"cannot read the formula {text!r} at column {column}", allowed=_ALLOWED
        ) from error
    names: set[str] = set()
    count = [0]
    tree = _convert(body, text, names, count, depth=0)
    return Expression(text=text, names=frozenset(names), tree=tree)


def _refusal(text: str, what: str, column: int) -> DocumentError:
    return DocumentError(
        f"{what} is not allowed in the formula {text!r} at column {column + 1}",
        allowed=_ALLOWED,
        hint="write powers as **" if "^" in what else "",
    )


def _convert(node: ast.expr, text: str, names: set[str], count: list[int], depth: int) -> Node:
    """Turn the parser's tree into nested tuples, refusing whatever is not in the language."""
    _count(text, count, depth)
    if isinstance(node, ast.Constant):
        return ("number", _number(node, text))
    if isinstance(node, ast.Name):
        return ("name", _name(node, text, names))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inside = _convert(node.operand, text, names, count, depth + 1)
        return ("negative", inside) if isinstance(node.op, ast.USub) else inside
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left = _convert(node.left, text, names, count, depth + 1)
        right = _convert(node.right, text, names, count, depth + 1)
        return (_OPERATORS[type(node.op)], left, right)
    if isinstance(node, ast.Call):
        function = _function(node, text)
        first = _condition if function == CONDITIONAL else _convert
        parts = [first(node.args[0], text, names, count, depth + 1)]
        parts += [_convert(part, text, names, count, depth + 1) for part in node.args[1:]]
        return ("call", function, *parts)
    if isinstance(node, ast.Compare | ast.BoolOp):
        raise DocumentError(
            f"a comparison stands outside {CONDITIONAL} in the formula {text!r}",
            hint=f"write {CONDITIONAL}(a < b, 1, 0)",
        )
    raise _refusal(text, type(node).__name__, node.col_offset)


def _condition(node: ast.expr, text: str, names: set[str], count: list[int], depth: int) -> Node:
    """The first argument of `if_else`: comparisons of formulas, joined by and, or, not."""
    _count(text, count, depth)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left = _convert(node.left, text, names, count, depth + 1)
        right = _convert(node.comparators[0], text, names, count, depth + 1)
        if type(node.ops[0]) in _COMPARISONS:
            return ("compare", _COMPARISONS[type(node.ops[0])], left, right)
    if isinstance(node, ast.BoolOp):
        word = "and" if isinstance(node.op, ast.And) else "or"
        return (word, *(_condition(part, text, names, count, depth + 1) for part in node.values))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ("not", _condition(node.operand, text, names, count, depth + 1))
    raise DocumentError(
        f"the condition of {CONDITIONAL} cannot be used in the formula {text!r}",
        allowed=_CONDITION,
        hint="write a < b and b < c, not a < b < c" if isinstance(node, ast.Compare) else "",
    )


def _count(text: str, count: list[int], depth: int) -> None:
    count[0] += 1
    if count[0] > MAX_NODES or depth > MAX_DEPTH:
        raise DocumentError(
            f"the formula {text[:60]!r}... is too large",
            allowed=f"{MAX_NODES} terms, {MAX_DEPTH} levels",
        )


def _number(node: ast.Constant, text: str) -> float:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise _refusal(text, repr(node.value), node.col_offset)
    try:
        value = float(node.value)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise _refusal(text, "a number beyond 1e308", node.col_offset)
    return value


def _name(node: ast.Name, text: str, names: set[str]) -> str:
    if node.id in FUNCTIONS or not _NAME.fullmatch(node.id):
        raise _refusal(text, f"{node.id!r} as a name", node.col_offset)
    names.add(node.id)
    return node.id


def _function(node: ast.Call, text: str) -> str:
    known = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
    if not known or node.keywords:
        raise _refusal(text, "this call", node.col_offset)
    assert isinstance(node.func, ast.Name)
    least, most = FUNCTIONS[node.func.id]
    if not least <= len(node.args) <= most:
        raise DocumentError(
            f"{node.func.id} has {len(node.args)} arguments in the formula {text!r}",
            allowed=f"{least}" if least == most else f"{least} to {most}",
        )
    return node.func.id


def _value(node: Node, namespace: Mapping[str, Any], xp: Any) -> Any:
    kind = node[0]
    if kind == "number":
        return node[1]
    if kind == "name":
        # The product turns integers and booleans into floats and keeps float32 as it is.
        return 1.0 * namespace[node[1]]
    if kind == "negative":
        return -_value(node[1], namespace, xp)
    if kind == "call" and node[1] == CONDITIONAL:
        there = _holds(node[2], namespace, xp)
        return xp.where(there, _value(node[3], namespace, xp), _value(node[4], namespace, xp))
    if kind == "call":
        return _call(node[1], [_value(part, namespace, xp) for part in node[2:]], xp)
    left, right = _value(node[1], namespace, xp), _value(node[2], namespace, xp)
    if kind == "+":
        return left + right
    if kind == "-":
        return left - right
    if kind == "*":
        return left * right
    # The array module answers inf or nan where Python's own / and ** would stop or turn complex.
    return xp.divide(left, right) if kind == "/" else xp.power(left, right)


def _holds(node: Node, namespace: Mapping[str, Any], xp: Any) -> Any:
    """Whether a condition holds, as a boolean or an array of them."""
    kind = node[0]
    if kind == "not":
        return xp.logical_not(_holds(node[1], namespace, xp))
    if kind in ("and", "or"):
        join = xp.logical_and if kind == "and" else xp.logical_or
        return functools.reduce(join, (_holds(part, namespace, xp) for part in node[1:]))
    compare: dict[str, Callable[[Any, Any], Any]] = {
        "==": xp.equal,
        "!=": xp.not_equal,
        "<": xp.less,
        "<=": xp.less_equal,
        ">": xp.greater,
        ">=": xp.greater_equal,
    }
    left, right = (_value(part, namespace, xp) for part in node[2:])
    return compare[node[1]](left, right)


def _call(function: str, values: list[Any], xp: Any) -> Any:
    if function == "min":
        return functools.reduce(xp.minimum, values)
    if function == "max":
        return functools.reduce(xp.maximum, values)
    one: dict[str, Callable[[Any], Any]] = {
        "exp": xp.exp,
        "log": xp.log,
        "sqrt": xp.sqrt,
        "abs": xp.abs,
        "logit": lambda x: xp.log(x) - xp.log1p(-x),
        "ilogit": lambda x: xp.divide(1.0, 1.0 + xp.exp(-x)),
    }
    return one[function](values[0])
