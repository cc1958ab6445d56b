"""A real CT volume, split into what is bone of a body, other bone and soft tissue.

Axes as in `train.simulator.anatomy`: x to the front, y to the feet, mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from train.simulator.anatomy import Points
from train.simulator.bone_density import elsewhere, trabecular
from train.simulator.ct.attenuation import WATER_PER_MM, attenuation

TISSUE_HU = 45.0
"""Of the soft tissue that bone is the excess over."""
T_OF_VOLUMES = -1.0
"""T-score that the people of the volumes are taken to have; no source tells it."""
WIDTH = 0.66
"""Half width of a body relative to its depth, from published morphometry."""


@dataclass(frozen=True)
class Bodies:
    """The vertebral bodies of a volume, from above downwards.

    whole: which of them have a truth and can be fractured. points (N, 6, 2): mm. anchor: index of the body
    that stays in its place when others lose height.
    """

    levels: tuple[str, ...]
    whole: tuple[bool, ...]
    points: Points
    anchor: int = -1


@dataclass(frozen=True)
class CtVolume:
    """A volume split so that any density is a weighted sum. Arrays (Z, Y, X) are attenuation in 1/mm.

    soft: without bone. other: excess of ribs, arches and pelvis. rim: excess of the bodies' cortex. core:
    share of spongy bone 0-1 times its relative density. label: 0 or 1 + index of the body. trunk (Y, X): line
    integrals of `soft`, blurred. frontal (Y, Z): line integrals from front to back, with frontal_step (2,),
    mm. step, origin (3,): mm between voxels and of the first one, as (z, y, x).
    """

    name: str
    bodies: Bodies
    soft: np.ndarray
    other: np.ndarray
    rim: np.ndarray
    core: np.ndarray
    label: np.ndarray
    trunk: np.ndarray
    frontal: np.ndarray
    frontal_step: np.ndarray
    step: np.ndarray
    origin: np.ndarray

    @property
    def levels(self) -> tuple[str, ...]:
        """Of the bodies that have a truth and can be fractured, from above downwards."""
        named = zip(self.bodies.levels, self.bodies.whole, strict=True)
        return tuple(level for level, whole in named if whole)

    @property
    def coverage(self) -> str:
        """Which part of the spine a film of it shows."""
        return "thoracolumbar" if sum(level.startswith("T") for level in self.levels) > 2 else "lumbar"

    def at_density(self, t_score: float, packed: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        """Attenuation (Z, rows, X) in 1/mm at a T-score; packed (N,): how much denser each body became."""
        crowding = np.concatenate([[1.0], 1.0 + packed]).astype(np.float32)
        cortex = np.float32(np.clip(1.0 + 0.12 * (t_score - T_OF_VOLUMES), 0.5, 1.35))
        total: np.ndarray = np.float32(elsewhere(t_score, T_OF_VOLUMES)) * self.other[:, rows]
        total += self.soft[:, rows]
        total += cortex * self.rim[:, rows]
        total += np.float32(trabecular(t_score)) * self.core[:, rows] * crowding[self.label[:, rows]]
        return total


def split(
    name: str,
    bodies: Bodies,
    hounsfield: np.ndarray,
    depth: np.ndarray,
    label: np.ndarray,
    step: np.ndarray,
    origin: np.ndarray,
    frontal: np.ndarray | None = None,
) -> CtVolume:
    """Part Hounsfield units (Z, Y, X) into soft tissue, cortex, spongy bone and other bone.

    depth: how deep each voxel lies in a body, mm, negative outside. label: 0 or 1 + index of that body.
    frontal (Y, Z): line integrals from front to back where they are known more finely than the volume.
    """
    per_mm = attenuation(hounsfield)
    excess = per_mm - np.float32(WATER_PER_MM * (1 + TISSUE_HU / 1000))
    # Enhanced organs lie below: they must not follow the density of bone.
    bony = ramp(hounsfield, 120, 200)
    spongy, region = ramp(depth, 1.0, 3.0), ramp(depth, -2.5, -0.5)
    means = [1.0]
    for index in range(len(bodies.levels)):
        own = label == index + 1
        inner = spongy[own]
        means.append(max(float((excess[own] * inner).sum() / max(inner.sum(), 1e-6)), 1e-4))
    relative = excess / np.array(means, np.float32)[label]
    core = spongy * (label > 0) * np.clip(1 + 0.6 * (relative - 1), 0.3, 2.0)
    rim, other = region * (1 - spongy) * bony * excess, (1 - region) * bony * excess
    soft = per_mm - spongy * excess - rim - other
    trunk = ndimage.gaussian_filter(soft.sum(0) * np.float32(step[0]), 10 / step[1:])
    if frontal is None:
        frontal = per_mm.sum(2).T * np.float32(step[2])
    across = len(hounsfield) * step[0] / frontal.shape[1]
    soft, other, rim, core = (np.asarray(part, np.float32) for part in (soft, other, rim, core))
    finer = np.array([step[1], across])
    return CtVolume(name, bodies, soft, other, rim, core, label, trunk, frontal, finer, step, origin)


def ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below low, 1 above high, smooth between."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    smooth: np.ndarray = t * t * (3 - 2 * t)
    return smooth
