"""Metal and cement in the spine: near white whatever the bone, as line integrals over soft tissue."""

from __future__ import annotations

import cv2
import numpy as np

from train.simulator.anatomy import LEVELS, Spine, Vertebra
from train.simulator.drawing import SHIFT, cell_mm, pixels, shape, smooth
from train.simulator.scene import Scene

_METAL = 2.6
"""Of a screw's shaft seen through; titanium, 6 mm."""
_CEMENT = 1.1
"""Of some 15 mm of bone cement with barium."""


def treated(spine: Spine, hardware: str) -> list[Vertebra]:
    """The bodies that hold the person's hardware: two to four neighbours with screws, one with cement."""
    if hardware == "screws":
        rng = np.random.default_rng(spine.seed)
        first = int(rng.integers(0, LEVELS.index("T10")))
        return spine.vertebrae[first : first + int(rng.integers(2, 5))]
    if hardware == "cement":
        return [v for v in spine.vertebrae if v.grade][:1]
    return []


def shown(scene: Scene, hardware: str) -> str:
    """The hardware that is in the picture: none, screws or cement."""
    return "none" if all(scene.field.misses(v.points()) for v in treated(scene.spine, hardware)) else hardware


def draw_hardware(image: np.ndarray, scene: Scene, hardware: str, rng: np.random.Generator) -> None:
    """Add pedicle screws with their rods, or the cement of a vertebroplasty."""
    bodies = treated(scene.spine, hardware)
    layer = np.zeros_like(image)
    if hardware == "screws":
        _draw_screws(layer, scene, bodies, rng)
    for v in bodies if hardware == "cement" else []:
        _draw_cement(layer, scene, v, rng)
    if bodies:
        image += cv2.GaussianBlur(layer, (0, 0), 0.4 / cell_mm(scene))


def _draw_screws(layer: np.ndarray, scene: Scene, bodies: list[Vertebra], rng: np.random.Generator) -> None:
    k = scene.spine.magnification
    for side in (-1, 1):
        heads = []
        for v in bodies:
            aim = rng.normal(0, 0.6, 2)
            shift = side * 17 * k * np.array([v.rotation, v.roll])
            ends = np.array(
                [(-v.depth / 2 - 19 * k, -0.20 * v.reference), (0.22 * v.depth, -0.16 * v.reference)]
            )
            ends = v.to_plane(ends + aim + shift)
            heads.append(ends[0])
            _stroke(layer, scene, ends, 5.5 * k, _METAL)
            _stroke(layer, scene, ends[:1] + np.array([(-3, 0), (5, 0)]) * k, 11 * k, _METAL)
        _stroke(layer, scene, np.array(heads), 5.5 * k, _METAL)


def _draw_cement(layer: np.ndarray, scene: Scene, v: Vertebra, rng: np.random.Generator) -> None:
    height = min(v.ha, v.hm, v.hp)
    for _ in range(5):
        angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        radius = rng.uniform(0.55, 1.0, 14)
        size = np.array([rng.uniform(0.12, 0.24) * v.depth, rng.uniform(0.18, 0.30) * height])
        middle = rng.uniform((-0.16 * v.depth, -0.1 * height), (0.18 * v.depth, 0.1 * height))
        local = middle + np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None] * size
        shape(layer, scene, v.to_plane(smooth(local)), _CEMENT / 2.5, 0.0, 1.0)


def _stroke(layer: np.ndarray, scene: Scene, xy: np.ndarray, width: float, value: float) -> None:
    """Metal is opaque, so strokes that cross do not add up on one side of the body."""
    stroke = np.zeros(layer.shape, np.uint8)
    thick = max(1, round(width / cell_mm(scene)))
    cv2.polylines(stroke, [pixels(scene, xy)], False, 1, thick, cv2.LINE_8, SHIFT)
    np.maximum(layer, np.float32(value) * stroke, out=layer)
