"""Real CT volumes, split into what is bone of a body, other bone and soft tissue.

Axes as in `train.simulator.anatomy`: x to the front, y to the feet, mm. Where a body's six points are was set
by hand in the source (volumes/corners.json).
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from train.simulator.anatomy import AI, AS, MI, MS, PI, PS, Points
from train.simulator.bone_density import elsewhere, trabecular
from train.simulator.ct.attenuation import WATER_PER_MM, attenuation

FOLDER = Path(__file__).with_name("volumes")
VOLUMES = ("lidc", "totalsegmentator")
PARTIAL = {"lidc": ("T4", "L3"), "totalsegmentator": ("T12", "S1")}
"""Bodies that the volume cuts off, that its slices do not resolve, or that carry no six points: no truth."""
TISSUE_HU = 45.0
"""Of the soft tissue that bone is the excess over."""
T_OF_VOLUMES = -1.0
"""T-score that the people of the volumes are taken to have; no source tells it."""
WIDTH = 0.66
"""Half width of a body relative to its depth, from published morphometry."""
FINE_MM = 1.5


@dataclass(frozen=True)
class CtVolume:
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
        cortex = np.float32(np.clip(1.0 + 0.12 * (t_score - T_OF_VOLUMES), 0.5, 1.35))
        bodies = np.float32(trabecular(t_score)) * self.core * crowding[self.label]
        other = np.float32(elsewhere(t_score, T_OF_VOLUMES)) * self.other
        total: np.ndarray = self.soft + other + cortex * self.rim + bodies
        return total


def levels(volume: str) -> tuple[str, ...]:
    """Levels of the volume's bodies that have a truth and can be fractured, from above downwards."""
    return tuple(level for level in _corners()[volume] if level not in PARTIAL[volume])


@functools.cache
def _corners() -> dict[str, dict[str, list[list[float]]]]:
    """Six (x, y) points, mm, of each body of each volume, by name and level from above downwards."""
    read: dict[str, dict[str, list[list[float]]]] = json.loads((FOLDER / "corners.json").read_text("utf-8"))
    return read


@functools.cache
def load(name: str) -> CtVolume:
    """Read a volume of this package and split it into soft tissue, cortex, spongy bone and other bone."""
    with np.load(FOLDER / f"{name}.npz") as stored:
        hounsfield = stored["codes"].astype(np.float32) * 10 - 1024
        step, origin = stored["step"], stored["origin"]
    hounsfield, step, origin = _refined(hounsfield, step, origin)
    corners = _corners()[name]
    points = np.array(list(corners.values()), float)
    per_mm = attenuation(hounsfield)
    excess = per_mm - np.float32(WATER_PER_MM * (1 + TISSUE_HU / 1000))
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
    soft = per_mm - spongy * excess - rim - other
    trunk = ndimage.gaussian_filter(soft.sum(0) * np.float32(step[0]), 10 / step[1:])
    whole = tuple(level not in PARTIAL[name] for level in corners)
    return CtVolume(tuple(corners), whole, points, soft, other, rim, core, label, trunk, step, origin)


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
