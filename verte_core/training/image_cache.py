"""Prepared images of a whole split, made once in parallel and memory-mapped ever after."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from verte_core import files, preprocess
from verte_core.errors import DataError, OutputError, VerteError
from verte_core.files import replacing
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH, Preprocessing
from verte_core.reading import radiograph
from verte_core.reading.isolated import Readers
from verte_core.training.fingerprints import FINGERPRINTS, fingerprints

CACHE_FOLDER = ".verte-cache"
"""Beside the manifest."""
_IMAGE_BYTES = MODEL_HEIGHT * MODEL_WIDTH


class CachedImages:
    """Prepared images in one file, uint8 (N, 1024, 512), where 255 stands for 1.

    Memory-mapped and read only, so that all loader workers and all ranks of a machine share one copy; a
    process that this object is sent to maps the file again instead of being sent the pixels.

    Args:
        path: the bare pixels of whole images.
        simulated: (N,) of ``Header.is_simulated``.
    """

    def __init__(self, path: Path, simulated: Sequence[bool]) -> None:
        self._path, self.simulated = path, tuple(simulated)
        pixels: npt.NDArray[np.uint8] = np.memmap(path, np.uint8, mode="r")
        self._pixels = pixels.reshape(-1, MODEL_HEIGHT, MODEL_WIDTH)

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, index: int) -> npt.NDArray[np.uint8]:
        return np.asarray(self._pixels[index])

    def __reduce__(self) -> tuple[type[CachedImages], tuple[Path, tuple[bool, ...]]]:
        return CachedImages, (self._path, self.simulated)


def cached_images(paths: Sequence[Path], preprocessing: Preprocessing, folder: Path) -> CachedImages:
    """Prepared images of all ``paths``, in order, kept in ``folder``, with what their headers say of them.

    The key of a cache is the files' contents and the preprocessing. A cache that was
    cut short, or that an earlier version made without the words of the headers, is built again.

    Raises:
        DataError: listing the images that can't be used.
        OutputError: when the folder can't be written.
    """
    contents = fingerprints(paths, folder / FINGERPRINTS)
    key = hashlib.sha256("\n".join([repr(preprocessing), *contents]).encode())
    path = folder / f"{key.hexdigest()[:32]}.uint8"
    simulated = _read_flags(path, len(paths))
    if simulated is None or not path.is_file() or path.stat().st_size != len(paths) * _IMAGE_BYTES:
        try:
            simulated = _build(path, paths, preprocessing)
        except OSError as error:
            raise OutputError(f"The image cache in {folder} can't be written: {error.strerror}.") from error
    return CachedImages(path, simulated)


def _flags_file(path: Path) -> Path:
    return path.with_suffix(".json")


def _read_flags(path: Path, number: int) -> list[bool] | None:
    """Which of the ``number`` images at ``path`` are simulated; None where that is not known."""
    try:
        flags = json.loads(_flags_file(path).read_text())["simulated"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    whole = isinstance(flags, list) and len(flags) == number and all(isinstance(each, bool) for each in flags)
    return flags if whole else None


def _build(path: Path, paths: Sequence[Path], preprocessing: Preprocessing) -> list[bool]:
    """Write the images and what their headers say; which of them are simulated."""
    path.parent.mkdir(parents=True, exist_ok=True)
    problems, simulated = [], []
    # Written in order and not through a map: a full disk is then an error and not a killed process.
    with Readers() as readers, replacing(path) as file:
        made = tqdm(readers.map(_prepare, paths, preprocessing), "preparing", len(paths), unit="image")
        for source, image in zip(paths, made, strict=True):
            if isinstance(image, VerteError):
                problems.append(f"{source.name}: {image}")
            else:
                file.write(image.pixels)
                simulated.append(image.is_simulated)
        if problems:
            raise DataError("These images can't be used:\n" + "\n".join(problems))
        files.write(_flags_file(path), json.dumps({"simulated": simulated}).encode())
    return simulated


class _Prepared(NamedTuple):
    pixels: bytes
    is_simulated: bool


def _prepare(path: Path, preprocessing: Preprocessing) -> _Prepared:
    image = radiograph.load(path)
    pixels, _ = preprocess.prepare(image.pixels, preprocessing)
    return _Prepared(np.round(pixels * 255.0).astype(np.uint8).tobytes(), image.header.is_simulated)
