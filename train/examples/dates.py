"""Dates as hospital tables have them, and spans such as ``12m``."""

from __future__ import annotations

import re
from datetime import date

from verte_core.errors import DataError

_DAYS = {"d": 1.0, "w": 7.0, "m": 365.25 / 12, "y": 365.25}
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*일?\.?(?:[ T].*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?: .*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[-, ]+(\d{4})(?: .*)?")


def read_date(text: str) -> date | None:
    """The date of a cell; None for an empty one.

    2026-01-31, 2026.1.31, 2026/01/31, 20260131, 2026년 1월 31일, 31-Jan-2026, each with a time behind it or
    not; 31.01.2026 and 1/31/2026 where only one order can be.

    Raises:
        DataError: for what is no date, or may be two.
    """
    given = text.strip()
    if not given or given in ("-", "."):
        return None
    try:
        for form in (_YEAR_FIRST, _COMPACT):
            found = form.fullmatch(given)
            if found:
                year, month, day = map(int, found.groups())
                return date(year, month, day)
        named = _NAMED.fullmatch(given)
        if named and named[2].lower() in _MONTHS:
            return date(int(named[3]), _MONTHS.index(named[2].lower()) + 1, int(named[1]))
        found = _YEAR_LAST.fullmatch(given)
        if found:
            first, second, year = map(int, found.groups())
            if first > 12 or second > 12 or first == second:
                day, month = (first, second) if first > 12 or first == second else (second, first)
                return date(year, month, day)
            raise DataError(f"{given!r} may be two dates; write the year first, as 2026-01-31.")
    except ValueError as error:
        raise DataError(f"{given!r} is no date.") from error
    raise DataError(f"{given!r} is no date; write the year first, as 2026-01-31.")


def read_span(text: str) -> float:
    """Days of a span such as ``90d``, ``6w``, ``12m`` or ``1y``.

    Raises:
        DataError: when it is none.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([dwmy])\s*", text.lower())
    if not found:
        raise DataError(f"{text!r} is no span; write 90d, 6w, 12m or 1y.")
    return float(found[1]) * _DAYS[found[2]]
