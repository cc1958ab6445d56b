"""What a compressed image says of itself, read before any decoder sees it.

Decoders fill up what is missing, allocate whatever size a stream asks for, and some end the whole process on
a stream that contradicts itself. So its header must be in order, and agree with that of DICOM, beforehand.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

_END_OF_IMAGE = b"\xff\xd9"
_JPEG_2000 = b"\xff\x4f\xff\x51"
_START_OF_SCAN = 0xFFDA
_START_OF_FRAME = {0xFF00 | code for code in range(0xC0, 0xD0)} - {0xFFC4, 0xFFC8, 0xFFCC} | {0xFFF7}
_WITHOUT_LENGTH = range(0xFFD0, 0xFFDA)
_JFIF = 0xFFE0
_ADOBE = 0xFFEE
_ADOBE_TRANSFORMS = (0, 1, 2)


class Frame(NamedTuple):
    """Size in pixels, samples of a pixel, bits of a sample, and whether these have a sign."""

    rows: int
    columns: int
    samples: int
    bits: int
    signed: bool = False


def is_complete(stream: bytes) -> bool:
    """Whether a JPEG, JPEG-LS or JPEG 2000 stream holds its end marker; coded data can't look like it.

    EOI of ITU-T T.81 B.1.1.3 and T.87, EOC of T.800 A.4.4.
    """
    return _END_OF_IMAGE in stream


def scans(stream: bytes) -> int:
    """How many scans a JPEG or JPEG-LS stream has: SOS of T.81 B.1.1.3, which coded data can't look like."""
    return stream.count(_START_OF_SCAN.to_bytes(2, "big"))


def frame(stream: bytes) -> Frame:
    """The frame of a stream of JPEG (T.81 B.2.2), JPEG-LS (T.87 C.2.2) or JPEG 2000 (T.800 A.5.1).

    Raises:
        ValueError: when the stream is none of them, or its segments up to the first scan are not in order.
    """
    try:
        return _frame_of_jpeg_2000(stream) if _JPEG_2000 in stream else _frame_of_jpeg(stream)
    except (struct.error, IndexError) as error:
        raise ValueError("the code stream ends within its header") from error


def _frame_of_jpeg_2000(stream: bytes) -> Frame:
    start = stream.index(_JPEG_2000)
    right, bottom, left, top = struct.unpack_from(">4I", stream, start + 8)
    (samples,) = struct.unpack_from(">H", stream, start + 40)
    depth = stream[start + 42]
    return Frame(bottom - top, right - left, samples, (depth & 0x7F) + 1, bool(depth & 0x80))


def _frame_of_jpeg(stream: bytes) -> Frame:
    found: Frame | None = None
    position = 2
    while True:
        while stream[position : position + 2] == b"\xff\xff":
            position += 1
        marker, length = struct.unpack_from(">HH", stream, position)
        if marker < 0xFF02 or marker in _WITHOUT_LENGTH or (marker in _START_OF_FRAME and found):
            raise ValueError("the code stream is not in order")
        if marker == _START_OF_SCAN and found:
            return found
        if marker in _START_OF_FRAME:
            bits, rows, columns, samples = struct.unpack_from(">BHHB", stream, position + 4)
            found = Frame(rows, columns, samples, bits)
        jfif = stream[position + 4 : position + 9] == b"JFIF\0"
        if marker == _JFIF and jfif and stream[position + 9] != 1:
            raise ValueError(
                f"the code stream is in version {stream[position + 9]} of JFIF, and there is only 1"
            )
        if marker == _ADOBE and length == 14 and stream[position + 15] not in _ADOBE_TRANSFORMS:
            raise ValueError("the colours of the code stream are not defined")
        position += 2 + length
