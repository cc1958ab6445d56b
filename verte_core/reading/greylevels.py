"""From the values that a pixel can store to grey levels: pure functions on tables and arrays.

A table holds one entry for each of the 2**bits codes that a pixel can store, so every stage of DICOM's
grey-scale pipeline (PS3.4 N.2) costs at most 65536 operations, and the pixels are touched once.

How modality values become uint8 or uint16, from the range that the header allows (never from the pixels, so
that two images of one device stay comparable):

- integers spanning at most 65536 levels keep their value, or are shifted so that the range starts at 0 when
  it starts below 0 or ends above 65535;
- any other range is mapped linearly onto 0..65535, which keeps all stored values apart;
- inversion turns the range upside down within itself;
- uint8 when the range ends at or below 255, else uint16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from verte_core.image_types import Pixels

Table = npt.NDArray[np.float64]

AUTO_PERCENTILES = (0.5, 99.5)
"""Of the shown pixels without padding; they span the automatic window."""


_END = 32
"""Values at an end of the range."""
_FEWEST_TO_WRAP = 1024
"""Values of a range. 8-bit pixels are seldom signed, and may be black and white."""


@dataclass(frozen=True)
class Levels:
    """The uint8 or uint16 level of each code, rounded from ``factor * value + offset``."""

    table: Pixels
    factor: float
    offset: float


def codes(stored: npt.NDArray[Any], bits_stored: int, high_bit: int) -> Pixels:
    """The codes 0..2**bits_stored - 1 of pixels (H, W) as stored: any integer type, any byte order.

    All other bits are masked: in old files they may hold overlays (PS3.5 8.1.1). Two's complement stays.
    """
    unsigned = stored.view(stored.dtype.str.replace("i", "u"))
    shift = high_bit + 1 - bits_stored
    shifted = np.right_shift(unsigned, shift) if shift else unsigned
    masked: Pixels = np.bitwise_and(shifted, 2**bits_stored - 1, order="C")
    return masked


def stored_values(bits_stored: int, signed: bool) -> Table:
    """The value of each code (PS3.3 C.7.6.3.1: two's complement when signed)."""
    values = np.arange(2**bits_stored, dtype=np.float64)
    if signed:
        values[2 ** (bits_stored - 1) :] -= 2**bits_stored
    return values


def wraps(counts: npt.NDArray[np.int64]) -> bool:
    """Whether values lie at both ends of their range with half of it empty between, as with a wrong sign.

    Numbers around 0 lie so when they are taken for unsigned. Both ends must be dense: white letters are not.

    Args:
        counts: how often each value occurs, from the lowest to the highest.
    """
    present = counts > 0
    if len(counts) < _FEWEST_TO_WRAP or min(present[:_END].sum(), present[-_END:].sum()) < _END // 2:
        return False
    return bool(np.diff(np.flatnonzero(present)).max() >= len(counts) // 2)


def look_up(values: Table, first: int, entries: Table) -> Table:
    """A table of the file: ``entries[0]`` is for ``first`` and all below (PS3.3 C.11.1.1.1, C.11.2.1.1)."""
    index = np.clip(np.rint(values) - first, 0, len(entries) - 1)
    found: Table = entries[index.astype(np.intp)]
    return found


def to_grey_levels(values: Table, low: float, high: float, inverted: bool) -> Levels:
    """Bring values within ``low`` to ``high`` to uint8 or uint16 by the rule of this module.

    Raises:
        ValueError: when the range is empty or not finite.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ValueError(f"no range of values from {low} to {high}")
    factor, offset = 1.0, 0.0
    if high - low > 65535 or not np.array_equal(values, np.rint(values)):
        factor = 65535 / (high - low)
        offset = -low * factor
        if not (np.isfinite(factor) and np.isfinite(offset)):
            raise ValueError(f"no range of values from {low} to {high}")
    elif low < 0 or high > 65535:
        offset = -low
    lowest, highest = low * factor + offset, high * factor + offset
    if inverted:
        factor, offset = -factor, lowest + highest - offset
    levels = np.rint(values * factor + offset)
    table = levels.astype(np.uint8) if highest <= 255 else levels.astype(np.uint16)
    return Levels(table, factor, offset)


def percentile_range(levels: Pixels, counts: npt.NDArray[np.int64]) -> tuple[float, float]:
    """The levels at ``AUTO_PERCENTILES`` (nearest rank), given how often each entry of ``levels`` occurs."""
    per_level = np.bincount(levels, weights=counts)
    cumulative = np.cumsum(per_level)
    low, high = np.searchsorted(cumulative, cumulative[-1] * np.array(AUTO_PERCENTILES) / 100)
    return float(low), float(high)
