"""How many elements the bytes of a DICOM file hold, counted before any of them is parsed.

A parser takes some 15 microseconds and 1 kB for an element, however empty, so that a few kilobytes of
deflated items could take all time and memory there is. Here one costs a microsecond and no memory.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

_LONG_VRS = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
"""Of explicit VRs, those whose length has 32 bits (PS3.5 7.1.2)."""
_UNDEFINED = 0xFFFFFFFF
_ITEMS = 0xFFFE
_SEQUENCE_DELIMITER = 0xE0DD
_PIXEL_DATA = (0x7FE0, 0x0010)


def more_than(
    limit: int,
    data: bytes,
    start: int,
    is_sequence: Callable[[int, int], bool],
    only_group: int | None = None,
) -> bool:
    """Whether a dataset in ``data[start:]`` holds more than ``limit`` elements, items and fragments.

    Sequences are walked through, of whatever depth, and values are passed over. The count need not be exact
    for damaged bytes, which the parser judges.

    Args:
        limit: how many may be there.
        data: of the file.
        start: where the dataset begins.
        is_sequence: whether the VR of a group and element is SQ, for files that leave VRs out.
        only_group: the count ends at the first element of another group.
    """
    order = "<" if data[start : start + 1] != b"\0" else ">"
    explicit = _has_vr(data, start)
    position, count, in_fragments = start, 0, False
    while position + 8 <= len(data) and count <= limit:
        count += 1
        group, element, length = struct.unpack_from(f"{order}HHI", data, position)
        if only_group not in (None, group):
            break
        is_explicit = explicit and _has_vr(data, position)
        vr = data[position + 4 : position + 6]
        position += 8
        if group == _ITEMS:
            if in_fragments and element != _SEQUENCE_DELIMITER:
                position += length
            in_fragments = in_fragments and element != _SEQUENCE_DELIMITER
            continue
        if is_explicit and vr in _LONG_VRS:
            if position + 4 > len(data):
                break
            (length,) = struct.unpack_from(f"{order}I", data, position)
            position += 4
        elif is_explicit:
            (length,) = struct.unpack_from(f"{order}H", data, position - 2)
        walked = vr == b"SQ" if is_explicit else is_sequence(group, element)
        if length == _UNDEFINED:
            in_fragments = (group, element) == _PIXEL_DATA
        elif not walked:
            position += length
    return count > limit


def _has_vr(data: bytes, position: int) -> bool:
    """Whether the element at a position has its VR: inside UN of undefined length none has (PS3.5 6.2.2)."""
    vr = data[position + 4 : position + 6]
    return vr.isalpha() and vr.isupper()
