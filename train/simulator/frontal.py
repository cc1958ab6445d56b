"""Frontal projections of CT volumes: what a lateral program must know again and not score."""

from __future__ import annotations

import cv2
import numpy as np

from train.simulator.ct.collection import Collection
from train.simulator.detector import LOOKS, expose
from train.simulator.scene import Field, collimated

LENGTHS, RATIOS = (200.0, 480.0), (0.5, 1.1)
"""Of a frontal field, mm, and its width relative to its length: from hip and lumbar spine to chest."""
ROWS = (1100, 2400)
CELL_MM = 0.4


def frontal_film(volumes: Collection, split: str, seed: np.random.SeedSequence) -> tuple[Field, np.ndarray]:
    """A frontal film of some part of some volume: its field, and pixels (H, W) uint16, 12 bits, bone
    bright."""
    place, plate = (np.random.default_rng(s) for s in seed.spawn(2))
    volume = volumes.choose(split, ("L3", "T8"), place)
    size = np.array(volume.frontal.shape) * volume.frontal_step
    length = min(place.uniform(*LENGTHS), 0.95 * size[0])
    width = min(length * place.uniform(*RATIOS), 0.95 * size[1])
    top, left = place.uniform((0, 0), size - (length, width))
    left = 0.6 * (size[1] - width) / 2 + 0.4 * left
    rows = int(place.integers(*ROWS))
    field = collimated(place, "frontal", (left, top), length, rows, max(int(rows * width / length), 64))
    steps = [np.arange(round(n / CELL_MM)) * CELL_MM for n in (length, width)]
    at = [
        ((start + each) / step).astype(np.float32)
        for start, each, step in zip((top, left), steps, volume.frontal_step, strict=True)
    ]
    columns, lines = np.meshgrid(at[1], at[0])
    total = cv2.remap(volume.frontal, columns, lines, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    total = cv2.resize(np.maximum(total, 0), field.shape[::-1], interpolation=cv2.INTER_LINEAR)
    maker = str(place.choice([name for name in LOOKS if not name.startswith("HOLOGIC")]))
    return field, expose(total, field, maker, plate)
