"""Counting and mapping the values of whole images through tables, in blocks that stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

_BLOCK = 2**18
"""Pixels. NumPy turns indices into 64-bit integers, and OpenCV counts in float32, exact up to 2**24."""
_Table = TypeVar("_Table", bound=npt.NDArray[Any])


def histogram(image: npt.NDArray[Any], size: int) -> npt.NDArray[np.int64]:
    """How often each of 0 to ``size - 1`` occurs in a uint8 or uint16 image; nothing else may."""
    counts = np.zeros(size, np.int64)
    flat = image.reshape(-1)
    for block in _blocks(len(flat)):
        counts += cv2.calcHist([flat[None, block]], [0], None, [size], [0, size]).ravel().astype(np.int64)
    return counts


def remap(image: npt.NDArray[Any], table: _Table) -> _Table:
    """``table[image]``, C-contiguous, for a uint8 or uint16 image whose values are all in the table."""
    flat, result = image.reshape(-1), np.empty(image.shape, table.dtype)
    mapped = result.reshape(-1)
    for block in _blocks(len(flat)):
        np.take(table, flat[block], out=mapped[block], mode="clip")
    return cast(_Table, result)


def _blocks(length: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, length, _BLOCK))
