"""Lateral line integrals of a shaped CT spine, thinned as its T-score says."""

from __future__ import annotations

import cv2
import numpy as np

from train.simulator.anatomy import AS, PS
from train.simulator.bone_density import trabecular
from train.simulator.ct.spine import CtSpine
from train.simulator.ct.thin_plate import ThinPlateSpline
from train.simulator.ct.volume import WIDTH, CtVolume
from train.simulator.scene import SOURCE_MM

COARSE = 6
"""Working cells, of two cells each, between two evaluations of the spline."""
STEP_MM = 4.0
"""Between two looks at what the volume covers."""


def covered(spine: CtSpine) -> np.ndarray:
    """The part of the plane that the volume shows: its least and greatest (x, y), (2, 2), mm.

    Sides move inwards while less than 85 % of one lies in the volume, but not into the bodies.
    """
    volume, warp = spine.volume, spine.warps()[0]
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
        inside_share = [part[0].mean(), part[-1].mean(), part[:, 0].mean(), part[:, -1].mean()]
        free = [box[0] < top, box[1] > bottom, box[2] < left, box[3] > right]
        share, side = min(
            (share if may else 1.0, side)
            for side, (share, may) in enumerate(zip(inside_share, free, strict=True))
        )
        if share >= 0.85:
            break
        box[side] += 1 if side in (0, 2) else -1
    sides: np.ndarray = low + STEP_MM * np.array([(box[2], box[0]), (box[3], box[1])])
    return sides


def source_map(
    volume: CtVolume, warp: ThinPlateSpline, corner: tuple[float, float], blocks: tuple[int, int], cell: float
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
    volume = spine.volume
    blocks = (-(-shape[0] // (2 * COARSE)), -(-shape[1] // (2 * COARSE)))
    warps = spine.warps()
    middle = source_map(volume, warps[0], corner, blocks, cell)
    side = middle if warps[1] is warps[0] else source_map(volume, warps[1], corner, blocks, cell)
    step_y, step_x = volume.step[1:]
    centre = np.array([volume.soft.shape[2] / 2, volume.soft.shape[1] / 2], np.float32)[:, None, None]
    oblique = np.deg2rad(rng.normal(0, [2.5, 1.5])) / (step_x, step_y)
    half = WIDTH * np.linalg.norm(volume.bodies.points[:, AS] - volume.bodies.points[:, PS], axis=1).mean()
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
