"""CT volumes of other people's collections, with a mask of every vertebra, as they lie on disk.

Two layouts are known: that of the TotalSegmentator dataset (a folder a person with ct.nii.gz and
segmentations/*.nii.gz) and that of VerSe (*_ct.nii.gz with *_seg-vert_msk.nii.gz).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK

from verte_core.errors import DataError

SEGMENTATIONS = "segmentations"
VERTEBRA = "vertebrae_"
"""How the mask of a vertebra is called before its level."""
MASK_ENDING, CT_ENDING = "_seg-vert_msk.nii.gz", "_ct.nii.gz"
VERSE_LEVELS = {
    **{label: f"C{label}" for label in range(1, 8)},
    **{label: f"T{label - 7}" for label in range(8, 20)},
    **{label: f"L{label - 19}" for label in range(20, 26)},
    28: "T13",
}
"""Labels of VerSe: Sekuboyina et al., Med Image Anal 2021;73:102166."""
BARE_CT = (".nrrd", ".nii.gz", ".nii")


@dataclass(frozen=True)
class Source:
    """Where the volume of one person lies.

    name: of the person. ct: Hounsfield units, None where there are only masks. masks: a folder with a file a
    structure, or one file of VerSe's labels.
    """

    name: str
    ct: Path | None
    masks: Path


@dataclass(frozen=True)
class Structures:
    """A volume as a person is: arrays (Z, Y, X) from side to side, from head to feet, from back to front.

    hounsfield: float32, None where there are only masks. labels: uint8, 0 or 1 + index of the structure in
    names, which are TotalSegmentator's. step (3,): mm between voxels.
    """

    hounsfield: np.ndarray | None
    labels: np.ndarray
    names: tuple[str, ...]
    step: np.ndarray

    def mask(self, name: str) -> np.ndarray:
        """Where a structure is, bool (Z, Y, X)."""
        found: np.ndarray = self.labels == self.names.index(name) + 1
        return found


def find(folder: Path) -> list[Source]:
    """All volumes below a folder, in the order of their names.

    A person without ct.nii.gz takes a bare CT file of the folder, if one has the grid of the masks.

    Raises:
        DataError: when there is none, or no such folder.
    """
    if not folder.is_dir():
        raise DataError(f"The folder of CT volumes, {folder}, is not there.")
    found = []
    for masks in sorted(folder.rglob(SEGMENTATIONS)):
        files = sorted(masks.glob(f"{VERTEBRA}*.nii.gz"))
        if files:
            person = masks.parent
            ct = person / "ct.nii.gz"
            found.append(
                Source(person.name, ct if ct.is_file() else _of_grid(person.parent, files[0]), masks)
            )
    for mask in sorted(folder.rglob(f"*{MASK_ENDING}")):
        stem = mask.name.removesuffix(MASK_ENDING)
        found.append(Source(stem, next(iter(sorted(folder.rglob(stem + CT_ENDING))), None), mask))
    if not found:
        raise DataError(
            f"{folder} holds no CT volume with vertebra masks: neither a person's folder with "
            f"{SEGMENTATIONS}/{VERTEBRA}L1.nii.gz as in the TotalSegmentator dataset, nor *{MASK_ENDING} as "
            "in VerSe."
        )
    return found


def _of_grid(folder: Path, mask: Path) -> Path | None:
    """The bare CT file of a folder that lies on the grid of a mask."""
    files = sorted(path for path in folder.iterdir() if path.name.endswith(BARE_CT))
    wanted = _grid(mask) if files else None
    return next((path for path in files if _grid(path) == wanted), None)


def _grid(path: Path) -> tuple[object, ...]:
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return ()
    numbers = (*reader.GetSpacing(), *reader.GetOrigin(), *reader.GetDirection())
    return (*reader.GetSize(), *(round(number, 2) for number in numbers))


def read(source: Source) -> Structures:
    """Read a volume and turn it to this program's axes.

    Raises:
        DataError: naming the file that can't be read or does not fit the others.
    """
    if source.masks.is_dir():
        labels, names = _stacked(source.masks)
    else:
        labels, names = _relabelled(_image(source.masks))
    hounsfield = None
    if source.ct is not None:
        ct = _image(source.ct)
        if ct.GetSize() != labels.GetSize():
            raise DataError(
                f"{source.ct} has {_size(ct)} voxels and its masks have {_size(labels)}; they must be of one "
                "grid."
            )
        hounsfield = _turned(ct).astype(np.float32)
    step = np.array(SimpleITK.DICOMOrient(labels, "LPS").GetSpacing())[[0, 2, 1]]
    return Structures(hounsfield, _turned(labels), names, step)


def _size(image: SimpleITK.Image) -> str:
    return " x ".join(map(str, image.GetSize()))


def _image(path: Path) -> SimpleITK.Image:
    try:
        return SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        raise DataError(f"{path} can't be read as a volume: it is damaged or of another format.") from error


def _stacked(folder: Path) -> tuple[SimpleITK.Image, tuple[str, ...]]:
    """The masks of a folder as one image of labels, and the names of those that hold anything."""
    names: list[str] = []
    labels: np.ndarray | None = None
    first: SimpleITK.Image | None = None
    for path in sorted(folder.glob("*.nii.gz")):
        image = _image(path)
        mask = SimpleITK.GetArrayViewFromImage(image) > 0
        if labels is None or first is None:
            first, labels = image, np.zeros(mask.shape, np.uint8)
        elif mask.shape != labels.shape:
            raise DataError(f"{path} has {_size(image)} voxels and its neighbours have {_size(first)}.")
        if len(names) < 255 and mask.any():
            names.append(path.name.removesuffix(".nii.gz"))
            labels[mask] = len(names)
    assert labels is not None and first is not None
    stacked = SimpleITK.GetImageFromArray(labels)
    stacked.CopyInformation(first)
    return stacked, tuple(names)


def _relabelled(image: SimpleITK.Image) -> tuple[SimpleITK.Image, tuple[str, ...]]:
    """An image of VerSe's labels as one of ours."""
    given = SimpleITK.GetArrayViewFromImage(image)
    known = [label for label in np.unique(given) if int(label) in VERSE_LEVELS]
    labels = np.zeros(given.shape, np.uint8)
    for index, label in enumerate(known):
        labels[given == label] = index + 1
    turned = SimpleITK.GetImageFromArray(labels)
    turned.CopyInformation(image)
    return turned, tuple(VERTEBRA + VERSE_LEVELS[int(label)] for label in known)


def _turned(image: SimpleITK.Image) -> np.ndarray:
    """Voxels from side to side, from head to feet, from back to front."""
    voxels = SimpleITK.GetArrayFromImage(SimpleITK.DICOMOrient(image, "LPS"))
    turned: np.ndarray = np.ascontiguousarray(voxels.transpose(2, 0, 1)[:, ::-1, ::-1])
    return turned
