"""Prepared images of a whole split, made once in parallel and memory-mapped ever after."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from verte_core import preprocess
from verte_core.errors import DataError, OutputError, VerteError
from verte_core.files import replacing
from verte_core.image_types import Protocol
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH
from verte_core.reading import radiograph
from verte_core.training.fingerprints import fingerprints

CACHE_FOLDER = ".verte-cache"
"""Beside the manifest."""
FINGERPRINTS = "fingerprints.json"
_IMAGE_BYTES = MODEL_HEIGHT * MODEL_WIDTH


class CachedImages:
    """Prepared images in one file, uint8 (N, 1024, 512), where 255 stands for 1.

    Memory-mapped and read only, so that all loader workers and all ranks of a machine share one copy; a
    process that this object is sent to maps the file again instead of being sent the pixels.

    Args:
        path: the bare pixels of whole images.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        pixels: npt.NDArray[np.uint8] = np.memmap(path, np.uint8, mode="r")
        self._pixels = pixels.reshape(-1, MODEL_HEIGHT, MODEL_WIDTH)

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, index: int) -> npt.NDArray[np.uint8]:
        return np.asarray(self._pixels[index])

    def __reduce__(self) -> tuple[type[CachedImages], tuple[Path]]:
        return CachedImages, (self._path,)


def cached_images(
    paths: Sequence[Path], protocol: Protocol, folder: Path, workers: int | None = None
) -> CachedImages:
    """Prepared images of all ``paths``, in order, kept in ``folder``.

    The key of a cache is the files' contents, the protocol and the preprocessing version. A cache that was
    cut short is built again.

    Raises:
        DataError: listing the images that can't be used.
        OutputError: when the folder can't be written.
    """
    contents = fingerprints(paths, folder / FINGERPRINTS)
    key = hashlib.sha256("\n".join([protocol, str(preprocess.PREPROCESSING_VERSION), *contents]).encode())
    path = folder / f"{key.hexdigest()[:32]}.uint8"
    if not path.is_file() or path.stat().st_size != len(paths) * _IMAGE_BYTES:
        try:
            _build(path, paths, protocol, workers)
        except OSError as error:
            raise OutputError(f"The image cache in {folder} can't be written: {error.strerror}.") from error
    return CachedImages(path)


def _build(path: Path, paths: Sequence[Path], protocol: Protocol, workers: int | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    problems = []
    jobs = [(source, protocol) for source in paths]
    # Written in order and not through a map: a full disk is then an error and not a killed process.
    with replacing(path) as file, multiprocessing.get_context("spawn").Pool(workers) as pool:
        made = tqdm(pool.imap(_prepare, jobs, chunksize=4), "preparing", len(jobs), unit="image")
        for source, image in zip(paths, made, strict=True):
            if isinstance(image, str):
                problems.append(f"{source.name}: {image}")
            else:
                file.write(image)
        if problems:
            raise DataError("These images can't be used:\n" + "\n".join(problems))


def _prepare(job: tuple[Path, Protocol]) -> bytes | str:
    path, protocol = job
    try:
        image, _ = preprocess.prepare(radiograph.load(path).pixels, protocol)
    except VerteError as error:
        return str(error)
    return np.round(image * 255.0).astype(np.uint8).tobytes()
