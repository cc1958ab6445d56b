"""Pictures that are not DICOM: PNG, JPEG and TIFF of 8 and 16 bits; and the limits on any image.

A picture tells nothing about the patient, the size of a pixel or the device. It is taken as it looks: bright
is bone.
Pillow decodes all three formats, because it refuses cut-short data that other libraries fill with zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from verte_core.errors import ImageError
from verte_core.image_types import Pixels
from verte_core.reading import codestream, colour
from verte_core.reading.told import raise_if_out_of_memory

MAX_PIXELS = 64_000_000
"""Rows x columns x samples: twice the largest radiograph of the published data, 8383 x 3520. A file that
declares more is refused before any memory is taken for it."""
MIN_SIDE = 64
"""Pixels. Smaller images are icons, not radiographs."""
MAX_CHUNKS = 100_000
"""Of a PNG. Its pixels come in pieces of 8 KiB or more."""

_FORMATS = ("PNG", "JPEG", "TIFF")
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_READABLE_MODES = {
    "1",
    "L",
    "LA",
    "P",
    "PA",
    "RGB",
    "RGBA",
    "RGBX",
    "CMYK",
    "YCbCr",
    "I",
    "I;16",
    "I;16L",
    "I;16B",
}
_PHOTOMETRIC, _COMPRESSION, _STRIPS, _TILES, _SAMPLE_FORMAT = 262, 259, 273, 324, 339
"""Tags of TIFF 6.0, sections 8, 15 and 19."""
_WHITE_IS_ZERO, _SIGNED, _UNCOMPRESSED = 0, 2, 1
_FEW = 100
"""Pages that are counted: of a TIFF, each must be looked for."""


def _register_kinds_of_tiff() -> None:
    """Teach Pillow those kinds of grey TIFF that it can decode but does not list.

    A key has byte order, photometric interpretation, sample formats (1 unsigned, 2 signed, 4 undefined), fill
    order, bits and extra samples; sign and, beyond 8 bits, white-is-zero are left to ``_levels``.
    """
    kinds = TiffImagePlugin.OPEN_INFO
    for order, words, integers in ((b"II", "I;16", "I;32S"), (b"MM", "I;16B", "I;32BS")):
        for photometric, bytes_ in ((0, "L;I"), (1, "L")):
            for sample_format in (1, 2, 4):
                for bits, modes in ((8, ("L", bytes_)), (16, (words, words)), (32, ("I", integers))):
                    kinds[order, photometric, (sample_format,), 1, (bits,), ()] = modes
            kinds[order, photometric, (1,), 1, (12,), ()] = ("I;16", "I;12")


_register_kinds_of_tiff()


def is_picture(data: bytes) -> bool:
    """Whether the file's bytes begin like a PNG, JPEG or TIFF."""
    return data.startswith(_MAGIC)


def decode(data: bytes) -> tuple[Pixels, list[str]]:
    """The grey levels of a picture's bytes.

    16-bit grey stays 16 bits; signed TIFF is shifted so that its minimum is 0. EXIF orientation is applied.
    White-is-zero TIFF is inverted. Colour is accepted when it is grey by ``colour.grey``.

    Returns:
        uint8 or uint16 (H, W), and notes for the reader.

    Raises:
        ImageError: for several frames, real colour, transparency, floats, a size outside the limits, damage.
    """
    _check_parts(data)
    with _told_as_damage(data):
        image = Image.open(BytesIO(data), formats=_FORMATS)
    with image:
        notes = _checked(image, _frames(image, data))
        return _levels(image, data, notes), notes


@contextmanager
def _told_as_damage(data: bytes) -> Iterator[None]:
    """Around calls into Pillow, and nothing else: for damaged bytes its plugins raise a dozen types."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"The picture declares far more than {MAX_PIXELS:,} pixels, the limit.", kind="not supported"
        ) from error
    except UnidentifiedImageError as error:
        raise _unidentified(data) from error
    except Exception as error:
        raise_if_out_of_memory(error)
        if "MAX_TEXT" in str(error):
            raise ImageError(
                "The picture carries more text than is read: 1 MiB in a piece, 64 MiB in all.",
                kind="not supported",
            ) from error
        raise ImageError(f"The picture is cut short or damaged ({_words(error)}).") from error


def _unidentified(data: bytes) -> ImageError:
    """Of a picture that begins as it should, but which Pillow can't open."""
    if data[:2] in (b"II", b"MM"):
        try:
            TiffImagePlugin.TiffImageFile(BytesIO(data))
        except Exception as error:
            raise_if_out_of_memory(error)
            if "unknown pixel mode" in str(error):
                return ImageError(
                    "This kind of TIFF is not read; save the picture as grey of 8 or 16 bits.",
                    kind="not supported",
                )
    return ImageError("The picture is cut short or damaged: its header can't be read.")


def check_jpeg(stream: bytes, parts: int = 1) -> None:
    """Raise ImageError when a JPEG, or one in some parts, is made so that decoding it takes minutes."""
    if codestream.scans(stream) > codestream.MAX_SCANS * parts:
        raise ImageError(
            f"The JPEG has more than {codestream.MAX_SCANS} scans, the limit.", kind="not supported"
        )
    if parts == 1 and codestream.is_header_long(stream):
        raise ImageError(
            f"The JPEG has more than {codestream.MAX_SEGMENTS:,} segments or"
            f" {codestream.MAX_STRAY_BYTES:,} stray bytes before its pixels, the limits.",
            kind="not supported",
        )


def check_size(rows: int, columns: int, planes: int = 1) -> None:
    """Raise ImageError unless an image of rows x columns, times samples and frames, is within the limits."""
    if min(rows, columns) < MIN_SIDE:
        raise ImageError(
            f"The image is too small: {rows} rows x {columns} columns, and {MIN_SIDE} is the least.",
            kind="not supported",
        )
    if rows * columns * planes > MAX_PIXELS:
        raise ImageError(
            f"The image is too large: {rows} rows x {columns} columns x {planes} samples exceed"
            f" {MAX_PIXELS:,} values, the limit.",
            kind="not supported",
        )


def _check_parts(data: bytes) -> None:
    """Refuse a PNG of too many chunks or a JPEG of too many scans, by their bytes alone."""
    if data.startswith(_MAGIC[1]):
        check_jpeg(data)
    position, chunks = len(_MAGIC[0]), 0
    while data.startswith(_MAGIC[0]) and position + 4 <= len(data):
        position += 12 + int.from_bytes(data[position : position + 4], "big")
        chunks += 1
        if chunks > MAX_CHUNKS:
            raise ImageError(f"The PNG has more than {MAX_CHUNKS:,} chunks, the limit.", kind="not supported")


def _frames(image: Image.Image, data: bytes) -> int:
    """Frames or pages, as far as ``_FEW``."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return getattr(image, "n_frames", 1)
    pages = 1
    with _told_as_damage(data):
        try:
            while pages <= _FEW:
                image.seek(pages)
                pages += 1
        except EOFError:
            image.seek(0)
    return pages


def _checked(image: Image.Image, frames: int) -> list[str]:
    """Notes, when the picture is of a kind that is read."""
    if frames > 1:
        number = f"more than {_FEW}" if frames > _FEW else str(frames)
        raise ImageError(
            f"The picture holds {number} frames or pages; only a single image is read.", kind="not supported"
        )
    check_size(image.height, image.width, len(image.getbands()))
    if image.mode == "F":
        raise ImageError(
            "The picture holds floating-point values; only 8- and 16-bit integers are read.",
            kind="not supported",
        )
    if image.mode not in _READABLE_MODES:
        raise ImageError(
            f"The picture's colour mode {image.mode} is not read; use grey of 8 or 16 bits.",
            kind="not supported",
        )
    if len(image.getbands()) > 1 and "16" in str(getattr(image, "tile", "")):
        return ["Pillow reads 16-bit colour with 8 bits a channel, so fine contrast is lost."]
    return []


def _levels(image: Image.Image, data: bytes, notes: list[str]) -> Pixels:
    with _told_as_damage(data):
        tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
        if "jpeg" in str(tags and image.info.get("compression")):
            strips = tags.get(_STRIPS) or tags.get(_TILES) or ()
            check_jpeg(data, parts=len(strips) + 1)
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        wide = image.mode.startswith("I")
        plain = wide or image.mode in ("1", "L")
        see_through = image.has_transparency_data
        if not wide:
            image = image.convert("L" if plain else "RGBA" if see_through else "RGB")
        opaque = plain or not see_through or image.getchannel("A").getextrema() == (255, 255)
        levels = np.asarray(image if plain else image.convert("RGB"))
    signed = tags.get(_SAMPLE_FORMAT, (1,))[0] == _SIGNED
    if wide:
        swapped = levels.itemsize == 4 and data[:2] == b"MM" and tags.get(_COMPRESSION, 1) != _UNCOMPRESSED
        levels = levels.byteswap() if swapped else levels
        levels = levels.view(levels.dtype.str.replace("u", "i")) if signed else levels
        return _wide(levels, invert=tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO)
    if plain and see_through:
        notes.append("One grey level of the picture is marked as transparent; it was read as it is stored.")
    if plain:
        return levels ^ np.uint8(128) if signed else levels
    if not opaque:
        raise ImageError(
            "The picture is partly transparent, so its grey levels are not defined.", kind="not supported"
        )
    levels, note = colour.grey(levels)
    notes.append(note)
    return levels


def _wide(levels: npt.NDArray[Any], invert: bool) -> Pixels:
    """Integers of up to 32 bits as uint16. Pillow inverts white-is-zero TIFF of 8 bits, but not of 16."""
    lowest = min(int(levels.min()), 0)
    if int(levels.max()) - lowest > 65535:
        raise ImageError(
            "The picture holds 32-bit integers beyond 16 bits; only 8 and 16 bits are read.",
            kind="not supported",
        )
    unsigned: Pixels = (levels - lowest).astype(np.uint16)
    return np.bitwise_not(unsigned) if invert else unsigned


def _words(error: Exception) -> str:
    """A library's own words, short enough for a sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120].rstrip(".")
