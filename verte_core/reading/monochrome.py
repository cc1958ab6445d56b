"""From the codes of a MONOCHROME image to grey levels: the grey-scale pipeline of PS3.4 N.2.

Stored values, Modality LUT or rescale (PS3.3 C.11.1), then VOI (C.11.2) for the screen only, then inversion
(C.7.6.3.1.2); ``greylevels`` says how that becomes 8 or 16 bits. Padding (PixelPaddingValue to
PixelPaddingRangeLimit, C.7.5.1.1.2) becomes the darkest level that the image itself has, so that it neither
stretches the range nor turns white by inversion.
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from verte_core import lut
from verte_core.errors import ImageError
from verte_core.image_types import Pixels
from verte_core.reading import greylevels, header, windows
from verte_core.reading.header import Elements
from verte_core.reading.windows import Window


def shown(codes: Pixels, dataset: Elements, notes: list[str]) -> tuple[Pixels, Pixels, tuple[Window, ...]]:
    """Pixels, display and windows, as ``Radiograph`` has them, of a MONOCHROME image.

    Args:
        codes: uint8 or uint16 (H, W), each below 2**BitsStored.
        dataset: has BitsStored.
        notes: gets a sentence for each thing that a reader should know.

    Raises:
        ImageError: when all is padding, or an element that the levels depend on is malformed.
    """
    bits = header.integer(dataset, "BitsStored")
    assert bits is not None
    stored = greylevels.stored_values(bits, header.integer(dataset, "PixelRepresentation") == 1)
    counts = lut.histogram(codes, len(stored))
    padded = _padded(dataset, stored)
    counts[padded] = 0
    if not counts.any():
        raise ImageError("The image is empty: every pixel is padding.", kind="constant")
    inverted = _inverted(dataset, notes)
    values, low, high = _modality_values(dataset, stored)
    levels = _to_levels(values, low, high, inverted)
    levels.table[padded] = levels.table[counts > 0].min()
    pixels = lut.remap(codes, levels.table)
    voi = _lookup_table(dataset, "VOILUTSequence")
    if voi is None:
        automatic = windows.automatic_of(levels.table, counts)
        return pixels, pixels, (*_file_windows(dataset, levels, notes), automatic)

    seen = _to_levels(voi.look_up(values), 0, voi.brightest, inverted)
    seen.table[padded] = seen.table[counts > 0].min()
    if voi.others or "WindowCenter" in dataset:
        notes.append(
            "The screen shows the first VOI LUT of the file; its other LUTs and windows are left out."
        )
    whole = Window(voi.brightest / 2, float(voi.brightest), voi.explanation or "VOI LUT")
    return pixels, lut.remap(codes, seen.table), (whole, windows.automatic_of(seen.table, counts))


def _padded(dataset: Elements, stored: greylevels.Table) -> npt.NDArray[np.bool_]:
    """Which codes are padding. The value may come signed or unsigned, so it is compared as a code."""
    if header.value(dataset, "PixelPaddingValue") is None:
        return np.zeros(len(stored), np.bool_)
    value = header.integer(dataset, "PixelPaddingValue")
    if value is None:
        raise ImageError("PixelPaddingValue (0028,0120) is malformed, so the pixels can't be read.")
    stated = header.integer(dataset, "PixelPaddingRangeLimit")
    limit = value if stated is None else stated
    low, high = sorted(stored[[value % len(stored), limit % len(stored)]])
    padded: npt.NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return padded


def _inverted(dataset: Elements, notes: list[str]) -> bool:
    """Whether bright must become dark.

    MONOCHROME1 shows its lowest value white (PS3.3 C.7.6.3.1.2). In DX, PresentationLUTShape INVERSE goes
    with it and says the same (C.8.11.3.1.2), so the two together are one inversion. Either alone contradicts
    the other element and is obeyed: a file that asks for inversion anywhere means it.
    """
    photometric = header.text(dataset, "PhotometricInterpretation")
    shape = header.text(dataset, "PresentationLUTShape")
    inverted = photometric == "MONOCHROME1" or shape == "INVERSE"
    if inverted and (photometric, shape) in (("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE")):
        notes.append(
            f"The header contradicts itself: PhotometricInterpretation {photometric} and PresentationLUTShape"
            f" {shape}; the image was inverted."
        )
    return inverted


def _modality_values(dataset: Elements, stored: greylevels.Table) -> tuple[greylevels.Table, float, float]:
    """The modality value of each code, and the lowest and highest that the header allows."""
    lookup_table = _lookup_table(dataset, "ModalityLUTSequence")
    if lookup_table is not None:
        return lookup_table.look_up(stored), 0, lookup_table.brightest
    slope, intercept = header.number(dataset, "RescaleSlope"), header.number(dataset, "RescaleIntercept")
    values = stored * (1 if slope is None else slope) + (intercept or 0)
    return values, float(values.min()), float(values.max())


class _LookupTable(NamedTuple):
    """The first table of a sequence: first mapped value and entries, and whether there are ``others``."""

    first: int
    entries: greylevels.Table
    explanation: str | None
    others: bool

    @property
    def brightest(self) -> int:
        return int(self.entries.max())

    def look_up(self, values: greylevels.Table) -> greylevels.Table:
        return greylevels.look_up(values, self.first, self.entries)


def _lookup_table(dataset: Elements, keyword: str) -> _LookupTable | None:
    """The table of a sequence, if there is one (PS3.3 C.11.1.1, C.11.2.1.1).

    The descriptor's third number, the bits of an entry, is wrong in many files, so the entries tell.
    """
    items = header.value(dataset, keyword)
    if not items:
        return None
    item: Any = items[0] if isinstance(items, MutableSequence) else None
    descriptor = header.numbers(item, "LUTDescriptor") if hasattr(item, "get") else []
    if len(descriptor) != 3:
        raise ImageError(f"The file's {keyword} is malformed: it has no LUTDescriptor of three numbers.")
    count, first = int(descriptor[0]) % 65536 or 65536, int(descriptor[1])
    entries = _entries(item, count, "<u2" if dataset.original_encoding[1] else ">u2")
    if len(entries) < count:
        raise ImageError(f"The file's {keyword} is malformed: {len(entries)} of {count} entries are there.")
    if not entries.any():
        raise ImageError(f"The file's {keyword} is malformed: all of its entries are 0.")
    return _LookupTable(first, entries, header.text(item, "LUTExplanation"), len(items) > 1)


def _entries(item: Elements, count: int, words: str) -> greylevels.Table:
    """As many of the ``count`` entries of LUTData as there are, in ``words`` or, where too few, in bytes."""
    data = header.value(item, "LUTData")
    if isinstance(data, bytes):
        wide = len(data) >= 2 * count
        found = np.frombuffer(data[: 2 * count if wide else count], words if wide else np.uint8)
        return found.astype(np.float64)
    return np.array(header.numbers(item, "LUTData")[:count], np.float64) % 65536


def _to_levels(values: greylevels.Table, low: float, high: float, inverted: bool) -> greylevels.Levels:
    try:
        return greylevels.to_grey_levels(values, low, high, inverted)
    except ValueError as error:
        # A lookup table's range has been checked.
        raise ImageError(f"RescaleSlope or RescaleIntercept (0028,1052 and 1053) gives {error}.") from error


def _file_windows(dataset: Elements, levels: greylevels.Levels, notes: list[str]) -> list[Window]:
    centers, widths = header.numbers(dataset, "WindowCenter"), header.numbers(dataset, "WindowWidth")
    names = header.texts(dataset, "WindowCenterWidthExplanation")
    found = []
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        own, wide = center * levels.factor + levels.offset, width * abs(levels.factor)
        if wide > 0 and math.isfinite(own) and math.isfinite(wide):
            name = names[index] if index < len(names) else ""
            found.append(Window(own, wide, name or f"Window {index + 1}"))
    if len(found) < max(len(centers), len(widths)):
        notes.append("A window of the header is malformed and was ignored.")
    return found
