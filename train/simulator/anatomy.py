"""The shape of one person's spine in the sagittal plane, in millimetres at the detector.

Axes: x grows towards the front of the body, y grows towards the feet; the origin is the middle of the
sacral endplate. Magnification is already applied, so a length here divided by the pixel spacing is pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from train.simulator.people import Fracture, Person

LEVELS = ("L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10", "T9", "T8", "T7", "T6", "T5", "T4")
# Mean adult sizes in mm, from below upwards; rounded from published vertebral morphometry.
_HEIGHT = (24.3, 26.6, 27.3, 27.2, 26.5, 25.0, 23.4, 22.2, 21.2, 20.4, 19.7, 19.1, 18.6, 18.0)
_DEPTH = (34.0, 34.0, 33.2, 32.2, 31.0, 30.0, 29.5, 29.0, 28.2, 27.2, 25.8, 24.4, 23.0, 21.5)
_WEDGE = (1.10, 1.02, 1.00, 0.98, 0.96, 0.955, 0.955, 0.965, 0.96, 0.95, 0.95, 0.955, 0.96, 0.97)
_DISC = (9.0, 11.0, 10.5, 9.5, 8.3, 7.0, 6.0, 5.5, 5.0, 4.8, 4.6, 4.4, 4.3, 4.2)
_LORDOSIS = (14.0, 12.0, 9.0, 6.0, 4.0, 1.0)
_KYPHOSIS = (2.5, 3.0, 3.5, 4.0, 4.5, 4.5, 4.0, 4.0)
LEVEL_WEIGHT = {"T12": 3.0, "L1": 3.2, "T11": 1.8, "L2": 1.5, "T8": 1.0, "T7": 1.0, "T10": 0.9, "T9": 0.9}
"""How often each level fractures, relative to 0.8 for the others: a peak at the thoraco-lumbar junction."""


@dataclass
class Vertebra:
    """One vertebral body. Lengths in mm; tilt in radians, positive when the body leans forwards.

    Local axes: u to the front, w to the feet, origin in the body's middle. ha, hm, hp: front, middle and back
    height; reference: the back height before any fracture. top_share: how much of a lost height the upper
    endplate carries, 0-1. roll, rotation: radians about the front-back and the long axis, which double the
    outlines.
    """

    level: str
    depth: float
    width: float
    ha: float
    hm: float
    hp: float
    reference: float
    tilt: float = 0.0
    centre: np.ndarray = field(default_factory=lambda: np.zeros(2))
    kind: str = "none"
    grade: int = 0
    top_share: float = 0.5
    roll: float = 0.0
    rotation: float = 0.0

    def local_points(self) -> np.ndarray:
        """Six points (6, 2) as (u, w): anterior-superior, posterior-superior, posterior-inferior,
        anterior-inferior, mid-superior, mid-inferior."""
        d, h = self.depth / 2, self.hp / 2
        lost = self.hp - self.ha
        front_top, front_bottom = -h + lost * self.top_share, h - lost * (1 - self.top_share)
        dip = (self.ha + self.hp) / 2 - self.hm
        top = (front_top - h) / 2 + dip * self.top_share
        bottom = (front_bottom + h) / 2 - dip * (1 - self.top_share)
        return np.array([(d, front_top), (-d, -h), (-d, h), (d, front_bottom), (0, top), (0, bottom)])

    def to_plane(self, local: np.ndarray) -> np.ndarray:
        """Turn local (N, 2) points (u, w) into the sagittal plane's (x, y), mm."""
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        moved: np.ndarray = local @ np.array([[c, s], [-s, c]]) + self.centre
        return moved


@dataclass
class Spine:
    """Vertebrae from L5 upwards, the slope of the sacral endplate in radians, and the magnification."""

    vertebrae: list[Vertebra]
    sacral_slope: float
    magnification: float

    def midline(self, y: np.ndarray) -> np.ndarray:
        """Smoothed x of the spine at heights y, mm; the skin follows this rather than each vertebra."""
        points = np.array([v.centre for v in self.vertebrae])
        smooth = np.polynomial.Polynomial.fit(points[:, 1], points[:, 0], 2)
        low, high = points[:, 1].min(), points[:, 1].max()
        inside = np.clip(y, low, high)
        x: np.ndarray = smooth(inside) + 0.5 * smooth.deriv()(inside) * (y - inside)
        return x


def genant_grade(loss: float) -> int:
    """Grade 0-3 of a fraction of height lost (Genant 1993): 20 %, 25 % and 40 % are the lower edges."""
    return int(np.searchsorted([0.20, 0.25, 0.40], loss, side="right"))


def draw_spine(rng: np.random.Generator, person: Person) -> Spine:
    """Draw the unfractured spine of a person, L5 to T4, not yet placed (see `stack`)."""
    magnification = rng.uniform(1.08, 1.22)
    size = magnification * (person.height_m / 1.62) ** 0.8 * (1.04 if person.sex == "M" else 0.99)
    size *= rng.normal(1.0, 0.02)
    slimness = rng.normal(1.0, 0.05)
    vertebrae = []
    for i, level in enumerate(LEVELS):
        hp = _HEIGHT[i] * size * np.clip(rng.normal(1.0, 0.025), 0.94, 1.06)
        ha = hp * float(np.clip(_WEDGE[i] * rng.normal(1.0, 0.03), 0.88, 1.16))
        hm = (ha + hp) / 2 * float(np.clip(rng.normal(0.935, 0.025), 0.87, 0.985))
        # Whatever the draw, an unfractured body stays clear of the 20 % that makes a fracture.
        hm = max(hm, 0.86 * max(ha, hp))
        depth = _DEPTH[i] * size * slimness * rng.normal(1.0, 0.02)
        vertebrae.append(
            Vertebra(
                level,
                depth,
                depth * rng.normal(1.32, 0.04),
                ha,
                hm,
                hp,
                hp,
                top_share=float(rng.uniform(0.4, 0.6)),
            )
        )
    return Spine(vertebrae, np.deg2rad(np.clip(rng.normal(36, 7), 18, 55)), magnification)


def fracture(vertebra: Vertebra, event: Fracture, rng: np.random.Generator) -> None:
    """Deform a body in place so that its heights give the event's Genant type and grade.

    Wedge: Ha against Hp. Biconcave: Hm against Hp. Crush: Hp, Hm and Ha against the height before.
    """
    keep = 1 - event.loss
    if event.kind == "wedge":
        vertebra.ha = vertebra.hp * keep
        vertebra.hm = vertebra.hp * (1 - event.loss * rng.uniform(0.55, 0.75) - 0.03)
        vertebra.hm = max(vertebra.hm, vertebra.ha * 0.98)
        vertebra.top_share = float(rng.uniform(0.7, 0.95))
    elif event.kind == "biconcave":
        vertebra.ha = vertebra.hp * (1 - event.loss * rng.uniform(0.05, 0.35))
        vertebra.hm = vertebra.hp * keep
        vertebra.top_share = float(rng.uniform(0.4, 0.75))
    else:
        vertebra.hp = vertebra.reference * keep
        vertebra.ha = vertebra.hp * rng.uniform(0.85, 1.0)
        vertebra.hm = vertebra.hp * rng.uniform(0.84, 0.95)
        vertebra.top_share = float(rng.uniform(0.5, 0.8))
    vertebra.depth *= 1 + 0.10 * event.loss
    vertebra.kind, vertebra.grade = event.kind, genant_grade(event.loss)


def stack(spine: Spine, rng: np.random.Generator, age: float) -> None:
    """Pile the bodies on the sacrum in place: discs, lordosis, kyphosis, mild scoliosis, a tilt.

    A wedged body bends the column above it; the discs take back part of that, as in life.
    """
    lordosis = np.clip(rng.normal(1.0, 0.22), 0.35, 1.5)
    kyphosis = np.clip(rng.normal(1.0 + 0.006 * (age - 65), 0.25), 0.4, 2.0)
    spine.sacral_slope *= 0.35 + 0.65 * lordosis
    lean = np.deg2rad(rng.normal(0, 2.5))
    spine.sacral_slope += lean
    narrowing = np.clip(rng.normal(1.0 - 0.004 * (age - 60), 0.10), 0.55, 1.2)
    curve_phase, curve_size = rng.uniform(0, 2 * np.pi), abs(rng.normal(0, 3.0))
    rotation = rng.normal(0, 3.0)
    tilt, top = spine.sacral_slope, np.zeros(2)
    for i, v in enumerate(spine.vertebrae):
        step = -_LORDOSIS[i] * lordosis if i < len(_LORDOSIS) else _KYPHOSIS[i - len(_LORDOSIS)] * kyphosis
        step = np.deg2rad(step + rng.normal(0, 1.2))
        bent = 0.35 * np.arctan2(v.hp - v.ha, v.depth) if v.kind == "wedge" else 0.0
        tilt_below, tilt = tilt, tilt + step + bent
        disc = _DISC[i] * spine.magnification * narrowing * np.clip(rng.normal(1.0, 0.14), 0.4, 1.4)
        between = (tilt_below + tilt) / 2
        v.tilt = tilt
        points = v.local_points()
        low = (points[2] + points[3]) / 2
        base = top + disc * np.array([np.sin(between), -np.cos(between)])
        v.centre = np.zeros(2)
        v.centre = base - v.to_plane(low[None])[0]
        top = v.to_plane(((points[0] + points[1]) / 2)[None])[0]
        tilt += bent
        v.roll = np.deg2rad(curve_size * np.sin(curve_phase + i * 0.45) + rng.normal(0, 0.6))
        v.rotation = np.deg2rad(rotation + curve_size * np.cos(curve_phase + i * 0.45))
    # People are positioned so that the column stands along the film, whatever its curves.
    reach = spine.vertebrae[LEVELS.index("T10")].centre
    turn = -0.75 * np.arctan2(reach[0], -reach[1])
    c, s = np.cos(turn), np.sin(turn)
    spine.sacral_slope += turn
    for v in spine.vertebrae:
        v.tilt += turn
        v.centre = np.array([c * v.centre[0] - s * v.centre[1], s * v.centre[0] + c * v.centre[1]])
