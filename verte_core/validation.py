"""What pydantic finds wrong with one value, as a sentence that names the value and where it stands."""

from __future__ import annotations

from pydantic_core import ErrorDetails

from verte_core.errors import printable

_TYPES = {
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a table of keys and values",
    "dataclass_type": "a table of keys and values",
}
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "above"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
    "multiple_of": ("multiple_of", "a multiple of"),
}


def sentence(error: ErrorDetails, whole: str) -> str:
    """What is wrong with one value.

    Args:
        error: one of those of a ``pydantic.ValidationError``.
        whole: what the values are of, such as ``the configuration``.
    """
    kind, shown, context = error["type"], f"{error['input']!r:.60}", error.get("ctx", {})
    *parents, last = error["loc"] or ("",)
    key = printable(".".join(str(part) for part in error["loc"] if isinstance(part, str))) or whole
    above = printable(".".join(str(part) for part in parents))
    if kind == "unexpected_keyword_argument":
        return f"Unknown key in {above or whole}: {last!r:.60}."
    if kind == "missing":
        return f"{above or whole[:1].upper() + whole[1:]} lacks a key: {last!r}."
    if kind in _TYPES:
        return f"{key} must be {_TYPES[kind]}, not {shown}."
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return f"{key} must be {words} {context[name]}, not {shown}."
    if kind in ("literal_error", "enum"):
        return f"{key} must be one of {context['expected'].replace(chr(39), '')}, not {shown}."
    if kind in ("string_too_short", "too_short"):
        return f"{key} must not be empty."
    return f"{key} can't be {shown}: {error['msg']}."
