"""What a cohort's images say of themselves, read by processes that need no torch for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from verte_core import preprocess
from verte_core.image_types import Protocol
from verte_core.preprocess import Preprocessing
from verte_core.reading import radiograph
from verte_core.reading.header import Header
from verte_core.reading.radiograph import Radiograph
from verte_core.training.identities import Identity, identity_of

SIGNATURE = (64, 32)
"""Rows and columns of a picture that is small enough to keep a hundred thousand of, and tells copies."""


@dataclass(frozen=True)
class Facts:
    """Of one image that can be read.

    Attributes:
        header: of a picture, all None.
        protocol: of ``Radiograph``.
        size: rows and columns.
        spacing: of ``Radiograph``.
        notes: of ``Radiograph``.
        unfit: of ``Radiograph``.
        identity: by which it is known again.
        signature: uint8 of ``SIGNATURE``, of the prepared image; empty where it was not asked for.
    """

    header: Header
    protocol: Protocol | None
    size: tuple[int, int]
    spacing: tuple[float, float] | None
    notes: tuple[str, ...]
    unfit: str | None
    identity: Identity
    signature: bytes = b""


def facts_of(path: Path, with_signature: bool = False) -> Facts:
    """The facts of an image that can be read.

    Raises:
        ImageError: as ``radiograph.load``.
    """
    image = radiograph.load(path)
    return Facts(
        image.header,
        image.protocol,
        (image.pixels.shape[0], image.pixels.shape[1]),
        image.spacing,
        image.notes,
        image.unfit,
        identity_of(image),
        reduced(image, SIGNATURE).tobytes() if with_signature else b"",
    )


def reduced(image: Radiograph, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """What the network sees of an image, but of ``shape`` (H, W)."""
    prepared, _ = preprocess.prepare(image.pixels, Preprocessing())
    small = np.asarray(cv2.resize(prepared, shape[::-1], interpolation=cv2.INTER_AREA))
    return np.round(small * 255).astype(np.uint8)
