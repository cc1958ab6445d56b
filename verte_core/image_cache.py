"""Prepared images of a whole split, made once in parallel and memory-mapped ever after."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from verte_core import preprocess, radiograph
from verte_core.errors import DataError, VerteError
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH, Protocol


def cached_images(
    paths: Sequence[Path], protocol: Protocol, folder: Path, workers: int | None = None
) -> npt.NDArray[np.uint8]:
    """Prepared images of all ``paths``, memory-mapped uint8 (N, 1024, 512), kept in ``folder``.

    255 stands for 1. The key of a cache covers the files' paths, sizes and times, the protocol and the
    preprocessing version; a cache cut short never gets its final name.

    Raises:
        DataError: listing the images that can't be read.
    """
    key = hashlib.sha256(f"{protocol} {preprocess.PREPROCESSING_VERSION}".encode())
    for source in paths:
        status = source.stat()
        key.update(f"{source.resolve()} {status.st_size} {status.st_mtime_ns}\n".encode())
    path = folder / f"{key.hexdigest()[:16]}.npy"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".tmp")
        shape = (len(paths), MODEL_HEIGHT, MODEL_WIDTH)
        cache = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=shape)
        problems = []
        jobs = [(source, protocol) for source in paths]
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            prepared = tqdm(pool.imap(_prepare, jobs, chunksize=4), "preparing", len(jobs), unit="image")
            for index, image in enumerate(prepared):
                if isinstance(image, str):
                    problems.append(f"{paths[index].name}: {image}")
                else:
                    cache[index] = image
        cache.flush()
        del cache
        if problems:
            part.unlink()
            raise DataError("These images can't be used:\n" + "\n".join(problems))
        part.replace(path)
    return cast("npt.NDArray[np.uint8]", np.load(path, mmap_mode="r"))


def _prepare(job: tuple[Path, Protocol]) -> npt.NDArray[np.uint8] | str:
    path, protocol = job
    try:
        image, _ = preprocess.prepare(radiograph.load(path).pixels, protocol)
    except VerteError as error:
        return str(error)
    return np.round(image * 255.0).astype(np.uint8)
