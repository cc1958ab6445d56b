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
from verte_core.reading import bits, greylevels, header, windows
from verte_core.reading.bits import Layout
from verte_core.reading.header import Elements
from verte_core.reading.windows import Window

_TAGS = {"RescaleSlope": "0028,1053", "RescaleIntercept": "0028,1052"}


def shown(
    codes: Pixels, layout: Layout, dataset: Elements, notes: list[str]
) -> tuple[Pixels, Pixels, tuple[Window, ...]]:
    """Pixels, display and windows, as ``Radiograph`` has them, of a MONOCHROME image.

    Args:
        codes: uint8 or uint16 (H, W), each below 2**layout.bits.
        layout: how many bits a code has, and whether it stands for a signed number.
        dataset: all other elements.
        notes: gets a sentence for each thing that a reader should know.

    Raises:
        ImageError: when all is padding, or an element that the levels depend on is malformed.
    """
    counts = lut.histogram(codes, 2**layout.bits)
    layout = _signed_or_not(counts, layout, notes)
    stored = greylevels.stored_values(layout.bits, layout.signed)
    padded = _padded(dataset, stored, layout, notes)
    counts[padded] = 0
    if not counts.any():
        raise ImageError("The image is empty: every pixel is padding.", kind="constant")
    inverted = _inverted(dataset, notes)
    values, low, high = _modality_values(dataset, stored)
    levels = _to_levels(values, low, high, inverted)
    levels.table[padded] = levels.table[counts > 0].min()
    pixels = lut.remap(codes, levels.table)
    voi = _voi_lut(dataset, values, counts, notes)
    if voi is None:
        file_windows = _file_windows(dataset, levels, counts, notes)
        return pixels, pixels, (*file_windows, windows.automatic_of(levels.table, counts))

    seen = _to_levels(voi.look_up(values), 0, voi.brightest, inverted)
    seen.table[padded] = seen.table[counts > 0].min()
    if voi.others or "WindowCenter" in dataset:
        notes.append(
            "The screen shows the first VOI LUT of the file; its other LUTs and windows are left out."
        )
    whole = Window(voi.brightest / 2, float(voi.brightest), voi.explanation or "VOI LUT")
    return pixels, lut.remap(codes, seen.table), (whole, windows.automatic_of(seen.table, counts))


def _signed_or_not(counts: npt.NDArray[np.int64], layout: Layout, notes: list[str]) -> Layout:
    """The layout with the sign that the pixels have, if it is plain that the header has it wrong."""
    values = np.roll(counts, len(counts) // 2) if layout.signed else counts
    if not greylevels.wraps(values):
        return layout
    stated, real = ("signed", "unsigned") if layout.signed else ("unsigned", "signed")
    notes.append(
        f"PixelRepresentation (0028,0103) says that the pixels are {stated}, but then they would lie at both"
        f" ends of their range, with nothing between: they were read as {real}."
    )
    return layout._replace(signed=not layout.signed)


def _padded(
    dataset: Elements, stored: greylevels.Table, layout: Layout, notes: list[str]
) -> npt.NDArray[np.bool_]:
    """Which codes are padding: those whose values it names, and none when pixels can't have them."""
    none = np.zeros(len(stored), np.bool_)
    if not header.is_stated(dataset, "PixelPaddingValue"):
        return none
    value, limit = (
        header.integer(dataset, keyword) for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")
    )
    if value is None:
        notes.append("PixelPaddingValue (0028,0120) is malformed; nothing was taken for padding.")
        return none
    low, high = bits.padding_values(value, value if limit is None else limit, layout)
    padded: npt.NDArray[np.bool_] = (stored >= low) & (stored <= high)
    if not padded.any():
        notes.append(
            f"PixelPaddingValue (0028,0120) is {value}, which these pixels can't hold; nothing was taken for"
            " padding."
        )
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
    try:
        lookup_table = _lookup_table(dataset, "ModalityLUTSequence", stored)
    except ImageError as error:
        raise ImageError(f"{error} The grey levels depend on it.", kind="grey levels not known") from error
    if lookup_table is not None:
        return lookup_table.look_up(stored), 0, lookup_table.brightest
    slope, intercept = _rescale(dataset, "RescaleSlope", 1), _rescale(dataset, "RescaleIntercept", 0)
    if slope == 0:
        raise ImageError(
            "RescaleSlope (0028,1053) is 0, by which all pixels are the same; nothing tells what it should"
            " be.",
            kind="grey levels not known",
        )
    values = stored * slope + intercept
    return values, float(values.min()), float(values.max())


def _rescale(dataset: Elements, keyword: str, default: float) -> float:
    found = header.number(dataset, keyword)
    if found is None and header.is_stated(dataset, keyword):
        raise ImageError(
            f"{keyword} ({_TAGS[keyword]}) is malformed, so the grey levels are not known.",
            kind="grey levels not known",
        )
    return default if found is None else found


def _voi_lut(
    dataset: Elements, values: greylevels.Table, counts: npt.NDArray[np.int64], notes: list[str]
) -> _LookupTable | None:
    """The first VOI LUT, if it is sound and shows anything: it is for the screen only."""
    try:
        table = _lookup_table(dataset, "VOILUTSequence", values[counts > 0])
    except ImageError as error:
        notes.append(f"{error} The screen shows the image without it.")
        return None
    if table is not None:
        darkest, brightest = greylevels.percentile_range(table.look_up(values).astype(np.uint16), counts)
        if darkest == brightest:
            notes.append("The file's VOILUTSequence shows nothing of this image and was ignored.")
            return None
    return table


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


def _lookup_table(dataset: Elements, keyword: str, values: greylevels.Table) -> _LookupTable | None:
    """The table of a sequence for ``values``, if there is one (PS3.3 C.11.1.1, C.11.2.1.1).

    The descriptor's third number, the bits of an entry, is wrong in many files, so the entries tell.
    """
    items = header.value(dataset, keyword)
    if items is None and header.is_stated(dataset, keyword):
        raise ImageError(f"The file's {keyword} is malformed: it can't be read.")
    if not items:
        return None
    item: Any = items[0] if isinstance(items, MutableSequence) else None
    descriptor = header.numbers(item, "LUTDescriptor") if hasattr(item, "get") else []
    if len(descriptor) != 3:
        raise ImageError(f"The file's {keyword} is malformed: it has no LUTDescriptor of three numbers.")
    count = int(descriptor[0]) % 65536 or 65536
    first = _first_mapped(int(descriptor[1]), count, values)
    entries = _entries(item, count, "<u2" if dataset.original_encoding[1] else ">u2")
    if len(entries) < count:
        raise ImageError(f"The file's {keyword} is malformed: {len(entries)} of {count} entries are there.")
    if not entries.any():
        raise ImageError(f"The file's {keyword} is malformed: all of its entries are 0.")
    return _LookupTable(first, entries, header.text(item, "LUTExplanation"), len(items) > 1)


def _first_mapped(stated: int, count: int, values: greylevels.Table) -> int:
    """The first value of a table, a word of 16 bits whose VR may say US for SS and SS for US.

    It is read so that the table meets the values, if either reading does.
    """
    other = stated - 65536 if stated > 32767 else stated + 65536 if stated < 0 else stated
    low, high = float(values.min()), float(values.max())
    met = [first for first in (stated, other) if first <= high and first + count > low]
    return met[0] if met else stated


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


def _file_windows(
    dataset: Elements, levels: greylevels.Levels, counts: npt.NDArray[np.int64], notes: list[str]
) -> list[Window]:
    """The windows of the file, but those that are malformed or show nothing of the image."""
    centers, widths = header.numbers(dataset, "WindowCenter"), header.numbers(dataset, "WindowWidth")
    names = header.texts(dataset, "WindowCenterWidthExplanation")
    low, high = greylevels.percentile_range(levels.table, counts)
    found, empty = [], 0
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        own, wide = center * levels.factor + levels.offset, width * abs(levels.factor)
        if not (wide > 0 and math.isfinite(own) and math.isfinite(wide)):
            continue
        if own - wide / 2 >= high or own + wide / 2 <= low or (high - low) * 255 < wide:
            empty += 1
            continue
        name = names[index] if index < len(names) else ""
        found.append(Window(own, wide, name or f"Window {index + 1}"))
    stated = max(len(centers), len(widths), header.is_stated(dataset, "WindowCenter"))
    if len(found) + empty < stated:
        notes.append("A window of the header is malformed and was ignored.")
    if empty:
        notes.append("A window of the header shows nothing of this image and was ignored.")
    return found
