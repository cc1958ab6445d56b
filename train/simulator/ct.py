"""Lateral line integrals of real CT volumes, shaped, thinned and fractured before they are projected.

Axes as in `train.simulator.anatomy`: x to the front, y to the feet, mm. A body's truth is where its six
points were set by hand in the source (volumes/corners.json) and where the warp then puts them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from train.simulator.anatomy import Body, genant_grade
from train.simulator.bone_density import trabecular
from train.simulator.people import Fracture

FOLDER = Path(__file__).with_name("volumes")
VOLUMES = ("lidc", "totalsegmentator")
KINDS = ("wedge", "biconcave", "crush")
PARTIAL = {"lidc": ("T4", "L3"), "totalsegmentator": ("T12", "S1")}
"""Bodies that the volume cuts off, that its slices do not resolve, or that carry no six points: no truth."""
ANCHOR = {"lidc": -1, "totalsegmentator": 0}
"""The body that stays in its place when others lose height: the volume ends soon beyond it."""
WATER_PER_MM = 0.02
"""Attenuation of water at diagnostic energies."""
BONE_GAIN, BONE_HU = 1.75, (150.0, 300.0)
"""Bone attenuates more at radiographic energies than its CT number at 120 kV says; from where to where."""
TISSUE_HU = 45.0
SOURCE_MM = 1100.0
"""From the focus to the spine: slices nearer to it are seen larger."""
WIDTH = 0.66
"""Half width of a body relative to its depth, from published morphometry."""
AS, PS, PI, AI, MS, MI = range(6)

Points = np.ndarray
FINE_MM = 1.5
COARSE = 6
"""Working cells, of two cells each, between two evaluations of the spline."""
STEP_MM = 4.0
"""Between two looks at what the volume covers."""


@dataclass(frozen=True)
class CtSpine:
    """A volume's bodies, shaped, fractured and piled up: what all films of a person share. Plane mm.

    volume: one of VOLUMES. bodies: those with a truth. points, sides (N, 6, 2): all bodies of the volume, in
    their middle and at their sides; arches (N, 2): points in the posterior arches. packed (N,): how much
    denser each body became.
    """

    volume: str
    bodies: tuple[Body, ...]
    points: Points
    sides: Points
    arches: Points
    packed: np.ndarray

    def posed(self, similarity: np.ndarray) -> CtSpine:
        """The spine under a similarity (2, 3): magnified, tilted, shifted."""
        k = float(np.sqrt(np.linalg.det(similarity[:, :2])))
        bodies = tuple(
            replace(
                b,
                points=_move(b.points, similarity),
                **{name: k * getattr(b, name) for name in ("ha", "hm", "hp", "reference")},
            )
            for b in self.bodies
        )
        points, sides, arches = (_move(p, similarity) for p in (self.points, self.sides, self.arches))
        return replace(self, bodies=bodies, points=points, sides=sides, arches=arches)

    def warps(self) -> tuple[_Spline, _Spline]:
        """From the plane to the volume, in the middle and at the sides of the bodies."""
        volume = _load(self.volume)
        source = np.concatenate([volume.points.reshape(-1, 2), _arches(volume.points)])
        middle = _Spline(np.concatenate([self.points.reshape(-1, 2), self.arches]), source)
        if not self.packed.any():
            return middle, middle
        return middle, _Spline(np.concatenate([self.sides.reshape(-1, 2), self.arches]), source)


@dataclass(frozen=True)
class _Volume:
    """A volume split so that any density is a weighted sum. Arrays (Z, Y, X) are attenuation in 1/mm.

    soft: without bone. other: excess of ribs, arches and pelvis. rim: excess of the bodies' cortex. core:
    share of spongy bone 0-1 times its relative density. label: 0 or 1 + index of the body. trunk (Y, X): line
    integrals of `soft`, blurred. points (N, 6, 2): mm. step, origin (3,): mm between voxels and of the first
    one, as (z, y, x).
    """

    levels: tuple[str, ...]
    whole: tuple[bool, ...]
    points: Points
    soft: np.ndarray
    other: np.ndarray
    rim: np.ndarray
    core: np.ndarray
    label: np.ndarray
    trunk: np.ndarray
    step: np.ndarray
    origin: np.ndarray

    def at_density(self, t_score: float, packed: np.ndarray) -> np.ndarray:
        """Attenuation (Z, Y, X) in 1/mm at a T-score; packed (N,): how much denser each body became."""
        crowding = np.concatenate([[1.0], 1.0 + packed]).astype(np.float32)
        cortex = np.float32(np.clip(1.0 + 0.12 * (t_score + 1.0), 0.5, 1.35))
        # Bone other than the bodies loses mineral more slowly.
        elsewhere = np.float32(np.clip(1.0 + 0.10 * (t_score + 1.0), 0.65, 1.35))
        bodies = np.float32(trabecular(t_score)) * self.core * crowding[self.label]
        total: np.ndarray = self.soft + elsewhere * self.other + cortex * self.rim + bodies
        return total


def levels(volume: str) -> tuple[str, ...]:
    """Levels of the volume's bodies that have a truth and can be fractured, from above downwards."""
    return tuple(level for level in _corners()[volume] if level not in PARTIAL[volume])


def shape_ct(volume: str, fractures: Sequence[Fracture], seed: int) -> CtSpine:
    """Vary a volume's bodies and their arrangement, and fracture those of them that `fractures` names.

    Levels that the volume does not show whole are passed over. The same seed gives the same bodies with and
    without fractures.

    Raises:
        ValueError: for an unknown kind of fracture or a loss outside 0.2-0.7.
    """
    for event in fractures:
        if event.kind not in KINDS:
            raise ValueError(f"unknown fracture {event.kind!r}: use wedge, biconcave or crush")
        if not 0.2 <= event.loss <= 0.7:
            raise ValueError(f"a fracture takes 0.2 to 0.7 of the height, not {event.loss}")
    source = _load(volume)
    shape_rng, event_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    size = np.array([(1, 0, 0), (0, 1, 0)]) * shape_rng.uniform(0.88, 1.15)
    healthy = _reshape(source, shape_rng)
    events = {source.levels.index(e.level): e for e in fractures if e.level in levels(volume)}
    shapes = [_collapse(s, events[i], event_rng) if i in events else s for i, s in enumerate(healthy)]
    sides = [_shallow(s) if i in events else s for i, s in enumerate(shapes)]
    moves = _stack(source, shapes, shape_rng)
    back = cv2.invertAffineTransform(moves[ANCHOR[volume]])
    moves = [_onto(back, move) for move in moves]
    packed = np.zeros(len(shapes))
    bodies = []
    for i, level in enumerate(source.levels):
        if i in events:
            packed[i] = 0.5 * (1 - _heights(shapes[i]).mean() / _heights(healthy[i])[2])
        if source.whole[i]:
            kind, grade = (events[i].kind, genant_grade(events[i].loss)) if i in events else ("none", 0)
            ha, hm, hp = (float(h) for h in _heights(shapes[i]))
            reference = float(_heights(healthy[i])[2])
            bodies.append(Body(level, _move(shapes[i], moves[i]), ha, hm, hp, reference, kind, grade))
    points, flat, arches = (
        np.array([_move(p, m) for p, m in zip(parts, moves, strict=True)])
        for parts in (shapes, sides, _arches(source.points))
    )
    return CtSpine(volume, tuple(bodies), points, flat, arches, packed).posed(size)


def _heights(points: Points) -> np.ndarray:
    """Front, middle and back height (3,) of six points (6, 2), mm."""
    lengths: np.ndarray = np.linalg.norm(points[[AI, MI, PI]] - points[[AS, MS, PS]], axis=1)
    return lengths


def _with_heights(points: Points, heights: np.ndarray, top_share: float) -> Points:
    """The six points moved along the body until it has the heights (3,); top_share: by the upper endplate."""
    tops, bottoms = [AS, MS, PS], [AI, MI, PI]
    lost = (points[bottoms] - points[tops]) * (1 - heights / _heights(points))[:, None]
    moved = points.copy()
    moved[tops] += lost * top_share
    moved[bottoms] -= lost * (1 - top_share)
    return moved


def _reshape(volume: _Volume, rng: np.random.Generator) -> list[Points]:
    """Bodies (6, 2) as they are, a little varied, and clear of the 20 % that would make a fracture."""
    shapes = []
    for points, whole in zip(volume.points, volume.whole, strict=True):
        ha, hm, hp = _heights(points) * rng.normal(1.0, 0.02, 3)
        ha = hp * np.clip(ha / hp, 0.88, 1.12)
        hm = np.clip(hm, 0.87 * max(ha, hp), 0.98 * max(ha, hp))
        shapes.append(_with_heights(points, np.array([ha, hm, hp]), 0.5) if whole else points)
    return shapes


def _collapse(points: Points, event: Fracture, rng: np.random.Generator) -> Points:
    """The six points with the heights of a Genant fracture: Ha to Hp, Hm to Hp, or all to Hp as it was."""
    ha, hm, hp = _heights(points)
    keep, share = 1 - event.loss, rng.uniform(0.55, 0.85)
    if event.kind == "wedge":
        ha = hp * keep
        hm = max(hp * (1 - event.loss * rng.uniform(0.55, 0.75) - 0.03), ha * 0.98)
        share = rng.uniform(0.7, 0.95)
    elif event.kind == "biconcave":
        ha = hp * (1 - event.loss * rng.uniform(0.05, 0.35))
        hm = hp * keep
    else:
        hp = hp * keep
        ha = hp * rng.uniform(0.85, 1.0)
        hm = hp * rng.uniform(0.84, 0.95)
    return _with_heights(points, np.array([ha, hm, hp]), float(share))


def _shallow(points: Points) -> Points:
    """The same body at its sides, where the endplates have sunk half as far as in its middle."""
    ha, hm, hp = _heights(points)
    return _with_heights(points, np.array([ha, (hm + (ha + hp) / 2) / 2, hp]), 0.5)


def _move(points: Points, affine: np.ndarray) -> Points:
    """Points (..., 2) under an affine map (2, 3)."""
    moved: Points = points @ affine[:, :2].T + affine[:, 2]
    return moved


def _rotation(angle: float, about: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Affine map (2, 3) that turns by angle (radians) and carries the point `about` to `to`."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    return np.hstack([turn, (to - turn @ about)[:, None]])


def _onto(last: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The affine map (2, 3) of `first` and then `last`."""
    return np.hstack([last[:, :2] @ first[:, :2], _move(first[:, 2], last)[:, None]])


def _endplate(points: Points, front: int, back: int) -> tuple[np.ndarray, float]:
    """Middle (2,) and direction (radians) of an endplate."""
    along = points[front] - points[back]
    return (points[front] + points[back]) / 2, float(np.arctan2(along[1], along[0]))


def _stack(volume: _Volume, shapes: Sequence[Points], rng: np.random.Generator) -> list[np.ndarray]:
    """Rigid maps (2, 3) that pile the bodies on the lowest one, so that no hole opens above a fracture.

    The column is bent and its discs vary; where a body has changed its wedge the discs take back 30 %.
    """
    bend, narrowing = np.deg2rad(rng.normal(0, 0.8)), np.clip(rng.normal(1.0, 0.1), 0.75, 1.2)
    wedge = []
    for old, new in zip(volume.points, shapes, strict=True):
        top, bottom = (_endplate(new, *e)[1] - _endplate(old, *e)[1] for e in ((AS, PS), (AI, PI)))
        wedge.append(top - bottom)
    moves = [np.eye(2, 3)]
    for i in range(len(shapes) - 2, -1, -1):
        noise, disc = np.deg2rad(rng.normal(0, 0.8)), narrowing * np.clip(rng.normal(1.0, 0.06), 0.85, 1.15)
        below, below_angle = _endplate(volume.points[i + 1], AS, PS)
        this, this_angle = _endplate(volume.points[i], AI, PI)
        base, base_angle = _endplate(_move(shapes[i + 1], moves[0]), AS, PS)
        own, own_angle = _endplate(shapes[i], AI, PI)
        turned = base_angle - below_angle
        gap = _rotation(turned, np.zeros(2), np.zeros(2))[:, :2] @ (this - below)
        given_back = -0.15 * (wedge[i] + wedge[i + 1])
        angle = turned + this_angle - own_angle + bend + noise + given_back
        moves.insert(0, _rotation(angle, own, base + disc * gap))
    return moves


def _arches(points: Points) -> Points:
    """Points (N, 2) in the posterior arches, which stay whole when the body in front of them collapses."""
    back = points[:, [PS, PI]].mean(1)
    away = back - points[:, [AS, AI]].mean(1)
    arches: Points = back + 22.0 * away / np.linalg.norm(away, axis=1, keepdims=True)
    return arches


class _Spline:
    """Thin-plate spline from points (N, 2) of the image to where they came from in the volume (N, 2), mm."""

    def __init__(self, image: Points, source: Points) -> None:
        n = len(image)
        self.image = image
        system = np.zeros((n + 3, n + 3))
        system[:n, :n] = self._kernel(image)
        system[:n, n:] = np.hstack([np.ones((n, 1)), image / 100])
        system[n:, :n] = system[:n, n:].T
        self.weights = np.linalg.solve(system, np.vstack([source, np.zeros((3, 2))]))

    def _kernel(self, at: Points) -> np.ndarray:
        x, y = at.T[:, :, None] - self.image.T[:, None]
        squared = (x * x + y * y) / 1e4
        kernel: np.ndarray = squared * np.log(squared + 1e-12)
        return kernel

    def __call__(self, at: Points) -> Points:
        """Source points (M, 2), mm, of image points (M, 2)."""
        source: Points = (
            self._kernel(at) @ self.weights[:-3]
            + np.hstack([np.ones((len(at), 1)), at / 100]) @ self.weights[-3:]
        )
        return source


def covered(spine: CtSpine) -> np.ndarray:
    """The part of the plane that the volume shows: its least and greatest (x, y), (2, 2), mm.

    Sides move inwards while less than 85 % of one lies in the volume, but not into the bodies.
    """
    volume, warp = _load(spine.volume), spine.warps()[0]
    size = np.array(volume.soft.shape[:0:-1]) * volume.step[:0:-1]
    first = volume.origin[:0:-1] - volume.step[:0:-1] / 2
    corners = first + size * np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
    design = np.hstack([np.ones((len(warp.image), 1)), warp(warp.image)])
    affine = np.linalg.lstsq(design, warp.image, rcond=None)[0]
    outer = np.hstack([np.ones((4, 1)), corners]) @ affine
    low, high = outer.min(0), outer.max(0)
    columns, rows = np.ceil((high - low) / STEP_MM).astype(int)
    x, y = low[0] + (np.arange(columns) + 0.5) * STEP_MM, low[1] + (np.arange(rows) + 0.5) * STEP_MM
    source = warp(np.stack(np.meshgrid(x, y), -1).reshape(-1, 2))
    inside = ((source > first) & (source < first + size)).all(1).reshape(rows, columns)
    must = (np.concatenate([b.points for b in spine.bodies]) - low) / STEP_MM
    left, top = np.maximum(np.floor(must.min(0)).astype(int) - 1, 0)
    right, bottom = np.minimum(np.ceil(must.max(0)).astype(int) + 1, (columns, rows))
    box = [0, rows, 0, columns]
    while True:
        part = inside[box[0] : box[1], box[2] : box[3]]
        shares = [part[0].mean(), part[-1].mean(), part[:, 0].mean(), part[:, -1].mean()]
        free = [box[0] < top, box[1] > bottom, box[2] < left, box[3] > right]
        share, side = min(
            (share if may else 1.0, side) for side, (share, may) in enumerate(zip(shares, free, strict=True))
        )
        if share >= 0.85:
            break
        box[side] += 1 if side in (0, 2) else -1
    sides: np.ndarray = low + STEP_MM * np.array([(box[2], box[0]), (box[3], box[1])])
    return sides


def _source_map(
    volume: _Volume, warp: _Spline, corner: tuple[float, float], blocks: tuple[int, int], cell: float
) -> np.ndarray:
    """Where each working cell comes from: column and row in a sagittal slice, (2, R, C) float32.

    blocks: rows and columns of the spline's evaluations, `COARSE` working cells each.
    """
    unit, pad = 2 * COARSE * cell, 2
    rows, cols = (n + 2 * pad for n in blocks)
    x = corner[0] + (np.arange(cols) - pad + 0.5) * unit
    y = corner[1] + (np.arange(rows) - pad + 0.5) * unit
    source = warp(np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)).reshape(rows, cols, 2)
    index = ((source - volume.origin[:0:-1]) / volume.step[:0:-1]).astype(np.float32)
    fine = cv2.resize(index, None, fx=COARSE, fy=COARSE, interpolation=cv2.INTER_CUBIC)
    inner = slice(pad * COARSE, -pad * COARSE)
    return np.ascontiguousarray(fine[inner, inner].transpose(2, 0, 1))


def project(
    spine: CtSpine,
    corner: tuple[float, float],
    shape: tuple[int, int],
    cell: float,
    t_score: float,
    girth: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Line integrals (R, C) float32, no unit, of the warped slices from a point source, a little obliquely.

    corner: plane (x, y) of the grid's top left corner, mm; shape: its rows and columns; cell: mm. girth: line
    integral of soft tissue that the trunk has at least; the volume's own stays where it is more.
    """
    volume = _load(spine.volume)
    blocks = (-(-shape[0] // (2 * COARSE)), -(-shape[1] // (2 * COARSE)))
    warps = spine.warps()
    middle = _source_map(volume, warps[0], corner, blocks, cell)
    side = middle if warps[1] is warps[0] else _source_map(volume, warps[1], corner, blocks, cell)
    step_y, step_x = volume.step[1:]
    centre = np.array([volume.soft.shape[2] / 2, volume.soft.shape[1] / 2], np.float32)[:, None, None]
    oblique = np.deg2rad(rng.normal(0, [2.5, 1.5])) / (step_x, step_y)
    half = WIDTH * np.linalg.norm(volume.points[:, AS] - volume.points[:, PS], axis=1).mean()
    total = np.zeros(middle.shape[1:], np.float32)
    for k, plane in enumerate(volume.at_density(t_score, spine.packed)):
        z = volume.origin[0] + k * volume.step[0]
        in_middle = np.float32(max(1 - (abs(z) / half) ** 2.5, 0))
        base = middle if middle is side else side + in_middle * (middle - side)
        shrink = np.float32(1 - z / SOURCE_MM)
        offset = centre * (1 - shrink) + (z * oblique).astype(np.float32)[:, None, None]
        at = base * shrink + offset
        total += cv2.remap(plane, at[0], at[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    total *= np.float32(volume.step[0])
    # What the crop lacks of the person's girth is more of the same soft tissue.
    usual = float(np.median(volume.trunk[volume.trunk > 1]))
    trunk = cv2.remap(volume.trunk, middle[0], middle[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    total += trunk * np.float32(max(girth - usual, 0) / usual)
    spongy = cv2.remap(volume.core.sum(0), middle[0], middle[1], cv2.INTER_LINEAR)
    size = (2 * COARSE * blocks[1], 2 * COARSE * blocks[0])
    fine, spongy = (cv2.resize(a, size, interpolation=cv2.INTER_CUBIC) for a in (total, spongy))
    spongy *= np.float32(volume.step[0] * trabecular(t_score))
    fine += spongy * _grain(size[::-1], cell, t_score, rng)
    positive: np.ndarray = np.maximum(fine[: shape[0], : shape[1]], 0)
    return positive


def _grain(shape: tuple[int, int], cell: float, t_score: float, rng: np.random.Generator) -> np.ndarray:
    """Relative variation (R, C) of spongy bone, which CT blurs: fine, and upright struts where sparse."""
    layers = []
    for across, along in ((0.5, 0.5), (0.38, 3.2)):
        white = rng.standard_normal(shape, np.float32)
        layer = cv2.GaussianBlur(white, (0, 0), sigmaX=across / cell, sigmaY=along / cell)
        layers.append(layer / layer.std())
    sparse = np.clip((0.5 - t_score) / 4.0, 0, 1)
    grain: np.ndarray = np.float32(0.08) * layers[0] + np.float32(0.04 + 0.16 * sparse) * layers[1]
    return grain


@functools.cache
def _corners() -> dict[str, dict[str, list[list[float]]]]:
    """Six (x, y) points, mm, of each body of each volume, by name and level from above downwards."""
    read: dict[str, dict[str, list[list[float]]]] = json.loads((FOLDER / "corners.json").read_text("utf-8"))
    return read


@functools.cache
def _load(name: str) -> _Volume:
    """Read a volume of this package and split it into soft tissue, cortex, spongy bone and other bone."""
    with np.load(FOLDER / f"{name}.npz") as stored:
        hounsfield = stored["codes"].astype(np.float32) * 10 - 1024
        step, origin = stored["step"], stored["origin"]
    hounsfield, step, origin = _refined(hounsfield, step, origin)
    corners = _corners()[name]
    points = np.array(list(corners.values()), float)
    gain = 1 + (BONE_GAIN - 1) * np.clip((hounsfield - BONE_HU[0]) / (BONE_HU[1] - BONE_HU[0]), 0, 1)
    attenuation = WATER_PER_MM * (1 + hounsfield / 1000) * gain
    excess = attenuation - np.float32(WATER_PER_MM * (1 + TISSUE_HU / 1000))
    # Enhanced organs lie below: they must not follow the density of bone.
    bony = _ramp(hounsfield, 120, 200)
    spongy, region = np.zeros_like(hounsfield), np.zeros_like(hounsfield)
    core = np.zeros_like(hounsfield)
    label = np.zeros(hounsfield.shape, np.uint8)
    for i, body in enumerate(points):
        part, depth = _depth(body, hounsfield.shape, step, origin)
        inner = _ramp(depth, 1.0, 3.0)
        mean = float((excess[part] * inner).sum() / inner.sum())
        core[part] += inner * np.clip(1 + 0.6 * (excess[part] / mean - 1), 0.3, 2.0)
        spongy[part] = np.maximum(spongy[part], inner)
        region[part] = np.maximum(region[part], _ramp(depth, -2.5, -0.5))
        label[part][depth > 0.5] = i + 1
    rim, other = region * (1 - spongy) * bony * excess, (1 - region) * bony * excess
    soft = attenuation - spongy * excess - rim - other
    trunk = ndimage.gaussian_filter(soft.sum(0) * np.float32(step[0]), 10 / step[1:])
    whole = tuple(level not in PARTIAL[name] for level in corners)
    return _Volume(tuple(corners), whole, points, soft, other, rim, core, label, trunk, step, origin)


def _refined(
    hounsfield: np.ndarray, step: np.ndarray, origin: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The volume with voxels of at most `FINE_MM` in the sagittal plane, endplates smoothed along themselves.

    Thick voxels cut an oblique endplate into steps, which a projection shows as a dotted line.
    """
    times = np.array([1, *np.ceil(step[1:] / FINE_MM)])
    shape = (np.array(hounsfield.shape[:0:-1]) * times[:0:-1]).astype(int)
    fine = np.stack([cv2.resize(plane, shape, interpolation=cv2.INTER_LANCZOS4) for plane in hounsfield])
    size = step / times
    rows, columns = np.indices(fine.shape[1:], np.float32)
    for plane in fine:
        dy, dx = np.gradient(cv2.GaussianBlur(np.maximum(plane, 0), (0, 0), 1.0), *size[1:])
        yy, xx, xy = (cv2.GaussianBlur(a, (0, 0), 2.5 / size[2]) for a in (dy * dy, dx * dx, dx * dy))
        spread = np.hypot(yy - xx, 2 * xy)
        along = np.arctan2(2 * xy, xx - yy) / 2 + np.pi / 2
        line = _ramp(spread / (yy + xx + 400), 0.2, 0.6)
        mean = np.zeros_like(plane)
        for shift, weight in zip((-3.0, -1.5, 0.0, 1.5, 3.0), (0.12, 0.23, 0.3, 0.23, 0.12), strict=True):
            column = (columns + shift / size[2] * np.cos(along)).astype(np.float32)
            row = (rows + shift / size[1] * np.sin(along)).astype(np.float32)
            moved = cv2.remap(plane, column, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            mean += np.float32(weight) * moved
        plane += line * (mean - plane)
    return fine, size, origin - step / 2 + size / 2


def _ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below low, 1 above high, smooth between."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    smooth: np.ndarray = t * t * (3 - 2 * t)
    return smooth


def _depth(
    body: Points, shape: tuple[int, ...], step: np.ndarray, origin: np.ndarray
) -> tuple[tuple[slice, ...], np.ndarray]:
    """The part (Z, Y, X) of a volume round a body, and how deep its voxels lie in the body, mm.

    Negative outside; rounded to the sides as a body is.
    """
    s = np.linspace(0, 1, 9)[:, None]
    outline = []
    for a, m, b in ((PS, MS, AS), (AI, MI, PI)):
        bow = body[m] - (body[a] + body[b]) / 2
        outline += list(body[a] * (1 - s) + body[b] * s + 4 * s * (1 - s) * bow)
    forward = body[AS] + body[AI] - body[PS] - body[PI]
    depth = np.linalg.norm(forward) / 2
    forward /= np.linalg.norm(forward)
    fine, pad = 0.25, 6.0
    low = np.min(outline, 0) - pad
    cells = np.ceil((np.max(outline, 0) + pad - low) / fine).astype(int)
    mask = np.zeros(cells[::-1], np.uint8)
    cv2.fillPoly(mask, [np.round((np.array(outline) - low) / fine - 0.5).astype(np.int32)], 1)
    signed = cv2.distanceTransform(mask, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
    reach = WIDTH * depth + pad
    first = np.array([-reach, low[1], low[0]])
    last = np.array([reach, *(low + cells * fine)[::-1]])
    start = np.clip(np.ceil((first - origin) / step), 0, shape).astype(int)
    stop = np.clip(np.ceil((last - origin) / step), 0, shape).astype(int)
    z, y, x = (o + np.arange(a, b) * d for o, a, b, d in zip(origin, start, stop, step, strict=True))
    at = np.stack(np.meshgrid(x, y), -1)
    where = ((at - low) / fine - 0.5).astype(np.float32)
    plane = fine * cv2.remap(
        signed, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    away = at - body[:4].mean(0)
    across = np.abs(away @ forward) / (depth / 2)
    sideways = np.abs(z) / (WIDTH * depth)
    round_ = (across[None] ** 2.5 + sideways[:, None, None] ** 2.5) ** (1 / 2.5)
    nearest: np.ndarray = np.minimum(plane[None], (1 - round_) * depth / 2 * 1.15).astype(np.float32)
    return tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True)), nearest
