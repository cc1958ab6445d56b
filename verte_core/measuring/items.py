"""What a reader measures on one image, as values that never change, and what is said of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from verte_core.measuring.vertebra import LEVELS, Point, Vertebra, distance, grade, ratios

Kind = Literal["length", "angle", "cobb", "calibration"]
POINTS_OF: dict[Kind, int] = {"length": 2, "angle": 3, "cobb": 4, "calibration": 2}
"""How many points each takes: of an angle the second is its vertex; Cobb's angle is between two lines."""
AS_MEASURED = "as measured by the reader"


@dataclass(frozen=True)
class Line:
    """A length, an angle, Cobb's angle (Cobb 1948), or a line of known length.

    Attributes:
        points: (row, column) in pixels, as many as ``POINTS_OF`` says.
        known_mm: of a calibration, its true length.
    """

    kind: Kind
    points: tuple[Point, ...]
    known_mm: float | None = None

    def degrees(self) -> float:
        """Of an angle 0..180, of Cobb's 0..90."""
        points = [np.array(each) for each in self.points]
        if self.kind == "angle":
            one, other = points[0] - points[1], points[2] - points[1]
        else:
            one, other = points[1] - points[0], points[3] - points[2]
        across = abs(float(one[0] * other[1] - one[1] * other[0]))
        along = float(one @ other)
        return math.degrees(math.atan2(across, along if self.kind == "angle" else abs(along)))


Item = Vertebra | Line


@dataclass(frozen=True)
class Scale:
    """How long a pixel is.

    Attributes:
        mm: a pixel; None when nothing tells.
        remark: what has to be known of it, a sentence; may be empty.
    """

    mm: float | None = None
    remark: str = ""


UNKNOWN_SCALE = (
    "The size of a pixel is not known, so lengths are in pixels; ratios and grades do not need it."
)


@dataclass(frozen=True)
class Measurements:
    """All that is measured on one image.

    Attributes:
        image_id: SHA-256 of its file.
        items: in the order in which they were made.
    """

    image_id: str
    items: tuple[Item, ...] = ()

    @property
    def vertebrae(self) -> tuple[Vertebra, ...]:
        """From above; those without a level come last."""
        own = [each for each in self.items if isinstance(each, Vertebra)]
        places = {level: place for place, level in enumerate(LEVELS)}
        return tuple(sorted(own, key=lambda each: places.get(each.level, len(LEVELS))))

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is no vertebra."""
        return tuple(each for each in self.items if isinstance(each, Line))

    def with_item(self, item: Item) -> Measurements:
        """One more; a vertebra takes the place of another of its level, a calibration that of the former."""
        return replace(self, items=(*(each for each in self.items if not _replaces(item, each)), item))

    def changed(self, index: int, item: Item) -> Measurements:
        """With another in the place of one."""
        return replace(self, items=(*self.items[:index], item, *self.items[index + 1 :]))

    def without(self, index: int) -> Measurements:
        """One less."""
        return replace(self, items=self.items[:index] + self.items[index + 1 :])

    def scale(self, of_header: Scale) -> Scale:
        """By a line of known length where one was drawn, else by the header."""
        for line in self.lines:
            if line.kind == "calibration" and line.known_mm:
                pixels = max(distance(*line.points), 1e-9)
                return Scale(line.known_mm / pixels, "Lengths are by the reader's calibration line.")
        return of_header


def _replaces(new: Item, former: Item) -> bool:
    if isinstance(new, Vertebra) and isinstance(former, Vertebra):
        return bool(new.level) and new.level == former.level
    return isinstance(new, Line) and isinstance(former, Line) and new.kind == former.kind == "calibration"


def said(item: Item, all_of: Measurements, scale: Scale) -> str:
    """What one item measures, in words."""
    if isinstance(item, Vertebra):
        heights = ", ".join(heights_said(item, scale))
        found = ratios_said(item, all_of.vertebrae)
        return f"{item.level or 'Vertebra'}: {heights}. {found}. {grade_said(item, all_of)}."
    if item.kind in ("angle", "cobb"):
        name = "Angle" if item.kind == "angle" else "Cobb angle"
        return f"{name}: {item.degrees():.1f}°"
    if item.kind == "calibration":
        return f"Calibration line: {item.known_mm:g} mm"
    return f"Length: {length_said(distance(*item.points), scale)}"


def heights_said(vertebra: Vertebra, scale: Scale) -> tuple[str, ...]:
    """Ha, Hm and Hp, each with its unit."""
    heights = vertebra.heights()
    return tuple(
        f"{name} {length_said(each, scale)}" for name, each in zip(("Ha", "Hm", "Hp"), heights, strict=True)
    )


def ratios_said(vertebra: Vertebra, others: Sequence[Vertebra]) -> str:
    """The ratios in digits."""
    return ", ".join(f"{name} {value:.2f}" for name, value in ratios(vertebra, others).items())


def grade_said(vertebra: Vertebra, all_of: Measurements) -> str:
    """Genant's grade, and whose it is."""
    found = grade(vertebra, all_of.vertebrae)
    alone = "" if found.by_neighbours else "; no neighbour is measured, so a crush would not show"
    if not found.grade:
        return f"Genant grade 0 ({AS_MEASURED}{alone})"
    return f"Genant grade {found.grade}, {found.type}, {found.loss:.0%} lost ({AS_MEASURED}{alone})"


def grade_line(vertebra: Vertebra, all_of: Measurements) -> str:
    """Level, ratios and grade: what needs no size of a pixel."""
    found = ratios_said(vertebra, all_of.vertebrae)
    return f"{vertebra.level or 'Vertebra'}: {found}. {grade_said(vertebra, all_of)}"


def length_said(pixels: float, scale: Scale) -> str:
    """A length in mm where the size of a pixel is known, else in pixels."""
    return f"{pixels:.1f} pixels" if scale.mm is None else f"{pixels * scale.mm:.1f} mm"
