"""Where the film lies over the spine, and the grid on which the line integrals are computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.simulator.anatomy import LEVELS, Spine, Vertebra, draw_spine, fracture, pose
from train.simulator.degeneration import degenerate
from train.simulator.people import Person

GRID_MM = 0.32
"""Nominal pixel of the computation; finer than what the network sees, coarser than what is stored."""
SOURCE_MM = 1100.0
"""From the focus to the spine; ours, as of the usual exposures of a spine. The beam diverges from there."""
SAFE_BORDER = 0.065
"""A fractured body in the field stays this fraction of the image off its edges, since 5 % are cropped."""
COVERAGES = ("lumbar", "thoracolumbar", "whole")
SHARES = (0.55, 0.33, 0.12)
HEIGHTS = (1150, 1600, 3000)
"""Rows of a radiograph that does not show the whole spine: least, most frequent, most."""
LENGTHS = {"lumbar": (240.0, 430.0), "thoracolumbar": (330.0, 430.0), "whole": (600.0, 700.0)}
"""Of the collimated field, mm, by coverage."""
BREADTHS, RATIO = (150.0, 330.0), (0.36, 0.85)
"""Of a field that does not show the whole spine, mm, narrow ones more often; and relative to its length. With
its length it makes bodies of some 60 to 150 pixels of the network's image, as in real films."""
COLUMNS = (850, 3520)
"""As of VERTE-X."""
_ANYWHERE = (np.full(2, -np.inf), np.full(2, np.inf))
ATTEMPTS = 400


@dataclass
class Field:
    """The imaged field. x0, y0: plane coordinates (mm) of its top left corner, before any mirroring.

    height, width: stored pixels; spacing: mm; borders: collimated fraction at top, bottom, left, right;
    turn: tilt of the collimator, radians; facing: 'right' or 'left', where the front of the body is.
    """

    protocol: str
    coverage: str
    x0: float
    y0: float
    height: int
    width: int
    spacing: float
    borders: tuple[float, float, float, float]
    turn: float
    facing: str

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the computing grid."""
        return (round(self.height * self.spacing / GRID_MM), round(self.width * self.spacing / GRID_MM))

    def axes(self, step: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Plane coordinates x (1, C) and y (R, 1), mm, of the pixel centres of a grid step times coarser."""
        rows, cols = (-(-n // step) for n in self.shape)
        y = self.y0 + (np.arange(rows, dtype=np.float32) + 0.5) * (self.height * self.spacing / rows)
        x = self.x0 + (np.arange(cols, dtype=np.float32) + 0.5) * (self.width * self.spacing / cols)
        return x[None].astype(np.float32), y[:, None].astype(np.float32)

    def to_stored(self, xy: np.ndarray) -> np.ndarray:
        """Plane points (N, 2) as [row, col] of the stored image; whole numbers are pixel centres."""
        col = (xy[:, 0] - self.x0) / self.spacing - 0.5
        row = (xy[:, 1] - self.y0) / self.spacing - 0.5
        return np.stack([row, self.width - 1 - col if self.facing == "left" else col], axis=1)

    def contains(self, points: np.ndarray, extra: float = 0.0) -> bool:
        """Whether the body of plane points (N, 2) lies wholly in the exposed field.

        extra: by how much inside the image, as a fraction of it.
        """
        (top, left), (bottom, right) = self._extent(points)
        edges = [max(b + 0.02 * (b > 0), extra) for b in self.borders]
        return bool(top > edges[0] and bottom < 1 - edges[1] and left > edges[2] and right < 1 - edges[3])

    def misses(self, points: np.ndarray, sideways: bool = False) -> bool:
        """Whether no part of the body is exposed: it lies above or below; sideways: or before or behind."""
        lowest, highest = self._extent(points)
        before, after = np.array(self.borders).reshape(2, 2).T
        beyond = (highest < before - 0.005) | (lowest > 1 - after + 0.005)
        return bool(beyond.any() if sideways else beyond[0])

    def _extent(self, xy: np.ndarray) -> np.ndarray:
        """Lowest and highest [row, column] of a body (2, 2), as fractions of the unmirrored image."""
        row = (xy[:, 1] - self.y0) / (self.height * self.spacing)
        col = (xy[:, 0] - self.x0) / (self.width * self.spacing)
        return np.array([(row.min(), col.min()), (row.max(), col.max())])


@dataclass
class Scene:
    """A posed spine under a field. Every fractured body is well inside it or not in it at all."""

    spine: Spine
    field: Field

    @property
    def pvf(self) -> int:
        """1 when a fractured vertebra is in the image."""
        return int(any(v.grade for v in self.visible()))

    def visible(self) -> list[Vertebra]:
        """Bodies below the neck that lie wholly in the exposed field."""
        return [v for v in self.spine.vertebrae if v.level[0] != "C" and self.field.contains(v.points())]


def draw_anatomy(seed: np.random.SeedSequence, person: Person) -> Spine:
    """The person's spine with its wear and its fractures, the same for all films."""
    build, wear = (np.random.default_rng(s) for s in seed.spawn(2))
    spine = draw_spine(build, person)
    degenerate(spine, wear, person.age)
    for event in person.fractures:
        fracture(spine.vertebrae[LEVELS.index(event.level)], event)
    return spine


def draw_scene(spine: Spine, seed: np.random.SeedSequence, person: Person, protocol: str) -> Scene:
    """Pose the spine for one film and lay a field over it.

    Films are drawn anew until none of the person's weak levels is cut by an edge. Everybody has weak levels,
    fractured or not, so size and place of the field do not tell of fractures. Raises ValueError for a
    protocol other than 'radiograph' or 'vfa'.
    """
    if protocol not in ("radiograph", "vfa"):
        raise ValueError(f"unknown protocol {protocol!r}: use 'radiograph' or 'vfa'")
    weak = [LEVELS.index(event.level) for event in person.weak]
    for attempt in range(2 * ATTEMPTS):
        rng = np.random.default_rng(seed.spawn(1)[0])
        vfa = protocol == "vfa"
        # The scanner's fan keeps the spine near its true size; a radiograph's source is close.
        posed = pose(spine, rng, rng.uniform(1.0, 1.08) if vfa else rng.uniform(1.08, 1.22))
        scene = Scene(posed, _draw_vfa(rng, posed) if vfa else _draw_radiograph(rng, posed))
        # A spine bent further than the field is wide can leave it sideways.
        if aim(rng, scene.field, [posed.vertebrae[i].points() for i in weak], sideways=attempt >= ATTEMPTS):
            return scene
    raise AssertionError("no field misses or shows all weak levels")


def aim(
    rng: np.random.Generator,
    field: Field,
    weak: list[np.ndarray],
    limits: tuple[np.ndarray, np.ndarray] = _ANYWHERE,
    sideways: bool = False,
) -> bool:
    """Shift the field until no weak body is cut and, if it can be, one is shown; False when some stay cut.

    weak: plane points (N, 2) of each; limits: least and greatest (x0, y0); sideways: they may be missed so.
    """
    place, best = (field.x0, field.y0), None
    reach = 0.02 if field.protocol == "vfa" else 0.10
    for i in range(12):
        shift = np.clip(rng.normal(0, (0.2, 1.0), 2) * min(i, 6) / 6, -1.5, 1.5) * reach
        field.x0, field.y0 = np.clip(place + shift * field.height * field.spacing, *limits)
        inside = [field.contains(v, SAFE_BORDER) for v in weak]
        if all(shown or field.misses(v, sideways) for shown, v in zip(inside, weak, strict=True)):
            best = best or (field.x0, field.y0)
            if any(inside):
                return True
    if best is None:
        return False
    field.x0, field.y0 = best
    return True


def _draw_radiograph(rng: np.random.Generator, spine: Spine) -> Field:
    """Heights and widths in pixels as of VERTE-X (1024-8383, 850-3520), but smaller in the mean."""
    at = {v.level: v.centre[1] for v in spine.vertebrae}
    coverage = str(rng.choice(COVERAGES, p=SHARES))
    length, height, width = draw_size(rng, coverage)
    if coverage == "whole":
        y0 = at["T1"] - rng.uniform(25, 75)
    else:
        middle = at["L3"] - 8 if coverage == "lumbar" else at["T11"] - 4
        y0 = middle - length / 2
    field = collimated(rng, coverage, (0.0, y0), length, height, width)
    return _centred(field, spine, rng.normal(0.44, 0.05))


def draw_size(rng: np.random.Generator, coverage: str) -> tuple[float, int, int]:
    """Length (mm), rows and columns of a radiograph's field."""
    length = rng.uniform(*LENGTHS[coverage])
    if coverage == "whole":
        height, ratio = rng.triangular(1800, 2400, 5600), rng.uniform(0.42, 0.56)
    else:
        breadth = BREADTHS[0] * (BREADTHS[1] / BREADTHS[0]) ** rng.random()
        height, ratio = rng.triangular(*HEIGHTS), float(np.clip(breadth / length, *RATIO))
    height = max(height, COLUMNS[0] / ratio)
    return length, round(height), int(np.clip(round(height * ratio), *COLUMNS))


def collimated(
    rng: np.random.Generator,
    coverage: str,
    corner: tuple[float, float],
    length: float,
    height: int,
    width: int,
) -> Field:
    """A radiograph's field: its length in mm, its size in pixels; borders, turn and facing are drawn."""
    sides = np.zeros(4)
    if rng.random() < 0.55:
        sides = rng.uniform(0.0, 0.055, 4) * (rng.random(4) < 0.75)
    turn = float(np.deg2rad(rng.normal(0, 0.8))) if sides.any() else 0.0
    top, bottom, left, right = (float(b) for b in sides)
    return Field(
        "radiograph",
        coverage,
        float(corner[0]),
        float(corner[1]),
        height,
        width,
        float(length / height),
        (top, bottom, left, right),
        turn,
        str(rng.choice(["left", "right"])),
    )


def _draw_vfa(rng: np.random.Generator, spine: Spine) -> Field:
    """Sizes as of the Hologic images of KURE (mean 1097 x 378, 912-1656 x 378-567); sacrum to about T2."""
    height = int(np.clip(rng.normal(1095, 70), 912, 1656))
    width = 378 if rng.random() < 0.92 else int(rng.integers(379, 568))
    spacing = float(np.clip(rng.normal(495, 15), 450, 540)) / height
    bottom = spine.vertebrae[0].centre[1] + rng.uniform(35, 60)
    facing = str(rng.choice(["left", "right"]))
    field = Field(
        "vfa",
        "whole",
        0.0,
        bottom - height * spacing,
        height,
        width,
        spacing,
        (0.0, 0.0, 0.0, 0.0),
        0.0,
        facing,
    )
    return _centred(field, spine, rng.normal(0.48, 0.03))


def _centred(field: Field, spine: Spine, share: float) -> Field:
    """The field moved sideways so that the column's middle lies at the share of its width, from the back."""
    span = field.height * field.spacing
    inside = [
        v.centre[0] for v in spine.vertebrae if field.y0 + 0.1 * span < v.centre[1] < field.y0 + 0.9 * span
    ]
    field.x0 = (min(inside) + max(inside)) / 2 - float(
        np.clip(share, 0.32, 0.60)
    ) * field.width * field.spacing
    return field
