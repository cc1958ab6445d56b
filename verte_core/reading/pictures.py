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
from PIL import Image, ImageOps, TiffImagePlugin

from verte_core.errors import ImageError
from verte_core.image_types import Pixels

MAX_PIXELS = 64_000_000
"""Rows x columns x samples: twice the largest radiograph of the published data, 8383 x 3520. A file that
declares more is refused before any memory is taken for it."""
MIN_SIDE = 64
"""Pixels. Smaller images are icons, not radiographs."""
GREY_TOLERANCE = 2
"""Levels by which the channels of an 8-bit grey pixel may differ, by rounding in JPEG's colour transform.
16-bit colour must be exactly grey, since no usual compression blurs it."""

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
_WHITE_IS_ZERO = 0
"""Value of TIFF's PhotometricInterpretation (TIFF 6.0, section 8)."""


def is_picture(data: bytes) -> bool:
    """Whether the file's bytes begin like a PNG, JPEG or TIFF."""
    return data.startswith(_MAGIC)


def decode(data: bytes) -> tuple[Pixels, list[str]]:
    """The grey levels of a picture's bytes.

    16-bit grey stays 16 bits; signed 16-bit TIFF is shifted so that its minimum is 0. EXIF orientation is
    applied. White-is-zero TIFF is inverted. Colour is accepted when it is grey by ``grey``.

    Returns:
        uint8 or uint16 (H, W), and notes for the reader.

    Raises:
        ImageError: for several frames, real colour, transparency, floats, a size outside the limits, damage.
    """
    with _told_as_damage():
        image = Image.open(BytesIO(data), formats=_FORMATS)
        frames = getattr(image, "n_frames", 1)
    with image:
        notes = _checked(image, frames)
        return _levels(image, notes), notes


@contextmanager
def _told_as_damage() -> Iterator[None]:
    """Around calls into Pillow, and nothing else: for damaged bytes its plugins raise a dozen types."""
    try:
        yield
    except MemoryError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"The picture declares far more than {MAX_PIXELS:,} pixels, the limit.", kind="not supported"
        ) from error
    except Exception as error:
        raise ImageError(f"The picture is cut short or damaged ({_words(error)}).") from error


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


def grey(colours: Pixels) -> Pixels:
    """One channel (H, W) of a colour array (H, W, 3) whose channels agree by ``GREY_TOLERANCE``.

    It is the green one, which makes most of luminance.

    Raises:
        ImageError: when the image has real colour.
    """
    tolerance = GREY_TOLERANCE if colours.dtype == np.uint8 else 0
    red, green, blue = (colours[..., channel] for channel in range(3))
    for other in (red, blue):
        if (np.maximum(other, green) - np.minimum(other, green)).max() > tolerance:
            raise ImageError(
                "The image is in colour; only grey images are read, also when stored as colour.",
                kind="not supported",
            )
    return green.copy()


def _checked(image: Image.Image, frames: int) -> list[str]:
    """Notes, when the picture is of a kind that is read."""
    if frames > 1:
        raise ImageError(
            f"The picture holds {frames} frames or pages; only a single image is read.", kind="not supported"
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


def _levels(image: Image.Image, notes: list[str]) -> Pixels:
    with _told_as_damage():
        white_is_zero = (
            isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(262) == _WHITE_IS_ZERO
        )
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        wide = image.mode.startswith("I")
        see_through = image.has_transparency_data
        plain = wide or (image.mode in ("1", "L") and not see_through)
        if not wide:
            image = image.convert("L" if plain else "RGBA" if see_through else "RGB")
        opaque = not see_through or wide or image.getchannel("A").getextrema() == (255, 255)
        levels = np.asarray(image if plain else image.convert("RGB"))
    if wide:
        return _wide(levels, invert=white_is_zero)
    if plain:
        return levels
    if not opaque:
        raise ImageError(
            "The picture is partly transparent, so its grey levels are not defined.", kind="not supported"
        )
    notes.append("The picture is stored in colour; its channels are equal, and it was read as grey.")
    return grey(levels)


def _wide(levels: npt.NDArray[Any], invert: bool) -> Pixels:
    """Integers of up to 32 bits as uint16. Pillow inverts white-is-zero TIFF of 8 bits, but not of 16."""
    lowest = min(int(levels.min()), 0)
    if int(levels.max()) - lowest > 65535:
        raise ImageError(
            "The picture holds 32-bit integers beyond 16 bits; only 8 and 16 bits are read.",
            kind="not supported",
        )
    unsigned = (levels - lowest).astype(np.uint16)
    return 65535 - unsigned if invert else unsigned


def _words(error: Exception) -> str:
    """A library's own words, short enough for a sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120].rstrip(".")
