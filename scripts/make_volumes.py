"""Derive the compact volumes of train/simulator/ct/volumes from public CT volumes.

    python -m scripts.make_volumes FOLDER

FOLDER holds the source volumes (``SOURCES``); README.md of that folder says where they come from. Written is
uint8 (Z, Y, X) from left to right, from head to feet, from back to front, and is HU = 10 x code - 1024.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import nibabel
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from train.simulator.ct.body import outside
from train.simulator.ct.packaged import FOLDER

HU_STEP = 10.0
HU_LOW = -1024.0
SOURCES = {
    "lidc": "lidc-idri-0001_spine_crop.nii.gz",
    "totalsegmentator": "totalsegmentator_example_ct_3mm_T12-L5.nii.gz",
}
LIDC_LABELS = "lidc-idri-0001_spine_crop_vertebrae.nii.gz"
LIDC_BODIES = range(30, 44)
"""Labels of L2 to T1."""
LIDC_TOP_MM = 60.0
"""Cut above T4, where the shoulders begin."""
BLOOD_HU = 40.0

Volume = npt.NDArray[np.float32]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write both volumes into the simulator."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.make_volumes", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("folder", type=Path, help="folder of the source volumes")
    folder = parser.parse_args(arguments).folder
    for name, make in (("lidc", _lidc), ("totalsegmentator", _totalsegmentator)):
        hounsfield, step, origin = make(folder)
        codes = np.clip(np.rint((hounsfield - HU_LOW) / HU_STEP), 0, 255).astype(np.uint8)
        path = FOLDER / f"{name}.npz"
        np.savez_compressed(path, codes=codes, step=step, origin=origin)
        print(f"{path.name}: {codes.shape}, {path.stat().st_size / 2**20:.2f} MiB")


def _lidc(folder: Path) -> tuple[Volume, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Chest CT with the column's sideways curve taken out and the contrast medium made blood."""
    hounsfield, step = _read(folder / SOURCES["lidc"])
    labels, _ = _read(folder / LIDC_LABELS)
    hounsfield = _without_contrast(_body_only(hounsfield), labels > 0, step)
    heights, middles = [], []
    for label in LIDC_BODIES:
        where = np.argwhere(labels == label)
        front = where[where[:, 2] >= where[:, 2].max() - 25 / step[2]]
        heights.append(front[:, 1].mean())
        middles.append(front[:, 0].mean())
    rows = np.arange(hounsfield.shape[1])
    middle = np.polynomial.Polynomial.fit(heights, middles, 5)(np.clip(rows, min(heights), max(heights)))
    half, group = 30, 3
    # Lateral resolution is lost in the projection anyway: groups of three sagittal slices become one.
    offsets = np.arange(-half * group - 1, (half + 1) * group - 1, dtype=np.float64)
    lateral = np.clip(middle + offsets[:, None], 0, hounsfield.shape[0] - 1)
    low = np.floor(lateral).astype(int)
    high = np.minimum(low + 1, hounsfield.shape[0] - 1)
    part = (lateral - low)[..., None].astype(np.float32)
    straight = hounsfield[low, rows] * (1 - part) + hounsfield[high, rows] * part
    grouped = straight.reshape(-1, group, *straight.shape[1:]).mean(1)
    top = round(LIDC_TOP_MM / step[1])
    origin = np.array([-(half * group) * step[0], top * step[1] + step[1] / 2, step[2] / 2])
    return grouped[:, top:], step * [group, 1, 1], origin


def _totalsegmentator(folder: Path) -> tuple[Volume, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Abdominal CT over the whole width of the trunk."""
    hounsfield, step = _read(folder / SOURCES["totalsegmentator"])
    hounsfield = _body_only(hounsfield)
    middle, half = 58, 57
    around = hounsfield[middle - half : middle + half + 1]
    origin = np.array([-half * step[0], step[1] / 2, step[2] / 2])
    return around, step, origin


def _read(path: Path) -> tuple[Volume, npt.NDArray[np.float64]]:
    """Voxels (left-right, head-feet, back-front) and their size in mm in that order."""
    image = nibabel.as_closest_canonical(nibabel.load(path))
    voxels = np.asarray(image.dataobj, np.float32).transpose(0, 2, 1)[:, ::-1]
    zooms = image.header.get_zooms()
    return voxels, np.array([zooms[0], zooms[2], zooms[1]], float)


def _body_only(hounsfield: Volume) -> Volume:
    """Room air for the table and everything else that is not the body."""
    cleaned = hounsfield.copy()
    cleaned[outside(hounsfield, depth_axis=2)] = -1000
    return cleaned


def _without_contrast(
    hounsfield: Volume, bone: npt.NDArray[np.bool_], step: npt.NDArray[np.float64]
) -> Volume:
    """Heart and great vessels at the density of plain blood; bone is thinner or labelled and stays."""
    near_bone = ndimage.binary_dilation(bone, np.ones((5, 3, 5), np.bool_))
    bright = (ndimage.gaussian_filter(hounsfield, 1.2 / step) > 110) & ~near_bone
    deep = ndimage.distance_transform_edt(bright, sampling=step) > 4.5
    grown = ndimage.distance_transform_edt(~deep, sampling=step) < 7.5
    blood = grown & (hounsfield > BLOOD_HU) & ~near_bone
    plain = hounsfield.copy()
    plain[blood] = BLOOD_HU
    return plain


if __name__ == "__main__":
    main()
