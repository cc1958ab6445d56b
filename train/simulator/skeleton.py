"""Line integrals of the bones round the vertebral bodies: arches, ribs, shoulders, arms, sacrum, pelvis.

As in `bodies`. Outlines are in mm from a point that each function names; they and the densities are ours, set
by eye beside real radiographs.
"""

from __future__ import annotations

import cv2
import numpy as np

from train.simulator.anatomy import Vertebra
from train.simulator.bodies import seen_roll
from train.simulator.bone_density import elsewhere
from train.simulator.drawing import SHIFT, cell_mm, line, pixels, shape, smooth
from train.simulator.scene import Scene

_Outline = tuple[tuple[int, float], ...]
"""Points of an arch: mm forwards of the body's back wall, and down from its middle in heights of the body."""
_PEDICLE: _Outline = ((2, -0.42), (-9, -0.36), (-10, 0.02), (2, 0.06))
_UPPER_ARTICULAR: _Outline = (
    (-6, -0.30), (-7, -0.72), (-11, -0.80), (-17, -0.45), (-17, 0.05), (-9, 0.05),
)  # fmt: skip
_LOWER_ARTICULAR: _Outline = (
    (-9, -0.20), (-18, -0.25), (-24, 0.30), (-21, 0.84), (-15, 0.86), (-12, 0.30),
)  # fmt: skip
_SPINOUS_THORACIC: _Outline = (
    (-17, -0.05), (-26, 0.15), (-50, 1.10), (-47, 1.40), (-36, 1.15), (-18, 0.50),
)  # fmt: skip
_SPINOUS_LUMBAR: _Outline = (
    (-18, -0.02), (-30, 0.02), (-49, 0.18), (-52, 0.62), (-44, 0.78), (-20, 0.60),
)  # fmt: skip
_PAIRED = ((_PEDICLE, 0.085, 0.105), (_UPPER_ARTICULAR, 0.085, 0.065), (_LOWER_ARTICULAR, 0.095, 0.065))
"""What there is on both sides: its outline, and its line integrals inside and along the edge."""
_BESIDE_MM = 17
"""From the midline to a pedicle."""
_RIB_LENGTH = {"T12": 0.42, "T11": 0.62, "T3": 0.8, "T2": 0.6, "T1": 0.4}
"""Of the ribs that are shorter than the others."""
_BLADE = ((0, 0), (-30, -14), (-58, 18), (-44, 104), (-32, 100), (-14, 40))
"""Of a shoulder blade, from the joint."""
_HUMERUS = ((-8, -20), (12, -22), (34, -12), (260, -11), (260, 11), (34, 12), (6, 20), (-12, 8))
"""Of an upper arm, from the joint: along the shaft and across it."""
_SACRAL_HEIGHTS = (27, 23, 20, 18, 16)
_SACRAL_TURNS = (4, -4, -14, -20, -30)
"""Degrees by which each sacral segment is turned against the one above."""
_WING = (
    (-50, 8), (-46, -22), (-28, -46), (0, -58), (30, -50), (58, -24), (76, 8), (60, 30), (52, 60), (36, 96),
    (4, 104), (-14, 74), (-34, 46),
)  # fmt: skip
"""Of an iliac wing, from the middle of the sacral endplate, at a sacral slope of 36 degrees."""
_FEMORAL_HEAD, _HEAD_RADIUS = (22, 108), 24


def draw_arches(
    image: np.ndarray,
    scene: Scene,
    t_score: float,
    rng: np.random.Generator,
    but: frozenset[str],
) -> None:
    """Add pedicles, articular processes and spinous processes, each side a little apart.

    but: levels that have theirs from elsewhere.
    """
    cell, density = cell_mm(scene), elsewhere(t_score)
    layer = np.zeros_like(image)
    mid_y = scene.field.y0 + scene.field.height * scene.field.spacing / 2
    for v in scene.spine.vertebrae:
        if v.level in but:
            continue
        thoracic = v.level.startswith("T") and v.level != "T12"
        roll = seen_roll(v, mid_y)
        squash = 0.5 if v.level[0] == "C" else 0.9 if thoracic else 1.0
        for side in (-1, 1):
            shift = np.array(
                [
                    v.rotation * side * _BESIDE_MM + rng.normal(0, 0.6),
                    roll * side * _BESIDE_MM + rng.normal(0, 0.6),
                ]
            )
            for outline, fill, rim in _PAIRED:
                arch = v.to_plane(_wobble(_behind(v, outline, squash) + shift, rng))
                shape(layer, scene, arch, 1.5 * fill * density, 1.5 * rim * density, 1.3 / cell)
        spinous = _behind(v, _SPINOUS_THORACIC if thoracic else _SPINOUS_LUMBAR, squash)
        process = v.to_plane(_wobble(spinous + rng.normal(0, 1.0, 2), rng))
        shape(layer, scene, process, 0.15 * density, 0.13 * density, 1.4 / cell)
    image += cv2.GaussianBlur(layer, (0, 0), 0.7 / cell)


def _behind(v: Vertebra, outline: _Outline, squash: float) -> np.ndarray:
    """Local points (N, 2) of an outline, mm; squash: how far from the back wall, relative."""
    back = -v.depth / 2
    # Added and taken away again: a cohort stays what it was to the last bit.
    return np.array(
        [(back + (back + forwards - back) * squash, down * v.reference) for forwards, down in outline]
    )


def _wobble(local: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return smooth(local + rng.normal(0, 0.9, local.shape))


def draw_ribs(
    image: np.ndarray,
    scene: Scene,
    t_score: float,
    rng: np.random.Generator,
    but: frozenset[str],
) -> None:
    """Add both ribs of every thoracic level as curved hollow bands; but: as of `draw_arches`."""
    cell, density = cell_mm(scene), elsewhere(t_score)
    layer = np.zeros_like(image)
    t = np.linspace(0, 1, 40)[:, None]
    steep = rng.uniform(0.85, 1.2)
    for v in scene.spine.vertebrae:
        if not v.level.startswith("T") or v.level in but:
            continue
        length = _RIB_LENGTH.get(v.level, 1.0) * rng.normal(1, 0.04)
        start = v.to_plane(np.array([[-v.depth * 0.42, -v.hp * 0.38]]))[0]
        for _ in range(2):
            j = rng.normal(0, 4.0, (3, 2))
            a, b, c = (
                start + (-72, 2) + j[0],
                start + (-58, 62 * steep) + j[1],
                start + (135, 120 * steep) + j[2],
            )
            s = t * length
            curve = (1 - s) ** 3 * start + 3 * s * (1 - s) ** 2 * a + 3 * s * s * (1 - s) * b + s**3 * c
            points, band = pixels(scene, curve), rng.uniform(8.5, 11.0)
            outer, inner = np.zeros(layer.shape, np.uint8), np.zeros(layer.shape, np.uint8)
            cv2.polylines(outer, [points], False, 1, max(1, round(band / cell)), cv2.LINE_8, SHIFT)
            cv2.polylines(inner, [points], False, 1, max(1, round((band - 2.6) / cell)), cv2.LINE_8, SHIFT)
            cv2.addWeighted(layer, 1, outer.astype(np.float32), 0.115 * density, 0, dst=layer)
            cv2.addWeighted(layer, 1, inner.astype(np.float32), -0.065 * density, 0, dst=layer)
    image += cv2.GaussianBlur(layer, (0, 0), 0.8 / cell)


def draw_arms(image: np.ndarray, scene: Scene, t_score: float, rng: np.random.Generator) -> None:
    """Add the shoulder blades and the raised upper arms, which hide the upper thoracic bodies."""
    cell, density, k = cell_mm(scene), elsewhere(t_score), scene.spine.magnification
    at = {v.level: v.centre for v in scene.spine.vertebrae}
    layer = np.zeros_like(image)
    for _ in range(2):
        joint = at["T3"] + (rng.normal((18, -4), 9, 2)) * k
        blade = smooth(joint + np.array(_BLADE, float) * k + rng.normal(0, 3, 2))
        shape(layer, scene, blade, 0.03 * density, 0.10 * density, 3 / cell)
        angle = rng.normal(-0.35, 0.2)
        along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        shaft = np.array(_HUMERUS)
        arm = joint + (shaft[:, :1] * along + shaft[:, 1:] * across) * k
        shape(layer, scene, smooth(arm), 0.22 * density, 0.30 * density, 4.0 / cell)
    image += cv2.GaussianBlur(layer, (0, 0), 1.2 / cell)


def draw_pelvis(image: np.ndarray, scene: Scene, t_score: float, rng: np.random.Generator) -> None:
    """Add sacrum, both iliac wings and the femoral heads, as far as the field shows them."""
    cell, density, k = cell_mm(scene), elsewhere(t_score), scene.spine.magnification
    layer = np.zeros_like(image)
    slope = scene.spine.sacral_slope
    depth = scene.spine.vertebrae[0].depth
    along, at = slope, np.zeros(2)
    front, back = [], []
    for i in range(5):
        half = depth / 2 * (1 - 0.17 * i)
        forward = np.array([np.cos(along), np.sin(along)])
        front.append(at + forward * half)
        back.append(at - forward * half)
        length = _SACRAL_HEIGHTS[i] * k
        if i:
            line(layer, scene, np.array([front[-1], back[-1]]), 0.10 * density, 1.6 / cell)
        at = at + length * np.array([-np.sin(along), np.cos(along)])
        along += np.deg2rad(_SACRAL_TURNS[i])
    first = np.array([front[0], back[0]])
    line(layer, scene, first, 0.30 * density, 1.5 / cell)
    outline = smooth(np.array(front + back[::-1]) + rng.normal(0, 0.8, (10, 2)))
    shape(layer, scene, outline, 0.20 * density, 0.16 * density, 1.8 / cell)
    canal = np.array(back + [b + np.array([-16, -3]) * k for b in back[::-1]])
    shape(layer, scene, canal, 0.16 * density, 0.16 * density, 2.0 / cell)
    turn = slope - np.deg2rad(36)
    wing = (np.array(_WING, float) * k) @ np.array(
        [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    )
    offset = rng.normal(0, 4.5, 2)
    angles = np.linspace(0, 6.28, 40)
    circle = np.stack([_HEAD_RADIUS * np.cos(angles), _HEAD_RADIUS * np.sin(angles)], 1)
    for side in (-1, 1):
        points = smooth((wing + rng.normal(0, 4.0, wing.shape)) * rng.normal(1, 0.03) + side * offset)
        shape(layer, scene, points, 0.13 * density, 0.09 * density, 4.0 / cell)
        head = circle * k + np.array(_FEMORAL_HEAD) * k + side * offset
        shape(layer, scene, head, 0.30 * density, 0.12 * density, 1.5 / cell)
    image += cv2.GaussianBlur(layer, (0, 0), 1.0 / cell)
