"""What the page has to know of each image, read once, and small enough for a hundred thousand of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from verte_core import preprocess
from verte_core.errors import VerteError
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH, Preprocessing
from verte_core.reading import radiograph
from verte_core.reading.isolated import Readers
from verte_core.training.dataset import Example

SIGNATURE = (64, 32)
"""Rows and columns of an image by which its near copies are found."""
THUMBNAIL = (MODEL_HEIGHT // 4, MODEL_WIDTH // 4)
ALIKE = 0.99
"""Correlation of two signatures from which on they are near copies. Of 150 simulated people the most alike
had 0.981; copies that were scaled, windowed, or given another gamma 0.999, cut by a fiftieth 0.92 to 0.99."""
_BLOCK = 1024


@dataclass(frozen=True)
class Look:
    """What one image says of itself; a text is empty where it does not say.

    Attributes:
        year: of the study.
        maker: Manufacturer.
        view: ViewPosition.
        kind: ``radiograph`` or ``vfa``.
        size: rows and columns.
        spacing: mm, of rows; None without one.
        notes: of ``Radiograph``.
        unfit: of ``Radiograph``.
        simulated: whether its header says that the simulator made it.
        signature: uint8, ``SIGNATURE``, of the prepared image.
    """

    year: str
    maker: str
    view: str
    kind: str
    size: tuple[int, int]
    spacing: float | None
    notes: tuple[str, ...]
    unfit: str | None
    simulated: bool
    signature: bytes


def looks_of(examples: Sequence[Example]) -> list[Look | VerteError]:
    """Those of images, in order, or why one can't be read."""
    with Readers() as readers:
        paths = [each.path for each in examples]
        return list(tqdm(readers.map(look_of, paths), "looking", len(paths), unit="image"))


def look_of(path: Path) -> Look:
    """That of one image.

    Raises:
        ImageError: as ``radiograph.load``.
    """
    image = radiograph.load(path)
    prepared, _ = preprocess.prepare(image.pixels, Preprocessing())
    header = image.header
    return Look(
        year=(header.study_date or "")[:4],
        maker=header.manufacturer or "",
        view=header.view_position or "",
        kind=image.protocol or "",
        size=(image.pixels.shape[0], image.pixels.shape[1]),
        spacing=None if image.spacing is None else image.spacing[0],
        notes=image.notes,
        unfit=image.unfit,
        simulated=header.is_simulated,
        signature=_small(prepared, SIGNATURE).tobytes(),
    )


def thumbnails(paths: Sequence[Path]) -> list[npt.NDArray[np.uint8]]:
    """The prepared images, uint8 ``THUMBNAIL``, as the network sees them; black where one can't be read."""
    with Readers() as readers:
        found = list(readers.map(_thumbnail, paths))
    return [np.zeros(THUMBNAIL, np.uint8) if isinstance(each, VerteError) else each for each in found]


def _thumbnail(path: Path) -> npt.NDArray[np.uint8]:
    prepared, _ = preprocess.prepare(radiograph.load(path).pixels, Preprocessing())
    return _small(prepared, THUMBNAIL)


def _small(prepared: npt.NDArray[np.float32], shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    small = np.asarray(cv2.resize(prepared, shape[::-1], interpolation=cv2.INTER_AREA))
    return np.round(small * 255).astype(np.uint8)


@dataclass(frozen=True)
class Twins:
    """Two images of different people that look the same.

    Attributes:
        first: number of one.
        second: number of the other, the greater.
        correlation: of their signatures.
    """

    first: int
    second: int
    correlation: float


def twins(signatures: Sequence[bytes], people: Sequence[str]) -> Iterator[Twins]:
    """Pairs of images of different people that correlate from ``ALIKE`` on; by blocks, in bounded memory."""
    if not signatures:
        return
    values = np.frombuffer(b"".join(signatures), np.uint8).reshape(len(signatures), -1)
    for start in range(0, len(values), _BLOCK):
        rows = _normalised(values[start : start + _BLOCK])
        for other in range(start, len(values), _BLOCK):
            found = rows @ _normalised(values[other : other + _BLOCK]).T
            for one, two in np.argwhere(found >= ALIKE).tolist():
                first, second = start + one, other + two
                if first < second and people[first] != people[second]:
                    yield Twins(first, second, float(found[one, two]))


def _normalised(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    centred = values.astype(np.float32)
    centred -= centred.mean(1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True).astype(np.float32)
    return np.asarray(centred / np.maximum(lengths, np.float32(1e-6)), np.float32)
