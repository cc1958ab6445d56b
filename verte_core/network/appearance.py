"""How a prepared picture looks, in numbers that a linear head tells turned, uninverted, blurred and other
pictures by.

Edges by their direction, as sign too, cell by cell (after Dalal and Triggs, CVPR 2005:886), a small copy of
the picture, and how sharp it is at three sizes. Decided in docs/adr/0017.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_SIZE = (128, 256)
_CELLS = (8, 16)
_DIRECTIONS = 8
_SMALL = (16, 32)
_SIZES = 3
"""At which sharpness is looked at: whole, half and a quarter."""
_FAINT = 3.0
"""Grey levels a pixel of an edge that a cell may have without its directions counting."""
_SHARP = 3.0
"""Weight of the sharpness, three numbers among fifteen hundred."""

LENGTH = _DIRECTIONS * _CELLS[0] * _CELLS[1] + _SMALL[0] * _SMALL[1] + _SIZES


def appearance(image: Floats) -> Floats:
    """The numbers, float32 (LENGTH,), of a prepared picture, float32 (H, W) in [0, 1]."""
    grey = cv2.convertScaleAbs(image, alpha=255)
    small = cv2.resize(image, _SMALL, interpolation=cv2.INTER_AREA)
    found = (_edges(grey).ravel(), small.ravel(), _SHARP * _sharpness(grey))
    return np.concatenate(found, dtype=np.float32)


def _edges(grey: npt.NDArray[np.uint8]) -> Floats:
    """(directions, rows, columns): the root of the share of each direction in its cell."""
    small = cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA)
    strength, angle = cv2.cartToPolar(cv2.Sobel(small, cv2.CV_32F, 1, 0), cv2.Sobel(small, cv2.CV_32F, 0, 1))
    place = angle * np.float32(_DIRECTIONS / (2 * np.pi))
    lower = np.floor(place)
    upper = strength * (place - lower)
    first = lower.astype(np.uint8) % _DIRECTIONS
    found = np.empty((_DIRECTIONS, _CELLS[1], _CELLS[0]), np.float32)
    for direction in range(_DIRECTIONS):
        own = np.where(first == direction, strength - upper, 0)
        own += np.where(first == (direction - 1) % _DIRECTIONS, upper, 0)
        found[direction] = cv2.resize(own, _CELLS, interpolation=cv2.INTER_AREA)
    return np.asarray(np.sqrt(found / (found.sum(0) + np.float32(_FAINT))), np.float32)


def _sharpness(grey: npt.NDArray[np.uint8]) -> Floats:
    strengths = []
    for _ in range(_SIZES):
        strengths.append(cv2.norm(cv2.Laplacian(grey, cv2.CV_16S), cv2.NORM_L1) / grey.size)
        half = (max(grey.shape[1] // 2, 1), max(grey.shape[0] // 2, 1))
        grey = np.asarray(cv2.resize(grey, half, interpolation=cv2.INTER_AREA), np.uint8)
    return np.log1p(np.array(strengths, np.float32))
