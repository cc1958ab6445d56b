"""Hounsfield units where a volume has only masks, or only bone: each structure is given its tissue.

The figures are usual ones of abdominal CT without contrast medium, rounded.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from train.simulator.ct.sources import VERTEBRA, Structures

AIR, FAT, MUSCLE, SPONGY, COMPACT = -1000.0, -95.0, 50.0, 180.0, 800.0
BONES = (
    "rib_",
    "hip_",
    "sacrum",
    "femur_",
    "scapula_",
    "clavicula_",
    "humerus_",
    "sternum",
    "skull",
    VERTEBRA,
)
"""How the names of bones begin."""
APART = ("humerus_", "scapula_", "clavicula_", "skull", "femur_")
"""What does not lie within the trunk's outline."""
TISSUES = {
    "lung_": -830.0, "trachea": AIR, "liver": 58.0, "spleen": 48.0, "kidney": 32.0, "heart": 40.0,
    "atrial": 40.0, "aorta": 42.0, "inferior_vena": 38.0, "superior_vena": 38.0, "portal": 38.0,
    "iliac_": 40.0, "pulmonary": 40.0, "subclavian": 40.0, "brachio": 40.0, "common_carotid": 40.0,
    "stomach": 25.0, "duodenum": 28.0, "small_bowel": 25.0, "colon": 15.0, "esophagus": 30.0,
    "pancreas": 40.0,
    "gallbladder": 8.0, "urinary_bladder": 8.0, "prostate": 38.0, "adrenal": 25.0, "thyroid": 60.0,
    "spinal_cord": 35.0, "costal_cart": 110.0, "brain": 35.0,
}  # fmt: skip
"""By how the name of a structure begins; what is not here is muscle."""
GAS = {"colon": (0.15, 8.0), "stomach": (0.55, 22.0), "small_bowel": (1.25, 10.0), "duodenum": (1.4, 8.0)}
"""Above how many standard deviations of a cloud a hollow organ holds gas, and the cloud's size, mm."""
WALL_MM, FAT_MM = 12.0, 14.0
"""Muscle within the trunk's outline and fat over it."""
BACK_MM, FRONT_MM, HALF_MM = 78.0, 118.0, 158.0
"""Of a usual trunk, from the middle of the vertebrae backwards, forwards and to either side."""


def is_bone(name: str) -> bool:
    """Whether a structure is one."""
    return name.startswith(BONES)


def is_bone_only(hounsfield: np.ndarray) -> bool:
    """Whether a CT (Z, Y, X) has lost all that is no bone: there is nothing below 0 and next to no tissue."""
    return bool(hounsfield.min() >= 0 and np.mean(hounsfield == 0) > 0.5)


def soft_tissue(body: Structures, rng: np.random.Generator) -> np.ndarray:
    """Hounsfield units (Z, Y, X) float32 of everything but bone, which is muscle here."""
    imagined = all(is_bone(name) for name in body.names)
    trunk = _usual_trunk(body) if imagined else _trunk(body)
    depth = ndimage.distance_transform_edt(trunk, sampling=body.step).astype(np.float32)
    painted = np.full(trunk.shape, AIR, np.float32)
    inner = depth > FAT_MM
    fatty = cloud(trunk.shape, 14.0, body.step, rng) > -0.25
    painted[trunk] = FAT
    painted[inner] = np.where(fatty, FAT, MUSCLE)[inner]
    painted[inner & (depth < FAT_MM + WALL_MM)] = MUSCLE
    mottle = cloud(trunk.shape, 6.0, body.step, rng)
    for index, name in enumerate(body.names):
        where = body.labels == index + 1
        value = next((hu for start, hu in TISSUES.items() if name.startswith(start)), MUSCLE)
        painted[where] = value
        if name.startswith("lung_"):
            painted[where] += 60 * mottle[where]
        level, size = next((gas for start, gas in GAS.items() if name.startswith(start)), (np.inf, 1.0))
        if np.isfinite(level):
            _fill(painted, where, body.step, (level + rng.normal(0, 0.4), size), rng)
    if imagined:
        _imagine(painted, body, depth, rng)
    painted[painted > AIR] += 12 * mottle[painted > AIR]
    return painted


def _fill(
    painted: np.ndarray,
    where: np.ndarray,
    step: np.ndarray,
    gas: tuple[float, float],
    rng: np.random.Generator,
) -> None:
    """Gas and mottled content of a hollow organ; its wall stays."""
    box = ndimage.find_objects(where.astype(np.uint8))[0]
    part = where[box]
    inside = ndimage.binary_erosion(part)
    large, small = (cloud(part.shape, size, step, rng) for size in (gas[1], 3.0))
    view = painted[box]
    view[inside] += (25 * small)[inside]
    view[inside & (large + 0.45 * small > gas[0])] = AIR


def _trunk(body: Structures) -> np.ndarray:
    """Within the skin, bool (Z, Y, X): in each axial slice the hull of all that the masks show, and fat."""
    apart = [i + 1 for i, name in enumerate(body.names) if name.startswith(APART)]
    shown = (body.labels > 0) & ~np.isin(body.labels, apart)
    margin = (FAT_MM + WALL_MM * 0.5) / body.step[[0, 2]]
    kernel: np.ndarray = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (2 * round(margin[1]) + 1, 2 * round(margin[0]) + 1)
    )
    trunk: np.ndarray = np.zeros(body.labels.shape, np.uint8)
    for row in range(body.labels.shape[1]):
        seen = shown[:, row]
        points = np.argwhere(seen)[:, ::-1]
        if len(points) > 50:
            plane = np.zeros(seen.shape, np.uint8)
            cv2.fillConvexPoly(plane, cv2.convexHull(points.astype(np.int32)), 1)
            trunk[:, row] = cv2.dilate(plane, kernel)
    return trunk > 0


def _column(body: Structures) -> np.ndarray:
    """Where the column is in every row: the voxel from the back, (Y,)."""
    vertebrae = [index + 1 for index, name in enumerate(body.names) if name.startswith(VERTEBRA)]
    counts = np.isin(body.labels, vertebrae).sum(0)
    rows = np.flatnonzero(counts.any(1))
    places = counts[rows] @ np.arange(counts.shape[1]) / counts[rows].sum(1)
    found: np.ndarray = ndimage.gaussian_filter1d(
        np.interp(np.arange(len(counts)), rows, places), 15 / body.step[1]
    )
    return found


def _usual_trunk(body: Structures) -> np.ndarray:
    """Within the skin, bool (Z, Y, X), where nothing but bone is known: a trunk of usual size."""
    z, _, x = (
        (np.arange(n) + 0.5) * d - shift
        for n, d, shift in zip(
            body.labels.shape, body.step, (len(body.labels) * body.step[0] / 2, 0.0, 0.0), strict=True
        )
    )
    middle = _column(body) * body.step[2] + (FRONT_MM - BACK_MM) / 2
    across = np.abs(x[None] - middle[:, None]) / ((FRONT_MM + BACK_MM) / 2)
    sideways = np.abs(z) / HALF_MM
    within: np.ndarray = sideways[:, None, None] ** 2.5 + across[None] ** 2.5 < 1
    return within


def _imagine(painted: np.ndarray, body: Structures, depth: np.ndarray, rng: np.random.Generator) -> None:
    """Bowel before the lumbar spine, and lungs beside the thoracic one."""
    ahead = np.arange(painted.shape[2])[None] - _column(body)[:, None]
    places = {
        name.removeprefix(VERTEBRA): float(np.flatnonzero((body.labels == index + 1).any((0, 2))).mean())
        for index, name in enumerate(body.names)
        if name.startswith(VERTEBRA)
    }
    rows = np.arange(painted.shape[1])
    lumbar = [row for level, row in places.items() if level.startswith("L")]
    if lumbar:
        low, high = min(lumbar) - 20 / body.step[1], max(lumbar) + 60 / body.step[1]
        belly = ((rows > low) & (rows < high))[:, None] & (ahead * body.step[2] > 38)
        loops = cloud(painted.shape, 30.0, body.step, rng) > -0.5
        where = belly[None] & (depth > FAT_MM + WALL_MM) & loops
        painted[where] = TISSUES["colon"]
        if where.any():
            _fill(painted, where, body.step, (GAS["colon"][0] + rng.uniform(0.2, 1.2), GAS["colon"][1]), rng)
    thoracic = [row for level, row in places.items() if level.startswith("T") and level not in ("T12", "T11")]
    if thoracic:
        beside = np.abs(np.arange(len(painted)) - (len(painted) - 1) / 2) * body.step[0] > 38
        chest = (rows < max(thoracic))[None, :, None] & (
            beside[:, None, None] | (ahead * body.step[2] > 70)[None]
        )
        painted[chest & (depth > FAT_MM + WALL_MM)] = TISSUES["lung_"]


def cloud(shape: tuple[int, ...], size: float, step: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Smooth random variation (Z, Y, X) float32 of mean 0 and deviation 1; size: of its features, mm."""
    coarse = [max(int(n * d / size) + 3, 4) for n, d in zip(shape, step, strict=True)]
    noise = rng.standard_normal(coarse, np.float32)
    fine = ndimage.zoom(noise, np.array(shape) / coarse, order=1)
    scaled: np.ndarray = fine[tuple(slice(n) for n in shape)] / fine.std()
    return scaled
