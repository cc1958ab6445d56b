"""Labels and exclusions as a researcher writes them, such as ``genant>=1`` or ``t_lowest<=-2.5 and age>=50``.

They are read by Python's own parser and computed here: nothing of them is ever run.
"""

from __future__ import annotations

import ast
import keyword
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from verte_core.clinical import read_number
from verte_core.errors import DataError

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}
Value = float | str | bool | None
"""None: not known, since a cell is empty."""


def name_of(column: str) -> str:
    """What a column is called in an expression: ``_`` for all but letters and digits, ``l1_l4_t_score``."""
    name = re.sub(r"[\W_]+", "_", column).strip("_") or "_"
    return f"_{name}" if name[0].isdigit() else f"{name}_" if keyword.iskeyword(name) else name


@dataclass(frozen=True)
class Expression:
    """Comparisons of columns, numbers and texts, with ``and``, ``or``, ``not``, min, max and abs.

    Attributes:
        text: as it was written.
        columns: that it names.
    """

    text: str
    columns: tuple[str, ...]
    _tree: ast.expr

    def of(self, cells: Mapping[str, str]) -> bool | None:
        """Whether it holds for a row; None where an empty cell leaves that open.

        Raises:
            DataError: when a cell that has to be a number is none.
        """
        found = self._value(self._tree, cells)
        return None if found is None else bool(found)

    def _value(self, node: ast.expr, cells: Mapping[str, str]) -> Value:
        if isinstance(node, ast.BoolOp):
            return self._together(node, cells)
        if isinstance(node, ast.Compare):
            return self._compared(node, cells)
        if isinstance(node, ast.UnaryOp):
            value = self._value(node.operand, cells)
            if value is None:
                return None
            return not value if isinstance(node.op, ast.Not) else -self._number(value)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            values = [self._value(each, cells) for each in node.args]
            known = [self._number(each) for each in values if each is not None]
            # The lowest of what is known, as a reader of T-scores takes it.
            return _FUNCTIONS[node.func.id](*([known] if len(node.args) > 1 else known)) if known else None
        if isinstance(node, ast.Name):
            text = cells.get(node.id, "")
            number = read_number(text) if text else None
            return number if number is not None else text or None
        assert isinstance(node, ast.Constant)
        constant = node.value
        assert isinstance(constant, str | int | float)
        return constant if isinstance(constant, str) else float(constant)

    def _together(self, node: ast.BoolOp, cells: Mapping[str, str]) -> bool | None:
        """As SQL has it: what is known may decide, whatever is not."""
        decides = isinstance(node.op, ast.Or)
        values = [self._value(each, cells) for each in node.values]
        if any(each is not None and bool(each) is decides for each in values):
            return decides
        return None if None in values else not decides

    def _compared(self, node: ast.Compare, cells: Mapping[str, str]) -> bool | None:
        values = [self._value(each, cells) for each in (node.left, *node.comparators)]
        for one, sign, other in zip(values, node.ops, values[1:], strict=False):
            if one is None or other is None:
                return None
            if type(one) is not type(other) and not isinstance(sign, ast.Eq | ast.NotEq):
                text = one if isinstance(one, str) else other
                raise DataError(f"{self.text!r} compares a number with {text!r}, which is none.")
            if not _COMPARISONS[type(sign)](one, other):
                return False
        return True

    def _number(self, value: Value) -> float:
        if isinstance(value, str):
            raise DataError(f"{self.text!r} needs a number, and {value!r} is none.")
        return float(value or 0)


def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        DataError: naming the part that can't be used.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DataError(
            f"{text!r} is no expression such as genant>=1 or t_lowest<=-2.5 and age>=50; a column's name has "
            "_ for all but letters and digits."
        ) from error
    columns: list[str] = []
    _check(tree, text, columns)
    if not columns:
        raise DataError(f"{text!r} names no column.")
    return Expression(text.strip(), tuple(dict.fromkeys(columns)), tree)


def _check(node: ast.expr, text: str, columns: list[str]) -> None:
    if isinstance(node, ast.BoolOp):
        parts = node.values
    elif isinstance(node, ast.Compare) and all(type(each) in _COMPARISONS for each in node.ops):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        parts = [node.operand]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        if node.keywords or (len(node.args) == 1) != (node.func.id == "abs"):
            raise DataError(f"{text!r}: abs takes one column or number, min and max several.")
        parts = node.args
    elif isinstance(node, ast.Name):
        columns.append(node.id)
        return
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float, str):
        return
    else:
        raise DataError(
            f"{text!r} holds {ast.unparse(node)!r}; columns, numbers, texts, comparisons, and, or, not, min, "
            "max and abs can be used."
        )
    for each in parts:
        _check(each, text, columns)
