"""How the report and report.json write a number and a list."""

from __future__ import annotations

import math
from collections.abc import Sequence


def plain_number(number: float) -> float | None:
    """For JSON, which has neither NaN nor infinity."""
    return float(number) if math.isfinite(number) else None


def p_words(p: float) -> str:
    """For a sentence, after "p": ``= 0.012``, ``< 0.001``, or ``-`` for NaN."""
    return "-" if math.isnan(p) else "< 0.001" if p < 0.001 else f"= {p:.3f}"


def p_cell(p: float) -> str:
    """For a table: ``0.012``, ``< 0.001``, or ``-`` for NaN."""
    return p_words(p).removeprefix("= ")


def join(words: Sequence[str]) -> str:
    """At least one word: ``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
