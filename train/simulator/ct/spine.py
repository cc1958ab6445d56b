"""The spine of a CT volume, shaped and fractured; its warp from the plane back to the volume.

A body's truth is where the warp puts its six points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from train.simulator.anatomy import AI, AS, MI, MS, PI, PS, Body, Points, genant_grade
from train.simulator.ct.thin_plate import ThinPlateSpline
from train.simulator.ct.volume import Bodies, CtVolume
from train.simulator.people import FRACTURE_KINDS, Fracture


@dataclass(frozen=True)
class CtSpine:
    """A volume's bodies, shaped, fractured and piled up: what all films of a person share. Plane mm.

    bodies: those with a truth. points, sides (N, 6, 2): all bodies of the volume, in
    their middle and at their sides; arches (N, 2): points in the posterior arches. packed (N,): how much
    denser each body became.
    """

    volume: CtVolume
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

    def warps(self) -> tuple[ThinPlateSpline, ThinPlateSpline]:
        """From the plane to the volume, in the middle and at the sides of the bodies."""
        there = self.volume.bodies.points
        source = np.concatenate([there.reshape(-1, 2), arches_of(there)])
        middle = ThinPlateSpline(np.concatenate([self.points.reshape(-1, 2), self.arches]), source)
        if not self.packed.any():
            return middle, middle
        return middle, ThinPlateSpline(np.concatenate([self.sides.reshape(-1, 2), self.arches]), source)


def shape_ct(volume: CtVolume, fractures: Sequence[Fracture], seed: int) -> CtSpine:
    """Vary a volume's bodies and their arrangement, and fracture those of them that `fractures` names.

    Levels that the volume does not show whole are passed over. The same seed gives the same bodies with and
    without fractures.

    Raises:
        ValueError: for an unknown kind of fracture or a loss outside 0.2-0.7.
    """
    for event in fractures:
        if event.kind not in FRACTURE_KINDS:
            raise ValueError(f"unknown fracture {event.kind!r}: use one of {', '.join(FRACTURE_KINDS)}")
        if not 0.2 <= event.loss <= 0.7:
            raise ValueError(f"a fracture takes 0.2 to 0.7 of the height, not {event.loss}")
    source = volume.bodies
    shape_rng, event_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    size = np.array([(1, 0, 0), (0, 1, 0)]) * shape_rng.uniform(0.88, 1.15)
    healthy = _reshape(source, shape_rng)
    events = {source.levels.index(e.level): e for e in fractures if e.level in volume.levels}
    shapes = [_collapse(s, events[i], event_rng) if i in events else s for i, s in enumerate(healthy)]
    sides = [_shallow(s) if i in events else s for i, s in enumerate(shapes)]
    moves = _stack(source, shapes, shape_rng)
    back = cv2.invertAffineTransform(moves[source.anchor])
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
        for parts in (shapes, sides, arches_of(source.points))
    )
    return CtSpine(volume, tuple(bodies), points, flat, arches, packed).posed(size)


def unchanged(volume: CtVolume, grades: Mapping[str, int]) -> CtSpine:
    """A volume's spine as it is, with the grades that a reader gave; the type is that of the lowest
    height."""
    bodies = []
    for level, whole, points in zip(
        volume.bodies.levels, volume.bodies.whole, volume.bodies.points, strict=True
    ):
        if whole:
            ha, hm, hp = (float(h) for h in _heights(points))
            grade = grades.get(level, 0)
            kind = FRACTURE_KINDS[int(np.argmin([ha, hm, hp]))] if grade else "none"
            bodies.append(Body(level, points, ha, hm, hp, max(ha, hm, hp), kind, grade))
    points = volume.bodies.points
    packed = np.zeros(len(points))
    return CtSpine(volume, tuple(bodies), points, points, arches_of(points), packed)


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


def _reshape(bodies: Bodies, rng: np.random.Generator) -> list[Points]:
    """Bodies (6, 2) as they are, a little varied, and clear of the 20 % that would make a fracture."""
    shapes = []
    for points, whole in zip(bodies.points, bodies.whole, strict=True):
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


def _stack(bodies: Bodies, shapes: Sequence[Points], rng: np.random.Generator) -> list[np.ndarray]:
    """Rigid maps (2, 3) that pile the bodies on the lowest one, so that no hole opens above a fracture.

    The column is bent and its discs vary; where a body has changed its wedge the discs take back 30 %.
    """
    bend, narrowing = np.deg2rad(rng.normal(0, 0.8)), np.clip(rng.normal(1.0, 0.1), 0.75, 1.2)
    wedge = []
    for old, new in zip(bodies.points, shapes, strict=True):
        top, bottom = (_endplate(new, *e)[1] - _endplate(old, *e)[1] for e in ((AS, PS), (AI, PI)))
        wedge.append(top - bottom)
    moves = [np.eye(2, 3)]
    for i in range(len(shapes) - 2, -1, -1):
        noise, disc = np.deg2rad(rng.normal(0, 0.8)), narrowing * np.clip(rng.normal(1.0, 0.06), 0.85, 1.15)
        below, below_angle = _endplate(bodies.points[i + 1], AS, PS)
        this, this_angle = _endplate(bodies.points[i], AI, PI)
        base, base_angle = _endplate(_move(shapes[i + 1], moves[0]), AS, PS)
        own, own_angle = _endplate(shapes[i], AI, PI)
        turned = base_angle - below_angle
        gap = _rotation(turned, np.zeros(2), np.zeros(2))[:, :2] @ (this - below)
        given_back = -0.15 * (wedge[i] + wedge[i + 1])
        angle = turned + this_angle - own_angle + bend + noise + given_back
        moves.insert(0, _rotation(angle, own, base + disc * gap))
    return moves


def arches_of(points: Points) -> Points:
    """Points (N, 2) in the posterior arches, which stay whole when the body in front of them collapses."""
    back = points[:, [PS, PI]].mean(1)
    away = back - points[:, [AS, AI]].mean(1)
    arches: Points = back + 22.0 * away / np.linalg.norm(away, axis=1, keepdims=True)
    return arches
