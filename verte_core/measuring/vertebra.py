"""Six-point morphometry of a vertebral body, and its grade by the semiquantitative limits.

Points and heights: Guglielmi et al., Eur Radiol 2008;18:2317 (quantitative morphometry). Limits of the
grades: Genant et al., J Bone Miner Res 1993;8:1137.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

Point = tuple[float, float]
"""(row, column) in pixels of the image as it is shown; the first pixel's centre is at (0.5, 0.5)."""

POINTS = (
    "anterior_superior",
    "mid_superior",
    "posterior_superior",
    "posterior_inferior",
    "mid_inferior",
    "anterior_inferior",
)
"""The order in which they are placed: along the upper end plate to the back, then to the front."""
LEVELS = (*(f"C{n}" for n in range(2, 8)), *(f"T{n}" for n in range(1, 14)), *(f"L{n}" for n in range(1, 7)))
"""From above; T13 and L6 occur in some."""
LIMITS = (0.20, 0.25, 0.40)
"""Of the height lost, where grades 1, 2 and 3 begin."""
_LEAST = 1e-9
"""Pixels: points may lie on each other while they are dragged."""
TYPES = ("wedge", "biconcave", "crush")


class Heights(NamedTuple):
    """Of a body at its front, middle and back, in pixels or mm."""

    anterior: float
    middle: float
    posterior: float


@dataclass(frozen=True)
class Vertebra:
    """The six points of a body.

    Attributes:
        level: one of ``LEVELS``; empty while it has no name.
        points: in the order of ``POINTS``.
    """

    level: str
    points: tuple[Point, ...]

    def heights(self, scale: float = 1.0) -> Heights:
        """Between the end plates, in pixels times ``scale`` (mm a pixel)."""
        corners = dict(zip(POINTS, self.points, strict=True))

        def between(where: str) -> float:
            return scale * distance(corners[f"{where}_superior"], corners[f"{where}_inferior"])

        return Heights(between("anterior"), between("mid"), between("posterior"))


@dataclass(frozen=True)
class Grade:
    """Genant's grade as measured.

    Attributes:
        grade: 0 to 3.
        type: one of ``TYPES``; empty at grade 0.
        loss: the greatest part of a height that is lost, by the ratio that gives the type.
        by_neighbours: whether there was a neighbour to compare with, without which no crush is seen.
    """

    grade: int
    type: str
    loss: float
    by_neighbours: bool


def distance(one: Point, other: Point) -> float:
    """Of two points, in pixels."""
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


def ratios(vertebra: Vertebra, others: Sequence[Vertebra]) -> dict[str, float]:
    """Ha/Hp, Hm/Hp, and Hp against the neighbours' where one is measured."""
    ha, hm, hp = vertebra.heights()
    hp = max(hp, _LEAST)
    made = {"Ha/Hp": ha / hp, "Hm/Hp": hm / hp}
    expected = _expected_posterior(vertebra, others)
    return made if expected is None else {**made, "Hp/neighbours": hp / max(expected, _LEAST)}


def grade(vertebra: Vertebra, others: Sequence[Vertebra]) -> Grade:
    """By the semiquantitative limits: wedge by Ha/Hp, biconcave by Hm/Hp, crush by Hp against neighbours.

    A body that lost height at the back is a crush whatever its front did, as its front is compared with a
    back that is itself too low.
    """
    found = ratios(vertebra, others)
    losses = {"wedge": 1 - found["Ha/Hp"], "biconcave": 1 - found["Hm/Hp"]}
    by_neighbours = "Hp/neighbours" in found
    if by_neighbours:
        losses["crush"] = 1 - found["Hp/neighbours"]
    kind = max(losses, key=lambda name: losses[name])
    if by_neighbours and losses["crush"] >= LIMITS[0]:
        kind = "crush"
    loss = max(losses[kind], 0.0)
    number = int(np.searchsorted(LIMITS, loss, side="right"))
    return Grade(number, kind if number else "", loss, by_neighbours)


def from_truth(vertebrae: Sequence[Mapping[str, object]]) -> tuple[Vertebra, ...]:
    """Those of a truth record of the simulator.

    Raises:
        LookupError, TypeError, ValueError: when the record is of another form.
    """
    made = []
    for each in vertebrae:
        points = each["points"]
        if not isinstance(points, Mapping):
            raise TypeError(points)
        own = tuple((float(points[name][0]), float(points[name][1])) for name in POINTS)
        made.append(Vertebra(str(each["level"]), own))
    return tuple(made)


def _expected_posterior(vertebra: Vertebra, others: Sequence[Vertebra]) -> float | None:
    """The back height that the neighbours lead to expect: the mean of those one level above and below.

    Where one neighbour is lower than the other by a fracture's limit, only the higher counts.
    """
    if vertebra.level not in LEVELS:
        return None
    place = LEVELS.index(vertebra.level)
    near = [
        other.heights().posterior
        for other in others
        if other.level in LEVELS and abs(LEVELS.index(other.level) - place) == 1
    ]
    if not near:
        return None
    return max(near) if min(near) < (1 - LIMITS[0]) * max(near) else float(np.mean(near))
