"""What an analysis hands to the report: words, tables, pictures, and the same numbers for JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from matplotlib.figure import Figure

Cell = str | int
"""Figures with an interval are given as formatted by Interval."""


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Attributes:
        caption: a sentence that can stand alone, with what a figure in brackets is.
        header: of the columns.
        rows: each as long as ``header``.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture of the report.

    Attributes:
        name: lower case with hyphens, unique in the report; the file name of the picture.
        caption: says what is drawn, with all that the eye can't read off it.
        draw: draws on an empty figure, which the report sizes, styles and saves.
    """

    name: str
    caption: str
    draw: Callable[[Figure], None]


@dataclass(frozen=True)
class Section:
    """One analysis.

    Attributes:
        key: of the analysis in report.json.
        title: a heading.
        words: paragraphs: the method with its source, and, where something is left out, the sentence why.
        tables: in the order of reading.
        pictures: in the order of reading.
        plain: for report.json: the same numbers, of plain types, None for NaN.
    """

    key: str
    title: str
    words: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    plain: dict[str, object] = field(default_factory=dict)


def at(plain: Mapping[str, Any], *keys: str) -> Any:
    """What lies under the keys, one below the other; None where an analysis left something out."""
    found: Any = plain
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
