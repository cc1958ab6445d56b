"""Where the film lies over the spine, and the grid on which the line integrals are computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.simulator.anatomy import LEVEL_WEIGHT, LEVELS, Spine, Vertebra, draw_spine, fracture, stack
from train.simulator.people import Fracture, Person

GRID_MM = 0.32
"""Nominal pixel of the computation; finer than what the network sees, coarser than what is stored."""
SAFE_BORDER = 0.065
"""A fractured body stays this fraction of the image away from its edges, since 5 % are cropped."""


@dataclass
class Field:
    """The imaged field. x0, y0: plane coordinates (mm) of its top left corner, before any mirroring.

    height, width: stored pixels; spacing: mm; borders: collimated fraction at top, bottom, left, right;
    turn: tilt of the collimator, radians; facing: 'right' or 'left', where the front of the body is.
    """

    protocol: str
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

    def contains(self, vertebra: Vertebra, extra: float = 0.0) -> bool:
        """Whether the whole body lies in the exposed field, `extra` (a fraction of the image) inside it."""
        xy = vertebra.to_plane(vertebra.local_points())
        row = (xy[:, 1] - self.y0) / (self.height * self.spacing)
        col = (xy[:, 0] - self.x0) / (self.width * self.spacing)
        top, bottom, left, right = (max(b + 0.02 * (b > 0), extra) for b in self.borders)
        return bool(row.min() > top and row.max() < 1 - bottom and col.min() > left and col.max() < 1 - right)


@dataclass
class Scene:
    """A person's spine under a field that shows all of its fractures."""

    spine: Spine
    field: Field

    @property
    def pvf(self) -> int:
        """1 when a fractured vertebra is in the image; 0 too where no level was left that shows it."""
        return int(any(v.grade for v in self.spine.vertebrae))

    def visible(self) -> list[Vertebra]:
        """Bodies that lie wholly in the exposed field."""
        return [v for v in self.spine.vertebrae if self.field.contains(v)]


def draw_scene(seed: np.random.SeedSequence, person: Person, protocol: str) -> Scene:
    """Draw spine and field, and put every fracture of the person on a level well inside the field.

    The field is drawn from its own stream, so that its size and place do not tell of fractures. Raises
    ValueError for a protocol other than 'radiograph' or 'vfa'.
    """
    if protocol not in ("radiograph", "vfa"):
        raise ValueError(f"unknown protocol {protocol!r}: use 'radiograph' or 'vfa'")
    shape_seed, field_seed, level_seed = seed.spawn(3)
    rng = np.random.default_rng(level_seed)
    spine, field = _build(shape_seed, field_seed, person, protocol, {})
    allowed = [i for i, v in enumerate(spine.vertebrae) if field.contains(v, SAFE_BORDER + 0.03)]
    events = person.fractures[: len(allowed)]
    while events:
        levels = _draw_levels(rng, allowed, len(events))
        spine, field = _build(
            shape_seed, field_seed, person, protocol, dict(zip(levels, events, strict=True))
        )
        if all(field.contains(spine.vertebrae[i], SAFE_BORDER) for i in levels):
            break
        # A collapsed body lets the column sink and lean, which can carry a fracture out: try others.
        if len(allowed) > 3:
            allowed = allowed[1:] if rng.random() < 0.5 else allowed[:-1]
        else:
            events = events[:-1]
            spine, field = _build(shape_seed, field_seed, person, protocol, {})
    return Scene(spine, field)


def _build(
    shape_seed: np.random.SeedSequence,
    field_seed: np.random.SeedSequence,
    person: Person,
    protocol: str,
    events: dict[int, Fracture],
) -> tuple[Spine, Field]:
    """The spine with the given fractures (by index of the level) and the field that is laid over it."""
    rng = np.random.default_rng(shape_seed)
    # Two streams, so that the rest of the anatomy is the same with and without a fracture.
    event_rng = np.random.default_rng([*shape_seed.generate_state(2)])
    spine = draw_spine(rng, person)
    for i, event in events.items():
        fracture(spine.vertebrae[i], event, event_rng)
    stack(spine, rng, person.age)
    return spine, _draw_field(np.random.default_rng(field_seed), spine, protocol)


def _draw_levels(rng: np.random.Generator, allowed: list[int], count: int) -> list[int]:
    from_level = np.array([LEVEL_WEIGHT.get(name, 0.8) for name in (LEVELS[i] for i in allowed)])
    return [int(i) for i in rng.choice(allowed, size=count, replace=False, p=from_level / from_level.sum())]


def _draw_field(rng: np.random.Generator, spine: Spine, protocol: str) -> Field:
    centre_of = {v.level: v.centre for v in spine.vertebrae}
    if protocol == "vfa":
        height, width = int(rng.integers(912, 1657)), int(rng.integers(378, 568))
        length = float(np.clip(rng.normal(430, 18), 390, 470)) * spine.magnification / 1.15
        spacing = min(length / height, 190 / width)
        spacing = max(spacing, 118 / width)
        bottom = centre_of["L5"][1] + rng.uniform(28, 50)
        y0 = bottom - height * spacing
        borders = (0.0, 0.0, 0.0, 0.0)
        turn = 0.0
        share = rng.normal(0.50, 0.04)
    else:
        length = rng.uniform(310, 390)
        low, high = max(1500, length / 0.25), min(2400, length / 0.14)
        height = int(rng.uniform(low, high))
        spacing = length / height
        width = int(height * rng.uniform(0.55, 0.85))
        lumbar = rng.random() < 0.6
        aim = centre_of["L3" if lumbar else "T12"][1] + (-8 if lumbar else 8)
        y0 = aim + rng.normal(0, 14) - length / 2
        collimated = rng.random() < 0.55
        sides = rng.uniform(0.0, 0.055, 4) * (rng.random(4) < 0.75) if collimated else np.zeros(4)
        top, bottom, left, right = (float(b) for b in sides)
        borders = (top, bottom, left, right)
        turn = float(np.deg2rad(rng.normal(0, 0.8))) if collimated else 0.0
        share = rng.normal(0.42, 0.05)
    span = height * spacing
    inside = [v.centre[0] for v in spine.vertebrae if y0 + 0.1 * span < v.centre[1] < y0 + 0.9 * span]
    x0 = (min(inside) + max(inside)) / 2 - np.clip(share, 0.30, 0.60) * width * spacing
    facing = "left" if rng.random() < 0.5 else "right"
    return Field(protocol, float(x0), float(y0), height, width, float(spacing), borders, turn, facing)
