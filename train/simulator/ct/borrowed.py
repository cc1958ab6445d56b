"""Arches, ribs, sacrum and pelvis of a real CT volume, laid round drawn vertebral bodies."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from train.simulator.anatomy import Points, Spine
from train.simulator.bone_density import elsewhere
from train.simulator.ct.projection import COARSE, source_map
from train.simulator.ct.spine import arches_of
from train.simulator.ct.thin_plate import ThinPlateSpline
from train.simulator.ct.volume import T_OF_VOLUMES, CtVolume
from train.simulator.scene import SOURCE_MM, Scene

FADE_MM = 18.0
"""Over which what a volume shows fades out at its upper and lower edge."""
SACRUM = "S1"
SACRAL_HEIGHT_MM = 24.0


@dataclass(frozen=True)
class Borrowed:
    """What a drawn film takes from a volume. bone (R, C): line integrals. levels: whose arches it holds."""

    bone: np.ndarray
    levels: frozenset[str]
    pelvis: bool


def borrow(scene: Scene, volume: CtVolume, t_score: float) -> Borrowed:
    """The bone of a volume that is no body, warped so that its bodies lie on the drawn ones."""
    own = {v.level: v.points() for v in scene.spine.vertebrae}
    pelvis = SACRUM in volume.bodies.levels
    if pelvis:
        own[SACRUM] = _sacrum(scene.spine)
    shared = [i for i, level in enumerate(volume.bodies.levels) if level in own]
    drawn = np.array([own[volume.bodies.levels[i]] for i in shared])
    there = volume.bodies.points[shared]
    warp = ThinPlateSpline(
        np.concatenate([drawn.reshape(-1, 2), arches_of(drawn)]),
        np.concatenate([there.reshape(-1, 2), arches_of(there)]),
    )
    field = scene.field
    rows, columns = field.shape
    cell = field.height * field.spacing / rows
    blocks = (-(-rows // (2 * COARSE)), -(-columns // (2 * COARSE)))
    base = source_map(volume, warp, (field.x0, field.y0), blocks, cell)
    centre = np.array([volume.soft.shape[2] / 2, volume.soft.shape[1] / 2], np.float32)[:, None, None]
    total = np.zeros(base.shape[1:], np.float32)
    for k, plane in enumerate(volume.other):
        z = volume.origin[0] + k * volume.step[0]
        shrink = np.float32(1 - z / SOURCE_MM)
        at = base * shrink + centre * (1 - shrink)
        total += cv2.remap(plane, at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    # A volume ends somewhere; its bone must not end in a line.
    edge = np.minimum(base[1], volume.soft.shape[1] - 1 - base[1]) * np.float32(volume.step[1])
    total *= np.clip(edge / FADE_MM, 0, 1) * np.float32(volume.step[0] * elsewhere(t_score, T_OF_VOLUMES))
    size = (2 * COARSE * blocks[1], 2 * COARSE * blocks[0])
    fine = cv2.resize(total, size, interpolation=cv2.INTER_CUBIC)[:rows, :columns]
    levels = frozenset(level for level in volume.levels if level in own)
    return Borrowed(np.maximum(fine, 0), levels, pelvis)


def _sacrum(spine: Spine) -> Points:
    """Six points of the drawn sacrum's first segment, in the order of a body's."""
    forward = np.array([np.cos(spine.sacral_slope), np.sin(spine.sacral_slope)])
    down = np.array([-forward[1], forward[0]])
    half, long = spine.vertebrae[0].depth / 2, SACRAL_HEIGHT_MM * spine.magnification
    top, low = np.zeros(2), long * down
    return np.array(
        [
            top + half * forward,
            top - half * forward,
            low - 0.83 * half * forward,
            low + 0.83 * half * forward,
            top,
            low,
        ]
    )
