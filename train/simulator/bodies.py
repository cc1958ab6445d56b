"""Line integrals of vertebral bodies: a compact shell of endplates and wall round a spongy core.

Everything is the excess over soft tissue, per mm at the effective energy of a lateral spine exposure, summed
along the beam (no unit). Where a constant has no source it is ours, set by eye beside real radiographs.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from train.simulator.anatomy import AI, AS, MI, MS, PI, PS, Vertebra
from train.simulator.bone_density import CORTEX, trabecular
from train.simulator.scene import SOURCE_MM, Scene

PLATE_MM, PLATE_RANGE = 0.62, (0.38, 0.85)
"""Thickness of an endplate at T -2, and its limits."""
WALL_MM, WALL_RANGE = 0.50, (0.28, 0.75)
"""Likewise of the wall, anterior and posterior."""
MM_PER_T = 0.07
"""By how much either is thicker for one T-score more."""
SQUARENESS = 2.5
"""Exponent of the superellipse that a body is in its axial section; 2 is an ellipse."""
WAIST_FRONT, WAIST_BACK, WAISTS = 0.15, 0.10, (0.7, 1.5)
"""How far the wall is drawn in at half the height, as a fraction of half the depth, and by what it varies."""
LIP_HEIGHT = 0.10
"""Over which an osteophyte falls off, as a fraction of the body's height."""
UNEVEN_MM = 0.10
"""Of the endplates of a healthy body; of a fractured one 0.20 and 0.06 more a grade."""
WAVE_FALL = (1, 1.3, 1.6, 2, 2.5)
"""By what each wave along an endplate is smaller, the longest first."""
SLICE_MM, SLICES = 0.5, (15, 32)
"""Thickness of sagittal slices at the endplates' slope, and the least and the most of them."""
CROWDING = 0.5
"""Of the height that a fractured body lost, the part by which its spongy bone is denser."""
PACKED_MM, PACKED = 2.2, 0.0040
"""Depth of the packed bone under a broken endplate, and its excess attenuation there, 1/mm."""
OBLIQUE = 0.6
"""How much of the beam's angle shows; the rest lies in how the film was centred."""


def draw_bodies(image: np.ndarray, scene: Scene, t_score: float, rng: np.random.Generator) -> None:
    """Add every vertebral body to the line-integral image (R, C) float32."""
    x, y = scene.field.axes()
    cell = float(y[1, 0] - y[0, 0])
    grain = _trabeculae(image.shape, cell, t_score, rng)
    mid_y = float(y.mean())
    for v in scene.spine.vertebrae:
        reach = 0.5 * np.hypot(v.depth, max(v.hp, v.ha)) + 7.0
        rows = np.flatnonzero(np.abs(y[:, 0] - v.centre[1]) < reach)
        cols = np.flatnonzero(np.abs(x[0] - v.centre[0]) < reach)
        if len(rows) < 2 or len(cols) < 2:
            continue
        part = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
        image[part] += _body(v, x[:, part[1]], y[part[0]], cell, seen_roll(v, mid_y), t_score, grain[part])


def seen_roll(v: Vertebra, mid_y: float) -> float:
    """Roll, radians, at which the beam meets a body: one far from the field's middle is seen obliquely."""
    roll: float = v.roll + OBLIQUE * np.arctan2(v.centre[1] - mid_y, SOURCE_MM)
    return roll


@dataclass(frozen=True)
class _Shell:
    """What of a body's surface is drawn at random, the same in all films; mm."""

    upper_plate: float
    lower_plate: float
    wall: float
    waist: float
    waves: np.ndarray
    """Amplitudes of the waves along both endplates, the longest first."""

    @classmethod
    def draw(cls, v: Vertebra, t_score: float, rng: np.random.Generator) -> _Shell:
        plate = _thickness(PLATE_MM, PLATE_RANGE, t_score, rng)
        upper, lower = (plate + sclerosis for sclerosis in v.sclerosis)
        wall = _thickness(WALL_MM, WALL_RANGE, t_score, rng)
        uneven = 0.20 + 0.06 * v.grade if v.grade > 0 else UNEVEN_MM + v.waviness
        waves = rng.standard_normal(len(WAVE_FALL)) / WAVE_FALL * uneven
        waist = rng.uniform(*WAISTS)
        return cls(upper, lower, wall, waist, waves if v.grade > 0 or v.waviness else waves[:2])


def _thickness(mm: float, limits: tuple[float, float], t_score: float, rng: np.random.Generator) -> float:
    return float(np.clip(mm + MM_PER_T * (t_score + 2.0), *limits)) * rng.normal(1.0, 0.06)


@dataclass(frozen=True)
class _Surfaces:
    """How deep each point (R, C) of a sagittal slice lies under a body's surfaces, mm; below 0 outside."""

    upper: np.ndarray
    lower: np.ndarray
    wall: np.ndarray

    def filled(self, shell: _Shell | None, cell: float) -> np.ndarray:
        """Share 0-1 of each grid pixel inside the body, or inside its shell; cell: mm."""
        if shell is None:
            depth = np.minimum(np.minimum(self.upper, self.lower), self.wall)
        else:
            plates = np.minimum(self.upper - shell.upper_plate, self.lower - shell.lower_plate)
            depth = np.minimum(plates, self.wall - shell.wall)
        share: np.ndarray = np.clip(depth / cell + 0.5, 0, 1)
        return share


def _body(
    v: Vertebra,
    x: np.ndarray,
    y: np.ndarray,
    cell: float,
    roll: float,
    t_score: float,
    grain: np.ndarray,
) -> np.ndarray:
    """One body (R, C) as a stack of sagittal slices; grain: relative variation of its spongy bone."""
    rng = np.random.default_rng(v.seed)
    shell = _Shell.draw(v, t_score, rng)
    fractured = v.grade > 0
    cos, sin = np.float32(np.cos(v.tilt)), np.float32(np.sin(v.tilt))
    dx, dy = x - np.float32(v.centre[0]), y - np.float32(v.centre[1])
    forwards, down = dx * cos + dy * sin, -dx * sin + dy * cos
    # Enough slices that neighbours' endplates merge: too few would draw a comb on deep or oblique bodies.
    slices = int(np.clip((sum(_dips(v)) + abs(roll) * v.width) / SLICE_MM, *SLICES))
    thickness = v.width / slices
    core = np.zeros(forwards.shape, np.float32)
    cortex = np.zeros(forwards.shape, np.float32)
    packed = np.zeros(forwards.shape, np.float32)
    for side in ((np.arange(slices) + 0.5) / slices * 2 - 1).astype(np.float32):
        surfaces = _slice(v, shell, forwards, down, side, roll)
        inside, inner = surfaces.filled(None, cell), surfaces.filled(shell, cell)
        core += inner
        cortex += inside - inner
        if fractured:
            packed += inner * np.exp(-np.maximum(surfaces.upper, 0) / PACKED_MM)
    spongy = trabecular(t_score) * v.spongy
    crowding = 1 + CROWDING * (1 - (v.ha + v.hm + v.hp) / 3 / v.reference) if fractured else 1.0
    total: np.ndarray = thickness * (spongy * crowding * core * (1 + grain) + CORTEX * cortex)
    if fractured:
        total += thickness * packed * PACKED * rng.uniform(0.5, 1.3)
    return total


def _dips(v: Vertebra) -> tuple[np.float32, np.float32]:
    """How far the middle of the upper and of the lower endplate lies under a straight one, mm."""
    at = v.local_points().astype(np.float32)[:, 1]
    return at[MS] - (at[AS] + at[PS]) / 2, (at[AI] + at[PI]) / 2 - at[MI]


def _slice(
    v: Vertebra, shell: _Shell, forwards: np.ndarray, down: np.ndarray, side: np.float32, roll: float
) -> _Surfaces:
    """The surfaces in one sagittal slice.

    forwards, down (R, C): local axes of the body, mm. side: where the slice lies, -1 to 1 from one side of
    the body to the other.
    """
    half = v.depth / 2
    forwards = forwards - np.float32(v.rotation * side * v.width / 2)
    down = down - np.float32(roll * side * v.width / 2)
    place = forwards / np.float32(half)
    at = v.local_points().astype(np.float32)[:, 1]
    upper_rim = at[PS] + (at[AS] - at[PS]) * (place + 1) / 2
    lower_rim = at[PI] + (at[AI] - at[PI]) * (place + 1) / 2
    reach = _wall(v, shell, place, down, upper_rim, lower_rim, side)
    out = np.abs(forwards) / reach
    # Concave endplates, deepest in the middle and level at the rim.
    dome = np.maximum(1 - out * out * np.sqrt(out), 0) * np.float32(1 - abs(side) ** SQUARENESS)
    rough = _roughness(v, shell, place, side)
    dip_upper, dip_lower = _dips(v)
    upper = down - (upper_rim + dip_upper * dome + rough * (1 - out * out).clip(0))
    lower = (lower_rim - dip_lower * dome) - down
    for where, breadth, deep, lower_plate in v.nodes:
        across = np.square((place - np.float32(where)) / np.float32(breadth))
        dent = np.exp(-across) * np.float32(deep * v.reference * np.maximum(1 - (2.2 * side) ** 2, 0))
        if lower_plate:
            lower = lower - dent
        else:
            upper = upper - dent
    wall = reach * (np.float32((1 - abs(side) ** SQUARENESS) ** (1 / SQUARENESS)) - out)
    return _Surfaces(upper, lower, wall)


def _wall(
    v: Vertebra,
    shell: _Shell,
    place: np.ndarray,
    down: np.ndarray,
    upper_rim: np.ndarray,
    lower_rim: np.ndarray,
    side: np.float32,
) -> np.ndarray:
    """Half depth (R, C) of the body at each height, mm: with a waist, and osteophytes at the rims."""
    middle = 1 - np.square(np.clip((2 * down - upper_rim - lower_rim) / (lower_rim - upper_rim), -1, 1))
    drawn_in = shell.waist * np.where(place > 0, np.float32(WAIST_FRONT), np.float32(WAIST_BACK))
    reach: np.ndarray = np.float32(v.depth / 2) * (1 - drawn_in * middle).astype(np.float32)
    upper_lip, lower_lip = (np.float32(lip * v.depth) for lip in v.lips)
    if upper_lip + lower_lip > 0.5:
        fall = np.float32(LIP_HEIGHT * v.reference)
        spur = upper_lip * np.exp(-np.abs(down - upper_rim) / fall)
        spur = spur + lower_lip * np.exp(-np.abs(lower_rim - down) / fall)
        reach = reach + np.where(place > 0, spur, 0.2 * spur) * np.float32(1 - 0.5 * side * side)
    return reach


def _roughness(v: Vertebra, shell: _Shell, place: np.ndarray, side: np.float32) -> np.ndarray:
    """Waves (R, C) along the upper endplate, mm; those of a fracture are not straight from side to side."""
    waves: np.ndarray = sum(
        np.float32(amplitude)
        * np.sin(np.float32(1.5 * (i + 1)) * place + np.float32(2.0 * i + 3 * side * (v.grade > 0)))
        for i, amplitude in enumerate(shell.waves)
    )
    return waves


def _trabeculae(shape: tuple[int, int], cell: float, t_score: float, rng: np.random.Generator) -> np.ndarray:
    """Relative variation of spongy bone (R, C): fine, and a little along the beams of load when porous."""
    white = rng.standard_normal(shape, np.float32)
    fine = cv2.GaussianBlur(white, (0, 0), 0.55 / cell)
    struts = cv2.GaussianBlur(
        rng.standard_normal(shape, np.float32), (0, 0), sigmaX=0.45 / cell, sigmaY=1.3 / cell
    )
    fine /= fine.std()
    struts /= struts.std()
    loss = float(np.clip((-t_score + 0.5) / 4.0, 0, 1))
    grain: np.ndarray = 0.12 * fine + (0.04 + 0.10 * loss) * struts
    return grain.astype(np.float32)
