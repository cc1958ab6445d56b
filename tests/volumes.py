"""Small CT volumes in public layouts, built in code: boxes for bodies, arches behind a canal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK

STEP = 2.0
"""mm between voxels."""
SHAPE = (110, 70, 80)
"""Voxels from feet to head, from front to back and from right to left."""
LEVELS = ("L5", "L4", "L3", "L2", "L1", "T12")
"""From below upwards, each of 14 voxels with its disc."""
VERSE = {"L5": 24, "L4": 23, "L3": 22, "L2": 21, "L1": 20, "T12": 19}


def masks() -> dict[str, np.ndarray]:
    """Bool (feet to head, front to back, right to left) of every structure."""
    made = {}
    for place, level in enumerate(LEVELS):
        bottom, mask = 12 + 15 * place, np.zeros(SHAPE, bool)
        mask[bottom : bottom + 12, 26:42, 28:52] = True  # body
        mask[bottom + 3 : bottom + 9, 42:50, 31:35] = True  # pedicles
        mask[bottom + 3 : bottom + 9, 42:50, 45:49] = True
        mask[bottom + 2 : bottom + 9, 50:62, 37:43] = True  # spinous process
        made[f"vertebrae_{level}"] = mask
    colon, hip = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    colon[20:80, 8:20, 15:65] = True
    hip[2:30, 30:50, 8:14] = True
    return made | {"colon": colon, "hip_left": hip}


def hounsfield(only_bone: bool = False) -> np.ndarray:
    """int16 of the same shape: a trunk with bone, or nothing but bone."""
    ct = np.full(SHAPE, -1000, np.int16)
    ct[:, 4:66, 4:76] = 40
    for name, mask in masks().items():
        if name != "colon":
            ct[mask] = 260
    return np.where(ct > 200, ct, 0).astype(np.int16) if only_bone else ct


def write(path: Path, voxels: np.ndarray, turned: bool = False) -> None:
    """A NIfTI file; turned: with its axes the other way round, as some scanners store them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = SimpleITK.GetImageFromArray(voxels[::-1, ::-1] if turned else voxels)
    image.SetSpacing((STEP, STEP, STEP))
    if turned:
        image.SetDirection((1, 0, 0, 0, -1, 0, 0, 0, -1))
        image.SetOrigin((0, STEP * (SHAPE[1] - 1), STEP * (SHAPE[0] - 1)))
    SimpleITK.WriteImage(image, str(path))


def totalsegmentator(folder: Path, name: str = "s0001", ct: np.ndarray | None = None) -> Path:
    """A person's folder as in the TotalSegmentator dataset."""
    person = folder / name
    if ct is not None:
        write(person / "ct.nii.gz", ct)
    for structure, mask in masks().items():
        write(person / "segmentations" / f"{structure}.nii.gz", mask.astype(np.uint8))
    return person


def verse(folder: Path, name: str = "sub-verse004", turned: bool = False) -> None:
    """A scan as in VerSe."""
    labels = np.zeros(SHAPE, np.uint8)
    for level, label in VERSE.items():
        labels[masks()[f"vertebrae_{level}"]] = label
    write(folder / "rawdata" / name / f"{name}_ct.nii.gz", hounsfield(), turned)
    write(folder / "derivatives" / name / f"{name}_seg-vert_msk.nii.gz", labels, turned)
