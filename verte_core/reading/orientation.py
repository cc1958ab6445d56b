"""Where rows and columns of an image point in the body, and how a lateral image is turned upright.

The letters are DICOM's for bipeds (PS3.3 C.7.6.1.1.1): Anterior, Posterior, Left, Right, Head, Foot.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from verte_core.image_types import Pixels
from verte_core.reading.header import Elements, numbers, text, texts
from verte_core.reading.vocabulary import View

_OPPOSITE = {"A": "P", "P": "A", "L": "R", "R": "L", "H": "F", "F": "H"}
_POSITIVE, _NEGATIVE = "LPH", "RAF"
"""Of the axes x, y and z of the patient's coordinate system."""
_TOLERANCE = 0.01
"""Of the lengths of direction cosines, and of their product."""


Grid = tuple[tuple[float, float, float], tuple[float, float, float]]
"""From points (row, column) to others: row and column each as a sum of row, column and 1."""
UNCHANGED: Grid = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


class Edges(NamedTuple):
    """The letter of each edge of an image."""

    left: str
    right: str
    top: str
    bottom: str


class Directions(NamedTuple):
    """Where rows (to the right) and columns (down) point, and the header's words for it."""

    row: str
    column: str
    words: str

    @property
    def view(self) -> View | None:
        """The plane that they lie in; ``None`` when it has no axis from head to foot."""
        axes = {self.row, self.column} - {"H", "F"}
        if len(axes) != 1:
            return None
        return "lateral" if axes <= {"A", "P"} else "frontal"

    @property
    def edges(self) -> Edges:
        """The letters of the four edges."""
        return Edges(_OPPOSITE[self.row], self.row, _OPPOSITE[self.column], self.column)


class Turn(NamedTuple):
    """What brings an image upright: quarter turns against the clock, or a mirror from top to bottom.

    Attributes:
        row: where rows point then.
        done: in words.
    """

    quarters: int
    mirrored: bool
    row: str
    done: str

    def of(self, levels: Pixels) -> Pixels:
        """The levels (H, W) upright; (W, H) after an odd number of quarters."""
        turned: Any = levels[::-1] if self.mirrored else np.rot90(levels, self.quarters)
        upright: Pixels = np.ascontiguousarray(turned)
        return upright

    def spacing(self, before: tuple[float, float] | None) -> tuple[float, float] | None:
        """Of rows and columns, after the turn."""
        return (before[1], before[0]) if before and self.quarters % 2 else before

    def back(self, shape: tuple[int, int]) -> Grid:
        """From points of the upright image to those of the one before, of ``shape`` (H, W)."""
        height, width = shape
        if self.mirrored:
            return ((-1.0, 0.0, float(height)), (0.0, 1.0, 0.0))
        return {
            0: UNCHANGED,
            1: ((0.0, 1.0, 0.0), (-1.0, 0.0, float(width))),
            2: ((-1.0, 0.0, float(height)), (0.0, -1.0, float(width))),
            3: ((0.0, -1.0, float(height)), (1.0, 0.0, 0.0)),
        }[self.quarters]

    def directions(self, before: Directions) -> Directions:
        """Those of the turned image."""
        return before._replace(row=self.row, column="F")

    def note(self, before: Directions) -> str:
        """What was done, and by which element."""
        return f"The header says {before.words}, so the image was {self.done} to stand upright."


_CLOCKWISE, _COUNTERCLOCKWISE = "turned by 90 degrees clockwise", "turned by 90 degrees against the clock"
_TURNS = {
    ("F", "P"): Turn(3, False, "A", _CLOCKWISE),
    ("F", "A"): Turn(3, False, "P", _CLOCKWISE),
    ("H", "A"): Turn(1, False, "A", _COUNTERCLOCKWISE),
    ("H", "P"): Turn(1, False, "P", _COUNTERCLOCKWISE),
    # On its head, an image was turned or mirrored, which no header tells: this comes to face right.
    ("P", "H"): Turn(2, False, "A", "turned by 180 degrees"),
    ("A", "H"): Turn(0, True, "A", "mirrored from top to bottom"),
}


def directions(dataset: Elements, notes: list[str]) -> Directions | None:
    """Where rows and columns point, by PatientOrientation and ImageOrientationPatient.

    ``None``, with a note, when an element is malformed or they contradict each other; ``None`` also for a
    quadruped, whose letters are others.
    """
    if text(dataset, "AnatomicalOrientationType") == "QUADRUPED":
        return None
    stated, computed = _by_letters(dataset, notes), _by_cosines(dataset)
    if stated is not None and computed is not None and stated[:2] != computed[:2]:
        notes.append(
            f"The header contradicts itself: {stated.words} and {computed.words}; the image was not turned."
        )
        return None
    return stated or computed


def turn(before: Directions) -> Turn | None:
    """What turns a lateral image upright; ``None`` when it is so, and for other views.

    Upright is with the feet down. It may face either way, as what the networks learned from does.
    """
    return _TURNS.get((before.row, before.column))


def _by_letters(dataset: Elements, notes: list[str]) -> Directions | None:
    given = [word.upper() for word in texts(dataset, "PatientOrientation")]
    if not any(given):
        return None
    well_formed = len(given) == 2 and all(re.fullmatch("[APLRHF]{1,3}", word) for word in given)
    words = f"patient orientation {_shown(given)} (PatientOrientation)"
    # The first letter is that of the greatest part.
    if not well_formed or given[1][0] in (given[0][0], _OPPOSITE[given[0][0]]):
        notes.append(f"The header's {words} is malformed, and was ignored.")
        return None
    return Directions(given[0][0], given[1][0], words)


def _by_cosines(dataset: Elements) -> Directions | None:
    """``None`` also for the axial plane, which converters write for want of another."""
    cosines = np.array(numbers(dataset, "ImageOrientationPatient"))
    if len(cosines) != 6:
        return None
    row, column = cosines[:3], cosines[3:]
    if not np.allclose([row @ row, column @ column, row @ column], [1, 1, 0], atol=_TOLERANCE):
        return None
    right, down = _letter(row), _letter(column)
    if not {"H", "F"} & {right, down} or down in (right, _OPPOSITE[right]):
        return None
    return Directions(right, down, f"image orientation {_shown([right, down])} (ImageOrientationPatient)")


def _letter(cosines: np.ndarray) -> str:
    axis = int(np.argmax(np.abs(cosines)))
    return (_POSITIVE if cosines[axis] > 0 else _NEGATIVE)[axis]


def _shown(letters: list[str]) -> str:
    return "\\".join(letters)[:20]
