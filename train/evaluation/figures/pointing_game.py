"""Whether the peak of a heatmap lies on a fractured vertebra.

After the pointing game (Zhang et al., Int J Comput Vis 2018;126:1084), with a margin of half the body's
height instead of a fixed number of pixels, for bodies differ in size by coverage and level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from train.evaluation.figures.bootstrap import Interval, PersonIds, interval, person_counts, weighted_means
from train.examples.patches import Outline

Array = npt.NDArray[np.float64]

MARGIN = 0.5
"""How far from a fractured body the peak still points at it, as a part of the body's height."""
LEVELS = {
    "T4-T10": ("T4", "T5", "T6", "T7", "T8", "T9", "T10"),
    "T11-L1": ("T11", "T12", "L1"),
    "L2-L5": ("L2", "L3", "L4", "L5"),
}
"""Levels by group: the thoracolumbar junction, where fractures are commonest, and both its sides."""
_GRID = 7


def peak_of(heatmap: npt.NDArray[np.float32]) -> tuple[int, int] | None:
    """(row, column) of the highest pixel of a map (H, W), the first of equals; None for a map of zeros."""
    if not heatmap.max() > 0:
        return None
    row, column = np.unravel_index(int(heatmap.argmax()), heatmap.shape)
    return int(row), int(column)


def points_at(outlines: Sequence[Outline], peak: tuple[int, int] | None) -> bool | None:
    """Whether a peak, a pixel of the 1024 x 512 canvas, is a hit; None where there is nothing to hit.

    No peak, where nothing raised the score, is a miss.
    """
    fractured = _fractured(outlines)
    if not fractured:
        return None
    # Outlines are in continuous coordinates, in which a pixel's centre is half a pixel further.
    return peak is not None and bool(_near(fractured, np.add([peak], 0.5))[0])


def chance_by_vertebra(outlines: Sequence[Outline]) -> float:
    """The part of the image's vertebrae that are fractured: what a vertebra drawn at random would hit."""
    return len(_fractured(outlines)) / len(outlines)


def chance_by_point(outlines: Sequence[Outline]) -> float:
    """What a point drawn at random on a vertebra drawn at random would hit, with the same margin.

    Above ``chance_by_vertebra`` by as much as the margin reaches over the neighbours.
    """
    ticks = (np.arange(_GRID) + 0.5) / _GRID
    down, across = (each.ravel()[:, None] for each in np.meshgrid(ticks, ticks, indexing="ij"))
    points = [
        (1 - down) * ((1 - across) * a + across * b) + down * ((1 - across) * d + across * c)
        for a, b, c, d in (outline.corners for outline in outlines)
    ]
    return float(_near(_fractured(outlines), np.concatenate(points)).mean())


def _region(outlines: Sequence[Outline], levels: Sequence[str]) -> str:
    """The group of levels of an image's only fracture; empty where it has none or several."""
    named = zip(outlines, levels, strict=True)
    fractured = [level for outline, level in named if outline.grade]
    if len(fractured) != 1:
        return ""
    return next((name for name, group in LEVELS.items() if fractured[0] in group), "")


def _fractured(outlines: Sequence[Outline]) -> list[Outline]:
    return [outline for outline in outlines if outline.grade]


def _near(bodies: Sequence[Outline], points: Array) -> npt.NDArray[np.bool_]:
    """Whether each of the points (N, 2) is in one of the bodies or within its margin: (N,)."""
    near = np.zeros(len(points), np.bool_)
    for body in bodies:
        margin, corners = MARGIN * _height(body), body.corners
        # Most points lie far off, and a box around the body is quicker asked than its outline.
        around = (points >= corners.min(axis=0) - margin) & (points <= corners.max(axis=0) + margin)
        close = np.flatnonzero(around.all(axis=1))
        near[close] |= _outside(body, points[close]) <= margin
    return near


def _outside(body: Outline, points: Array) -> Array:
    """Pixels from each of the points (N, 2) as (row, column) to the body: (N,), 0 inside."""
    start = body.corners
    edge = np.roll(start, -1, axis=0) - start
    offset = points[:, None] - start
    length = np.maximum((edge**2).sum(axis=1), 1e-12)
    along = np.clip((offset * edge).sum(axis=2) / length, 0, 1)
    distance = np.linalg.norm(offset - along[..., None] * edge, axis=2).min(axis=1)
    # A point is inside when an odd number of edges cross its row on one side of it.
    at_its_row = (offset[..., 0] >= 0) != (offset[..., 0] >= edge[:, 0])
    side = edge[:, 0] * offset[..., 1] - edge[:, 1] * offset[..., 0]
    inside = (at_its_row & ((side < 0) == (edge[:, 0] > 0))).sum(axis=1) % 2 == 1
    return np.asarray(np.where(inside, 0.0, distance), np.float64)


def _height(body: Outline) -> float:
    anterior_superior, posterior_superior, posterior_inferior, anterior_inferior = body.corners
    anterior = np.linalg.norm(anterior_superior - anterior_inferior)
    posterior = np.linalg.norm(posterior_superior - posterior_inferior)
    return float(anterior + posterior) / 2


@dataclass(frozen=True)
class HitRate:
    """How many of some images' heatmaps point at a fracture.

    Attributes:
        images: how many there are.
        people: theirs.
        hits: images whose peak is a hit.
        value: share of hits, 0..1.
        by_vertebra: mean of ``chance_by_vertebra``.
        by_point: mean of ``chance_by_point``.
        above: ``value`` less ``by_point``, paired.
    """

    images: int
    people: int
    hits: int
    value: Interval
    by_vertebra: float
    by_point: float
    above: Interval

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "images": self.images,
            "people": self.people,
            "hits": self.hits,
            "share": self.value.plain(),
            "chance_random_vertebra": self.by_vertebra,
            "chance_random_point": self.by_point,
            "above_random_point": self.above.plain(),
        }


def hit_rates(
    outlines: Sequence[Sequence[Outline]],
    hits: Sequence[bool | None],
    chosen: npt.NDArray[np.bool_],
    people: PersonIds,
    levels: Sequence[Sequence[str]] = (),
) -> dict[str, HitRate]:
    """How often the chosen of N images are hits: all, by the image's highest Genant grade, and by level.

    Grades: Genant et al., J Bone Miner Res 1993;8:1137. An image has a level where a single body is
    fractured. People are drawn from all N images, for how many are chosen is chance as well.

    Args:
        outlines: of each image.
        hits: of each image, as ``points_at`` gives them; an image of None is never chosen.
        chosen: (N,) of bool.
        people: (N,), the person of each image.
        levels: of each image's outlines, such as ``T12``; left out, there are no groups by level.

    Returns:
        Only groups with an image: ``all``, ``grade 1``, ``grade 2``, ``grade 3``, and those of ``LEVELS``.
    """
    grades = np.array([max((outline.grade for outline in each), default=0) for each in outlines])
    usable = chosen & np.array([hit is not None for hit in hits])
    found = np.array([bool(hit) for hit in hits], np.float64)
    by_vertebra, by_point = (
        np.array([chance(each) if use else np.nan for each, use in zip(outlines, usable, strict=True)])
        for chance in (chance_by_vertebra, chance_by_point)
    )
    groups = {"all": usable} | {f"grade {grade}": usable & (grades == grade) for grade in (1, 2, 3)}
    regions = np.array([_region(*each) for each in zip(outlines, levels, strict=True)] if levels else [""])
    groups |= {name: usable & (regions == name) for name in LEVELS}
    names, person = np.unique(people, return_inverse=True)
    counts = person_counts(names)
    return {
        name: HitRate(
            images=int(group.sum()),
            people=len(np.unique(people[group])),
            hits=int(found[group].sum()),
            value=interval(weighted_means(found[group], counts[:, person[group]])),
            by_vertebra=float(by_vertebra[group].mean()),
            by_point=float(by_point[group].mean()),
            above=interval(weighted_means((found - by_point)[group], counts[:, person[group]])),
        )
        for name, group in groups.items()
        if group.any()
    }
